#include "worker/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "curve/run_options.h"
#include "data/dataset.h"
#include "data/pixels.h"
#include "data/source.h"
#include "data/stb.h"
#include "features/coder.h"
#include "features/jpeg_writer.h"
#include "graph/onednn.h"
#include "net/net.h"
#include "net/table.h"
#include "net/weights.h"
#include "wire/message.h"
#include "wire/message_data.h"
#include "wire/message_hello.h"
#include "wire/message_result.h"
#include "wire/message_table.h"
#include "wire/version.h"
#include "worker/retrain_shelf.h"
#include "worker/session_state.h"
#include "worker/yardstick.h"

enum { PROBE_TELL_MS = 500 };

#ifndef DARKNET_VERSION /* set by the build: the library has no function for it */
#define DARKNET_VERSION "unknown"
#endif

static void forget_net(struct session *s)
{
    retrain_shelf_clear(s);
    yardstick_end(s);
    session_forget_graph(s);
    net_free(s->net);
    free(s->weights);
    s->net = NULL;
    s->weights = NULL;
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
    snprintf(v.zstd, sizeof v.zstd, "%s", coder_version(CODER_ZSTD));
    snprintf(v.lzma, sizeof v.lzma, "%s", coder_version(CODER_LZMA));
    snprintf(v.jpeg, sizeof v.jpeg, "%s", jpeg_writer_version());
    return session_send(s, message_versions(&v), e);
}

/* What the header of the weights decides without a word is told. */
static int tell_formula(struct session *s, const char *weights, struct error *e)
{
    char *text =
        memory_format("%s: a fork's header, %d.%d.%d: batch norm by 1/sqrt(v + 1e-5), as the forks have it, "
                      "not by Darknet's 1/(sqrt(v) + 1e-6) (--bn-epsilon darknet takes that)",
                      weights, s->weights_info.major, s->weights_info.minor, s->weights_info.revision);
    int status = session_send(s, message_log(false, text), e);
    free(text);
    return status;
}

static int choose_formula(struct session *s, const char *weights, enum epsilon asked, struct error *e)
{
    struct weights_info *info = &s->weights_info;
    if (asked != EPSILON_HEADER && weights_normalise(s->net))
        info->epsilon = asked;
    return asked == EPSILON_HEADER && info->epsilon == EPSILON_FORK ? tell_formula(s, weights, e) : 0;
}

static int open_net(struct session *s, const char *cfg, const char *weights, enum epsilon epsilon,
                    struct error *e)
{
    uint64_t cfg_hash;
    forget_net(s);
    s->net = net_read(cfg, e);
    if (!s->net || weights_hash_file(cfg, &cfg_hash, e) < 0)
        return -1;
    for (int i = 0; i < s->net->warnings_n; i++)
        if (session_send(s, message_log(true, s->net->warnings[i]), e) < 0)
            return -1;
    if (weights && weights_check(weights, s->net, &s->weights_info, e) < 0)
        return -1;
    if (weights && choose_formula(s, weights, epsilon, e) < 0)
        return -1;
    s->weights = weights ? memory_copy(weights) : NULL;
    struct table *table = table_make(s->net);
    json_t *message = message_layers(table, cfg_hash, weights ? &s->weights_info.xxh3 : NULL);
    table_free(table);
    message_layers_add_epsilon(message, weights && weights_normalise(s->net) ? s->weights_info.epsilon
                                                                             : EPSILON_HEADER);
    return session_send(s, message, e);
}

static int answer_open(struct session *s, const json_t *request, struct error *e)
{
    char *cfg = NULL, *weights = NULL;
    enum epsilon epsilon;
    if (message_open_read(request, &cfg, &weights, &epsilon, e) < 0)
        return -1;
    int status = open_net(s, cfg, weights, epsilon, e);
    if (status < 0)
        forget_net(s);
    free(cfg);
    free(weights);
    return status;
}

static int check_unchanged(const char *path, uint64_t hash, const char *expected, struct error *e)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return strcmp(text, expected) == 0 ? 0 : weights_fail_changed(path, e);
}

int session_check_sources(const struct session *s, const char *cfg_xxh3, const char *weights_xxh3,
                          struct weights_info *info, struct error *e)
{
    uint64_t cfg_hash;
    if (weights_hash_file(s->net->path, &cfg_hash, e) < 0 ||
        check_unchanged(s->net->path, cfg_hash, cfg_xxh3, e) < 0 ||
        weights_check(s->weights, s->net, info, e) < 0)
        return -1;
    info->epsilon = s->weights_info.epsilon;
    return check_unchanged(s->weights, info->xxh3, weights_xxh3, e);
}

/* ---- images --------------------------------------------------------------------------------------- */

enum { PORTION = 1000 };

