#include "half/half.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/activations.h"
#include "net/weights.h"

struct half {
    struct net *net;
    const struct half_runtime *runtime;
    void *state; /* of the runtime; NULL: not open */
    int output;  /* the layer whose output counts */
};

static int half_check_hash(const char *path, uint64_t hash, const char *expected, struct error *e)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return strcmp(text, expected) == 0
               ? 0
               : error_at(e, path, 0, "is not the file that split.csv names (XXH3 %s, expected %s)", text,
                          expected);
}

static int half_read(struct half *h, const char *cfg, const char *weights, const struct half_sheet *sheet,
                     enum half_side side, struct weights_info *info, struct error *e)
{
    uint64_t hash;
    h->net = net_read(cfg, e);
    if (!h->net || weights_hash_file(cfg, &hash, e) < 0 ||
        half_check_hash(cfg, hash, sheet->cfg_xxh3[side], e) < 0)
        return -1;
    if (weights_check(weights, h->net, info, e) < 0)
        return -1;
    return half_check_hash(weights, info->xxh3, sheet->weights_xxh3[side], e);
}

/* The strict reader first: libdarknet ends the program where it cannot read a file. */
static int half_load(struct half *h, const char *cfg, const char *weights, const struct half_sheet *sheet,
                     enum half_side side, struct error *e)
{
    struct weights_info info;
    if (half_read(h, cfg, weights, sheet, side, &info, e) < 0)
        return -1;
    h->output = half_runtime_output(h->net);
    h->state = h->runtime->open(h->net, weights, &info, e);
    return h->state ? weights_check_same(weights, &info, e) : -1;
}

struct half *half_open(const char *folder, const struct half_sheet *sheet, enum half_side side,
                       const struct half_runtime *runtime, struct error *e)
{
    struct half *h = memory_new(1, sizeof *h);
    h->runtime = runtime;
    char *cfg = memory_format("%s/%s.cfg", folder, half_side_words[side]);
    char *weights = memory_format("%s/%s.weights", folder, half_side_words[side]);
    int status = half_load(h, cfg, weights, sheet, side, e);
    free(cfg);
    free(weights);
    if (status == 0)
        return h;
    half_close(h);
    return NULL;
}

void half_close(struct half *h)
{
    if (!h)
        return;
    if (h->state)
        h->runtime->close(h->state);
    net_free(h->net);
    free(h);
}

struct net_shape half_input(const struct half *h)
{
    return h->net->in;
}

size_t half_outputs(const struct half *h)
{
    return (size_t)net_shape_size(h->net->layers[h->output].out);
}

const float *half_run(struct half *h, const float *x, struct error *e)
{
    return h->runtime->run(h->state, x, e);
}

int half_top(const struct half *h, const float *outputs)
{
    size_t n = half_outputs(h), best = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(outputs[i]))
            return -1;
        best = outputs[i] > outputs[best] ? i : best;
    }
    return n == 1 ? outputs[0] > activations[h->net->layers[h->output].act].at_zero : (int)best;
}

struct frames *half_frames(const struct half_sheet *sheet, size_t n, struct error *e)
{
    const struct frame_format format = {.split = sheet->hash,
                                        .type = sheet->type,
                                        .affine = sheet->affine,
                                        .coder = sheet->coder,
                                        .level = sheet->level,
                                        .numbers = n};
    return frames_new(&format, e);
}
