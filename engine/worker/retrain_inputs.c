#include "worker/retrain_inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/loader.h"
#include "train/cache.h"
#include "train/loss.h"
#include "train/sampler.h"
#include "wire/message.h"
#include "wire/message_result.h"
#include "worker/retrain_whole.h"

enum { LOADERS = 2 };
/* Of the memory that is left, so much is for images that are decoded meanwhile, or half where it is little.
 */
#define DECODING_BYTES ((int64_t)160 << 20)

struct side {
    const struct dataset *data;
    const long *images; /* [asked] as in the request */
    long asked;
    long n;      /* that are left: */
    long *at;    /* [n] which of them, */
    int *labels; /* [n] and what they are */
    struct cache *cache;
};

struct retrain_inputs {
    struct session *session;
    const struct retrain_request *request;
    struct retrain_whole *whole; /* computes what is not kept, or not yet; NULL: all is kept */
    size_t floats, outputs;      /* numbers and scores of one image, as retrain_whole.h has them */
    struct side sides[RETRAIN_SIDES];
    int64_t told; /* when it was last said how far it is */

    float *item, *room;          /* [floats] while an image is varied */
    int *labels;                 /* [batch] of the last fill */
    float *teacher;              /* [batch][outputs] */
    struct retrain_check before; /* how right the whole network is, */
    double loss;                 /* the sum of its losses */
};

long retrain_inputs_n(const struct retrain_inputs *in, enum retrain_side side)
{
    return in->sides[side].n;
}

long retrain_inputs_place(const struct retrain_inputs *in, enum retrain_side side, long item)
{
    return in->sides[side].at[item];
}

const int *retrain_inputs_labels(const struct retrain_inputs *in)
{
    return in->labels;
}

const float *retrain_inputs_teacher(const struct retrain_inputs *in)
{
    return in->outputs > 0 ? in->teacher : NULL;
}

void retrain_inputs_free(struct retrain_inputs *in)
{
    if (!in)
        return;
    for (int i = 0; i < RETRAIN_SIDES; i++) {
        cache_free(in->sides[i].cache);
        free(in->sides[i].at);
        free(in->sides[i].labels);
    }
    retrain_whole_free(in->whole);
    free(in->item);
    free(in->room);
    free(in->labels);
    free(in->teacher);
    free(in->before.right);
    free(in);
}

/* ---- Reading all images ---------------------------------------------------------------------------------
 */

/* A batch that is being filled. */
struct reading {
    struct retrain_inputs *in;
    struct side *side;
    struct loader *loader;
    long next;                /* of the side's images, the next one that comes */
    int used;                 /* slots that are filled, */
    long *at;                 /* [batch] with which of the side's images, */
    struct content *contents; /* [batch] */
};

static int reading_tell(struct reading *r, struct error *e)
{
    struct retrain_inputs *in = r->in;
    return session_tell(in->session, &in->told, e, "reading images for %s: %ld of %ld",
                        r->side == &in->sides[RETRAIN_TRAINING] ? "training" : "validation", r->next,
                        r->side->asked);
}

/* An image that is left out. The front end knows the images of the open data set by number, those of the
 * other one by their paths. */
static int reading_leave_out(const struct reading *r, long at, json_t *message, const char *why,
                             struct error *e)
{
    struct session *s = r->in->session;
    if (r->side->data == s->data)
        return session_send(s, message, e);
    json_decref(message);
    char *text =
        memory_format("%s: left out of validation: %s", r->side->data->images[r->side->images[at]].path, why);
    int status = session_send(s, message_log(true, text), e);
    free(text);
    return status;
}

/* Slots until the batch is full, or there are no more images. */
static int reading_fill(struct reading *r, int batch, struct error *e)
{
    struct retrain_inputs *in = r->in;
    r->used = 0;
    while (r->used < batch && r->next < r->side->asked) {
        struct error why;
        long image;
        if (session_stop_asked(in->session))
            return error_set(e, "stopped before the training began");
        int status =
            loader_next(r->loader, &image, retrain_whole_image(in->whole), &r->contents[r->used], &why);
        long at = r->next++;
        if (status < 0) {
            json_t *skipped = message_skipped(image, why.text, &r->contents[r->used]);
            if (reading_leave_out(r, at, skipped, why.text, e) < 0)
                return -1;
            continue;
        }
        retrain_whole_put(in->whole, r->used);
        r->at[r->used++] = at;
    }
    return 0;
}

