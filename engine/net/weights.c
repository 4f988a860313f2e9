#include "net/weights.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "net/layers.h"

#define HEADER_LONG 20  /* int32 major, minor, revision; uint64 seen */
#define HEADER_SHORT 16 /* the same with uint32 seen */
#define CHUNK ((size_t)1 << 16)
#define KEPT ((size_t)16 << 20) /* of a mapped file, at a time; a multiple of the page size */

/* A file mapped for reading. */
struct mapped {
    const unsigned char *bytes;
    size_t size;
    struct weights_stamp stamp;
};

/* Clocks of file systems may be as coarse, and those of servers as wrong. */
enum { YOUNG_SECONDS = 2 };

static int64_t nanoseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct weights_stamp stamp_of(const struct stat *st)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (struct weights_stamp){
        .device = st->st_dev,
        .inode = st->st_ino,
        .size = st->st_size,
        .written_ns = nanoseconds(st->st_mtim),
        .changed_ns = nanoseconds(st->st_ctim),
        .young = st->st_ctim.tv_sec > now.tv_sec - YOUNG_SECONDS ||
                 st->st_mtim.tv_sec > now.tv_sec - YOUNG_SECONDS,
    };
}

/* Whether nothing can have happened to the file since. */
static bool is_untouched(const char *path, const struct weights_stamp *before)
{
    struct stat st;
    if (before->young || stat(path, &st) < 0)
        return false;
    struct weights_stamp now = stamp_of(&st);
    return now.device == before->device && now.inode == before->inode && now.size == before->size &&
           now.written_ns == before->written_ns && now.changed_ns == before->changed_ns;
}

static int map_file(const char *path, struct mapped *m, struct error *e)
{
    *m = (struct mapped){.bytes = (const unsigned char *)""};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang the program */
    if (fd < 0)
        return error_at(e, path, 0, "cannot open: %s", strerror(errno));
    struct stat st;
    void *p = MAP_FAILED;
    if (fstat(fd, &st) < 0)
        error_at(e, path, 0, "cannot read: %s", strerror(errno));
    else if (!S_ISREG(st.st_mode))
        error_at(e, path, 0, "is not a regular file");
    else if (st.st_size == 0)
        p = NULL; /* nothing to map: the empty text above is used */
    else if ((p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED)
        error_at(e, path, 0, "cannot map: %s", strerror(errno));
    close(fd);
    if (p == MAP_FAILED)
        return -1;
    m->stamp = stamp_of(&st);
    if (!p)
        return 0;
    madvise(p, (size_t)st.st_size, MADV_SEQUENTIAL);
    m->bytes = p;
    m->size = (size_t)st.st_size;
    return 0;
}

static void unmap(struct mapped *m)
{
    if (m->size)
        munmap((void *)(uintptr_t)m->bytes, m->size);
}

/* Releases the pages before `at` that are still mapped, a large piece at a time: they would count as this
 * process's memory, and a weights file may be larger than its limit. */
static void let_go(const struct mapped *m, size_t at)
{
    if (at >= KEPT && at % KEPT < CHUNK)
        madvise((void *)(uintptr_t)(m->bytes + (at / KEPT - 1) * KEPT), KEPT, MADV_DONTNEED);
}

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

static int weights_read_header(const char *path, const struct mapped *m, struct weights_info *info,
                               struct error *e)
{
    *info = (struct weights_info){0};
    if (m->size < HEADER_SHORT)
        return error_at(e, path, 0,
                        "has %zu bytes (expected a Darknet weights file with a header of %d or %d)", m->size,
                        HEADER_SHORT, HEADER_LONG);
    memcpy(&info->major, m->bytes, 4);
    memcpy(&info->minor, m->bytes + 4, 4);
    memcpy(&info->revision, m->bytes + 8, 4);
    bool wide = weights_seen_is_wide(info->major, info->minor);
    info->header_bytes = wide && m->size >= HEADER_LONG ? HEADER_LONG : HEADER_SHORT;
    info->transposed = info->major > 1000 || info->minor > 1000;
    memcpy(&info->seen, m->bytes + 12, (size_t)info->header_bytes - 12);
    if (info->major < 0 || info->minor < 0 || info->revision < 0)
        return error_at(e, path, 0, "is no Darknet weights file: its version would be %d.%d.%d", info->major,
                        info->minor, info->revision);
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

/* The index of the first NaN or infinity of n floats, or n. `bytes` is 4-aligned: header sizes are. */
static size_t first_bad(const unsigned char *bytes, size_t n)
{
    const uint32_t exponent = 0x7f800000;
    uint32_t worst = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, bytes + 4 * i, 4);
        bits &= exponent;
        worst = bits > worst ? bits : worst;
    }
    if (worst < exponent)
        return n;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, bytes + 4 * i, 4);
        if ((bits & exponent) == exponent)
            return i;
    }
    return n;
}

