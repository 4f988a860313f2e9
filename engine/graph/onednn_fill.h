/* What a layer with weights is to oneDNN; included by onednn_layer.c and onednn_train.c only. */
#ifndef ISPLIT_GRAPH_ONEDNN_FILL_H
#define ISPLIT_GRAPH_ONEDNN_FILL_H

#include "graph/onednn_op.h"

/* Layout of weights before packing. */
dnnl_memory_desc_t onednn_plain_weights(enum onednn_kind kind, const struct onednn_layer *l,
                                        enum number type);
dnnl_memory_desc_t onednn_bias(const struct onednn_layer *l);

/* By the direct algorithm, and with the layer's activation, where the pass is forward. The layer is borrowed.
 */
struct onednn_description onednn_description_of(enum onednn_kind kind, const struct onednn_layer *l,
                                                enum onednn_pass pass, enum onednn_layouts layouts);

/* Winograd needs matching layouts: reorders would cost what it saves. Where it does not exist, direct is
 * used. */
int onednn_describe_pass(struct onednn *dn, struct onednn_op *op, enum onednn_kind kind,
                         const struct onednn_layer *l, enum onednn_pass pass, enum onednn_algorithm algorithm,
                         struct error *e);

#endif
