#include "worker/session_state.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "curve/heatmap.h"
#include "curve/run_options.h"
#include "graph/allowance.h"
#include "graph/choose.h"
#include "wire/message.h"
#include "wire/message_heatmap.h"
#include "wire/message_result.h"
#include "wire/message_run.h"
#include "wire/run_fields.h"
#include "worker/heatmap.h"
#include "worker/measure.h"
#include "worker/tuning_file.h"

void session_forget_graph(struct session *s)
{
    graph_free(s->graph);
    free(s->listed);
    s->graph = NULL;
    s->listed = NULL;
}

int session_send(struct session *s, json_t *message, struct error *e)
{
    return channel_send(s->channel, message, e);
}

enum { SESSION_TELL_MS = 500 };

int session_tell(struct session *s, int64_t *told, struct error *e, const char *format, ...)
{
    va_list args;
    if (*told && clock_ms() - *told < SESSION_TELL_MS)
        return 0;
    *told = clock_ms();
    va_start(args, format);
    char *what = memory_format_list(format, args);
    va_end(args);
    int status = session_send(s, message_progress(what), e);
    free(what);
    return status;
}

int session_tell_turned(struct session *s, long turned, long n, long first, struct error *e)
{
    if (turned == 0)
        return 0;
    char *path = text_escape(s->data->images[first].path);
    char *text = memory_format(
        "%ld of %ld images have an EXIF orientation that is not upright, and are taken as they are "
        "stored; --exif turns them (first: %s)",
        turned, n, path);
    int status = session_send(s, message_log(true, text), e);
    free(text);
    free(path);
    return status;
}

int session_reads_images(const struct net *net, struct error *e)
{
    if (net->in.c == 1 || net->in.c == 3)
        return 0;
    return error_at(e, net->path, 0, "the network reads %d channels (expected 1 or 3, as images have)",
                    net->in.c);
}

int session_knows_image(const struct session *s, long image, struct error *e)
{
    if (image >= 0 && image < s->data->images_n)
        return 0;
    return error_set(e, "there is no image %ld (expected 0 to %ld)", image, s->data->images_n - 1);
}

int session_knows_images(const struct session *s, const long *images, long n, enum score score,
                         struct error *e)
{
    for (long i = 0; i < n; i++) {
        if (session_knows_image(s, images[i], e) < 0)
            return -1;
        int class_index = s->data->images[images[i]].class_index;
        if (class_index == DATASET_NO_CLASS && score == SCORE_TOP)
            continue;
        if (class_index < 0 || class_index >= s->net->classes)
            return error_set(e, "image %ld has class %d (expected 0 to %d)", images[i], class_index,
                             s->net->classes - 1);
    }
    return 0;
}

static int check_run(const struct session *s, const struct run_options *o, struct error *e)
{
    if (!s->net || !s->weights) {
        error_set(e, "a run needs a network with weights");
        return -1;
    }
    if (!s->data)
        return error_set(e, "a run needs images");
    if (session_reads_images(s->net, e) < 0 || graph_check_precision(o->precision, e) < 0)
        return -1;
    if (o->bn_epsilon != EPSILON_HEADER && o->bn_epsilon != s->weights_info.epsilon)
        return error_set(e, "the network is open with the other formula of batch norm");
    for (int i = 0; i < o->layers_n; i++)
        if (o->layers[i] < 0 || o->layers[i] >= s->net->layers_n)
            return error_set(e, "the network has no layer %d (expected 0 to %d)", o->layers[i],
                             s->net->layers_n - 1);
    return session_knows_images(s, o->images, o->images_n, o->score, e);
}

static bool graph_fits(const struct session *s, const bool *listed, const struct run_options *o)
{
    return s->graph && run_fields_same(&s->asked, o, RUN_FIELDS_GRAPH) &&
           memcmp(s->listed, listed, (size_t)s->net->layers_n * sizeof *listed) == 0;
}

