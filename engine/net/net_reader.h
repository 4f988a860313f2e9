/* Inside of net*.c: the state of reading a cfg, typed access to a section's values, and one function a
 * layer kind. All return 0 or -1 with the error set. */
#ifndef ISPLIT_NET_NET_READER_H
#define ISPLIT_NET_NET_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/cfg.h"
#include "net/net.h"

/* Darknet counts the elements of a tensor and of a layer's weights in an int. */
#define NET_TENSOR_MAX INT32_MAX
#define NET_PARAMS_MAX ((int64_t)1 << 40)
#define NET_MACS_MAX ((int64_t)1 << 60)
#define NET_SIDE_MAX 65536 /* width, height, kernel, stride, padding */

struct net_reader {
    struct cfg *cfg;
    struct net *net;
    bool *flat; /* [layers] the output is a plain vector: Darknet gives it no width, height, channels */
    bool input_flat;
    struct error *e;
    const struct cfg_section *section; /* the one being read */
    struct net_layer *layer;
    int index;
};

/* The line of a key, or of the section where the key is absent. */
int net_value_line(const struct net_reader *r, const char *key);

/* An absent key gives the fallback, which need not lie in the range. */
int net_value_int(struct net_reader *r, const char *key, int fallback, int min, int max, int *value);
int net_value_flag(struct net_reader *r, const char *key, bool *value); /* 0 (default) or 1 */
int net_value_float(struct net_reader *r, const char *key, float fallback, float *value);
int net_value_act(struct net_reader *r, enum net_act fallback, enum net_act *value);

/* Error at the section's line. */
int net_fail(struct net_reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The previous layer's output, and whether it is an image. */
struct net_shape net_previous(const struct net_reader *r);
int net_need_image(struct net_reader *r);

/* Checks a shape against the limits and puts it into the layer. */
int net_set_out(struct net_reader *r, int64_t c, int64_t h, int64_t w);

/* a * b for numbers >= 0; INT64_MAX where that does not fit. */
int64_t net_times(int64_t a, int64_t b);

/* Sets params and macs of a layer with weights. */
int net_set_cost(struct net_reader *r, int64_t weights, int64_t vectors, int64_t vector, int64_t macs);

/* "layer 3 (maxpool, 64x56x56)" */
const char *net_describe(char out[CFG_QUOTED], const struct net *net, int layer);

/* One function a layer kind, for the table of net/layers.h. net_layer.c: layers that read the layer before
 * them; net_read_same: whose output has the shape of its input. */
int net_read_convolutional(struct net_reader *r);
int net_read_deconvolutional(struct net_reader *r);
int net_read_depthwise(struct net_reader *r);
int net_read_connected(struct net_reader *r);
int net_read_avgpool(struct net_reader *r);
int net_read_batchnorm(struct net_reader *r);
int net_read_upsample(struct net_reader *r);
int net_read_reorg(struct net_reader *r);
int net_read_crop(struct net_reader *r);
int net_read_same(struct net_reader *r);
int net_read_activation(struct net_reader *r);
int net_read_softmax(struct net_reader *r);
/* net_pool.c: windows without weights. */
int net_read_maxpool(struct net_reader *r);
int net_read_local_avgpool(struct net_reader *r);
/* Inside of these two files: warns where a missing key makes Darknet assume something unexpected; `stride`
 * with stride_x and stride_y; antialiasing; and a layer's output from the size it has with steps of one
 * pixel: the steps, or a blur that takes them. */
void net_warn_default(struct net_reader *r, const char *key, const char *value);
int net_read_strides(struct net_reader *r);
int net_read_blur(struct net_reader *r);
int net_step(struct net_reader *r, int64_t channels, int64_t h, int64_t w);
/* net_join.c: layers that read others too. */
int net_read_shortcut(struct net_reader *r);
int net_read_scale_channels(struct net_reader *r);
int net_read_sam(struct net_reader *r);
int net_read_route(struct net_reader *r);

/* net_inserted.c: which layers are those of a bottleneck, and that they can be; after all layers. */
int net_read_inserted(struct net_reader *r);

/* net_tree.c: finds and checks a softmax tree of `nodes` lines; sets layer->tree. */
int net_read_tree(struct net_reader *r, const struct cfg_option *option, int64_t nodes);

#endif
