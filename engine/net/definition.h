/* What defines a row: of which class the score is, how channels are reduced, on which side of the activation
 * a layer is tapped, how exactly its numbers are kept, and how batch norm is computed (engine/README.md,
 * "Definitions"). */
#ifndef ISPLIT_NET_DEFINITION_H
#define ISPLIT_NET_DEFINITION_H

enum score { SCORE_TRUTH, SCORE_TOP };
enum reduce { REDUCE_MEAN, REDUCE_SUM };
enum tap { TAP_POST, TAP_PRE };

/* What the network's numbers are stored as. BF16: activations, gradients and weights are bfloat16, which
 * halves the traffic and lets the matrix units of newer processors compute; scores and all sums stay float or
 * double, and the forward pass has each weight as the sum of two numbers. */
enum precision { PRECISION_F32, PRECISION_BF16 };

/* The formula of batch norm (net/batch_norm.h): as the version in the header of the weights says, or one of
 * the two. */
enum epsilon { EPSILON_HEADER, EPSILON_FORK, EPSILON_DARKNET };

extern const char *const score_words[];     /* "truth", "top", NULL */
extern const char *const reduce_words[];    /* "mean", "sum", NULL */
extern const char *const tap_words[];       /* "post", "pre", NULL */
extern const char *const precision_words[]; /* "f32", "bf16", NULL */
extern const char *const epsilon_words[];   /* "header", "fork", "darknet", NULL */

#endif
