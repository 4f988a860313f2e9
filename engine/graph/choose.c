#include "graph/choose.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/memory.h"

/* A trial takes the part of the batch that is computed in about this time... */
#define TRIAL_SECONDS 5e-3
/* ...by a machine of this speed (multiply-adds a second, direct, two cores with AVX-512). */
#define TRIAL_SPEED 1e11
/* It has at least this many pixels: Winograd's gradient transforms the weights each time it runs, which pays
 * for small maps only over a whole batch. */
#define TRIAL_PIXELS 1600.0
/* No more seconds than this for all trials of a graph; the remaining layers are direct. */
#define ALL_TRIALS_SECONDS 4.0
/* Multiply-adds of a batch below which a gain would be lost in noise. */
#define TINY_MACS 2e7
/* What is a little less exact must be faster by this factor: Winograd, or bfloat16. */
#define CLEARLY 1.05
/* A pair of runs that differs by this factor decides. */
#define SETTLED 1.5
enum { ROUNDS = 4 };
#define CACHE_LIMIT ((size_t)4 << 20)

struct choose {
    int batch, threads;
    char *path;
    json_t *known; /* {key: "direct" | "winograd"} */
    bool changed;
    double spent; /* seconds of trials */
};

static const char *const words[] = {"direct", "winograd"}; /* enum onednn_algorithm */

/* ---- The file ----------------------------------------------------------------------------------- */

char *choose_cache_path(void)
{
    return file_user_path("XDG_CACHE_HOME", ".cache", "algorithms.json");
}

static bool is_word(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && (strcmp(text, words[0]) == 0 || strcmp(text, words[1]) == 0);
}

/* Entries that are no choice are dropped; always returns an object. */
static json_t *read_known(const char *path)
{
    size_t length;
    char *text = path ? file_read(path, CACHE_LIMIT, &length, NULL) : NULL;
    json_t *file = text ? json_loadb(text, length, 0, NULL) : NULL, *known = json_object();
    free(text);
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(file, "choices"), key, value)
    {
        if (is_word(value))
            json_object_set(known, key, value);
    }
    json_decref(file);
    return known;
}

/* Another program may have written meanwhile: its choices win, so that two programs at once agree on one
 * graph from then on. */
static void write_known(struct choose *c)
{
    struct file_out out;
    if (file_make_folders(c->path, NULL) < 0)
        return;
    json_t *theirs = read_known(c->path);
    json_object_update(c->known, theirs);
    json_decref(theirs);
    if (file_out_open(&out, c->path, NULL) < 0)
        return;
    json_t *file = json_pack("{sO}", "choices", c->known);
    int failed = json_dumpf(file, out.stream, JSON_INDENT(1) | JSON_SORT_KEYS);
    json_decref(file);
    if (failed)
        file_out_abandon(&out);
    else
        file_out_commit(&out, NULL);
}

struct choose *choose_open(int batch, int threads, const char *cache)
{
    struct choose *c = memory_new(1, sizeof *c);
    c->batch = batch;
    c->threads = threads;
    c->path = cache ? memory_copy(cache) : NULL;
    c->known = read_known(cache);
    return c;
}

void choose_close(struct choose *c)
{
    if (!c)
        return;
    if (c->changed && c->path)
        write_known(c);
    json_decref(c->known);
    free(c->path);
    free(c);
}

/* ---- Trials ------------------------------------------------------------------------------------- */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool choose_may_differ(const struct onednn_layer *l)
{
    return l->size_h == 3 && l->size_w == 3 && l->stride_h == 1 && l->stride_w == 1 && l->dilation == 1 &&
           l->groups == 1;
}

static double macs_of(const struct onednn_layer *l)
{
    return (double)l->out.c * (double)tensor_pixels(l->out) * l->in.c * l->size_h * l->size_w;
}

bool choose_tries(int batch, const struct onednn_layer *l)
{
    return choose_may_differ(l) && macs_of(l) * batch >= TINY_MACS;
}

/* The cost of an image hardly depends on their number, once there is enough work. */
int choose_trial_batch(int batch, const struct onednn_layer *l)
{
    double fit = fmax(TRIAL_SECONDS * TRIAL_SPEED / macs_of(l), TRIAL_PIXELS / (double)tensor_pixels(l->out));
    return fit < 1 ? 1 : fit > batch ? batch : (int)fit;
}

static double run_time(struct onednn *dn, struct onednn_op *op)
{
    double start = now();
    return onednn_run(dn, op, NULL) < 0 ? INFINITY : now() - start;
}

