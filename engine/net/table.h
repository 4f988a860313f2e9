/* The layer table: what is shown of each layer and of the cut after it. Plain data held by both programs: the
 * worker makes it from a network, the front end gets it over the pipe. */
#ifndef ISPLIT_NET_TABLE_H
#define ISPLIT_NET_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net.h"
#include "net/stock.h"

struct table_row {
    int layer; /* Darknet's index */
    char name[40];
    char type[24]; /* the kind as a cfg has it, or NET_IDENTITY, which no list has */
    struct net_shape out;
    int64_t out_bytes; /* fp32 */
    int64_t params, macs;
    int kernel, stride, filters; /* its window and step, pixels, and how many filters; 0: it has none */

    /* the cut after this layer: head = layers 0..layer, tail = the rest */
    int cut_tensors; /* how many tensors made in the head (or the input) are read in the tail */
    int64_t cut_bytes;
    int *crossing; /* [cut_tensors] their layer numbers, ascending; NET_INPUT for the input */
    int64_t head_params, head_macs, head_peak_bytes; /* peak: largest sum of live activations */
    int64_t tail_params, tail_macs, tail_peak_bytes;

    bool clean; /* exactly one tensor crosses and it is this layer's own; never dropout, softmax, cost, nor a
                   crop before the first layer with weights */
    bool backbone; /* clean and before the classifier; of a bottleneck only the encoder's end */
};

struct table {
    struct net_shape in; /* input of the network */
    int64_t input_bytes; /* what CDE compares with: the input, after a crop that is preprocessing */
    int classes;
    enum net_runs runs_in;
    char *lacks; /* what stock Darknet lacks to run it (net/stock.h), or NULL */
    bool int8;   /* it has a bottleneck whose code is meant to be sent as int8 (net->inserted) */
    int rows_n;  /* one row for every layer */
    struct table_row *rows;
};

struct table *table_make(const struct net *net);
void table_free(struct table *table);

enum table_list { TABLE_BACKBONE, TABLE_CLEAN, TABLE_ALL, TABLE_LISTS };
extern const char *const table_list_words[]; /* "backbone", "clean", "all", NULL */

/* Layer numbers of a list, ascending; *n of them. New array. */
int *table_listed(const struct table *table, enum table_list list, int *n);

/* How many outputs the network has at most, as net.c finds their layer: what enters the softmax, whose output
 * is as large, else the last layer that is more than a dropout or a cost. */
int64_t table_outputs(const struct table *table);
/* Whether a layer after it still has to compute the scores; after them come softmax, dropout and cost alone.
 */
bool table_computes_after(const struct table *table, int layer);
/* Whether one output tells two classes apart (net_is_single). */
bool table_is_single(const struct table *table);

/* The last layer of a bottleneck's encoder, whose output is sent; -1: the network has none. */
int table_encoder_end(const struct table *table);

/* CDE baseline (Sbai et al. 2021): cde[i] for listed[i]: its cut sends fewer bytes than the network's
 * input and than the cut of every earlier listed layer. New array of n. */
bool *table_cde(const struct table *table, const int *listed, int n);

#endif
