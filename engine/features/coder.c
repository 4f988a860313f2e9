#include "features/coder.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/memory.h"

enum { LZMA_WINDOW = 1 << 16, LZMA_PRESET = 6 };

struct coder_memory {
    enum coder kind;
    int level;
    ZSTD_CCtx *out;
    ZSTD_DCtx *in;
    lzma_options_lzma lzma;
    lzma_stream lzma_out, lzma_in;
};

/* ---- LZMA ------------------------------------------------------------------------------------------- */

/* Without an end marker: the decoder is told the size, n. */
static void coder_lzma_filters(struct coder_memory *c, size_t n, lzma_filter filters[2])
{
    lzma_set_ext_size(c->lzma, (uint64_t)n);
    filters[0] = (lzma_filter){LZMA_FILTER_LZMA1EXT, &c->lzma};
    filters[1] = (lzma_filter){LZMA_VLI_UNKNOWN, NULL};
}

/* Runs it to its end: how many bytes came out; -1 where it did not end with the input, or has no room. */
static int64_t coder_lzma_run(lzma_stream *s, const void *from, size_t from_n, void *to, size_t to_n)
{
    s->next_in = from;
    s->avail_in = from_n;
    s->next_out = to;
    s->avail_out = to_n;
    lzma_ret ended = lzma_code(s, LZMA_FINISH);
    return ended == LZMA_STREAM_END && s->avail_in == 0 ? (int64_t)(to_n - s->avail_out) : -1;
}

static int64_t coder_lzma_encode(struct coder_memory *c, const void *bytes, size_t n, void *coded)
{
    lzma_filter filters[2];
    coder_lzma_filters(c, n, filters);
    return lzma_raw_encoder(&c->lzma_out, filters) == LZMA_OK
               ? coder_lzma_run(&c->lzma_out, bytes, n, coded, coder_room(n))
               : -1;
}

static int64_t coder_lzma_decode(struct coder_memory *c, const void *coded, size_t coded_n, void *bytes,
                                 size_t n)
{
    lzma_filter filters[2];
    coder_lzma_filters(c, n, filters);
    return lzma_raw_decoder(&c->lzma_in, filters) == LZMA_OK
               ? coder_lzma_run(&c->lzma_in, coded, coded_n, bytes, n)
               : -1;
}

/* ---- Any -------------------------------------------------------------------------------------------- */

static void coder_lzma_begin(struct coder_memory *c)
{
    static const lzma_stream empty = LZMA_STREAM_INIT;
    c->lzma_out = c->lzma_in = empty;
    lzma_lzma_preset(&c->lzma, LZMA_PRESET); /* then all but these as the xz program has it */
    c->lzma.dict_size = LZMA_WINDOW;
    c->lzma.lc = 2;
    c->lzma.lp = 0;
    c->lzma.pb = 0;
}

struct coder_memory *coder_new(enum coder kind, int level, struct error *e)
{
    struct coder_memory *c = memory_new(1, sizeof *c);
    c->kind = kind;
    c->level = level;
    coder_lzma_begin(c);
    if (kind != CODER_ZSTD)
        return c;
    c->out = ZSTD_createCCtx();
    c->in = ZSTD_createDCtx();
    if (c->out && c->in)
        return c;
    coder_free(c);
    error_set(e, "no memory for zstd");
    return NULL;
}

void coder_free(struct coder_memory *c)
{
    if (!c)
        return;
    ZSTD_freeCCtx(c->out);
    ZSTD_freeDCtx(c->in);
    lzma_end(&c->lzma_out);
    lzma_end(&c->lzma_in);
    free(c);
}

/* What the LZMA SDK asks for; above ZSTD_COMPRESSBOUND. */
size_t coder_room(size_t n)
{
    return n + n / 3 + 1024;
}

static int64_t coder_zstd_size(size_t size)
{
    return ZSTD_isError(size) ? -1 : (int64_t)size;
}

/* One frame and nothing beside it: the library alone would take several, and skip those without data. */
static int64_t coder_zstd_decode(struct coder_memory *c, const void *coded, size_t coded_n, void *bytes,
                                 size_t n)
{
    return ZSTD_findFrameCompressedSize(coded, coded_n) == coded_n
               ? coder_zstd_size(ZSTD_decompressDCtx(c->in, bytes, n, coded, coded_n))
               : -1;
}

int coder_encode(struct coder_memory *c, const void *bytes, size_t n, void *coded, size_t *coded_n,
                 struct error *e)
{
    int64_t size = (int64_t)n;
    if (c->kind == CODER_NONE)
        memcpy(coded, bytes, n);
    else if (c->kind == CODER_LZMA)
        size = coder_lzma_encode(c, bytes, n, coded);
    else
        size = coder_zstd_size(ZSTD_compressCCtx(c->out, coded, coder_room(n), bytes, n, c->level));
    if (size < 0)
        return error_set(e, "%s cannot code %zu bytes", coder_words[c->kind], n);
    *coded_n = (size_t)size;
    return 0;
}

int coder_decode(struct coder_memory *c, const void *coded, size_t coded_n, void *bytes, size_t n,
                 struct error *e)
{
    int64_t size = (int64_t)coded_n;
    if (c->kind == CODER_NONE)
        memcpy(bytes, coded, coded_n < n ? coded_n : n);
    else if (c->kind == CODER_LZMA)
        size = coder_lzma_decode(c, coded, coded_n, bytes, n);
    else
        size = coder_zstd_decode(c, coded, coded_n, bytes, n);
    if (size == (int64_t)n)
        return 0;
    return error_set(e, "is not %zu bytes coded with %s", n, coder_words[c->kind]);
}

const char *coder_version(enum coder kind)
{
    return kind == CODER_ZSTD ? ZSTD_versionString() : kind == CODER_LZMA ? lzma_version_string() : "";
}
