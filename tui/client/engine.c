#include "client/engine.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "link/version.h"

/* How long a greeting may take: a worker at the other end of ssh may have to wake a machine first. (It cannot
 * ask for a password, see worker_is_stuck.) */
enum { HELLO_MS = 120000, STOP_MS = 30000, TICK_MS = 100 };

/* How often an event loop must look whether the process still can answer (worker_is_stuck): no descriptor
 * tells. */
enum { LOOK_MS = 500 };

static bool is_waiting(const struct engine *n)
{
    return n->state != ENGINE_IDLE || n->heatmap_awaited;
}

/* What goes from image to image, ends at a stop and leaves room for a heatmap. */
static bool can_stop(const struct engine *n)
{
    return n->state == ENGINE_RUNNING || n->state == ENGINE_HASHING || n->state == ENGINE_SPLITTING ||
           n->state == ENGINE_PROFILING || n->state == ENGINE_FEATURING;
}

static int request(struct engine *n, json_t *message, enum engine_state next, struct error *e)
{
    if (channel_queue(n->worker->channel, message, e) < 0)
        return -1;
    n->state = next;
    return 0;
}

struct engine *engine_start(const char *command, const struct engine_listener *listener, struct error *e)
{
    struct worker *worker = worker_start(command, e);
    if (!worker)
        return NULL;
    struct engine *n = memory_new(1, sizeof *n);
    n->worker = worker;
    if (listener)
        n->listener = *listener;
    if (request(n, message_hello(), ENGINE_HELLO, e) < 0) {
        engine_free(n);
        return NULL;
    }
    n->deadline = clock_ms() + HELLO_MS;
    return n;
}

static void forget_run(struct engine *n)
{
    free(n->row);
    free(n->awaited);
    n->curve = NULL;
    n->row = NULL;
    n->awaited = NULL;
    n->plan = (struct message_plan){.hash = ""};
    n->asked = n->results = n->skipped = n->nonfinite = n->hashed = 0;
    n->stopped = false;
}

static void forget_features(struct engine *n)
{
    message_features_free(&n->features);
    features_request_free(&n->featured);
    n->features_whole = false;
}

static void forget_heatmap(struct engine *n)
{
    heatmap_request_free(&n->heatmap);
    n->heatmap_awaited = false;
}

void engine_free(struct engine *n)
{
    if (!n)
        return;
    worker_free(n->worker, !is_waiting(n));
    forget_run(n);
    forget_heatmap(n);
    table_free(n->table);
    dataset_free(n->dataset);
    message_profile_free(&n->profile);
    forget_features(n);
    free(n);
}

/* The answer to a heatmap speaks of the network and the data it was asked for. */
static int check_no_heatmap(const struct engine *n, struct error *e)
{
    return n->heatmap_awaited ? error_set(e, "a heatmap is awaited still") : 0;
}

int engine_open(struct engine *n, const char *cfg, const char *weights, struct error *e)
{
    if (check_no_heatmap(n, e) < 0)
        return -1;
    forget_run(n);
    table_free(n->table);
    n->table = NULL;
    return request(n, message_open(cfg, weights), ENGINE_OPENING, e);
}

int engine_list(struct engine *n, const struct message_images *images, struct error *e)
{
    if (check_no_heatmap(n, e) < 0)
        return -1;
    forget_run(n);
    dataset_free(n->dataset);
    n->dataset = memory_new(1, sizeof *n->dataset);
    n->stamps = images->stamps;
    return request(n, message_images(images), ENGINE_LISTING, e);
}

int engine_run(struct engine *n, const struct run_options *options, struct curve *curve, struct error *e)
{
    if (curve->layers != options->layers_n)
        return error_set(e, "the curve has %d layers (expected %d)", curve->layers, options->layers_n);
    for (long i = 0; i < options->images_n; i++)
        if (curve_find(curve, options->images[i]) >= 0)
            return error_set(e, "image %ld is in the curve already", options->images[i]);
    forget_run(n);
    n->curve = curve;
    n->row = memory_new((size_t)options->layers_n, sizeof *n->row);
    n->awaited = memory_new((size_t)n->dataset->images_n, sizeof *n->awaited);
    for (long i = 0; i < options->images_n; i++)
        n->awaited[options->images[i]] = true;
    n->asked = options->images_n;
    return request(n, message_run(options), ENGINE_RUNNING, e);
}

