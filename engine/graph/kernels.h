/* The arithmetic that needs no primitive: activations and their derivatives, sums, gathers, channel-wise
 * scaling, global average. Every loop runs over whole images, so results do not depend on the number
 * of threads. Shapes are per image; `batch` images follow one another. */
#ifndef ISPLIT_GRAPH_KERNELS_H
#define ISPLIT_GRAPH_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "graph/tensor.h"
#include "net/net.h"

/* y = act(z), n numbers; y may be z. */
void kernels_activate(enum net_act act, enum number type, size_t n, const void *z, void *y);

/* dy *= act'(z) where y = act(z), n numbers. */
void kernels_slope(enum net_act act, enum number type, size_t n, const void *z, const void *y, void *dy);

/* A gradient still to be added to another one: to all of it, or to every step-th pixel of every step-th row.
 * Its rows and pixels are those of `shape`, in blocks of as many channels. With winners it is that of a
 * max-pool of KERNELS_WINDOW pixels either way, as far apart, and there is no other: each number goes to the
 * pixel of its window that the winner says (row by row), and the others get 0. Only where
 * kernels_takes_winners. */
struct kernels_more {
    const void *at; /* [batch][...], or NULL: nothing to add */
    struct tensor shape;
    int step;
    const uint8_t *winners; /* [batch][...] as `at`, or NULL */
};
enum { KERNELS_WINDOW = 2 };
bool kernels_takes_winners(enum net_act act, struct tensor t);

/* Completes a gradient in one pass over it, since memory traffic is the cost:
 *     dy += more;  alpha = mean over the pixels of dy;  dy *= act'(z)
 * The derivative is computed from y, or from z where the activation needs that (net/activations.h). alpha is
 * [batch][channels, whole blocks] or NULL; `after`: alpha is of dy after the derivative. (kernels_end.c) */
struct kernels_ending {
    enum net_act act;
    const void *y, *z; /* NULL: from y */
    struct kernels_more more;
    float *alpha;
    bool after;
    bool unread; /* dy need not be complete: alpha is all that is wanted */
    float *sums; /* scratch of kernels_end_floats() */
};
void kernels_end(struct tensor t, int batch, const struct kernels_ending *ending, void *dy);
size_t kernels_end_floats(struct tensor t, int batch);

/* to = from, or to += from. */
void kernels_pass(enum number type, size_t n, const void *from, void *to, bool add);

/* y = act(alpha * a + beta * b) */
void kernels_blend(enum net_act act, enum number type, size_t n, float alpha, const void *a, float beta,
                   const void *b, void *y);

/* to = factor * from, or to += factor * from */
void kernels_scale(enum number type, size_t n, float factor, const void *from, void *to, bool add);

/* y = x * scale[c] + shift[c]; with shift NULL: y = x * scale[c], or y += that. */
void kernels_channels(struct tensor t, int batch, const float *scale, const float *shift, const void *x,
                      void *y, bool add);

/* y[c] = mean of x over the pixels, and its gradient. `in` is [C][H][W], the other side [C] of `out`. */
void kernels_average(struct tensor in, enum number out, int batch, const void *x, void *y);
void kernels_average_gradient(struct tensor in, enum number out, int batch, const void *dy, void *dx,
                              bool add);

/* `rows` runs of `n` numbers each, between tensors of different strides: to = from, or to += from. */
void kernels_slice(enum number type, size_t rows, size_t n, const void *from, size_t from_stride, void *to,
                   size_t to_stride, bool add);

/* y = x at every step-th pixel of every step-th row; `out` has the size that results. And its gradient, which
 * is zero at the other pixels: dx = that, or dx += that. */
void kernels_subsample(struct tensor in, struct tensor out, int step, int batch, const void *x, void *y);
void kernels_subsample_gradient(struct tensor in, struct tensor out, int step, int batch, const void *dy,
                                void *dx, bool add);

/* The largest absolute value; infinity or NaN where a number is not finite. */
float kernels_largest(enum number type, size_t n, const void *x);

/* Zeroes the channels past C of a blocked tensor, where an activation with act(0) != 0 has written. */
void kernels_clear_padding(struct tensor t, int batch, void *y);

#endif