/* Counts it in the accuracy of the whole network. */
static void reading_count(struct retrain_inputs *in, long at, int slot, int label)
{
    struct retrain_check *before = &in->before;
    bool right = graph_predicted(retrain_whole_graph(in->whole), slot) == label;
    const float *scores = retrain_whole_scores(in->whole, slot);
    before->right[at] = right ? '1' : '0';
    before->images++;
    before->correct += right;
    in->loss += loss_of(in->request->loss, in->request->temperature,
                        (int)retrain_whole_scores_n(in->session->net), 1, scores, &label, scores, NULL, 1);
}

static int reading_take(struct reading *r, int slot, struct error *e)
{
    struct retrain_inputs *in = r->in;
    struct side *side = r->side;
    const struct graph *graph = retrain_whole_graph(in->whole);
    long at = r->at[slot];
    int bad = graph_not_finite(graph, slot);
    if (bad >= 0) {
        char *why = memory_format("its output of layer %d is not finite", bad);
        json_t *message = message_nonfinite(side->images[at], bad, &r->contents[slot]);
        int status = reading_leave_out(r, at, message, why, e);
        free(why);
        return status;
    }
    int label = side->data->images[side->images[at]].class_index;
    if (label == DATASET_NO_CLASS)
        label = graph_predicted(graph, slot);
    float *item = cache_at(side->cache, side->n);
    retrain_whole_finish(in->whole, slot);
    if (item)
        memcpy(item, retrain_whole_item(in->whole, slot), (in->floats + in->outputs) * sizeof *item);
    side->at[side->n] = at;
    side->labels[side->n++] = label;
    if (side == &in->sides[RETRAIN_VALIDATION])
        reading_count(in, at, slot, label);
    return 0;
}

static int reading_all(struct reading *r, struct error *e)
{
    struct graph *graph = retrain_whole_graph(r->in->whole);
    int status = reading_tell(r, e);
    while (status == 0 && r->next < r->side->asked) {
        status = reading_fill(r, graph_batch(graph), e);
        if (status == 0 && r->used > 0)
            status = graph_forward(graph, e);
        for (int slot = 0; slot < r->used && status == 0; slot++)
            status = reading_take(r, slot, e);
        if (status == 0)
            status = reading_tell(r, e);
    }
    return status;
}

static struct loader *inputs_load(const struct retrain_inputs *in, const struct side *side,
                                  const long *images, long n, struct error *e)
{
    return loader_start(side->data, images, n, in->session->net->in, &in->request->pixels,
                        in->session->decoding, LOADERS,
                        2 * graph_batch(retrain_whole_graph(in->whole)) + LOADERS, e);
}

static int inputs_read_side(struct retrain_inputs *in, struct side *side, struct error *e)
{
    size_t batch = (size_t)graph_batch(retrain_whole_graph(in->whole));
    struct reading r = {.in = in, .side = side};
    r.at = memory_new(batch, sizeof *r.at);
    r.contents = memory_new(batch, sizeof *r.contents);
    r.loader = inputs_load(in, side, side->images, side->asked, e);
    int status = r.loader ? reading_all(&r, e) : -1;
    if (r.loader)
        loader_stop(r.loader);
    free(r.at);
    free(r.contents);
    if (status == 0 && side->n == 0)
        return error_set(e, "none of the %ld images for %s can be used", side->asked,
                         side == &in->sides[RETRAIN_TRAINING] ? "training" : "validation");
    return status;
}

/* ---- Going on from an earlier cut ------------------------------------------------------------------------
 */

/* What a batch of the side's images has made: their labels are known, and their scores. */
static void going_on_take(struct retrain_inputs *in, const struct retrain_inputs *from, enum retrain_side s,
                          long first, int used)
{
    struct side *side = &in->sides[s];
    const struct side *known = &from->sides[s];
    for (int slot = 0; slot < used; slot++, side->n++) {
        float *item = cache_at(side->cache, first + slot);
        if (item) {
            graph_get(retrain_whole_graph(in->whole), in->request->layer, slot, item);
            memcpy(item + in->floats, cache_at(known->cache, first + slot) + from->floats,
                   in->outputs * sizeof *item);
        }
        side->at[first + slot] = known->at[first + slot];
        side->labels[first + slot] = known->labels[first + slot];
    }
}

/* Only the layers between the two cuts are left to do. */
static int going_on_side(struct retrain_inputs *in, const struct retrain_inputs *from, int layer,
                         enum retrain_side s, struct error *e)
{
    struct graph *graph = retrain_whole_graph(in->whole);
    const struct side *known = &from->sides[s];
    for (long first = 0; first < known->n; first += graph_batch(graph)) {
        long left = known->n - first;
        int used = left < graph_batch(graph) ? (int)left : graph_batch(graph);
        if (session_stop_asked(in->session))
            return error_set(e, "stopped before the training began");
        for (int slot = 0; slot < used; slot++)
            graph_put(graph, layer, slot, cache_at(known->cache, first + slot));
        if (graph_forward_between(graph, layer, in->request->layer, e) < 0)
            return -1;
        going_on_take(in, from, s, first, used);
        if (session_tell(in->session, &in->told, e, "images on their way to the cut: %ld of %ld",
                         first + used, known->n) < 0)
            return -1;
    }
    return 0;
}