int engine_hash(struct engine *n, const long *images, long images_n, struct error *e)
{
    forget_run(n);
    n->awaited = memory_new((size_t)n->dataset->images_n, sizeof *n->awaited);
    for (long i = 0; i < images_n; i++)
        n->awaited[images[i]] = true;
    n->asked = images_n;
    return request(n, message_hash(images, images_n), ENGINE_HASHING, e);
}

int engine_split(struct engine *n, const struct split_request *asked, struct error *e)
{
    struct split_request r = *asked;
    memcpy(r.cfg_xxh3, n->cfg_xxh3, sizeof r.cfg_xxh3);
    memcpy(r.weights_xxh3, n->weights_xxh3, sizeof r.weights_xxh3);
    forget_run(n);
    if (r.images_n > 0)
        n->awaited = memory_new((size_t)n->dataset->images_n, sizeof *n->awaited);
    for (long i = 0; i < r.images_n; i++)
        n->awaited[r.images[i]] = true;
    n->split = (struct message_split){.layer = r.layer, .inputs = r.inputs, .images = r.images_n > 0};
    n->split_done = false;
    return request(n, message_split_ask(&r), ENGINE_SPLITTING, e);
}

int engine_profile(struct engine *n, const struct profile_request *asked, struct error *e)
{
    forget_run(n);
    message_profile_free(&n->profile);
    n->profiled = *asked;
    return request(n, message_profile_ask(asked), ENGINE_PROFILING, e);
}

int engine_features(struct engine *n, const struct features_request *asked, struct error *e)
{
    forget_run(n);
    forget_features(n);
    n->featured = *asked;
    n->featured.images = n->featured.calibration = NULL;
    n->featured.layers = memory_new((size_t)asked->layers_n, sizeof *asked->layers);
    memcpy(n->featured.layers, asked->layers, (size_t)asked->layers_n * sizeof *asked->layers);
    n->awaited = memory_new((size_t)n->dataset->images_n, sizeof *n->awaited);
    for (long i = 0; i < asked->images_n; i++)
        n->awaited[asked->images[i]] = true;
    for (long i = 0; i < asked->calibration_n; i++)
        n->awaited[asked->calibration[i]] = true;
    return request(n, message_features_ask(asked), ENGINE_FEATURING, e);
}

int engine_stop(struct engine *n, struct error *e)
{
    if (!can_stop(n) || n->stopped)
        return 0;
    n->stopped = true;
    return channel_queue(n->worker->channel, message_stop(), e);
}

int engine_heatmap(struct engine *n, const struct heatmap_request *request, struct error *e)
{
    if (check_no_heatmap(n, e) < 0)
        return -1;
    if (n->state != ENGINE_IDLE && !can_stop(n))
        return error_set(e, "the worker is busy with something else than images");
    if (channel_queue(n->worker->channel, message_heatmap_ask(request), e) < 0)
        return -1;
    n->heatmap = *request;
    n->heatmap.run.images = NULL;
    n->heatmap.run.images_n = 0;
    n->heatmap.run.layers = memory_new((size_t)request->run.layers_n, sizeof(int));
    memcpy(n->heatmap.run.layers, request->run.layers, (size_t)request->run.layers_n * sizeof(int));
    n->heatmap_awaited = true;
    return 0;
}

/* The worker holds a batch that is being measured, and its decoder is up to two batches and one image for
 * each of its two threads ahead of that (PROTOCOL.md). */
int engine_ahead(const struct engine *n)
{
    return n->plan.batch ? 3 * n->plan.batch + 2 : 0;
}

int engine_polls(const struct engine *n, struct pollfd fds[3])
{
    const struct worker *w = n->worker;
    int used = 0;
    if (n->state == ENGINE_LOST)
        return 0;
    if (!w->channel->ended)
        fds[used++] = (struct pollfd){.fd = w->from, .events = POLLIN};
    if (w->errors >= 0)
        fds[used++] = (struct pollfd){.fd = w->errors, .events = POLLIN};
    if (w->channel->sent < w->channel->queued)
        fds[used++] = (struct pollfd){.fd = w->to, .events = POLLOUT};
    return used;
}

