#include "partition/partition_weights.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { PORTION = 1 << 20 };

static int64_t partition_weights_bytes_of(const struct net *net, int first, int last)
{
    int64_t n = 0;
    for (int l = first; l <= last; l++)
        n += 4 * net->layers[l].params;
    return n;
}

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

int partition_write_weights(FILE *out, const char *path, const struct weights_info *info,
                            const struct net *net, int first, int last, struct error *e)
{
    FILE *in = fopen(path, "rbe");
    if (!in)
        return error_at(e, path, 0, "cannot open: %s", strerror(errno));
    int64_t from = info->header_bytes + partition_weights_bytes_of(net, 0, first - 1);
    int status = copy(out, in, path, 0, info->header_bytes, e);
    if (status == 0)
        status = copy(out, in, path, from, partition_weights_bytes_of(net, first, last), e);
    fclose(in);
    return status;
}
