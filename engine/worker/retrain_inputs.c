#include "worker/retrain_inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/loader.h"
#include "graph/graph.h"
#include "train/cache.h"
#include "train/loss.h"
#include "train/sampler.h"
#include "wire/message.h"
#include "wire/message_result.h"
#include "worker/retrain_shelf.h"

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
    struct graph *graph; /* the whole network without a bottleneck */
    bool pixels;         /* the trained network takes pixels, else the tensor at the cut */
    size_t floats;       /* numbers that go into the network, of one image */
    size_t outputs;      /* scores that stand behind them where the loss needs them, else 0 */
    size_t scores;       /* of the graph, of one image */
    struct side sides[RETRAIN_SIDES];
    int64_t told; /* when it was last said how far it is */

    float *image;                // [c][h][w] that was decoded
    float *fresh;                /* [batch][floats + outputs] of images that are not kept, or not yet */
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
    graph_free(in->graph);
    free(in->image);
    free(in->fresh);
    free(in->item);
    free(in->room);
    free(in->labels);
    free(in->teacher);
    free(in->before.right);
    free(in);
}

/* ---- One image in the graph -----------------------------------------------------------------------------
 */

/* The scores of a slot as a loss takes them: one number where the network has one output, of which the graph
 * makes the scores -y and y of two classes. */
static const float *slot_scores(const struct retrain_inputs *in, int slot)
{
    const float *scores = graph_scores(in->graph) + (size_t)slot * (size_t)in->session->net->classes;
    return in->scores == 1 ? scores + 1 : scores;
}

static float *slot_item(const struct retrain_inputs *in, int slot)
{
    return in->fresh + (size_t)slot * (in->floats + in->outputs);
}

/* in->image goes through the graph. */
static void slot_put(const struct retrain_inputs *in, int slot)
{
    graph_set_input(in->graph, slot, in->image);
    if (in->pixels)
        memcpy(slot_item(in, slot), in->image, in->floats * sizeof *in->image);
}

/* After graph_forward: its item is complete then. */
static void slot_finish(const struct retrain_inputs *in, int slot)
{
    float *item = slot_item(in, slot);
    if (!in->pixels)
        graph_get(in->graph, in->request->layer, slot, item);
    if (in->outputs > 0)
        memcpy(item + in->floats, slot_scores(in, slot), in->outputs * sizeof *item);
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
        int status = loader_next(r->loader, &image, in->image, &r->contents[r->used], &why);
        long at = r->next++;
        if (status < 0) {
            json_t *skipped = message_skipped(image, why.text, &r->contents[r->used]);
            if (reading_leave_out(r, at, skipped, why.text, e) < 0)
                return -1;
            continue;
        }
        slot_put(in, r->used);
        r->at[r->used++] = at;
    }
    return 0;
}

/* Counts it in the accuracy of the whole network. */
static void reading_count(struct retrain_inputs *in, long at, int slot, int label)
{
    struct retrain_check *before = &in->before;
    bool right = graph_predicted(in->graph, slot) == label;
    const float *scores = slot_scores(in, slot);
    before->right[at] = right ? '1' : '0';
    before->images++;
    before->correct += right;
    in->loss += loss_of(in->request->loss, in->request->temperature, (int)in->scores, 1, scores, &label,
                        scores, NULL, 1);
}

static int reading_take(struct reading *r, int slot, struct error *e)
{
    struct retrain_inputs *in = r->in;
    struct side *side = r->side;
    long at = r->at[slot];
    int bad = graph_not_finite(in->graph, slot);
    if (bad >= 0) {
        char *why = memory_format("its output of layer %d is not finite", bad);
        json_t *message = message_nonfinite(side->images[at], bad, &r->contents[slot]);
        int status = reading_leave_out(r, at, message, why, e);
        free(why);
        return status;
    }
    int label = side->data->images[side->images[at]].class_index;
    if (label == DATASET_NO_CLASS)
        label = graph_predicted(in->graph, slot);
    float *item = cache_at(side->cache, side->n);
    slot_finish(in, slot);
    if (item)
        memcpy(item, slot_item(in, slot), (in->floats + in->outputs) * sizeof *item);
    side->at[side->n] = at;
    side->labels[side->n++] = label;
    if (side == &in->sides[RETRAIN_VALIDATION])
        reading_count(in, at, slot, label);
    return 0;
}

static int reading_all(struct reading *r, struct error *e)
{
    struct retrain_inputs *in = r->in;
    int status = reading_tell(r, e);
    while (status == 0 && r->next < r->side->asked) {
        status = reading_fill(r, graph_batch(in->graph), e);
        if (status == 0 && r->used > 0)
            status = graph_forward(in->graph, e);
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
                        in->session->decoding, LOADERS, 2 * graph_batch(in->graph) + LOADERS, e);
}

