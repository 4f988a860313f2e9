#include "model/losses.h"

#include <stdlib.h>

#include "base/memory.h"

void losses_add(struct losses *l, long image, enum until_loss why)
{
    if (l->n == l->room) {
        l->room = 2 * l->room + 16;
        l->all = memory_grow(l->all, (size_t)l->room, sizeof *l->all);
    }
    l->all[l->n++] = (struct loss){image, why};
}

void losses_free(struct losses *l)
{
    free(l->all);
    *l = (struct losses){0};
}

struct losses losses_among(const struct losses *l, const long *order, long n)
{
    struct losses among = {0};
    long limit = 0;
    for (long i = 0; i < l->n; i++)
        limit = l->all[i].image >= limit ? l->all[i].image + 1 : limit;
    char *why = memory_new((size_t)limit, 1); /* by image; 0: not lost */
    for (long i = 0; i < l->n; i++)
        why[l->all[i].image] = (char)l->all[i].why;
    for (long i = 0; i < n; i++)
        if (order[i] < limit && why[order[i]])
            losses_add(&among, order[i], (enum until_loss)why[order[i]]);
    free(why);
    return among;
}

long losses_count(const struct losses *l, enum until_loss why)
{
    long n = 0;
    for (long i = 0; i < l->n; i++)
        n += l->all[i].why == why;
    return n;
}
