/* The kinds of layers as a cfg has them, one row each: a new one is a line of enum net_kind (net/net.h), its
 * row and functions here, its keys (net/cfg_keys.c), and its row in graph/nodes.c, which runs it. */
#ifndef ISPLIT_NET_LAYERS_H
#define ISPLIT_NET_LAYERS_H

#include <stdbool.h>
#include <stdio.h>

#include "net/net.h"

struct net_reader;

/* Which programs compute a kind of layer, or an activation in it, as isplit does; isplit itself has all. Set
 * of bits: a network runs where all its layers do (net/stock.h). */
enum {
    RUNS_STOCK = 1,     /* Debian's Darknet */
    RUNS_FORK = 2,      /* AlexeyAB's fork, which hank-ai continues */
    RUNS_DEPTHWISE = 4, /* the fork of hjimce, with [depthwise_convolutional] */
    RUNS_ALL = 7,
};

/* What a weights file holds of a layer, and in which order. */
enum layer_weights {
    LAYER_NO_WEIGHTS,
    LAYER_WEIGHTS_LAST,  /* biases, [scales, mean, variance], weights */
    LAYER_WEIGHTS_FIRST, /* biases, weights, [scales, mean, variance] */
    LAYER_NORMALISES,    /* scales, mean, variance */
};

struct layer_kind {
    const char *name, *alias;                            /* of the section in a cfg; alias: NULL for none */
    const char *short_name;                              /* in the names of layers */
    int (*read)(struct net_reader *r);                   /* keys and shape of the layer being read */
    void (*write)(FILE *out, const struct net_layer *l); /* the same keys, normalised; NULL: none */
    enum layer_weights weights;
    const char *references; /* the key that names other layers, or NULL; they are its inputs from the first */
    int first_reference;    /* named one on */
    bool convolves;         /* a window of weights moves over the input */
    bool classifies;        /* the classifier begins with it at the latest */
    bool chains;            /* may stand before the classifier of a network with VGG's names */
    bool single;            /* is named without a number where it is the only one */
    bool idle;              /* computes nothing: no tail begins after it */
    bool stock_crashes;     /* in Debian's libdarknet */
    unsigned runs;          /* where it runs: RUNS_... */
};

extern const struct layer_kind layer_kinds[NET_KINDS];

#endif
