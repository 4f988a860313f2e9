#include "client/listing.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/definition.h"

struct listing listing_of_layers(const struct table *table, const int *layers, int n, enum reduce reduce)
{
    struct listing listing = {.n = n};
    listing.layers = memory_new((size_t)n, sizeof *listing.layers);
    memcpy(listing.layers, layers, (size_t)n * sizeof *layers);
    listing.cde = table_cde(table, layers, n);
    listing.correction = memory_new((size_t)n, sizeof *listing.correction);
    for (int i = 0; i < n; i++) {
        struct net_shape s = table->rows[layers[i]].out;
        listing.correction[i] = (double)s.h * s.w * (reduce == REDUCE_MEAN ? s.c : 1);
    }
    return listing;
}

int listing_make(const struct table *table, enum table_list list, enum reduce reduce,
                 struct listing *listing, struct error *e)
{
    int n;
    int *layers = table_listed(table, list, &n);
    *listing = listing_of_layers(table, layers, n, reduce);
    free(layers);
    if (n > 0)
        return 0;
    listing_free(listing);
    return error_set(e, "the network has no layer to list (try --layers all)");
}

char *listing_name(const struct table *table, const int *layers, int n)
{
    static const char *const lists[] = {"features", "clean", "all"};
    for (int list = 0; list < 3; list++) {
        int listed_n;
        int *listed = table_listed(table, (enum table_list)list, &listed_n);
        bool same = listed_n == n && memcmp(listed, layers, (size_t)n * sizeof *layers) == 0;
        free(listed);
        if (same)
            return memory_copy(lists[list]);
    }
    char *text = memory_copy("");
    for (int i = 0; i < n; i++) {
        char *longer = memory_format("%s%s%d", text, i ? " " : "", layers[i]);
        free(text);
        text = longer;
    }
    return text;
}

void listing_free(struct listing *listing)
{
    free(listing->layers);
    free(listing->cde);
    free(listing->correction);
    *listing = (struct listing){0};
}
