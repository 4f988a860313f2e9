#include "worker/retrain_shelf.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/allowance.h"

/* The part of the memory allowed that they may take together. */
enum { SHELF_SHARE = 4 };

struct shelved {
    struct content key;
    struct retrain_inputs *inputs; /* one of the three, the others NULL */
    struct retrain_kit *kit;
    struct graph *graph;
};

struct retrain_shelf {
    struct shelved *all; /* the oldest first */
    int n;
};

struct content retrain_shelf_key(const struct session *s, const struct retrain_request *r)
{
    struct content sides[] = {content_of(r->training, (size_t)r->training_n * sizeof *r->training),
                              content_of(r->validation, (size_t)r->validation_n * sizeof *r->validation),
                              r->data};
    char words[3][CONTENT_TEXT_SIZE];
    for (int i = 0; i < 3; i++)
        content_to_text(&sides[i], words[i]);
    char *pixels = pixels_words(&r->pixels);
    char *text = memory_format("%s %s %d %d %d %d %a %d %d %d %s %s %s %s", r->cfg_xxh3, r->weights_xxh3,
                               (int)s->weights_info.epsilon, r->trains == RETRAIN_ALL,
                               r->trains == RETRAIN_ALL ? 0 : r->layer, (int)r->loss, r->temperature,
                               r->batch, r->threads, r->exact, words[0], words[1], words[2], pixels);
    struct content key = content_of(text, strlen(text));
    free(pixels);
    free(text);
    return key;
}

static struct retrain_shelf *shelf_of(struct session *s)
{
    if (!s->shelf)
        s->shelf = memory_new(1, sizeof *s->shelf);
    return s->shelf;
}

/* Takes it off; a zeroed one where there is none. */
static struct shelved shelf_take(struct session *s, const struct content *key)
{
    struct retrain_shelf *shelf = s->shelf;
    struct shelved found = {0};
    for (int i = 0; shelf && i < shelf->n; i++) {
        if (!content_is_same(&shelf->all[i].key, key))
            continue;
        found = shelf->all[i];
        memmove(&shelf->all[i], &shelf->all[i + 1], (size_t)(shelf->n - i - 1) * sizeof *shelf->all);
        shelf->n--;
        break;
    }
    return found;
}

static size_t shelved_bytes(const struct shelved *one)
{
    if (one->graph)
        return graph_bytes(one->graph);
    return one->kit ? retrain_kit_bytes(one->kit) : retrain_inputs_bytes(one->inputs);
}

static void shelved_free(const struct shelved *one)
{
    retrain_kit_free(one->kit);
    retrain_inputs_free(one->inputs);
    graph_free(one->graph);
}

/* The oldest go where all take more than a part of `memory`. */
static void shelf_put(struct session *s, const struct shelved *one, int64_t memory)
{
    struct retrain_shelf *shelf = shelf_of(s);
    shelf->all = memory_grow(shelf->all, (size_t)shelf->n + 1, sizeof *shelf->all);
    shelf->all[shelf->n++] = *one;
    size_t bytes = 0;
    for (int i = 0; i < shelf->n; i++)
        bytes += shelved_bytes(&shelf->all[i]);
    int64_t most = (memory > 0 ? memory : allowance_available("") + (int64_t)bytes) / SHELF_SHARE;
    while (shelf->n > 0 && (int64_t)bytes > most) {
        struct shelved oldest = shelf_take(s, &shelf->all[0].key);
        bytes -= shelved_bytes(&oldest);
        shelved_free(&oldest);
    }
}

struct retrain_inputs *retrain_shelf_take(struct session *s, const struct content *key)
{
    return shelf_take(s, key).inputs;
}

const struct retrain_inputs *retrain_shelf_nearest(const struct session *s, const struct retrain_request *r,
                                                   int *layer)
{
    struct retrain_request earlier = *r;
    while (s->shelf && r->trains != RETRAIN_ALL && --earlier.layer >= 0) {
        const struct content key = retrain_shelf_key(s, &earlier);
        for (int i = 0; i < s->shelf->n; i++)
            if (content_is_same(&s->shelf->all[i].key, &key)) {
                *layer = earlier.layer;
                return s->shelf->all[i].inputs;
            }
    }
    return NULL;
}

void retrain_shelf_put(struct session *s, const struct content *key, struct retrain_inputs *in,
                       int64_t memory)
{
    if (in && retrain_inputs_is_whole(in))
        shelf_put(s, &(struct shelved){.key = *key, .inputs = in}, memory);
    else
        retrain_inputs_free(in);
}

struct retrain_kit *retrain_shelf_take_kit(struct session *s, const struct content *key)
{
    return shelf_take(s, key).kit;
}

void retrain_shelf_put_kit(struct session *s, const struct content *key, struct retrain_kit *kit)
{
    shelf_put(s, &(struct shelved){.key = *key, .kit = kit}, 0);
}

static struct content shelf_graph_key(const struct session *s, const struct retrain_request *r)
{
    char *text = memory_format("graph %s %s %d %d %d %d", r->cfg_xxh3, r->weights_xxh3,
                               (int)s->weights_info.epsilon, r->batch, r->threads, r->exact);
    struct content key = content_of(text, strlen(text));
    free(text);
    return key;
}

struct graph *retrain_shelf_take_graph(struct session *s, const struct retrain_request *r)
{
    const struct content key = shelf_graph_key(s, r);
    return shelf_take(s, &key).graph;
}

void retrain_shelf_put_graph(struct session *s, const struct retrain_request *r, struct graph *graph)
{
    if (graph && r->memory == 0) /* where memory is limited, the training needs it */
        shelf_put(s, &(struct shelved){.key = shelf_graph_key(s, r), .graph = graph}, 0);
    else
        graph_free(graph);
}

void retrain_shelf_clear(struct session *s)
{
    struct retrain_shelf *shelf = s->shelf;
    if (!shelf)
        return;
    for (int i = 0; i < shelf->n; i++)
        shelved_free(&shelf->all[i]);
    free(shelf->all);
    free(shelf);
    s->shelf = NULL;
}
