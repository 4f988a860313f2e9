/* In place of features/coder.c where a device has neither zstd nor lzma (make half CODERS=): bytes as they
 * are. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "features/coder.h"

struct coder_memory {
    enum coder kind;
};

struct coder_memory *coder_new(enum coder kind, int level, struct error *e)
{
    (void)level;
    if (kind != CODER_NONE) {
        error_set(e, "%s is not built in (make half CODERS='zstd lzma')", coder_words[kind]);
        return NULL;
    }
    struct coder_memory *c = memory_new(1, sizeof *c);
    c->kind = kind;
    return c;
}

void coder_free(struct coder_memory *c)
{
    free(c);
}

size_t coder_room(size_t n)
{
    return n;
}

int coder_encode(struct coder_memory *c, const void *bytes, size_t n, void *coded, size_t *coded_n,
                 struct error *e)
{
    (void)c;
    (void)e;
    memcpy(coded, bytes, n);
    *coded_n = n;
    return 0;
}

int coder_decode(struct coder_memory *c, const void *coded, size_t coded_n, void *bytes, size_t n,
                 struct error *e)
{
    (void)c;
    if (coded_n != n)
        return error_set(e, "has %zu bytes (expected %zu)", coded_n, n);
    memcpy(bytes, coded, n);
    return 0;
}

const char *coder_version(enum coder kind)
{
    (void)kind;
    return "";
}