static int send_dataset(struct session *s, bool stamps, struct error *e)
{
    struct dataset *d = s->data;
    for (int i = 0; i < d->warnings_n; i++)
        if (session_send(s, message_log(true, d->warnings[i]), e) < 0)
            return -1;
    for (int i = 0; i < d->notes_n; i++)
        if (session_send(s, message_log(false, d->notes[i]), e) < 0)
            return -1;
    for (long first = 0; first < d->images_n; first += PORTION) {
        if (stamps)
            source_stamp(d, first, PORTION);
        if (session_send(s, message_portion(d, first, PORTION, stamps), e) < 0)
            return -1;
    }
    return 0;
}

/* Twice a second. */
static int tell_probed(struct session *s, long done, int64_t *reported, struct error *e)
{
    if (clock_ms() - *reported < PROBE_TELL_MS)
        return 0;
    *reported = clock_ms();
    char *what = memory_format("decoding every image: %ld of %ld images", done, s->data->images_n);
    int status = session_send(s, message_progress(what), e);
    free(what);
    return status;
}

/* Decodes every image to find those that cannot be decoded. */
static int probe(struct session *s, struct error *e)
{
    if (s->net && session_reads_images(s->net, e) < 0)
        return -1;
    const struct net_shape shape = s->net ? s->net->in : (struct net_shape){3, 32, 32};
    const struct pixels_options options = run_options_default().pixels;
    float *pixels = memory_try((size_t)net_shape_size(shape), sizeof *pixels);
    if (!pixels)
        return error_set(e, "no memory for an image of the network's size");
    session_decode_alone(s);
    int status = 0;
    long turned = 0, first = 0;
    int64_t reported = clock_ms();
    for (long i = 0; status == 0 && i < s->data->images_n; i++) {
        struct error why;
        struct content content;
        int loaded = pixels_load(s->data, i, shape, &options, s->decoding, pixels, &content, &why);
        if (loaded == PIXELS_NOT_TURNED && turned++ == 0)
            first = i;
        if (loaded < 0)
            status = session_send(s, message_skipped(i, why.text, &content), e);
        if (status == 0)
            status = tell_probed(s, i + 1, &reported, e);
    }
    free(pixels);
    return status < 0 ? -1 : session_tell_turned(s, turned, s->data->images_n, first, e);
}

static int answer_images(struct session *s, const json_t *request, struct error *e)
{
    struct images_request asked;
    if (message_images_request_read(request, &asked, e) < 0)
        return -1;
    struct dataset_options options = {
        .split = asked.split,
        .labels = asked.labels,
        .names = asked.names,
        .truth = asked.truth,
        .root = asked.root,
        .unlabelled = asked.unlabelled,
        .outputs = s->net ? s->net->classes : 0,
    };
    retrain_shelf_clear(s);
    dataset_free(s->kept_data);
    s->kept_data = asked.keeps ? s->data : NULL;
    if (!asked.keeps)
        dataset_free(s->data);
    s->data = dataset_open(asked.data, &options, e);
    int status = s->data ? send_dataset(s, asked.stamps, e) : -1;
    if (status == 0 && asked.probe)
        status = probe(s, e);
    if (status == 0)
        status = session_send(s, message_dataset(s->data), e);
    images_request_free(&asked);
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
        return session_run(s, request, e);
    case MESSAGE_HASH:
        return session_hash(s, request, e);
    case MESSAGE_PARTITION:
        return session_partition(s, request, e);
    case MESSAGE_PROFILE:
        return session_profile(s, request, e);
    case MESSAGE_FEATURES:
        return session_features(s, request, e);
    case MESSAGE_PICTURES:
        return session_pictures(s, request, e);
    case MESSAGE_TRAPPED:
        return session_trapped(s, request, e);
    case MESSAGE_RETRAIN:
        return session_retrain(s, request, e);
    case MESSAGE_STOP:
        return 0; /* the run or hash it was for is over */
    case MESSAGE_HEATMAP:
        return session_heatmap(s, request, e);
    default:
        return error_set(e, "is not a request");
    }
}

int session_serve(struct channel *channel, struct error *e)
{
    struct session s = {.channel = channel, .decoding = decode_memory_new()};
    char *line;
    size_t length;
    int status;
    while ((status = channel_receive(channel, &line, &length, e)) > 0) {
        struct error why;
        enum message_type type;
        json_t *request = message_parse(line, length, &type, &why);
        /* Nothing is sent after the last answer: a front end that has all it asked for may be gone. */
        if (request && type != MESSAGE_STOP && (status = yardstick_look(&s, e)) < 0)
            break;
        s.diverged = false;
        int answered = request ? answer(&s, type, request, &why) : -1;
        json_decref(request);
        if (answered < 0 && (status = session_send(&s, message_error(why.text, s.diverged), e)) < 0)
            break;
        if ((status = session_kept_heatmap(&s, e)) < 0)
            break;
    }
    json_decref(s.kept);
    forget_net(&s);
    dataset_free(s.data);
    dataset_free(s.kept_data);
    decode_memory_free(s.decoding);
    return status;
}
