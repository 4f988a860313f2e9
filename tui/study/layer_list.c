#include "study/layer_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/definition.h"

struct layer_list layer_list_of_layers(const struct table *table, const int *layers, int n,
                                       enum reduce reduce)
{
    struct layer_list layer_list = {.n = n};
    layer_list.layers = memory_new((size_t)n, sizeof *layer_list.layers);
    memcpy(layer_list.layers, layers, (size_t)n * sizeof *layers);
    layer_list.cde = table_cde(table, layers, n);
    layer_list.correction = memory_new((size_t)n, sizeof *layer_list.correction);
    for (int i = 0; i < n; i++) {
        struct net_shape s = table->rows[layers[i]].out;
        layer_list.correction[i] = (double)s.h * s.w * (reduce == REDUCE_MEAN ? s.c : 1);
    }
    return layer_list;
}

int layer_list_make(const struct table *table, enum table_list list, enum reduce reduce,
                    struct layer_list *layer_list, struct error *e)
{
    int n;
    int *layers = table_listed(table, list, &n);
    *layer_list = layer_list_of_layers(table, layers, n, reduce);
    free(layers);
    if (n > 0)
        return 0;
    layer_list_free(layer_list);
    return error_set(e, "the network has no layer to list (try --layers all)");
}

char *layer_list_name(const struct table *table, const int *layers, int n)
{
    for (int list = 0; list < TABLE_LISTS; list++) {
        int listed_n;
        int *listed = table_listed(table, (enum table_list)list, &listed_n);
        bool same = listed_n == n && memcmp(listed, layers, (size_t)n * sizeof *layers) == 0;
        free(listed);
        if (same)
            return memory_copy(table_list_words[list]);
    }
    char *text = memory_copy("");
    for (int i = 0; i < n; i++) {
        char *longer = memory_format("%s%s%d", text, i ? " " : "", layers[i]);
        free(text);
        text = longer;
    }
    return text;
}

void layer_list_free(struct layer_list *layer_list)
{
    free(layer_list->layers);
    free(layer_list->cde);
    free(layer_list->correction);
    *layer_list = (struct layer_list){0};
}