int engine_timeout(const struct engine *n)
{
    if (n->state == ENGINE_LOST)
        return -1;
    if (n->worker->channel->scanned < n->worker->channel->end)
        return 0; /* lines that came together with an error message, after which a step returns */
    if (!is_waiting(n))
        return -1;
    int64_t left = n->deadline ? n->deadline - clock_ms() : LOOK_MS;
    return left < 0 ? 0 : left < LOOK_MS ? (int)left : LOOK_MS;
}

/* The image's number must be one of the data set, while it is listed or known. */
static int check_image(const struct engine *n, long image, struct error *e)
{
    if (!n->dataset || image >= n->dataset->images_n)
        return error_set(e, "the worker speaks of image %ld, which does not exist", image);
    return 0;
}

/* What comes of an image is told once: in a run only of those asked for, else of each of the data set. So
 * nothing is ever counted beyond what there is. */
static int check_answer(struct engine *n, long image, struct error *e)
{
    if (check_image(n, image, e) < 0)
        return -1;
    if (n->awaited ? !n->awaited[image] : n->skipped >= n->dataset->images_n)
        return error_set(e, "the worker speaks of image %ld, which was not asked for or is answered already",
                         image);
    if (n->awaited)
        n->awaited[image] = false;
    return 0;
}

static int take_hello(struct engine *n, const json_t *m, struct error *e)
{
    int protocol;
    if (message_hello_read(m, &protocol, e) < 0)
        return -1;
    if (protocol != ISPLIT_PROTOCOL)
        return error_set(e, "the worker speaks version %d of the protocol (expected %d)", protocol,
                         ISPLIT_PROTOCOL);
    return message_versions_read(m, &n->versions, e);
}

static int take_dataset(struct engine *n, const json_t *m, struct error *e)
{
    if (message_dataset_read(m, n->dataset, e) < 0)
        return -1;
    const struct dataset *d = n->dataset;
    int last = d->classes_n ? d->classes[d->classes_n - 1].index : -1;
    if (n->table && last >= n->table->classes)
        return error_set(e, "the worker names class %d of %d", last, n->table->classes);
    return 0;
}

static int take_result(struct engine *n, const json_t *m, struct error *e)
{
    struct message_result r;
    if (message_result_read(m, &r, n->row, n->curve->layers, e) < 0 || check_answer(n, r.image, e) < 0)
        return -1;
    struct curve_row row = {.image = r.image, .top = r.top, .score = r.score};
    row.class_index = n->dataset->images[r.image].class_index;
    if (curve_add(n->curve, &row, n->row, e) < 0)
        return -1;
    n->results++;
    if (n->listener.measured)
        n->listener.measured(n->listener.data, r.image, &r.content);
    return 0;
}

static int take_skipped(struct engine *n, const json_t *m, struct error *e)
{
    long image;
    const char *reason;
    struct content content;
    if (message_skipped_read(m, &image, &reason, &content, e) < 0 || check_answer(n, image, e) < 0)
        return -1;
    n->skipped++;
    if (n->listener.skipped)
        n->listener.skipped(n->listener.data, image, reason, &content);
    return 0;
}

static int take_nonfinite(struct engine *n, const json_t *m, struct error *e)
{
    long image;
    int layer;
    struct content content;
    if (message_nonfinite_read(m, &image, &layer, &content, e) < 0 || check_answer(n, image, e) < 0)
        return -1;
    if (layer >= n->table->rows_n)
        return error_set(e, "the worker speaks of layer %d, which does not exist", layer);
    n->nonfinite++;
    if (n->listener.nonfinite)
        n->listener.nonfinite(n->listener.data, image, layer, &content);
    return 0;
}

/* The end of a run must agree with what came of it: a result that got lost on the way would go unnoticed. */
static int take_done(const struct engine *n, const json_t *m, struct error *e)
{
    long images;
    long answered = n->results + n->skipped + n->nonfinite;
    if (message_done_read(m, &images, e) < 0)
        return -1;
    if (images != n->results)
        return error_set(e, "it says that it sent %ld results, %ld came", images, n->results);
    if (answered != n->asked && !n->stopped)
        return error_set(e, "it ended the run after %ld of %ld images", answered, n->asked);
    return 1;
}

