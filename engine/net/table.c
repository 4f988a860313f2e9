#include "net/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/cuts.h"
#include "net/layers.h"

static void fill_cut(struct table_row *row, const struct cuts *cuts, int layer)
{
    row->cut_tensors = cuts_tensors(cuts, layer);
    row->cut_bytes = cuts_bytes(cuts, layer);
    row->crossing = memory_new((size_t)row->cut_tensors, sizeof *row->crossing);
    int n = 0;
    for (int t = NET_INPUT; t <= layer && n < row->cut_tensors; t++)
        if (cuts_crosses(cuts, t, layer))
            row->crossing[n++] = t;
}

/* Of a bottleneck's layers only the encoder's last is a place to cut: the others send more for nothing. */
static bool is_inside(const struct net *net, int layer)
{
    return net->inserted.n > 0 && layer >= net->inserted.first && layer <= net->inserted.last &&
           layer != net->inserted.sent;
}

static void fill_row(struct table_row *row, const struct net *net, const struct cuts *cuts, int layer)
{
    const struct net_layer *l = &net->layers[layer];
    row->layer = layer;
    snprintf(row->name, sizeof row->name, "%s", l->name);
    bool identity = net_layer_is_identity(l);
    snprintf(row->type, sizeof row->type, "%s", identity ? NET_IDENTITY : net_kind_name(l->kind));
    row->out = l->out;
    row->out_bytes = 4 * net_shape_size(l->out);
    row->params = l->params;
    row->macs = l->macs;
    row->kernel = l->size;
    row->stride = l->stride;
    row->filters = l->filters;
    fill_cut(row, cuts, layer);
    bool preprocessing = l->kind == NET_CROP && layer < cuts_first_weighted(cuts);
    row->clean = cuts_is_own(cuts, layer) && !layer_kinds[l->kind].idle && !identity && !preprocessing;
    row->backbone = row->clean && layer < cuts_classifier(cuts) && !is_inside(net, layer);
}

/* What is alive at a layer does not depend on the cut: a tensor that crosses it is one that a later layer
 * reads, and the tail begins with just those. So the peak of head or tail is the maximum over its layers. */
static void sum_head_and_tail(struct table *table, const struct cuts *cuts)
{
    int64_t params = 0, macs = 0, peak = 0;
    for (int i = 0; i < table->rows_n; i++) {
        struct table_row *row = &table->rows[i];
        row->head_params = params += row->params;
        row->head_macs = macs += row->macs;
        row->head_peak_bytes = peak = cuts_live(cuts, i) > peak ? cuts_live(cuts, i) : peak;
    }
    params = macs = peak = 0;
    for (int i = table->rows_n - 1; i >= 0; i--) {
        struct table_row *row = &table->rows[i];
        row->tail_params = params;
        row->tail_macs = macs;
        row->tail_peak_bytes = peak;
        params += row->params;
        macs += row->macs;
        peak = cuts_live(cuts, i) > peak ? cuts_live(cuts, i) : peak;
    }
}

struct table *table_make(const struct net *net)
{
    struct cuts *cuts = cuts_make(net);
    struct table *table = memory_new(1, sizeof *table);
    table->in = net->in;
    table->input_bytes = 4 * net_shape_size(net->in);
    table->classes = net->classes;
    table->runs_in = net_runs_in(net, 0, net->layers_n - 1);
    table->lacks = net_stock_lacks(net);
    table->int8 = net->inserted.int8;
    table->rows_n = net->layers_n;
    table->rows = memory_new((size_t)net->layers_n, sizeof *table->rows);
    for (int i = 0; i < net->layers_n; i++) {
        fill_row(&table->rows[i], net, cuts, i);
        if (i < cuts_first_weighted(cuts) && net->layers[i].kind == NET_CROP)
            table->input_bytes = table->rows[i].out_bytes;
    }
    sum_head_and_tail(table, cuts);
    cuts_free(cuts);
    return table;
}

void table_free(struct table *table)
{
    if (!table)
        return;
    for (int i = 0; i < table->rows_n; i++)
        free(table->rows[i].crossing);
    free(table->rows);
    free(table->lacks);
    free(table);
}

const char *const table_list_words[] = {
    [TABLE_BACKBONE] = "backbone", [TABLE_CLEAN] = "clean", [TABLE_ALL] = "all", [TABLE_LISTS] = NULL};

int *table_listed(const struct table *table, enum table_list list, int *n)
{
    int *listed = memory_new((size_t)table->rows_n, sizeof *listed);
    *n = 0;
    for (int i = 0; i < table->rows_n; i++) {
        const struct table_row *row = &table->rows[i];
        bool layer = strcmp(row->type, NET_IDENTITY) != 0;
        if ((list == TABLE_ALL && layer) || (list == TABLE_CLEAN && row->clean) ||
            (list == TABLE_BACKBONE && row->backbone))
            listed[(*n)++] = i;
    }
    return listed;
}

bool *table_cde(const struct table *table, const int *listed, int n)
{
    bool *cde = memory_new((size_t)n, sizeof *cde);
    int64_t least = table->input_bytes;
    for (int i = 0; i < n; i++) {
        const struct table_row *row = &table->rows[listed[i]];
        /* Where nothing crosses there is no tail. */
        cde[i] = row->cut_tensors > 0 && row->cut_bytes < least;
        if (cde[i])
            least = row->cut_bytes;
    }
    return cde;
}

static bool is_of_kind(const struct table_row *row, enum net_kind kind)
{
    return strcmp(row->type, net_kind_name(kind)) == 0;
}

/* More than what stands behind the scores in training. */
static bool computes(const struct table_row *row)
{
    return !is_of_kind(row, NET_COST) && !is_of_kind(row, NET_DROPOUT);
}

bool table_computes_after(const struct table *table, int layer)
{
    for (int i = layer + 1; i < table->rows_n; i++)
        if (computes(&table->rows[i]) && !is_of_kind(&table->rows[i], NET_SOFTMAX))
            return true;
    return false;
}

int64_t table_outputs(const struct table *table)
{
    int64_t last = 0;
    for (int i = table->rows_n - 1; i >= 0; i--) {
        const struct table_row *r = &table->rows[i];
        if (is_of_kind(r, NET_SOFTMAX))
            return net_shape_size(r->out);
        if (last == 0 && computes(r))
            last = net_shape_size(r->out);
    }
    return last;
}

bool table_is_single(const struct table *table)
{
    return table->classes == 2 && table_outputs(table) == 1;
}

/* No other layer is called so (net/names.h). */
int table_encoder_end(const struct table *table)
{
    int end = -1;
    for (int i = 0; i < table->rows_n; i++)
        if (strncmp(table->rows[i].name, "encoder", 7) == 0)
            end = i;
    return end;
}
