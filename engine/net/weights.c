#include "net/weights.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "net/layers.h"

#define HEADER_LONG 20       /* int32 major, minor, revision; uint64 seen */
#define HEADER_SHORT 16      /* the same with uint32 seen */
#define EXPONENT 0x7f800000u /* of a float; all ones: NaN or infinite */

static int64_t floats_until(const struct net *net, int layers)
{
    int64_t n = 0;
    for (int i = 0; i < layers; i++)
        n += net->layers[i].params;
    return n;
}

int64_t weights_offset(const struct net *net, const struct weights_info *info, int layer)
{
    return info->header_bytes + 4 * floats_until(net, layer);
}

int64_t weights_expected_bytes(const struct net *net)
{
    return HEADER_LONG + 4 * floats_until(net, net->layers_n);
}

/* What a file of the wrong size may be: one that ends after an earlier layer, as Darknet's `partial` command
 * writes it. */
static const char *cut_after(const struct net *net, int64_t floats)
{
    int64_t n = 0;
    for (int i = 0; i < net->layers_n - 1; i++) {
        n += net->layers[i].params;
        if (n == floats && net->layers[i].params > 0)
            return net->layers[i].name;
    }
    return NULL;
}

static int check_size(const char *path, const struct net *net, const struct weights_info *info, int64_t size,
                      struct error *e)
{
    int64_t floats = floats_until(net, net->layers_n);
    int64_t expected = info->header_bytes + 4 * floats;
    if (size == expected)
        return 0;
    int other = info->header_bytes == HEADER_LONG ? HEADER_SHORT : HEADER_LONG;
    if (size == other + 4 * floats)
        return error_at(e, path, 0,
                        "has %" PRId64
                        " bytes, which fits a header of %d bytes, but its version %d.%d means one of %d "
                        "(expected %" PRId64 ")",
                        size, other, info->major, info->minor, info->header_bytes, expected);
    const char *last =
        (size - info->header_bytes) % 4 ? NULL : cut_after(net, (size - info->header_bytes) / 4);
    if (last)
        return error_at(e, path, 0,
                        "has %" PRId64 " bytes (expected %" PRId64
                        " for this network); it ends after layer %s",
                        size, expected, last);
    return error_at(e, path, 0,
                    "has %" PRId64 " bytes (expected %" PRId64 " for this network: %" PRId64
                    " numbers and a header of %d)",
                    size, expected, floats, info->header_bytes);
}

bool weights_seen_is_wide(int32_t major, int32_t minor)
{
    return (int64_t)major * 10 + minor >= 2 && major < 1000 && minor < 1000;
}

bool weights_header_is_forks(const struct weights_info *info)
{
    return info->major == 0 && info->minor == 2 && info->revision >= 5;
}

static int weights_read_header(const struct weights_file *f, struct weights_info *info, struct error *e)
{
    unsigned char header[HEADER_LONG] = {0};
    const int64_t size = f->stamp.size;
    *info = (struct weights_info){.stamp = f->stamp};
    if (size < HEADER_SHORT)
        return error_at(e, f->path, 0,
                        "has %" PRId64 " bytes (expected a Darknet weights file with a header of %d or %d)",
                        size, HEADER_SHORT, HEADER_LONG);
    if (weights_file_read(f, 0, header, size < HEADER_LONG ? HEADER_SHORT : HEADER_LONG, e) < 0)
        return -1;
    memcpy(&info->major, header, 4);
    memcpy(&info->minor, header + 4, 4);
    memcpy(&info->revision, header + 8, 4);
    bool wide = weights_seen_is_wide(info->major, info->minor);
    info->header_bytes = wide && size >= HEADER_LONG ? HEADER_LONG : HEADER_SHORT;
    info->transposed = info->major > 1000 || info->minor > 1000;
    memcpy(&info->seen, header + 12, (size_t)info->header_bytes - 12);
    if (info->major < 0 || info->minor < 0 || info->revision < 0)
        return error_at(e, f->path, 0, "is no Darknet weights file: its version would be %d.%d.%d",
                        info->major, info->minor, info->revision);
    return 0;
}

