#include "worker/session.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/dataset.h"
#include "data/pixels.h"
#include "data/stb.h"
#include "link/message.h"
#include "link/version.h"
#include "model/net.h"
#include "model/table.h"
#include "model/weights.h"
#include "plan/onednn.h"
#include "plan/plan.h"
#include "worker/darknet.h"
#include "worker/measure.h"

#ifndef DARKNET_VERSION /* told by the build: the library cannot say it */
#define DARKNET_VERSION "unknown"
#endif

struct session {
    struct channel *channel;
    struct net *net;
    char *weights; /* path, or NULL */
    struct dataset *data;
    struct plan *plan;
    bool *listed; /* [layers_n] what the plan was made for */
    enum run_tap tap;
    int batch, threads; /* as asked: 0 stands for a choice */
    bool stopping;      /* the run under way is to end */
};

static void forget_plan(struct session *s)
{
    plan_free(s->plan);
    free(s->listed);
    s->plan = NULL;
    s->listed = NULL;
}

static void forget_net(struct session *s)
{
    forget_plan(s);
    net_free(s->net);
    free(s->weights);
    s->net = NULL;
    s->weights = NULL;
}

static int send(struct session *s, json_t *message, struct error *e)
{
    return channel_send(s->channel, message, e);
}

/* ---- hello, open --------------------------------------------------------------------------------- */

static int answer_hello(struct session *s, const json_t *request, struct error *e)
{
    int protocol;
    if (message_hello_read(request, &protocol, e) < 0)
        return -1;
    if (protocol != ISPLIT_PROTOCOL)
        return error_set(
            e, "the worker speaks protocol %d, not %d (expected isplit and isplit-engine of one version)",
            ISPLIT_PROTOCOL, protocol);
    struct message_versions v = {.protocol = ISPLIT_PROTOCOL};
    snprintf(v.version, sizeof v.version, "%s", ISPLIT_VERSION);
    snprintf(v.darknet, sizeof v.darknet, "%s", DARKNET_VERSION);
    snprintf(v.stb, sizeof v.stb, "%s", stb_version());
    snprintf(v.onednn, sizeof v.onednn, "%s", onednn_version());
    snprintf(v.isa, sizeof v.isa, "%s", onednn_isa());
    return send(s, message_versions(&v), e);
}

static int open_net(struct session *s, const char *cfg, const char *weights, struct error *e)
{
    uint64_t cfg_hash;
    struct weights_info info = {0};
    forget_net(s);
    s->net = net_read(cfg, e);
    if (!s->net || weights_hash_file(cfg, &cfg_hash, e) < 0)
        return -1;
    for (int i = 0; i < s->net->warnings_n; i++)
        if (send(s, message_log(true, s->net->warnings[i]), e) < 0)
            return -1;
    if (weights && weights_check(weights, s->net, &info, e) < 0)
        return -1;
    s->weights = weights ? memory_copy(weights) : NULL;
    struct table *table = table_make(s->net);
    json_t *message = message_layers(table, cfg_hash, weights ? &info.xxh3 : NULL);
    table_free(table);
    return send(s, message, e);
}

static int answer_open(struct session *s, const json_t *request, struct error *e)
{
    char *cfg = NULL, *weights = NULL;
    if (message_open_read(request, &cfg, &weights, e) < 0)
        return -1;
    int status = open_net(s, cfg, weights, e);
    if (status < 0)
        forget_net(s);
    free(cfg);
    free(weights);
    return status;
}

/* ---- images --------------------------------------------------------------------------------------- */

enum { PORTION = 1000 };

static int send_dataset(struct session *s, struct error *e)
{
    const struct dataset *d = s->data;
    for (int i = 0; i < d->warnings_n; i++)
        if (send(s, message_log(true, d->warnings[i]), e) < 0)
            return -1;
    for (long first = 0; first < d->images_n; first += PORTION) {
        long n = d->images_n - first < PORTION ? d->images_n - first : PORTION;
        if (send(s, message_portion(d, first, n), e) < 0)
            return -1;
    }
    return 0;
}

static int check_reads_images(const struct net *net, struct error *e)
{
    if (net->in.c == 1 || net->in.c == 3)
        return 0;
    return error_at(e, net->path, 0, "the network reads %d channels (expected 1 or 3, as images have)",
                    net->in.c);
}

/* Decodes every image to find the ones that cannot be. */
static int probe(struct session *s, struct error *e)
{
    if (s->net && check_reads_images(s->net, e) < 0)
        return -1;
    const struct net_shape shape = s->net ? s->net->in : (struct net_shape){3, 32, 32};
    const struct pixels_options options = run_options_default().pixels;
    float *pixels = memory_try((size_t)net_shape_size(shape) * sizeof *pixels);
    if (!pixels)
        return error_set(e, "no memory for an image of the network's size");
    int status = 0;
    for (long i = 0; status == 0 && i < s->data->images_n; i++) {
        struct error why;
        if (pixels_load(s->data, i, shape, &options, pixels, &why) < 0)
            status = send(s, message_skipped(i, why.text), e);
    }
    free(pixels);
    return status;
}

static int answer_images(struct session *s, const json_t *request, struct error *e)
{
    struct message_images asked;
    if (message_images_read(request, &asked, e) < 0)
        return -1;
    struct dataset_options options = {
        .split = asked.split,
        .labels = asked.labels,
        .outputs = s->net ? s->net->classes : 0,
    };
    dataset_free(s->data);
    s->data = dataset_open(asked.data, &options, e);
    int status = s->data ? send_dataset(s, e) : -1;
    if (status == 0 && asked.probe)
        status = probe(s, e);
    if (status == 0)
        status = send(s, message_dataset(s->data), e);
    message_images_free(&asked);
    return status;
}

