#include "curve/excluded.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void excluded_reach(struct excluded *l, long image)
{
    if (image < l->limit)
        return;
    long limit = 2 * l->limit > image ? 2 * l->limit : image + 1;
    l->by_image = memory_grow(l->by_image, (size_t)limit, 1);
    memset(l->by_image + l->limit, EXCLUDED_NOT, (size_t)(limit - l->limit));
    l->limit = limit;
}

void excluded_add(struct excluded *l, long image, enum exclusion why)
{
    bool known = excluded_find(l, image) != EXCLUDED_NOT;
    excluded_reach(l, image);
    l->by_image[image] = (char)why;
    for (long i = 0; i < l->n && known; i++)
        if (l->all[i].image == image)
            l->all[i].why = why;
    if (known)
        return;
    if (l->n == l->capacity) {
        l->capacity = 2 * l->capacity + 16;
        l->all = memory_grow(l->all, (size_t)l->capacity, sizeof *l->all);
    }
    l->all[l->n++] = (struct excluded_image){image, why};
}

void excluded_free(struct excluded *l)
{
    free(l->all);
    free(l->by_image);
    *l = (struct excluded){0};
}

enum exclusion excluded_find(const struct excluded *l, long image)
{
    return image >= 0 && image < l->limit ? (enum exclusion)l->by_image[image] : EXCLUDED_NOT;
}

struct excluded excluded_among(const struct excluded *l, const long *order, long n)
{
    struct excluded among = {0};
    for (long i = 0; i < n; i++)
        if (excluded_find(l, order[i]) != EXCLUDED_NOT)
            excluded_add(&among, order[i], excluded_find(l, order[i]));
    return among;
}

long excluded_count(const struct excluded *l, enum exclusion why)
{
    long n = 0;
    for (long i = 0; i < l->n; i++)
        n += l->all[i].why == why;
    return n;
}