/* The parts of a layer in the order of the file. */
static const enum weights_part orders[][WEIGHTS_PARTS] = {
    [LAYER_NO_WEIGHTS] = {WEIGHTS_BIASES, WEIGHTS_SCALES, WEIGHTS_MEAN, WEIGHTS_VARIANCE, WEIGHTS_WEIGHTS},
    [LAYER_WEIGHTS_LAST] = {WEIGHTS_BIASES, WEIGHTS_SCALES, WEIGHTS_MEAN, WEIGHTS_VARIANCE, WEIGHTS_WEIGHTS},
    [LAYER_WEIGHTS_FIRST] = {WEIGHTS_BIASES, WEIGHTS_WEIGHTS, WEIGHTS_SCALES, WEIGHTS_MEAN, WEIGHTS_VARIANCE},
    [LAYER_NORMALISES] = {WEIGHTS_BIASES, WEIGHTS_SCALES, WEIGHTS_MEAN, WEIGHTS_VARIANCE, WEIGHTS_WEIGHTS},
};

void weights_ranges(const struct net_layer *l, int64_t first[WEIGHTS_PARTS], int64_t n[WEIGHTS_PARTS])
{
    enum layer_weights order = layer_kinds[l->kind].weights;
    bool weighted = order == LAYER_WEIGHTS_LAST || order == LAYER_WEIGHTS_FIRST;
    int64_t vector = weighted ? l->filters : order == LAYER_NORMALISES ? l->out.c : 0, at = 0;
    n[WEIGHTS_BIASES] = weighted ? vector : 0;
    n[WEIGHTS_SCALES] = n[WEIGHTS_MEAN] = n[WEIGHTS_VARIANCE] =
        order == LAYER_NORMALISES || l->batch_normalize ? vector : 0;
    n[WEIGHTS_WEIGHTS] = weighted ? l->params - vector - 3 * n[WEIGHTS_SCALES] : 0;
    for (int i = 0; i < WEIGHTS_PARTS; i++) {
        enum weights_part part = orders[order][i];
        first[part] = at;
        at += n[part];
    }
}

bool weights_normalise(const struct net *net)
{
    for (int i = 0; i < net->layers_n; i++)
        if (net->layers[i].batch_normalize || layer_kinds[net->layers[i].kind].weights == LAYER_NORMALISES)
            return true;
    return false;
}

/* Names the layer and part of the number at `place` (in floats after the header). */
static int weights_not_finite(const char *path, const struct net *net, int64_t place, float value,
                              struct error *e)
{
    static const char *const names[] = {[WEIGHTS_BIASES] = "biases",
                                        [WEIGHTS_SCALES] = "scales",
                                        [WEIGHTS_MEAN] = "mean",
                                        [WEIGHTS_VARIANCE] = "variance",
                                        [WEIGHTS_WEIGHTS] = "weights"};
    int i = 0, k = 0;
    for (; i < net->layers_n - 1 && place >= net->layers[i].params; i++)
        place -= net->layers[i].params;
    int64_t first[WEIGHTS_PARTS], n[WEIGHTS_PARTS];
    weights_ranges(&net->layers[i], first, n);
    while (k < WEIGHTS_PARTS - 1 && (place < first[k] || place >= first[k] + n[k]))
        k++;
    return error_at(e, path, 0, "layer %d (%s): %s[%" PRId64 "] is %f (expected finite numbers)", i,
                    net->layers[i].name, names[k], place - first[k], (double)value);
}

/* The largest exponent among n floats: all ones where there is a NaN or an infinity. */
NUMBER_WIDE static uint32_t largest_exponent(const unsigned char *bytes, size_t n)
{
    uint32_t largest = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, bytes + 4 * i, 4);
        bits &= EXPONENT;
        largest = bits > largest ? bits : largest;
    }
    return largest;
}