static int take_contents(struct engine *n, const json_t *m, struct error *e)
{
    struct message_content *items;
    long items_n;
    if (message_contents_read(m, &items, &items_n, e) < 0)
        return -1;
    int status = 0;
    for (long i = 0; i < items_n && status == 0; i++) {
        status = check_answer(n, items[i].image, e);
        if (status < 0)
            break;
        n->hashed++;
        if (n->listener.content)
            n->listener.content(n->listener.data, items[i].image, &items[i].content);
    }
    free(items);
    return status;
}

static int take_hashed(const struct engine *n, const json_t *m, struct error *e)
{
    long images;
    if (message_hashed_read(m, &images, e) < 0)
        return -1;
    if (images != n->hashed)
        return error_set(e, "it says that it told %ld contents, %ld came", images, n->hashed);
    if (n->hashed != n->asked && !n->stopped)
        return error_set(e, "it ended the hash after %ld of %ld images", n->hashed, n->asked);
    return 1;
}

static bool is_asked_layer(const struct run_options *o, int layer)
{
    for (int i = 0; i < o->layers_n; i++)
        if (o->layers[i] == layer)
            return true;
    return false;
}

static int check_heatmap(const struct engine *n, const struct message_heatmap *m, struct error *e)
{
    const struct heatmap_request *r = &n->heatmap;
    if (m->image != r->image)
        return error_set(e, "the worker sent a heatmap of image %ld (expected %ld)", m->image, r->image);
    if (m->error)
        return 0;
    bool fits = m->w <= r->side && m->h <= r->side && n->table && m->top < n->table->classes;
    for (int i = 0; i < m->maps_n && fits; i++)
        fits =
            m->maps[i].w <= r->side && m->maps[i].h <= r->side && is_asked_layer(&r->run, m->maps[i].layer);
    return fits ? 0 : error_set(e, "the worker sent a heatmap that was not asked for in this form");
}

/* 1: it was awaited, whatever else is. */
static int take_heatmap(struct engine *n, const json_t *m, struct error *e)
{
    struct message_heatmap heatmap;
    if (!n->heatmap_awaited)
        return 0;
    if (message_heatmap_read(m, &heatmap, e) < 0)
        return -1;
    int status = check_heatmap(n, &heatmap, e);
    forget_heatmap(n);
    if (status == 0 && n->listener.heatmap)
        n->listener.heatmap(n->listener.data, &heatmap);
    message_heatmap_free(&heatmap);
    return status < 0 ? -1 : 1;
}

/* Messages that may come at any time, or, a heatmap, beside another answer. 1 where it was one. */
static int take_chatter(struct engine *n, enum message_type type, const json_t *m, struct error *e)
{
    const char *text;
    bool warning;
    if (type == MESSAGE_LOG) {
        if (message_log_read(m, &warning, &text, e) < 0)
            return -1;
        if (n->listener.log)
            n->listener.log(n->listener.data, warning, text);
        return 1;
    }
    if (type == MESSAGE_PROGRESS) {
        if (message_progress_read(m, &text, e) < 0)
            return -1;
        if (n->listener.progress)
            n->listener.progress(n->listener.data, text);
        return 1;
    }
    return type == MESSAGE_HEATMAP ? take_heatmap(n, m, e) : 0;
}

static int take_split(struct engine *n, const json_t *m, struct error *e)
{
    struct message_split got;
    if (message_split_read(m, &got, e) < 0)
        return -1;
    if (got.layer != n->split.layer || got.inputs > n->split.inputs || got.images != n->split.images)
        return error_set(e, "the worker made a split that was not asked for in this form");
    n->split = got;
    n->split_done = true;
    return 1;
}

static int take_profile(struct engine *n, const json_t *m, struct error *e)
{
    const struct profile_request *r = &n->profiled;
    struct message_profile got;
    if (message_profile_read(m, &got, e) < 0)
        return -1;
    if (got.layers_n != n->table->rows_n || got.runtime != r->runtime || got.runs < r->runs ||
        (r->threads > 0 && got.threads != r->threads)) {
        message_profile_free(&got);
        return error_set(e, "the worker made a profile that was not asked for in this form");
    }
    n->profile = got;
    return 1;
}

