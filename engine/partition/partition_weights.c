#include "partition/partition_weights.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/batch_norm.h"

enum { PORTION = 1 << 20 };

/* `n` bytes from `offset` on. */
static int copy(FILE *out, FILE *in, const char *path, int64_t offset, int64_t n, struct error *e)
{
    char *portion = memory_new(PORTION, 1);
    int status =
        fseeko(in, offset, SEEK_SET) == 0 ? 0 : error_at(e, path, 0, "cannot read: %s", strerror(errno));
    while (status == 0 && n > 0 && !ferror(out)) {
        size_t wanted = n < PORTION ? (size_t)n : PORTION;
        errno = 0;
        if (fread(portion, 1, wanted, in) == wanted)
            fwrite(portion, 1, wanted, out);
        else
            status = error_at(e, path, 0, "cannot read: %s",
                              ferror(in) ? strerror(errno) : "it has become shorter meanwhile");
        n -= (int64_t)wanted;
    }
    free(portion);
    return status;
}

/* `n` variances from `offset` on, folded. */
static int copy_folded(FILE *out, FILE *in, const char *path, int64_t offset, int64_t n, struct error *e)
{
    if (fseeko(in, offset, SEEK_SET) < 0)
        return error_at(e, path, 0, "cannot read: %s", strerror(errno));
    for (int64_t i = 0; i < n; i++) {
        float v;
        errno = 0;
        if (fread(&v, sizeof v, 1, in) != 1)
            return error_at(e, path, 0, "cannot read: %s",
                            ferror(in) ? strerror(errno) : "it has become shorter meanwhile");
        v = batch_norm_folded(v);
        fwrite(&v, sizeof v, 1, out);
    }
    return 0;
}

/* A layer whose variances, if it has any, are folded. */
static int copy_layer(FILE *out, FILE *in, const char *path, const struct weights_info *info,
                      const struct net *net, int layer, struct error *e)
{
    int64_t first[WEIGHTS_PARTS], n[WEIGHTS_PARTS], size = (int64_t)sizeof(float);
    int64_t begin = weights_offset(net, info, layer), end = weights_offset(net, info, layer + 1);
    weights_ranges(&net->layers[layer], first, n);
    int64_t at = begin + size * first[WEIGHTS_VARIANCE], behind = at + size * n[WEIGHTS_VARIANCE];
    return copy(out, in, path, begin, at - begin, e) == 0 &&
                   copy_folded(out, in, path, at, n[WEIGHTS_VARIANCE], e) == 0 &&
                   copy(out, in, path, behind, end - behind, e) == 0
               ? 0
               : -1;
}

void partition_write_header(FILE *out, const int32_t version[3], uint64_t seen)
{
    fwrite(version, sizeof *version, 3, out);
    if (weights_seen_is_wide(version[0], version[1])) {
        fwrite(&seen, sizeof seen, 1, out);
    } else {
        uint32_t narrow = seen < UINT32_MAX ? (uint32_t)seen : UINT32_MAX;
        fwrite(&narrow, sizeof narrow, 1, out);
    }
}

static void write_header(FILE *out, const struct weights_info *info, const struct net *net, bool stock)
{
    int32_t version[3] = {info->major, info->minor, info->revision};
    bool fork = info->epsilon == EPSILON_FORK;
    if (stock && !info->transposed) {
        memcpy(version, (const int32_t[3]){0, 1, 0}, sizeof version);
    } else if (weights_normalise(net) && !info->transposed && fork != weights_header_is_forks(info)) {
        memcpy(version, (const int32_t[3]){0, 2, fork ? 5 : 0}, sizeof version);
    }
    partition_write_header(out, version, info->seen);
}

int partition_write_weights(FILE *out, const char *path, const struct weights_info *info,
                            const struct net *net, int first, int last, bool stock, struct error *e)
{
    FILE *in = fopen(path, "rbe");
    if (!in)
        return error_at(e, path, 0, "cannot open: %s", strerror(errno));
    int64_t from = weights_offset(net, info, first);
    int status = 0;
    write_header(out, info, net, stock);
    if (!stock || info->epsilon != EPSILON_FORK)
        status = copy(out, in, path, from, weights_offset(net, info, last + 1) - from, e);
    else
        for (int l = first; l <= last && status == 0; l++)
            status = copy_layer(out, in, path, info, net, l, e);
    fclose(in);
    return status;
}