static int inputs_read_side(struct retrain_inputs *in, struct side *side, struct error *e)
{
    size_t batch = (size_t)graph_batch(in->graph);
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

/* ---- Memory ---------------------------------------------------------------------------------------------
 */

/* What fits is kept: images for validation first, which are used as often, and are fewer. */
static int inputs_keep(struct retrain_inputs *in, struct error *e)
{
    int64_t left = graph_decoding_bytes(in->graph);
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
    retrain_shelf_put_graph(in->session, in->request, in->graph);
    free(in->fresh);
    in->graph = NULL;
    in->fresh = NULL;
}

/* No layer is listed: there is no gradient. No timing, so that the same command gives the same bytes. */
static int inputs_make_graph(struct retrain_inputs *in, size_t held, struct error *e)
{
    const struct retrain_request *r = in->request;
    in->graph = retrain_shelf_take_graph(in->session, r);
    if (in->graph)
        return 0;
    bool *listed = memory_new((size_t)in->session->net->layers_n, sizeof *listed);
    const struct graph_options options = {
        .batch = r->batch,
        .threads = r->threads,
        .listed = listed,
        .algorithms = r->exact ? GRAPH_EXACT : GRAPH_WINOGRAD,
        .memory = r->memory,
        .held = (int64_t)held,
    };
    in->graph = session_compile(in->session, &options, e);
    free(listed);
    return in->graph ? 0 : -1;
}

static int inputs_make_room(struct retrain_inputs *in, struct error *e)
{
    size_t batch = (size_t)in->request->batch;
    in->image = memory_try((size_t)net_shape_size(in->session->net->in), sizeof *in->image);
    in->fresh = memory_try(memory_product(batch, in->floats + in->outputs), sizeof *in->fresh);
    in->item = memory_try(in->floats, sizeof *in->item);
    in->room = memory_try(in->floats, sizeof *in->room);
    in->labels = memory_new_try(batch, sizeof *in->labels);
    in->teacher = memory_new_try(memory_product(batch, in->outputs + 1), sizeof *in->teacher);
    return in->image && in->fresh && in->item && in->room && in->labels && in->teacher
               ? 0
               : error_set(e, "no memory for a batch of %d images", in->request->batch);
}

static void inputs_describe(struct retrain_inputs *in, struct session *s, const struct retrain_request *r)
{
    in->session = s;
    in->request = r;
    in->pixels = r->trains == RETRAIN_ALL;
    in->floats = (size_t)net_shape_size(in->pixels ? s->net->in : s->net->layers[r->layer].out);
    in->scores = net_is_single(s->net) ? 1 : (size_t)s->net->classes;
    in->outputs = r->loss == RETRAIN_LABELS ? 0 : in->scores;
    in->sides[RETRAIN_TRAINING] =
        (struct side){.data = s->data, .images = r->training, .asked = r->training_n};
    in->sides[RETRAIN_VALIDATION] = (struct side){
        .data = s->kept_data ? s->kept_data : s->data, .images = r->validation, .asked = r->validation_n};
}

struct retrain_inputs *retrain_inputs_read(struct session *s, const struct retrain_request *request,
                                           size_t held, struct retrain_check *before, struct error *e)
{
    struct retrain_inputs *in = memory_new(1, sizeof *in);
    inputs_describe(in, s, request);
    in->before = (struct retrain_check){.when = RETRAIN_BEFORE,
                                        .right = memory_new((size_t)request->validation_n + 1, 1)};
    memset(in->before.right, '-', (size_t)request->validation_n);
    int status = inputs_make_graph(in, held, e);
    if (status == 0)
        status = inputs_make_room(in, e);
    if (status == 0)
        status = inputs_keep(in, e);
    for (int i = 0; i < RETRAIN_SIDES && status == 0; i++)
        status = inputs_read_side(in, &in->sides[i], e);
    if (status == 0)
        status = inputs_tell_kept(in, e);
    if (status == 0) {
        in->before.loss = in->loss / (double)in->before.images;
        inputs_let_go(in);
        retrain_inputs_take_over(in, request, before);
        return in;
    }
    retrain_inputs_free(in);
    return NULL;
}

bool retrain_inputs_is_whole(const struct retrain_inputs *in)
{
    return !in->graph;
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
        if (loader_next(loader, &image, in->image, NULL, &why) <= 0)
            status = error_at(e, side->data->images[images[i]].path, 0, "cannot be decoded any more: %s",
                              why.text);
        else
            slot_put(in, slots[i]);
    }
    if (loader)
        loader_stop(loader);
    if (status == 0 && missing > 0 && (!in->pixels || in->outputs > 0))
        status = graph_forward(in->graph, e);
    for (int i = 0; i < missing && status == 0; i++)
        slot_finish(in, slots[i]);
    free(images);
    free(slots);
    return status;
}

static const float *inputs_item(const struct retrain_inputs *in, const struct side *side, long item, int slot)
{
    const float *kept = cache_at(side->cache, item);
    return kept ? kept : slot_item(in, slot);
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
