#include "client/listing.h"

#include <stdlib.h>

#include "base/memory.h"

int listing_make(const struct table *table, enum table_list list, enum run_reduce reduce,
                 struct listing *listing, struct error *e)
{
    *listing = (struct listing){0};
    listing->layers = table_listed(table, list, &listing->n);
    if (listing->n == 0) {
        listing_free(listing);
        return error_set(e, "the network has no layer to list (try --layers all)");
    }
    listing->cde = table_cde(table, listing->layers, listing->n);
    listing->correction = memory_new((size_t)listing->n, sizeof *listing->correction);
    for (int i = 0; i < listing->n; i++) {
        struct net_shape s = table->rows[listing->layers[i]].out;
        listing->correction[i] = (double)s.h * s.w * (reduce == RUN_MEAN ? s.c : 1);
    }
    return 0;
}

void listing_free(struct listing *listing)
{
    free(listing->layers);
    free(listing->cde);
    free(listing->correction);
    *listing = (struct listing){0};
}
