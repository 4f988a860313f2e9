/* The cost of each cut on a deployment, from the times of the two devices for each layer, the link between
 * them, and how the tensor is sent. Every formula is in tui/manual/plan.md too. */
#ifndef ISPLIT_DEPLOY_COST_MODEL_H
#define ISPLIT_DEPLOY_COST_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "curve/curve.h"
#include "deploy/device.h"
#include "deploy/link.h"
#include "deploy/planner.h"
#include "features/features.h"
#include "net/table.h"

/* The deployment: where head and tail run and what connects them. Pointers are borrowed. */
struct cost_model {
    const struct device *edge, *server;
    double edge_speed, server_speed; /* the devices' times are divided by these; 1: unchanged */
    struct link link;
    enum dtype type;  /* of the tensor that is sent */
    enum coder coder; /* of its bytes: mean bytes as measured by isplit features */
    double max_drop;  /* NaN, or: each cut has the dtype and coder of fewest bytes that loses less accuracy
                         (features/holds.h), and no others */
    const struct features *features; /* or NULL: not measured */
    int64_t answer;                  /* bytes of the answer */
    int64_t input;                   /* bytes of an input that is sent whole; 0: as follows */
    double stored;                   /* mean bytes of the images' own files; NaN: not known */
    enum dtype head_type;            /* of the head's weights and activations: F32 or INT8 */
    double joule_mac;                /* J of the device for one multiply-add; NaN: not known */
};

/* With the usual values: speeds 1, f32, an answer of one float a class, nothing else known. */
struct cost_model cost_model_default(const struct table *table);

/* n + 2 cuts, for planner_evaluate: all on the server, a split after each of layers[n] (ascending), all on
 * the device. New array; the reasons why a cut cannot be made (placement.other) are new strings too, and
 * cost_model_free frees both.
 *
 *     head_ms     = (sum of the edge's layer times 0..l + encode_ms) / edge_speed
 *     transfer_ms = link_exchange_ms(bytes, answer); 0 where everything runs on the device
 *     tail_ms     = (sum of the server's layer times l+1.. + decode_ms) / server_speed
 *                   (both as isplit features measured them; 0 where it did not)
 *     bytes       = of a frame (features/frame.h) of the cut's tensor in `type`; with a coder, as
 *                   measured, rounded up
 *     memory      = 4 head_params + head_peak_bytes: weights and the largest sum of live activations, f32; a
 *                   quarter of that where the head is int8
 *     joules      = head_macs joule_mac + link_joules(bytes); NaN for all if either is not known
 *
 * An input that is sent whole takes `input` bytes; else what the images' files take, of which `stored` is
 * known, or what isplit features measured; else one byte a number.
 *
 * points[n] and pick_share[n] are what was measured of the cuts; each may be NULL.
 * The whole networks have the accuracy that the f32 rows of `features` have.
 * With a coder, or max_drop, a cut that was not measured has -1 bytes, and NaN ms and J that follow from
 * them. */
struct placement *cost_model_placements(const struct cost_model *d, const struct table *table,
                                        const int *layers, int n, const struct curve_point *points,
                                        const double *pick_share);
/* Of a split that was retrained with a bottleneck: the encoder's costs join the head's, the decoder's the
 * tail's, and its code is what is sent, as `type`. `inserted` has its layers alone, `encoder` of them the
 * encoder's (partition/bottleneck.h), and takes the cut's tensor. Call before planner_evaluate.
 *
 *     head_ms    += 2 encoder MACs / the edge's speed over the whole network / edge_speed; tail_ms likewise
 *     memory      = 4 (head_params + encoder's) + the larger peak of the two
 *
 * A device of measured times has no speed where it computes nothing: NaN. With a coder the bytes are not
 * known, since what was measured was another tensor. */
void cost_model_insert(const struct cost_model *d, const struct table *table, const struct table *inserted,
                       int encoder, enum dtype type, struct placement *cut);
void cost_model_free(struct placement *cuts, int n);

/* What is sent of an input that is sent whole, and what that is. */
enum input_from { INPUT_GIVEN, INPUT_STORED, INPUT_MEASURED, INPUT_PIXELS, INPUT_FROMS };
extern const char *const input_from_words[]; /* "given", "files", "features", "pixels", NULL */
int64_t cost_model_input(const struct cost_model *d, const struct table *table, enum input_from *from);

#endif
