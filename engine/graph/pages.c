#include "graph/pages.h"

#include <stdint.h>
#include <sys/mman.h>

/* Graphs are made and freed by one thread. */
static size_t held;

struct pages pages_new(size_t bytes)
{
    struct pages p = {NULL, bytes ? bytes : 1};
    if (bytes > PTRDIFF_MAX)
        return p;
    void *got = mmap(NULL, p.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (got == MAP_FAILED)
        return p;
    madvise(got, p.bytes, MADV_HUGEPAGE); /* advice only: it may be refused */
    p.at = got;
    held += p.bytes;
    return p;
}

void pages_free(struct pages *p)
{
    if (p->at) {
        munmap(p->at, p->bytes);
        held -= p->bytes;
    }
    *p = (struct pages){NULL, 0};
}

size_t pages_held(void)
{
    return held;
}