static int going_on(struct retrain_inputs *in, const struct retrain_inputs *from, int layer, struct error *e)
{
    free(in->before.right);
    in->before = from->before;
    in->before.right = memory_copy(from->before.right);
    for (int s = 0; s < RETRAIN_SIDES; s++)
        if (going_on_side(in, from, layer, s, e) < 0)
            return -1;
    return 0;
}

/* ---- Memory ---------------------------------------------------------------------------------------------
 */

/* What fits is kept: images for validation first, which are used as often, and are fewer. */
static int inputs_keep(struct retrain_inputs *in, struct error *e)
{
    int64_t left = graph_decoding_bytes(retrain_whole_graph(in->whole));
    int64_t bytes = left - (left / 2 < DECODING_BYTES ? left / 2 : DECODING_BYTES);
    for (int i = RETRAIN_SIDES - 1; i >= 0; i--) {
        struct side *side = &in->sides[i];
        side->at = memory_new_try((size_t)side->asked, sizeof *side->at);
        side->labels = memory_new_try((size_t)side->asked, sizeof *side->labels);
        if (!side->at || !side->labels)
            return error_set(e, "no memory for the list of %ld images", side->asked);
        side->cache = cache_new(side->asked, in->floats + in->outputs, bytes);
        bytes -= (int64_t)cache_bytes(side->cache);
    }
    decode_memory_limit(in->session->decoding, left / 2 < DECODING_BYTES ? left / 2 : DECODING_BYTES,
                        " beside the networks; see --memory");
    return 0;
}

static int inputs_tell_kept(const struct retrain_inputs *in, struct error *e)
{
    const struct side *t = &in->sides[RETRAIN_TRAINING], *v = &in->sides[RETRAIN_VALIDATION];
    long kept = cache_kept(t->cache) + cache_kept(v->cache), all = t->asked + v->asked;
    if (kept >= all)
        return 0;
    char *text =
        memory_format("memory holds what %ld of %ld images make of the head; the others are computed "
                      "again whenever they are needed (see --memory)",
                      kept, all);
    int status = session_send(in->session, message_log(true, text), e);
    free(text);
    return status;
}

/* Where all is kept the whole network has done its work. */
static void inputs_let_go(struct retrain_inputs *in)
{
    for (int i = 0; i < RETRAIN_SIDES; i++)
        if (cache_kept(in->sides[i].cache) < in->sides[i].asked)
            return;
    retrain_whole_put_away(in->whole, in->request);
    in->whole = NULL;
}

static int inputs_make_room(struct retrain_inputs *in, struct error *e)
{
    size_t batch = (size_t)in->request->batch;
    in->item = memory_try(in->floats, sizeof *in->item);
    in->room = memory_try(in->floats, sizeof *in->room);
    in->labels = memory_new_try(batch, sizeof *in->labels);
    in->teacher = memory_new_try(memory_product(batch, in->outputs + 1), sizeof *in->teacher);
    return in->item && in->room && in->labels && in->teacher
               ? 0
               : error_set(e, "no memory for a batch of %d images", in->request->batch);
}

static void inputs_describe(struct retrain_inputs *in, struct session *s, const struct retrain_request *r)
{
    in->session = s;
    in->request = r;
    in->floats = retrain_whole_floats(s->net, r);
    in->outputs = retrain_whole_outputs(s->net, r);
    in->sides[RETRAIN_TRAINING] =
        (struct side){.data = s->data, .images = r->training, .asked = r->training_n};
    in->sides[RETRAIN_VALIDATION] = (struct side){
        .data = s->kept_data ? s->kept_data : s->data, .images = r->validation, .asked = r->validation_n};
}

/* Every image, from its file on. */
static int inputs_read(struct retrain_inputs *in, struct error *e)
{
    for (int i = 0; i < RETRAIN_SIDES; i++)
        if (inputs_read_side(in, &in->sides[i], e) < 0)
            return -1;
    in->before.loss = in->loss / (double)in->before.images;
    return 0;
}

