/* A study on the way from its files to what can be measured: the network, the images, their order. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "study/run.h"
#include "curve/order.h"
#include "net/definition.h"
#include "study/saved_subsets.h"
#include "study/study_parts.h"

static int load_list(struct study *s, struct connection *n, struct error *e)
{
    struct images_request request = run_images(&s->options, s->inputs.data, true);
    snprintf(s->doing, sizeof s->doing, "looking for images");
    int status = connection_list(n, &request, e);
    images_request_free(&request);
    return status;
}

/* The next request on the way to a conversation that can measure. 1: there is nothing left to ask. */
int study_load(struct study *s, struct connection *n, struct error *e)
{
    if (n->dataset)
        return 1;
    if (n->table)
        return load_list(s, n, e);
    snprintf(s->doing, sizeof s->doing, "reading the network");
    return connection_open(n, s->inputs.cfg, s->inputs.weights, (enum epsilon)s->options.measure.bn_epsilon,
                           e);
}

/* Puts the images of some classes behind what is in the order. */
static void load_append(struct study *s, const bool *chosen)
{
    long n;
    long *more = order_make(s->dataset->images, s->dataset->images_n, chosen, s->table->classes,
                            (uint64_t)s->options.input.seed, &n);
    if (s->order_n == 0) { /* of a million images a copy takes as long as a key may wait */
        free(s->order);
        s->order = more;
        s->order_n = n;
        return;
    }
    s->order = memory_grow(s->order, (size_t)(s->order_n + n), sizeof *s->order);
    memcpy(s->order + s->order_n, more, (size_t)n * sizeof *more);
    s->order_n += n;
    free(more);
}

bool *study_classes(const struct study *s, struct error *e)
{
    const struct subset_names names = {
        .classes = s->dataset->classes, .classes_n = s->dataset->classes_n, .outputs = s->table->classes};
    if (s->options.input.classes)
        return saved_subsets_parse(s->options.input.classes, names, s->cfg_xxh3, e);
    bool *all = memory_new((size_t)names.outputs, sizeof *all);
    memset(all, true, (size_t)names.outputs * sizeof *all);
    return all;
}

int study_order(struct study *s, const bool *chosen, struct error *e)
{
    const struct options *o = &s->options;
    const long *shard = o->input.shard; /* number, of */
    load_append(s, chosen);
    if (s->order_n == 0)
        return error_at(e, s->inputs.data, 0, "holds no image of the chosen classes");
    long n = o->input.images > 0 && o->input.images < s->order_n ? o->input.images : s->order_n;
    s->run.all = n;
    s->order_n = shard[1] ? order_shard(s->order, n, shard[0], shard[1]) : n;
    if (s->order_n == 0)
        return error_set(e, "no image is left for shard %ld of %ld images in %ld shards", shard[0], n,
                         shard[1]);
    study_stopping_limit(s);
    return 0;
}

static int load_layers(struct study *s, struct error *e)
{
    const struct saved_rows *a = s->saved_rows;
    struct error why;
    if (a)
        s->layer_list = layer_list_of_layers(a->table, a->run.layers, a->run.layers_n, a->run.reduce);
    else if (layer_list_make(s->table, (enum table_list)s->options.measure.layers,
                             (enum reduce)s->options.measure.reduce, &s->layer_list, &why) < 0)
        return error_at(e, s->inputs.cfg, 0, "%s", why.text);
    return 0;
}

int study_lay_out(struct study *s, const bool *const *curves, int curves_n, struct error *e)
{
    size_t images = (size_t)s->dataset->images_n;
    if (load_layers(s, e) < 0)
        return -1;
    s->settled = memory_new(images, sizeof *s->settled);
    s->run.suspect = memory_new(images, sizeof *s->run.suspect);
    s->run.found = memory_new(images, sizeof *s->run.found);
    if (study_stopping_begin(s, curves, curves_n, e) < 0)
        return -1;
    if (s->saved_rows)
        return study_take_curve(s, e);
    s->curve = curve_new(s->layer_list.n, s->table->classes, e);
    return s->curve ? 0 : -1;
}

int study_choose(struct study *s, const bool *chosen, const bool *const *curves, int curves_n,
                 struct error *e)
{
    return study_order(s, chosen, e) < 0 ? -1 : study_lay_out(s, curves, curves_n, e);
}

/* The classes asked for come first, the others after them, so that any choice can be looked at in the end;
 * with a number of images only those of the classes asked for. */
int study_lay_out_all(struct study *s, struct error *e)
{
    study_show(s);
    s->asked = study_classes(s, e);
    if (!s->asked || study_order(s, s->asked, e) < 0)
        return -1;
    if (s->options.input.classes && s->options.input.images == 0 && !dataset_is_unlabelled(s->dataset)) {
        bool *others = memory_new((size_t)s->table->classes, sizeof *others);
        for (int i = 0; i < s->table->classes; i++)
            others[i] = !s->asked[i];
        load_append(s, others);
        free(others);
    }
    return study_lay_out(s, (const bool *const[]){s->asked}, 1, e);
}

void study_show(struct study *s)
{
    const struct connection *n = s->connection;
    const struct saved_rows *a = s->saved_rows;
    s->table = a ? a->table : n->table;
    s->dataset = a ? a->dataset : n->dataset;
    s->versions = a ? a->versions : n->versions;
    memcpy(s->cfg_xxh3, a ? a->cfg_xxh3 : n->cfg_xxh3, sizeof s->cfg_xxh3);
    memcpy(s->weights_xxh3, a ? a->weights_xxh3 : n->weights_xxh3, sizeof s->weights_xxh3);
}

/* Whether the new conversation speaks of the files that the measured rows came from. */
static bool load_is_same(const struct connection *a, const struct connection *b)
{
    if (strcmp(a->cfg_xxh3, b->cfg_xxh3) != 0 || strcmp(a->weights_xxh3, b->weights_xxh3) != 0 ||
        a->dataset->images_n != b->dataset->images_n || a->dataset->classes_n != b->dataset->classes_n)
        return false;
    for (int i = 0; i < a->dataset->classes_n; i++)
        if (a->dataset->classes[i].index != b->dataset->classes[i].index ||
            strcmp(a->dataset->classes[i].name, b->dataset->classes[i].name) != 0)
            return false;
    for (long i = 0; i < a->dataset->images_n; i++)
        if (strcmp(a->dataset->images[i].path, b->dataset->images[i].path) != 0 ||
            a->dataset->images[i].class_index != b->dataset->images[i].class_index)
            return false;
    return true;
}

/* A worker was started again; it takes the place of the one that died. */
static int load_take_place(struct study *s, struct error *e)
{
    if (!load_is_same(s->connection, s->next))
        return error_set(e, "the network or the images have changed on disk; open them again");
    study_end_row_cache(s);
    connection_free(s->connection);
    s->connection = s->next;
    s->next = NULL;
    study_show(s);
    s->version++; /* whoever keeps something of the old data set makes it again */
    study_say(s, STUDY_AGAIN, "the worker runs again");
    return 0;
}

void study_loaded(struct study *s)
{
    struct error e;
    int status = s->next ? load_take_place(s, &e) : study_lay_out_all(s, &e);
    if (status < 0) {
        study_fail(s, s->next ? STUDY_LOST : STUDY_FAILED, &e);
        return;
    }
    study_begin_row_cache(s);
    study_next_run(s);
}