/* Whether every row is one of those asked for, in their order, and stands for no more than there is. */
static bool features_fit(const struct engine *n, const struct message_features *m)
{
    const struct features_request *r = &n->featured;
    bool fits = m->rows_n == (m->images ? r->layers_n * FEATURE_TYPES : 0);
    for (int i = 0; i < m->rows_n && fits; i++) {
        const struct message_feature *row = &m->rows[i];
        fits =
            row->layer == r->layers[i / FEATURE_TYPES] && row->type == (enum feature_type)(i % FEATURE_TYPES);
        int64_t numbers = fits ? net_shape_size(n->table->rows[row->layer].out) : 0;
        int64_t most = feature_packed_most(feature_bytes(row->type, 4 * numbers));
        fits = fits && row->clipped <= numbers * m->images && row->packed <= most * m->images &&
               row->deviation <= (float)most;
    }
    return fits;
}

static int take_features(struct engine *n, const json_t *m, struct error *e)
{
    const struct features_request *r = &n->featured;
    struct message_features got;
    if (message_features_read(m, &got, e) < 0)
        return -1;
    bool fits = got.images <= r->images_n && got.calibrated <= r->calibration_n && features_fit(n, &got);
    bool whole =
        fits && got.images + got.calibrated + n->skipped + n->nonfinite == r->images_n + r->calibration_n;
    if (!fits || (!whole && !n->stopped)) {
        message_features_free(&got);
        return error_set(e, "the worker measured features that were not asked for in this form");
    }
    n->features = got;
    n->features_whole = whole;
    return 1;
}

enum { NOBODY_WAITS = -2 }; /* for a message of that type */

static int take_listing(struct engine *n, enum message_type type, const json_t *m, struct error *e)
{
    switch (type) {
    case MESSAGE_IMAGES:
        return message_portion_read(m, n->dataset, n->stamps, e);
    case MESSAGE_SKIPPED:
        return take_skipped(n, m, e);
    case MESSAGE_DATASET:
        return take_dataset(n, m, e) < 0 ? -1 : 1;
    default:
        return NOBODY_WAITS;
    }
}

/* One plan, before anything else: whoever keeps the rows has to know what made them. */
static int take_measured(struct engine *n, enum message_type type, const json_t *m, struct error *e)
{
    bool planned = n->plan.hash[0], running = n->state == ENGINE_RUNNING;
    if (type == MESSAGE_PLAN && !planned)
        return message_plan_read(m, &n->plan, e);
    if (type == MESSAGE_SKIPPED && (planned || !running))
        return take_skipped(n, m, e);
    if (type == MESSAGE_NONFINITE && (planned || !running))
        return take_nonfinite(n, m, e);
    if (type == MESSAGE_RESULT && planned && running)
        return take_result(n, m, e);
    if (type == MESSAGE_DONE && planned && running)
        return take_done(n, m, e);
    if (type == MESSAGE_FEATURES && planned && !running)
        return take_features(n, m, e);
    return NOBODY_WAITS;
}

/* What the state waits for. */
static int take_awaited(struct engine *n, enum message_type type, const json_t *m, struct error *e)
{
    switch (n->state) {
    case ENGINE_HELLO:
        return type != MESSAGE_HELLO ? NOBODY_WAITS : take_hello(n, m, e) < 0 ? -1 : 1;
    case ENGINE_OPENING:
        if (type != MESSAGE_LAYERS)
            return NOBODY_WAITS;
        n->table = message_layers_read(m, n->cfg_xxh3, n->weights_xxh3, e);
        return n->table ? 1 : -1;
    case ENGINE_LISTING:
        return take_listing(n, type, m, e);
    case ENGINE_HASHING:
        return type == MESSAGE_CONTENTS ? take_contents(n, m, e)
               : type == MESSAGE_HASHED ? take_hashed(n, m, e)
                                        : NOBODY_WAITS;
    case ENGINE_SPLITTING:
        return type == MESSAGE_SPLIT     ? take_split(n, m, e)
               : type == MESSAGE_SKIPPED ? take_skipped(n, m, e)
                                         : NOBODY_WAITS;
    case ENGINE_PROFILING:
        return type == MESSAGE_PROFILE ? take_profile(n, m, e) : NOBODY_WAITS;
    case ENGINE_FEATURING:
    case ENGINE_RUNNING:
        return take_measured(n, type, m, e);
    case ENGINE_IDLE:
    case ENGINE_LOST:
        break;
    }
    return NOBODY_WAITS;
}

