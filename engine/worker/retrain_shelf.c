#include "worker/retrain_shelf.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/allowance.h"

/* The part of the memory allowed that they may take together. */
enum { SHELF_SHARE = 4 };

struct shelved {
    struct content key;
    struct retrain_inputs *inputs;
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

static void shelf_remove(struct retrain_shelf *shelf, int i)
{
    memmove(&shelf->all[i], &shelf->all[i + 1], (size_t)(shelf->n - i - 1) * sizeof *shelf->all);
    shelf->n--;
}

struct retrain_inputs *retrain_shelf_take(struct session *s, const struct content *key)
{
    struct retrain_shelf *shelf = s->shelf;
    for (int i = 0; shelf && i < shelf->n; i++) {
        if (shelf->all[i].key.high != key->high || shelf->all[i].key.low != key->low)
            continue;
        struct retrain_inputs *in = shelf->all[i].inputs;
        shelf_remove(shelf, i);
        return in;
    }
    return NULL;
}

static size_t shelf_bytes(const struct retrain_shelf *shelf)
{
    size_t bytes = 0;
    for (int i = 0; i < shelf->n; i++)
        bytes += retrain_inputs_bytes(shelf->all[i].inputs);
    return bytes;
}

void retrain_shelf_put(struct session *s, const struct content *key, struct retrain_inputs *in,
                       int64_t memory)
{
    if (!in || !retrain_inputs_is_whole(in)) {
        retrain_inputs_free(in);
        return;
    }
    if (!s->shelf)
        s->shelf = memory_new(1, sizeof *s->shelf);
    struct retrain_shelf *shelf = s->shelf;
    shelf->all = memory_grow(shelf->all, (size_t)shelf->n + 1, sizeof *shelf->all);
    shelf->all[shelf->n++] = (struct shelved){*key, in};
    int64_t most = (memory > 0 ? memory : allowance_available("")) / SHELF_SHARE;
    while (shelf->n > 0 && (int64_t)shelf_bytes(shelf) > most) {
        retrain_inputs_free(shelf->all[0].inputs);
        shelf_remove(shelf, 0);
    }
}

void retrain_shelf_clear(struct session *s)
{
    struct retrain_shelf *shelf = s->shelf;
    if (!shelf)
        return;
    for (int i = 0; i < shelf->n; i++)
        retrain_inputs_free(shelf->all[i].inputs);
    free(shelf->all);
    free(shelf);
    s->shelf = NULL;
}
