#include "features/packed.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/memory.h"

struct packed {
    ZSTD_CCtx *out;
    ZSTD_DCtx *in;
    int level;
    unsigned char *frame; /* [room] */
    size_t room, size;
    unsigned char *back; /* [most] */
    size_t most;
};

struct packed *packed_new(size_t most, int level, struct error *e)
{
    struct packed *p = memory_new(1, sizeof *p);
    p->level = level;
    p->most = most;
    p->room = ZSTD_compressBound(most);
    p->out = ZSTD_createCCtx();
    p->in = ZSTD_createDCtx();
    p->frame = memory_try(p->room);
    p->back = memory_try(most);
    struct error why;
    if (p->out && p->in && p->frame && p->back && packed_make(p, p->back, most, &why) == 0)
        return p;
    packed_free(p);
    error_set(e, "no memory to compress %zu bytes", most);
    return NULL;
}

void packed_free(struct packed *p)
{
    if (!p)
        return;
    ZSTD_freeCCtx(p->out);
    ZSTD_freeDCtx(p->in);
    free(p->frame);
    free(p->back);
    free(p);
}

int packed_make(struct packed *p, const void *bytes, size_t n, struct error *e)
{
    size_t size = ZSTD_compressCCtx(p->out, p->frame, p->room, bytes, n, p->level);
    if (ZSTD_isError(size))
        return error_set(e, "zstd cannot compress %zu bytes: %s", n, ZSTD_getErrorName(size));
    p->size = size;
    return 0;
}

void *packed_frame(struct packed *p)
{
    return p->frame;
}

size_t packed_size(const struct packed *p)
{
    return p->size;
}

int packed_check(struct packed *p, const void *bytes, size_t n, struct error *e)
{
    size_t size = ZSTD_decompressDCtx(p->in, p->back, p->most, p->frame, p->size);
    if (ZSTD_isError(size))
        return error_set(e, "zstd cannot decompress what it compressed: %s", ZSTD_getErrorName(size));
    if (size != n || memcmp(p->back, bytes, n) != 0)
        return error_set(e, "zstd gives other bytes back than it was given (%zu of %zu)", size, n);
    return 0;
}

const char *packed_version(void)
{
    return ZSTD_versionString();
}
