#include "model/losses.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void losses_reach(struct losses *l, long image)
{
    if (image < l->limit)
        return;
    long limit = 2 * l->limit > image ? 2 * l->limit : image + 1;
    l->by_image = memory_grow(l->by_image, (size_t)limit, 1);
    memset(l->by_image + l->limit, EXCLUDED_NOT, (size_t)(limit - l->limit));
    l->limit = limit;
}

void losses_add(struct losses *l, long image, enum until_loss why)
{
    bool known = losses_find(l, image) != EXCLUDED_NOT;
    losses_reach(l, image);
    l->by_image[image] = (char)why;
    for (long i = 0; i < l->n && known; i++)
        if (l->all[i].image == image)
            l->all[i].why = why;
    if (known)
        return;
    if (l->n == l->room) {
        l->room = 2 * l->room + 16;
        l->all = memory_grow(l->all, (size_t)l->room, sizeof *l->all);
    }
    l->all[l->n++] = (struct loss){image, why};
}

void losses_free(struct losses *l)
{
    free(l->all);
    free(l->by_image);
    *l = (struct losses){0};
}

enum until_loss losses_find(const struct losses *l, long image)
{
    return image >= 0 && image < l->limit ? (enum until_loss)l->by_image[image] : EXCLUDED_NOT;
}

struct losses losses_among(const struct losses *l, const long *order, long n)
{
    struct losses among = {0};
    for (long i = 0; i < n; i++)
        if (losses_find(l, order[i]) != EXCLUDED_NOT)
            losses_add(&among, order[i], losses_find(l, order[i]));
    return among;
}

long losses_count(const struct losses *l, enum until_loss why)
{
    long n = 0;
    for (long i = 0; i < l->n; i++)
        n += l->all[i].why == why;
    return n;
}
