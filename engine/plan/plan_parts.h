/* What the parts of a plan share: plan.c makes and runs it, plan_buffers.c gives it memory. */
#ifndef ISPLIT_PLAN_PLAN_PARTS_H
#define ISPLIT_PLAN_PLAN_PARTS_H

#include "model/definition.h"
#include "plan/arena.h"
#include "plan/needs.h"
#include "plan/node.h"
#include "plan/pages.h"
#include "plan/plan.h"
#include "plan/top.h"

struct plan {
    const struct net *net;
    struct onednn *dn;
    int batch, threads;
    enum tap tap;
    enum precision precision;
    struct node *nodes; /* [layers_n] */
    struct tensor input_shape;
    struct pages activations; /* input, then y of all nodes, one after the other */
    struct pages spare;
    struct needs *needs; /* while it is made */
    int64_t room;        /* bytes it may take */
    size_t spare_bytes;
    struct arena *gradients; /* dy of all nodes, sharing room over time */
    void *input;             /* [batch][...] */
    float *scores;           /* [batch][classes] */
    float *alpha;            /* [batch][...] of the layer that is shown */
    float *sums;             /* scratch of kernels_end */
    bool shows_gradients;
    struct top *top;
    size_t bytes;
    uint64_t listed; /* hash of the layers asked for */
};

/* A plan that knows which nodes run and have gradients, and nothing else yet: no batch, no memory. */
struct plan *plan_outline(const struct net *net, const struct plan_options *options);

/* The derivative of an activation that is curved is told from z where y has few digits: near its ends 1 - y
 * would have none. */
bool plan_needs_z(const struct node *node);

/* The pre-activation needs a buffer of its own only where that or the tap reads it. */
bool plan_keeps_z(const struct plan *plan, const struct node *node);

/* Whether the layer is run, and reads what its sources hold. */
bool plan_reads(const struct plan *plan, int layer);

/* How many times the layer's output is read. */
int plan_readers(const struct plan *plan, int layer);

/* Where everything is to lie, for plan->batch images: fills the arena and says how many bytes all buffers
 * take, without allocating them. */
size_t plan_lay_out(struct plan *plan);

/* Allocates what plan_lay_out has planned and points the nodes at it. */
int plan_allocate(struct plan *plan, struct error *e);

#endif
