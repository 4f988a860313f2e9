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

/* What takes too long for one step, once the images are listed: of a restarted worker's images, whether they
 * are those of before; else the order of the images, of the classes asked for, then of the others. */
struct study_laying {
    long same; /* so many images are */
    struct order_maker *order;
    bool others;
};

/* Images of a slice. */
enum { LAY_IMAGES = 50000 };

static struct order_maker *load_order(const struct study *s, const bool *chosen)
{
    return order_begin(s->dataset->images, s->dataset->images_n, chosen, s->table->classes,
                       (uint64_t)s->options.input.seed);
}

/* Puts what was made behind what is in the order. */
static void load_append(struct study *s, struct order_maker *made)
{
    long n;
    long *more = order_end(made, &n);
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

bool *study_classes_of(const struct study *s, const char *expression, struct error *e)
{
    const struct subset_names names = {
        .classes = s->dataset->classes, .classes_n = s->dataset->classes_n, .outputs = s->table->classes};
    if (expression)
        return saved_subsets_parse(expression, names, s->cfg_xxh3, e);
    bool *all = memory_new((size_t)names.outputs, sizeof *all);
    memset(all, true, (size_t)names.outputs * sizeof *all);
    return all;
}

bool *study_classes(const struct study *s, struct error *e)
{
    return study_classes_of(s, s->options.input.classes, e);
}

/* What the options leave of the images of the chosen classes, which are in the order. */
static int load_limit(struct study *s, struct error *e)
{
    const struct options *o = &s->options;
    const long *shard = o->input.shard; /* number, of */
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
    struct order_maker *order = load_order(s, chosen);
    while (!order_step(order, LAY_IMAGES))
        continue;
    load_append(s, order);
    return load_limit(s, e) < 0 ? -1 : study_lay_out(s, curves, curves_n, e);
}

void study_end_laying(struct study *s)
{
    if (s->laying)
        order_free(s->laying->order);
    free(s->laying);
    s->laying = NULL;
}

/* The classes asked for come first, the others after them, so that any choice can be looked at in the end;
 * with a number of images only those of the classes asked for. True where there are others. */
static bool load_begin_others(struct study *s)
{
    if (!s->options.input.classes || s->options.input.images > 0 || dataset_is_unlabelled(s->dataset))
        return false;
    bool *others = memory_new((size_t)s->table->classes, sizeof *others);
    for (int i = 0; i < s->table->classes; i++)
        others[i] = !s->asked[i];
    s->laying->order = load_order(s, others);
    s->laying->others = true;
    free(others);
    return true;
}

int study_lay_out_some(struct study *s, struct error *e)
{
    struct study_laying *l = s->laying;
    if (!l->order) {
        study_show(s);
        free(s->asked);
        s->asked = study_classes(s, e);
        if (!s->asked)
            return -1;
        l->order = load_order(s, s->asked);
        return 0;
    }
    if (!order_step(l->order, LAY_IMAGES))
        return 0;
    load_append(s, l->order);
    l->order = NULL;
    if (!l->others && load_limit(s, e) < 0)
        return -1;
    if (!l->others && load_begin_others(s))
        return 0;
    study_end_laying(s);
    return study_lay_out(s, (const bool *const[]){s->asked}, 1, e) < 0 ? -1 : 1;
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

static bool load_is_same_network(const struct connection *a, const struct connection *b)
{
    if (strcmp(a->cfg_xxh3, b->cfg_xxh3) != 0 || strcmp(a->weights_xxh3, b->weights_xxh3) != 0 ||
        a->dataset->images_n != b->dataset->images_n || a->dataset->classes_n != b->dataset->classes_n)
        return false;
    for (int i = 0; i < a->dataset->classes_n; i++)
        if (a->dataset->classes[i].index != b->dataset->classes[i].index ||
            strcmp(a->dataset->classes[i].name, b->dataset->classes[i].name) != 0)
            return false;
    return true;
}

/* Whether the new conversation speaks of the files that the measured rows came from. 1; 0: some images more
 * are; -1. */
static int load_is_same(struct study *s, struct error *e)
{
    const struct connection *a = s->connection, *b = s->next;
    long n = a->dataset->images_n, from = s->laying->same, most = n - from;
    bool same = from > 0 || load_is_same_network(a, b);
    const struct dataset_image *x = a->dataset->images + from, *y = b->dataset->images + from;
    for (long i = 0; same && i < most && i < LAY_IMAGES; i++)
        same = strcmp(x[i].path, y[i].path) == 0 && x[i].class_index == y[i].class_index;
    if (!same)
        return error_set(e, "the network or the images have changed on disk; open them again");
    s->laying->same = most < LAY_IMAGES ? n : from + LAY_IMAGES;
    return s->laying->same == n;
}

/* A worker was started again; it takes the place of the one that died. 1; 0: not yet; -1. */
static int load_take_place(struct study *s, struct error *e)
{
    int same = load_is_same(s, e);
    if (same <= 0)
        return same;
    study_end_laying(s);
    study_end_row_cache(s);
    connection_free(s->connection);
    s->connection = s->next;
    s->next = NULL;
    study_show(s);
    s->version++; /* whoever keeps something of the old data set makes it again */
    study_say(s, STUDY_AGAIN, "the worker runs again");
    return 1;
}

void study_begin_laying(struct study *s)
{
    study_end_laying(s);
    s->laying = memory_new(1, sizeof *s->laying);
    if (!study_is_ready(s))
        s->order_n = 0; /* a worker may have died over it */
}

void study_step_laying(struct study *s)
{
    struct error e;
    int status = s->next ? load_take_place(s, &e) : study_lay_out_some(s, &e);
    if (status < 0)
        study_fail(s, s->next ? STUDY_LOST : STUDY_FAILED, &e);
    if (status <= 0)
        return;
    study_begin_row_cache(s);
    study_next_run(s);
}