/* The answer to what was asked, or a part of it. 1 where the answer is complete. */
static int take_answer(struct engine *n, enum message_type type, const json_t *m, struct error *e)
{
    int taken = take_awaited(n, type, m, e);
    if (taken != NOBODY_WAITS)
        return taken;
    const char *name = json_string_value(json_object_get(m, "type"));
    return error_set(e, "the worker sent a message '%s' that nobody waits for", name);
}

static void answered(struct engine *n)
{
    n->state = ENGINE_IDLE;
    n->deadline = 0;
}

static enum engine_end lost(struct engine *n)
{
    n->state = ENGINE_LOST;
    n->deadline = 0;
    return ENGINE_GONE;
}

static enum engine_end take_line(struct engine *n, const char *line, size_t length, struct error *e)
{
    struct error why;
    enum message_type type;
    json_t *m = message_parse(line, length, &type, &why);
    int taken = m ? take_chatter(n, type, m, &why) : -1;
    enum engine_end end = ENGINE_DONE;
    const char *text;
    if (taken == 0 && type == MESSAGE_ERROR && message_error_read(m, &text, &why) == 0) {
        error_set(e, "%s", text);
        end = n->state == ENGINE_HELLO ? lost(n) : ENGINE_REFUSED;
        if (end == ENGINE_REFUSED)
            answered(n);
    } else if (taken == 0) {
        taken = take_answer(n, type, m, &why);
        if (taken > 0)
            answered(n);
    }
    json_decref(m);
    if (taken < 0) {
        error_set(e, "lost the worker: %s", why.text);
        end = lost(n);
    }
    return end;
}

static enum engine_end take_lines(struct engine *n, struct error *e)
{
    char *line;
    size_t length;
    int got;
    struct error why;
    while ((got = channel_next(n->worker->channel, &line, &length, &why)) > 0) {
        enum engine_end end = take_line(n, line, length, e);
        if (end != ENGINE_DONE)
            return end;
    }
    if (got < 0) {
        error_set(e, "lost the worker: %s", why.text);
        return lost(n);
    }
    return ENGINE_DONE;
}

static enum engine_end look_at_clock(struct engine *n, struct error *e)
{
    if (!n->deadline || clock_ms() <= n->deadline)
        return ENGINE_DONE;
    error_set(e, "the worker does not answer");
    n->late = true;
    return lost(n);
}

enum engine_end engine_step(struct engine *n, int timeout_ms, struct error *e)
{
    struct error broken;
    bool stuck = is_waiting(n) && worker_is_stuck(n->worker);
    int pumped = worker_pump(n->worker, timeout_ms, &broken);
    /* What it said before it died still counts, so lines come first. A broken pipe may hold more than
     * one portion of them. */
    while (pumped < 0 && channel_fill(n->worker->channel, &broken) > 0)
        continue;
    stuck = stuck && channel_fill(n->worker->channel, &broken) <= 0;
    enum engine_end end = take_lines(n, e);
    if (end != ENGINE_DONE)
        return end;
    if (pumped >= 0 && !stuck && !n->worker->channel->ended)
        return look_at_clock(n, e);
    worker_explain(n->worker, e);
    return lost(n);
}

enum engine_end engine_wait(struct engine *n, const volatile sig_atomic_t *signals, void (*tick)(void *),
                            void *data, struct error *e)
{
    bool stopping = false;
    while (is_waiting(n)) {
        enum engine_end end = engine_step(n, TICK_MS, e);
        if (end != ENGINE_DONE)
            return stopping && (end == ENGINE_REFUSED || n->late) ? ENGINE_INTERRUPTED : end;
        if (tick)
            tick(data);
        if (*signals > 0 && !stopping) {
            if (!can_stop(n) || engine_stop(n, e) < 0)
                return ENGINE_INTERRUPTED;
            stopping = true;
            n->deadline = clock_ms() + STOP_MS; /* who pressed Ctrl-C does not wait for ever */
        }
        if (*signals > 1)
            return ENGINE_INTERRUPTED;
    }
    return stopping ? ENGINE_INTERRUPTED : ENGINE_DONE;
}