void session_decode_beside(struct session *s, const struct graph *graph)
{
    decode_memory_limit(s->decoding, graph_decoding_bytes(graph), " beside the network; see --memory");
}

void session_decode_alone(struct session *s)
{
    decode_memory_limit(s->decoding, allowance_left(""), ", most of what is free");
}

struct graph *session_compile(struct session *s, const struct graph_options *asked, struct error *e)
{
    struct graph_options options = *asked;
    int batch;
    int64_t bytes;
    options.held += allowance_heap();
    options.transposed = s->weights_info.transposed;
    if (graph_size(s->net, &options, &batch, &bytes, e) < 0)
        return NULL;
    options.sized_batch = batch;
    options.sized_bytes = bytes;
    if (session_send(s, message_progress("loading the network"), e) < 0)
        return NULL;
    struct params *params = params_open(s->weights, s->net, &s->weights_info, e);
    if (!params)
        return NULL;
    struct graph *graph = graph_make(s->net, params, &options, e);
    params_close(params);
    if (graph &&
        weights_check_same(s->weights, &s->weights_info, e) < 0) { /* its rows would bear a wrong name */
        graph_free(graph);
        graph = NULL;
    }
    malloc_trim(0); /* weights of small layers lay between blocks that stay */
    return graph;
}

/* With the tuning in `file`, if the options name one. */
static int make_graph(struct session *s, const struct graph_options *options, const char *file,
                      struct error *e)
{
    struct error why;
    s->graph = session_compile(s, options, &why);
    if (s->graph)
        return 0;
    return options->tuning ? error_at(e, file, 0, "%s", why.text) : error_set(e, "%s", why.text);
}

/* As tuning_file_write. */
static int save_tuning(const struct session *s, const char *path, struct error *e)
{
    struct tuning *tuning = graph_tuning(s->graph);
    int status = tuning_file_write(path, tuning, e);
    tuning_free(tuning);
    return status;
}

/* Where it does not pay, and costs digits. */
static int say_what_bf16_brings(struct session *s, struct error *e)
{
    double slow = graph_slow_share(s->graph);
    if (slow <= 0.5)
        return 0;
    char text[160];
    snprintf(
        text, sizeof text,
        "--precision bf16 does not pay on this processor: f32 computes %.0f %% of the convolutions' work as "
        "fast, by Winograd",
        100 * slow);
    return session_send(s, message_log(true, text), e);
}

/* Takes ownership of `listed`. */
static int session_run_compile(struct session *s, bool *listed, const struct run_options *o, struct error *e)
{
    session_forget_graph(s);
    s->listed = listed;
    s->asked = *o;
    s->asked.layers = NULL; /* the request is freed; `listed` has the layers */
    s->asked.images = NULL;
    s->asked.layers_n = 0;
    s->asked.images_n = 0;
    struct tuning *tuning = NULL;
    if (o->tuning_file[0] && tuning_file_read(o->tuning_file, &tuning, e) < 0)
        return -1;
    char *cache = choose_cache_path();
    struct graph_options options = {
        .batch = o->batch,
        .images = o->images_all,
        .threads = o->threads,
        .tap = o->tap,
        .listed = listed,
        .algorithms = o->exact ? GRAPH_EXACT : GRAPH_TIMED,
        .precision = o->precision,
        .cache = cache,
        .tuning = tuning,
        .memory = o->memory,
    };
    int status = make_graph(s, &options, o->tuning_file, e);
    if (status == 0 && o->tuning_file[0] && !tuning)
        status = save_tuning(s, o->tuning_file, e);
    if (status > 0) { /* another program was faster: its tuning applies to all */
        graph_free(s->graph);
        s->graph = NULL;
        status = tuning_file_read(o->tuning_file, &tuning, e);
        options.tuning = tuning;
        if (status == 0)
            status = make_graph(s, &options, o->tuning_file, e);
    }
    if (status == 0)
        status = say_what_bf16_brings(s, e);
    if (status < 0)
        session_forget_graph(s);
    free(cache);
    tuning_free(tuning);
    return status;
}

