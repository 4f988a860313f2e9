#include "plan/pages.h"

#include <stdint.h>
#include <sys/mman.h>

struct pages pages_new(size_t floats)
{
    struct pages p = {NULL, floats ? floats * sizeof(float) : 1};
    if (floats > PTRDIFF_MAX / sizeof(float))
        return p;
    void *got = mmap(NULL, p.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (got == MAP_FAILED)
        return p;
    madvise(got, p.bytes, MADV_HUGEPAGE); /* a wish: it may be refused */
    p.floats = got;
    return p;
}

void pages_free(struct pages *p)
{
    if (p->floats)
        munmap(p->floats, p->bytes);
    *p = (struct pages){NULL, 0};
}