/* The network that a file belongs to, while its numbers are looked at. */
struct belonging {
    const char *path;
    const struct net *net;
    int64_t header_bytes;
};

static int check_numbers(void *context, int64_t at, const unsigned char *bytes, size_t n, struct error *e)
{
    const struct belonging *b = context;
    size_t header = at < b->header_bytes ? (size_t)b->header_bytes : 0; /* lies in the first piece */
    if (largest_exponent(bytes + header, (n - header) / 4) < EXPONENT)
        return 0;
    for (size_t i = header; i < n; i += 4) {
        uint32_t bits;
        memcpy(&bits, bytes + i, 4);
        float value;
        memcpy(&value, bytes + i, 4);
        if ((bits & EXPONENT) == EXPONENT)
            return weights_not_finite(b->path, b->net, (at - b->header_bytes + (int64_t)i) / 4, value, e);
    }
    return 0;
}

/* A variance below 0 has no square root. */
static int check_variances(const struct weights_file *f, const struct net *net, int layer, int64_t at,
                           int64_t n, struct error *e)
{
    float *v = memory_try_unset((size_t)n, sizeof *v);
    int status = v ? weights_file_read(f, at, v, (size_t)n * sizeof *v, e)
                   : error_at(e, f->path, 0, "no memory for the %" PRId64 " variances of layer %s", n,
                              net->layers[layer].name);
    for (int64_t i = 0; i < n && status == 0; i++)
        if (v[i] < 0)
            status = error_at(e, f->path, 0,
                              "layer %d (%s): variance[%" PRId64 "] is %g (expected numbers from 0 up)",
                              layer, net->layers[layer].name, i, (double)v[i]);
    free(v);
    return status;
}

static int check_layers(const struct weights_file *f, const struct net *net, const struct weights_info *info,
                        struct error *e)
{
    int status = 0;
    for (int l = 0; l < net->layers_n && status == 0; l++) {
        int64_t first[WEIGHTS_PARTS], n[WEIGHTS_PARTS];
        weights_ranges(&net->layers[l], first, n);
        int64_t at = weights_offset(net, info, l) + (int64_t)sizeof(float) * first[WEIGHTS_VARIANCE];
        if (n[WEIGHTS_VARIANCE])
            status = check_variances(f, net, l, at, n[WEIGHTS_VARIANCE], e);
    }
    return status;
}

int weights_check(const char *path, const struct net *net, struct weights_info *info, struct error *e)
{
    struct weights_file f;
    if (weights_file_open(&f, path, e) < 0)
        return -1;
    int status = weights_read_header(&f, info, e);
    if (status == 0)
        status = check_size(path, net, info, f.stamp.size, e);
    struct belonging b = {path, net, info->header_bytes};
    if (status == 0)
        status = weights_file_hash(&f, check_numbers, &b, &info->xxh3, e);
    if (status == 0)
        status = check_layers(&f, net, info, e);
    bool fork = weights_header_is_forks(info) && weights_normalise(net);
    info->epsilon = fork ? EPSILON_FORK : EPSILON_DARKNET;
    weights_file_close(&f);
    return status;
}

int weights_hash_file(const char *path, uint64_t *xxh3, struct error *e)
{
    struct weights_file f;
    if (weights_file_open(&f, path, e) < 0)
        return -1;
    int status = weights_file_hash(&f, NULL, NULL, xxh3, e);
    weights_file_close(&f);
    return status;
}

int weights_fail_changed(const char *path, struct error *e)
{
    return error_at(e, path, 0, "has changed since it was opened (expected the network to be opened again)");
}

int weights_check_same(const char *path, const struct weights_info *info, struct error *e)
{
    uint64_t xxh3 = 0;
    if (weights_file_is_untouched(path, &info->stamp))
        return 0;
    if (weights_hash_file(path, &xxh3, e) < 0)
        return -1;
    return xxh3 == info->xxh3 ? 0 : weights_fail_changed(path, e);
}