static int ready_graph(struct session *s, const struct run_options *o, struct error *e)
{
    bool *listed = memory_new((size_t)s->net->layers_n, sizeof *listed);
    for (int i = 0; i < o->layers_n; i++)
        listed[o->layers[i]] = true;
    if (graph_fits(s, listed, o)) {
        free(listed);
        return 0;
    }
    return session_run_compile(s, listed, o, e);
}

/* During a run or a hash: handles incoming messages. A stop (or the end of the front end) ends the run; a
 * heatmap is kept until the graph is free; anything else is refused, since requests are answered one at a
 * time. */
static void listen(struct session *s)
{
    struct error e;
    if (!s->stopping && channel_fill(s->channel, &e) < 0)
        s->stopping = true;
    char *line;
    size_t length;
    while (!s->stopping && channel_next(s->channel, &line, &length, &e) > 0) {
        enum message_type type;
        json_t *message = message_parse(line, length, &type, &e);
        if (message && type == MESSAGE_STOP)
            s->stopping = true;
        else if (message && type == MESSAGE_HEATMAP && !s->kept)
            s->kept = json_incref(message);
        else if (session_send(
                     s,
                     message_log(true,
                                 "a request that came before the last one was answered was passed over"),
                     &e) < 0)
            s->stopping = true;
        json_decref(message);
    }
}

bool session_stop_asked(struct session *s)
{
    listen(s);
    return s->stopping || channel_has_ended(s->channel);
}

int session_run(struct session *s, const json_t *request, struct error *e)
{
    struct run_options o;
    if (message_run_read(request, &o, e) < 0)
        return -1;
    int status = check_run(s, &o, e);
    if (status == 0)
        status = ready_graph(s, &o, e);
    if (status == 0)
        status = session_send(
            s, message_tuning(graph_hash(s->graph), graph_batch(s->graph), graph_threads(s->graph)), e);
    s->stopping = false;
    s->running = true;
    if (status == 0)
        status = measure_run(s, &o, e);
    s->running = false;
    run_options_free(&o);
    return status;
}

static bool graph_covers(const struct session *s, const struct run_options *o)
{
    bool covers = s->graph && run_fields_same(&s->asked, o, RUN_FIELDS_GRAPH);
    for (int i = 0; i < o->layers_n && covers; i++)
        covers = s->listed[o->layers[i]];
    return covers;
}

static int make_heatmap(struct session *s, const struct heatmap_request *r, struct heatmap *answer,
                        struct error *e)
{
    struct run_options o = r->run;
    long image = r->image;
    o.images = &image;
    o.images_n = 1;
    if (check_run(s, &o, e) < 0)
        return -1;
    if (!graph_covers(s, &o)) {
        if (s->running)
            return error_set(e, "the run under way has another tuning (expected its layers and options)");
        if (ready_graph(s, &o, e) < 0)
            return -1;
    }
    if (!s->running)
        session_decode_beside(s, s->graph);
    return heatmap_make(s->graph, s->net, s->data, s->decoding, r, answer, e);
}

int session_heatmap(struct session *s, const json_t *request, struct error *e)
{
    struct heatmap_request r;
    struct heatmap answer = {0};
    struct error why;
    if (message_heatmap_request_read(request, &r, &why) < 0 || make_heatmap(s, &r, &answer, &why) < 0)
        answer.error = memory_copy(why.text);
    answer.image = r.image;
    int status = session_send(s, message_heatmap(&answer), e);
    heatmap_free(&answer);
    heatmap_request_free(&r);
    return status;
}

int session_kept_heatmap(struct session *s, struct error *e)
{
    if (!s->kept)
        return 0;
    json_t *request = s->kept;
    s->kept = NULL;
    int status = session_heatmap(s, request, e);
    json_decref(request);
    return status;
}