struct retrain_inputs *retrain_inputs_read(struct session *s, const struct retrain_request *request,
                                           size_t held, const struct retrain_inputs *from, int layer,
                                           struct retrain_check *before, struct error *e)
{
    struct retrain_inputs *in = memory_new(1, sizeof *in);
    inputs_describe(in, s, request);
    in->before = (struct retrain_check){.when = RETRAIN_BEFORE,
                                        .right = memory_new((size_t)request->validation_n + 1, 1)};
    memset(in->before.right, '-', (size_t)request->validation_n);
    in->whole = retrain_whole_new(s, request, held, e);
    int status = in->whole ? inputs_make_room(in, e) : -1;
    if (status == 0)
        status = inputs_keep(in, e);
    if (status == 0)
        status = from ? going_on(in, from, layer, e) : inputs_read(in, e);
    if (status == 0)
        status = inputs_tell_kept(in, e);
    if (status == 0) {
        inputs_let_go(in);
        retrain_inputs_take_over(in, request, before);
        return in;
    }
    retrain_inputs_free(in);
    return NULL;
}

bool retrain_inputs_is_whole(const struct retrain_inputs *in)
{
    return !in->whole;
}

size_t retrain_inputs_bytes(const struct retrain_inputs *in)
{
    return cache_bytes(in->sides[RETRAIN_TRAINING].cache) + cache_bytes(in->sides[RETRAIN_VALIDATION].cache);
}

void retrain_inputs_take_over(struct retrain_inputs *in, const struct retrain_request *request,
                              struct retrain_check *before)
{
    in->request = request;
    in->sides[RETRAIN_TRAINING].images = request->training;
    in->sides[RETRAIN_VALIDATION].images = request->validation;
    *before = in->before;
    before->right = memory_copy(in->before.right);
}

/* ---- Batches --------------------------------------------------------------------------------------------
 */

/* Computes those of items[n] that are not kept, each into its slot. */
static int inputs_again(struct retrain_inputs *in, const struct side *side, const long *items, int n,
                        struct error *e)
{
    long *images = memory_new((size_t)n, sizeof *images);
    int *slots = memory_new((size_t)n, sizeof *slots), missing = 0, status = 0;
    for (int i = 0; i < n; i++)
        if (!cache_at(side->cache, items[i])) {
            images[missing] = side->images[side->at[items[i]]];
            slots[missing++] = i;
        }
    struct loader *loader = missing > 0 ? inputs_load(in, side, images, missing, e) : NULL;
    if (missing > 0 && !loader)
        status = -1;
    for (int i = 0; i < missing && status == 0; i++) {
        struct error why;
        long image;
        if (loader_next(loader, &image, retrain_whole_image(in->whole), NULL, &why) <= 0)
            status = error_at(e, side->data->images[images[i]].path, 0, "cannot be decoded any more: %s",
                              why.text);
        else
            retrain_whole_put(in->whole, slots[i]);
    }
    if (loader)
        loader_stop(loader);
    bool pixels = in->request->trains == RETRAIN_ALL;
    if (status == 0 && missing > 0 && (!pixels || in->outputs > 0))
        status = graph_forward(retrain_whole_graph(in->whole), e);
    for (int i = 0; i < missing && status == 0; i++)
        retrain_whole_finish(in->whole, slots[i]);
    free(images);
    free(slots);
    return status;
}

static const float *inputs_item(const struct retrain_inputs *in, const struct side *side, long item, int slot)
{
    const float *kept = cache_at(side->cache, item);
    return kept ? kept : retrain_whole_item(in->whole, slot);
}

/* Black as the network sees it. */
static void inputs_black(const struct retrain_inputs *in, float black[3])
{
    const struct pixels_options *p = &in->request->pixels;
    int channels = in->session->net->in.c;
    for (int c = 0; c < channels; c++) {
        int colour = p->bgr && channels == 3 ? 2 - c : c;
        black[c] = -p->mean[colour] / p->std[colour];
    }
}

static const float *inputs_varied(struct retrain_inputs *in, const float *item, long step, int slot)
{
    const struct retrain_request *r = in->request;
    float black[3] = {0};
    if (step < 0 || (!r->flip && r->shift == 0))
        return item;
    memcpy(in->item, item, in->floats * sizeof *item);
    inputs_black(in, black);
    sampler_vary((uint64_t)r->seed, step, slot, r->flip, r->shift, in->session->net->in, black, in->item,
                 in->room);
    return in->item;
}

int retrain_inputs_fill(struct retrain_inputs *in, enum retrain_side side, const long *items, int n,
                        long step, retrain_inputs_put *put, void *to, struct error *e)
{
    const struct side *s = &in->sides[side];
    if (inputs_again(in, s, items, n, e) < 0)
        return -1;
    for (int i = 0; i < n; i++) {
        const float *item = inputs_item(in, s, items[i], i);
        put(to, i, inputs_varied(in, item, step, i));
        in->labels[i] = s->labels[items[i]];
        if (in->outputs > 0)
            memcpy(in->teacher + (size_t)i * in->outputs, item + in->floats, in->outputs * sizeof *item);
    }
    return 0;
}
