#include "graph/pages.h"

#include <stdint.h>
#include <sys/mman.h>

/* Graphs are made and freed by one thread. */
static size_t held;

static size_t pages_mapped(size_t bytes)
{
    return bytes ? bytes : 1;
}

void *pages_new(size_t bytes)
{
    if (bytes > PTRDIFF_MAX)
        return NULL;
    void *got = mmap(NULL, pages_mapped(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (got == MAP_FAILED)
        return NULL;
    madvise(got, pages_mapped(bytes), MADV_HUGEPAGE); /* advice only: it may be refused */
    held += pages_mapped(bytes);
    return got;
}

void pages_free(void *at, size_t bytes)
{
    if (!at)
        return;
    munmap(at, pages_mapped(bytes));
    held -= pages_mapped(bytes);
}

size_t pages_held(void)
{
    return held;
}
