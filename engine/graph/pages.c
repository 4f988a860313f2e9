#include "graph/pages.h"

#include <stdint.h>
#include <sys/mman.h>

/* Graphs are made and freed by one thread. */
static size_t held;

static size_t mapped(size_t bytes)
{
    return bytes ? bytes : 1;
}

void *pages_new(size_t bytes)
{
    if (bytes > PTRDIFF_MAX)
        return NULL;
    void *got = mmap(NULL, mapped(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (got == MAP_FAILED)
        return NULL;
    madvise(got, mapped(bytes), MADV_HUGEPAGE); /* advice only: it may be refused */
    held += mapped(bytes);
    return got;
}

void pages_free(void *at, size_t bytes)
{
    if (!at)
        return;
    munmap(at, mapped(bytes));
    held -= mapped(bytes);
}

size_t pages_held(void)
{
    return held;
}
