/* The activations, one row each: a new one is a line of enum net_act (net/net.h) and its row in
 * activations.c. The formulas are those of Darknet's activations.h and of its forks; hard_swish and
 * hard_sigmoid are isplit's own, for imported networks. */
#ifndef ISPLIT_NET_ACTIVATIONS_H
#define ISPLIT_NET_ACTIVATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "net/net.h"

/* What the slope at z is computed from. An activation that is not monotonic needs z itself. */
enum activation_slope {
    SLOPE_OF_OUTPUT,       /* y = act(z), also where it is stored as bfloat16 */
    SLOPE_OF_EXACT_OUTPUT, /* y in full precision: near saturation 1 - y would have no digits */
    SLOPE_OF_INPUT,        /* z */
};

struct activation {
    const char *name; /* as in a cfg */
    float (*value)(float z);
    void (*values)(size_t n, const float *z, float *y); /* the same, n times; y may be z */
    float (*slope)(float z, float y);                   /* reads z only with SLOPE_OF_INPUT */
    enum activation_slope slope_needs;
    float at_zero;   /* value(0) */
    bool straight;   /* z above zero, below * z elsewhere: kernels and oneDNN have loops for it */
    float below;     /* slope below zero */
    bool in_darknet; /* all of Darknet's family have it; Debian's silently takes an unknown name for relu */
    unsigned fork_kinds; /* else: bits of the kinds of layers in which AlexeyAB's fork has it */
};

extern const struct activation activations[NET_ACTS];

#endif
