#include "bench_params.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/memory.h"
#include "net/weights.h"

/* Uniform, by a linear congruential generator (Knuth, TAOCP 2, 3.3.4): good enough to be timed, and a hundred
 * million come in a moment. */
static float number(float middle, float spread)
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return middle + spread * ((float)(state >> 8) * 0x1p-23f - 1.0f);
}

float *bench_numbers(int64_t n, float middle, float spread)
{
    float *out = memory_new((size_t)n, sizeof *out);
    for (int64_t i = 0; i < n; i++)
        out[i] = number(middle, spread);
    return out;
}

static void write_numbers(FILE *out, int64_t n, float middle, float spread)
{
    for (int64_t i = 0; i < n; i++) {
        float value = number(middle, spread);
        fwrite(&value, sizeof value, 1, out);
    }
}

/* Variance-preserving weights, so that no number overflows or dies out on the way. */
static void write_layer(FILE *out, const struct net_layer *l)
{
    int64_t first[WEIGHTS_PARTS], n[WEIGHTS_PARTS];
    weights_ranges(l, first, n);
    float spread = n[WEIGHTS_WEIGHTS] ? sqrtf(6.0f * (float)l->out.c / (float)n[WEIGHTS_WEIGHTS]) : 0.0f;
    for (int64_t at = 0, part = 0; at < l->params; at += n[part]) {
        for (part = 0; first[part] != at || n[part] == 0;)
            part++;
        write_numbers(out, n[part],
                      part == WEIGHTS_VARIANCE ? 1.0f
                      : part == WEIGHTS_SCALES ? 0.7f
                                               : 0.0f,
                      part == WEIGHTS_WEIGHTS ? spread : 0.1f);
    }
}

struct params *bench_params(const struct net *net, struct error *e)
{
    char path[64];
    struct weights_info info = {.minor = 2, .header_bytes = 20};
    int fd = memfd_create("weights", 0);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!out)
        return error_set(e, "no memory for random weights"), NULL;
    const int32_t header[5] = {0, 2, 0};
    fwrite(header, sizeof header, 1, out);
    for (int i = 0; i < net->layers_n; i++)
        write_layer(out, &net->layers[i]);
    fflush(out);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct params *params = params_open(path, net, &info, e);
    fclose(out);
    return params;
}