/* One pass over the file, a chunk that fits the cache at a time: hash and check. */
static int check_numbers(const char *path, const struct net *net, const struct mapped *m,
                         struct weights_info *info, struct error *e)
{
    XXH3_state_t *hash = XXH3_createState();
    if (!hash)
        return error_at(e, path, 0, "no memory to hash it");
    XXH3_64bits_reset(hash);
    size_t header = (size_t)info->header_bytes;
    XXH3_64bits_update(hash, m->bytes, header);
    int status = 0;
    for (size_t at = header; at < m->size && status == 0;) {
        size_t n = m->size - at < CHUNK ? m->size - at : CHUNK;
        XXH3_64bits_update(hash, m->bytes + at, n);
        size_t bad = first_bad(m->bytes + at, n / 4);
        if (bad < n / 4) {
            float value;
            memcpy(&value, m->bytes + at + 4 * bad, 4);
            status = weights_not_finite(path, net, (int64_t)((at - header) / 4 + bad), value, e);
        }
        at += n;
        let_go(m, at);
    }
    info->xxh3 = XXH3_64bits_digest(hash);
    XXH3_freeState(hash);
    return status;
}

/* A variance below 0 has no square root. */
static int check_variances(const char *path, const struct net *net, const struct mapped *m,
                           const struct weights_info *info, struct error *e)
{
    for (int l = 0; l < net->layers_n; l++) {
        int64_t first[WEIGHTS_PARTS], n[WEIGHTS_PARTS];
        weights_ranges(&net->layers[l], first, n);
        const unsigned char *at =
            m->bytes + weights_offset(net, info, l) + (int64_t)sizeof(float) * first[WEIGHTS_VARIANCE];
        for (int64_t i = 0; i < n[WEIGHTS_VARIANCE]; i++) {
            float v;
            memcpy(&v, at + (int64_t)sizeof v * i, sizeof v);
            if (v < 0)
                return error_at(e, path, 0,
                                "layer %d (%s): variance[%" PRId64 "] is %g (expected numbers from 0 up)", l,
                                net->layers[l].name, i, (double)v);
        }
    }
    return 0;
}

int weights_check(const char *path, const struct net *net, struct weights_info *info, struct error *e)
{
    struct mapped m;
    if (map_file(path, &m, e) < 0)
        return -1;
    int status = 0;
    if (weights_read_header(path, &m, info, e) < 0 || check_size(path, net, info, (int64_t)m.size, e) < 0 ||
        check_numbers(path, net, &m, info, e) < 0 || check_variances(path, net, &m, info, e) < 0)
        status = -1;
    bool fork = weights_header_is_forks(info) && weights_normalise(net);
    info->epsilon = fork ? EPSILON_FORK : EPSILON_DARKNET;
    info->stamp = m.stamp;
    unmap(&m);
    return status;
}

int weights_hash_file(const char *path, uint64_t *xxh3, struct error *e)
{
    struct mapped m = {0};
    XXH3_state_t *hash = XXH3_createState();
    int status = hash ? map_file(path, &m, e) : error_at(e, path, 0, "no memory to hash it");
    if (status == 0) {
        XXH3_64bits_reset(hash);
        for (size_t at = 0; at < m.size;) {
            size_t n = m.size - at < CHUNK ? m.size - at : CHUNK;
            XXH3_64bits_update(hash, m.bytes + at, n);
            at += n;
            let_go(&m, at);
        }
        *xxh3 = XXH3_64bits_digest(hash);
        unmap(&m);
    }
    XXH3_freeState(hash);
    return status;
}

int weights_fail_changed(const char *path, struct error *e)
{
    return error_at(e, path, 0, "has changed since it was opened (expected the network to be opened again)");
}

int weights_check_same(const char *path, const struct weights_info *info, struct error *e)
{
    uint64_t xxh3 = 0;
    if (is_untouched(path, &info->stamp))
        return 0;
    if (weights_hash_file(path, &xxh3, e) < 0)
        return -1;
    return xxh3 == info->xxh3 ? 0 : weights_fail_changed(path, e);
}
