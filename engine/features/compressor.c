#include "features/compressor.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/memory.h"

struct compressor {
    ZSTD_CCtx *out;
    ZSTD_DCtx *in;
    int level;
    unsigned char *frame; /* [capacity] */
    size_t capacity, size;
    unsigned char *back; /* [most] */
    size_t most;
};

struct compressor *compressor_new(size_t most, int level, struct error *e)
{
    struct compressor *p = memory_new(1, sizeof *p);
    p->level = level;
    p->most = most;
    p->capacity = ZSTD_compressBound(most);
    p->out = ZSTD_createCCtx();
    p->in = ZSTD_createDCtx();
    p->frame = memory_try(p->capacity, 1);
    p->back = memory_try(most, 1);
    struct error why;
    if (p->out && p->in && p->frame && p->back && compressor_run(p, p->back, most, &why) == 0)
        return p;
    compressor_free(p);
    error_set(e, "no memory to compress %zu bytes", most);
    return NULL;
}

void compressor_free(struct compressor *p)
{
    if (!p)
        return;
    ZSTD_freeCCtx(p->out);
    ZSTD_freeDCtx(p->in);
    free(p->frame);
    free(p->back);
    free(p);
}

int compressor_run(struct compressor *p, const void *bytes, size_t n, struct error *e)
{
    size_t size = ZSTD_compressCCtx(p->out, p->frame, p->capacity, bytes, n, p->level);
    if (ZSTD_isError(size))
        return error_set(e, "zstd cannot compress %zu bytes: %s", n, ZSTD_getErrorName(size));
    p->size = size;
    return 0;
}

void *compressor_frame(struct compressor *p)
{
    return p->frame;
}

size_t compressor_size(const struct compressor *p)
{
    return p->size;
}

int compressor_check(struct compressor *p, const void *bytes, size_t n, struct error *e)
{
    size_t size = ZSTD_decompressDCtx(p->in, p->back, p->most, p->frame, p->size);
    if (ZSTD_isError(size))
        return error_set(e, "zstd cannot decompress what it compressed: %s", ZSTD_getErrorName(size));
    if (size != n || memcmp(p->back, bytes, n) != 0)
        return error_set(e, "zstd gives other bytes back than it was given (%zu of %zu)", size, n);
    return 0;
}

const char *compressor_version(void)
{
    return ZSTD_versionString();
}