/* ---- run ------------------------------------------------------------------------------------------ */

static int check_run(const struct session *s, const struct run_options *o, struct error *e)
{
    if (!s->net || !s->weights) {
        error_set(e, "a run needs a network with weights");
        return -1;
    }
    if (!s->data)
        return error_set(e, "a run needs images");
    if (check_reads_images(s->net, e) < 0)
        return -1;
    for (int i = 0; i < o->layers_n; i++)
        if (o->layers[i] < 0 || o->layers[i] >= s->net->layers_n)
            return error_set(e, "the network has no layer %d (expected 0 to %d)", o->layers[i],
                             s->net->layers_n - 1);
    for (long i = 0; i < o->images_n; i++) {
        if (o->images[i] < 0 || o->images[i] >= s->data->images_n)
            return error_set(e, "there is no image %ld (expected 0 to %ld)", o->images[i],
                             s->data->images_n - 1);
        int class_index = s->data->images[o->images[i]].class_index;
        if (class_index < 0 || class_index >= s->net->classes)
            return error_set(e, "image %ld has class %d (expected 0 to %d)", o->images[i], class_index,
                             s->net->classes - 1);
    }
    return 0;
}

static bool plan_fits(const struct session *s, const bool *listed, const struct run_options *o)
{
    return s->plan && s->tap == o->tap && s->batch == o->batch && s->threads == o->threads &&
           memcmp(s->listed, listed, (size_t)s->net->layers_n * sizeof *listed) == 0;
}

/* Builds the network with libdarknet, compiles it, and lets libdarknet's copy go. Takes over `listed`. */
static int compile(struct session *s, bool *listed, const struct run_options *o, struct error *e)
{
    forget_plan(s);
    s->listed = listed;
    s->tap = o->tap;
    s->batch = o->batch;
    s->threads = o->threads;
    if (send(s, message_progress("loading the network"), e) < 0)
        return -1;
    struct darknet *d = darknet_open(s->net, s->weights, e);
    if (!d)
        return -1;
    struct plan_params *params = memory_new((size_t)s->net->layers_n, sizeof *params);
    for (int l = 0; l < s->net->layers_n; l++)
        params[l] = darknet_params(d, l);
    struct plan_options options = {
        .batch = o->batch,
        .threads = o->threads,
        .tap = o->tap == RUN_PRE ? PLAN_PRE : PLAN_POST,
        .listed = listed,
    };
    s->plan = plan_make(s->net, params, &options, e);
    free(params);
    darknet_close(d);
    return s->plan ? 0 : -1;
}

static int ready_plan(struct session *s, const struct run_options *o, struct error *e)
{
    bool *listed = memory_new((size_t)s->net->layers_n, sizeof *listed);
    for (int i = 0; i < o->layers_n; i++)
        listed[o->layers[i]] = true;
    if (plan_fits(s, listed, o)) {
        free(listed);
        return 0;
    }
    return compile(s, listed, o, e);
}

/* During a run: has a stop come, or has the front end gone? Anything else has to wait its turn and is
 * refused, since requests are answered one at a time. */
static bool stop_asked(void *user)
{
    struct session *s = user;
    struct error e;
    struct pollfd p = {.fd = s->channel->in, .events = POLLIN};
    if (!s->stopping && !s->channel->ended && poll(&p, 1, 0) > 0 && channel_fill(s->channel, &e) < 0)
        s->stopping = true;
    char *line;
    size_t length;
    while (!s->stopping && channel_next(s->channel, &line, &length, &e) > 0) {
        enum message_type type;
        json_t *message = message_parse(line, length, &type, &e);
        json_decref(message);
        s->stopping = message && type == MESSAGE_STOP;
        if (!s->stopping &&
            send(s, message_log(true, "a request that came during a run was passed over"), &e) < 0)
            s->stopping = true;
    }
    return s->stopping || s->channel->ended;
}

static int answer_run(struct session *s, const json_t *request, struct error *e)
{
    struct run_options o;
    if (message_run_read(request, &o, e) < 0)
        return -1;
    int status = check_run(s, &o, e);
    if (status == 0)
        status = ready_plan(s, &o, e);
    if (status == 0)
        status = send(s, message_plan(plan_hash(s->plan), plan_batch(s->plan), plan_threads(s->plan)), e);
    s->stopping = false;
    if (status == 0)
        status = measure_run(s->channel, s->plan, s->net, s->data, &o, stop_asked, s, e);
    run_options_free(&o);
    return status;
}

/* ---- Serving -------------------------------------------------------------------------------------- */

static int answer(struct session *s, enum message_type type, const json_t *request, struct error *e)
{
    switch (type) {
    case MESSAGE_HELLO:
        return answer_hello(s, request, e);
    case MESSAGE_OPEN:
        return answer_open(s, request, e);
    case MESSAGE_IMAGES:
        return answer_images(s, request, e);
    case MESSAGE_RUN:
        return answer_run(s, request, e);
    case MESSAGE_STOP:
        return 0; /* the run it meant is over already */
    default:
        return error_set(e, "is not a request");
    }
}

int session_serve(struct channel *channel, struct error *e)
{
    struct session s = {.channel = channel};
    char *line;
    size_t length;
    int status;
    while ((status = channel_receive(channel, &line, &length, e)) > 0) {
        struct error why;
        enum message_type type;
        json_t *request = message_parse(line, length, &type, &why);
        int answered = request ? answer(&s, type, request, &why) : -1;
        json_decref(request);
        if (answered < 0 && (status = send(&s, message_error(why.text), e)) < 0)
            break;
    }
    forget_net(&s);
    dataset_free(s.data);
    return status;
}