/* The first run of each only warms up. Winograd must be faster by the factor. */
static enum onednn_algorithm take_turns(struct onednn *dn, struct onednn_op *direct,
                                        struct onednn_op *winograd, double factor)
{
    double a = INFINITY, b = INFINITY;
    run_time(dn, direct);
    run_time(dn, winograd);
    for (int round = 0; round < ROUNDS; round++) {
        a = fmin(a, run_time(dn, direct));
        b = fmin(b, run_time(dn, winograd));
        if (round > 0 && (a > SETTLED * b || b > SETTLED * a))
            break;
    }
    return a > factor * b ? ONEDNN_WINOGRAD : ONEDNN_DIRECT;
}

/* Winograd is in float in any case. */
static enum onednn_algorithm try_both(int batch, const struct onednn_layer *l, enum onednn_pass pass)
{
    struct onednn *dn = onednn_open(batch, NULL);
    if (!dn)
        return ONEDNN_DIRECT;
    enum onednn_algorithm better = ONEDNN_DIRECT;
    const struct onednn_layer floats = onednn_layer_in(NUMBER_F32, l);
    struct onednn_op *winograd =
        onednn_trial(dn, ONEDNN_CONVOLUTION, &floats, pass, ONEDNN_WINOGRAD, false, NULL);
    struct onednn_op *direct =
        winograd ? onednn_trial(dn, ONEDNN_CONVOLUTION, l, pass, ONEDNN_DIRECT, false, NULL) : NULL;
    if (winograd && direct && onednn_ready(dn, NULL) == 0)
        better = take_turns(dn, direct, winograd, l->in.type == NUMBER_BF16 ? 1 / CLEARLY : CLEARLY);
    onednn_op_free(winograd);
    onednn_op_free(direct);
    onednn_close(dn);
    return better;
}

/* Winograd loses with few channels, and where its tiles of 4x4 are hardly larger than the map: on 2x2 it
 * takes three to five times as long, on 4x4 as long, except for the gradient of many weights. And the
 * transforms of the weights have to pay, over all pixels of the batch. */
enum onednn_algorithm choose_by_shape(int batch, const struct onednn_layer *l, enum onednn_pass pass)
{
    enum { CHANNELS = 32, MANY_CHANNELS = 64, PIXELS = 7 * 7, FEW_PIXELS = 4 * 4 };
    int channels = l->in.c < l->out.c ? l->in.c : l->out.c;
    size_t pixels = tensor_pixels(l->out);
    bool pays = (double)pixels * batch >= TRIAL_PIXELS - PIXELS, large = pixels >= PIXELS;
    if (!choose_may_differ(l) || channels < CHANNELS)
        return ONEDNN_DIRECT;
    if (pass == ONEDNN_PARAMETERS)
        large = large || (pixels >= FEW_PIXELS && channels >= MANY_CHANNELS);
    return large && (pays || pass == ONEDNN_PARAMETERS) ? ONEDNN_WINOGRAD : ONEDNN_DIRECT;
}

/* Everything that the choice depends on. */
static char *key_of(const struct choose *c, const struct onednn_layer *l, enum onednn_pass pass)
{
    static const char *const passes[] = {"forward", "gradient", "parameters"};
    return memory_format("oneDNN %s %s, %d threads, batch %d, %s%s%s %dx%dx%d to %dx%dx%d, pad %d%s",
                         onednn_version(), onednn_isa(), c->threads, c->batch,
                         l->trains && pass == ONEDNN_FORWARD ? "training " : "", passes[pass],
                         l->in.type == NUMBER_BF16 ? " in bf16" : "", l->in.c, l->in.h, l->in.w, l->out.c,
                         l->out.h, l->out.w, l->pad,
                         pass == ONEDNN_FORWARD && l->rectify ? (l->slope != 0 ? ", leaky" : ", relu") : "");
}

enum onednn_algorithm choose_algorithm(struct choose *c, const struct onednn_layer *l, enum onednn_pass pass)
{
    if (!choose_tries(c->batch, l))
        return ONEDNN_DIRECT;
    char *key = key_of(c, l, pass);
    const char *known = json_string_value(json_object_get(c->known, key));
    enum onednn_algorithm answer = ONEDNN_DIRECT;
    if (known) {
        answer = strcmp(known, words[ONEDNN_WINOGRAD]) == 0 ? ONEDNN_WINOGRAD : ONEDNN_DIRECT;
    } else if (c->spent <
               ALL_TRIALS_SECONDS) { /* what is not tried now is not cached either: the next run tries it */
        double start = now();
        answer = try_both(choose_trial_batch(c->batch, l), l, pass);
        c->spent += now() - start;
        json_object_set_new(c->known, key, json_string(words[answer]));
        c->changed = true;
    }
    free(key);
    return answer;
}
