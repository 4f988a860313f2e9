/* The layers that a run lists, and what belongs to each beside its importance. */
#ifndef ISPLIT_STUDY_LAYER_LIST_H
#define ISPLIT_STUDY_LAYER_LIST_H

#include <stdbool.h>

#include "base/error.h"
#include "net/definition.h"
#include "net/table.h"

struct layer_list {
    int n;
    int *layers;        /* [n] Darknet's index, ascending */
    bool *cde;          /* [n] */
    double *correction; /* [n] K*H*W, or H*W where channels are summed: for the size-corrected curve */
};

/* Of these layers: [n], ascending, copied. */
struct layer_list layer_list_of_layers(const struct table *table, const int *layers, int n,
                                       enum reduce reduce);

/* -1 where the list is empty; nothing is left to free then. */
int layer_list_make(const struct table *table, enum table_list list, enum reduce reduce,
                    struct layer_list *layer_list, struct error *e);
/* What such a list is called: "backbone", "clean" or "all", else its numbers. New string. */
char *layer_list_name(const struct table *table, const int *layers, int n);

void layer_list_free(struct layer_list *layer_list);

#endif
