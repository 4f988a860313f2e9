#include <stdio.h>
#include <string.h>

#include "net/net_reader.h"

void net_warn_default(struct net_reader *r, const char *key, const char *value)
{
    if (!cfg_find(r->section, key))
        cfg_warn(r->cfg, r->section->line, "[%s] without %s: %s, as in Darknet", r->section->type, key,
                 value);
}

/* stride_y is from row to row, stride_x along a row; each is `stride` where it is not given. */
int net_read_strides(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    int stride;
    if (net_value_int(r, "stride", 1, 1, NET_SIDE_MAX, &stride) < 0 ||
        net_value_int(r, "stride_x", stride, 1, NET_SIDE_MAX, &l->stride_x) < 0 ||
        net_value_int(r, "stride_y", stride, 1, NET_SIDE_MAX, &l->stride) < 0)
        return -1;
    return 0;
}

int net_step(struct net_reader *r, int64_t channels, int64_t h, int64_t w)
{
    const struct net_layer *l = r->layer;
    int64_t lost = l->blur == 2; /* a window of 2 has no padding, one of 3 has one pixel of it */
    if (h - 1 < lost || w - 1 < lost)
        return net_fail(r,
                        "antialiasing=2 blurs by a window of 2x2, but there are %lldx%lld pixels (height x "
                        "width)",
                        (long long)h, (long long)w);
    if (l->blur && net_set_out(r, channels, h, w) < 0) /* what is blurred has that size */
        return -1;
    return net_set_out(r, channels, (h - 1 - lost) / l->stride + 1, (w - 1 - lost) / l->stride_x + 1);
}

/* The keys of all windows with weights. */
static int read_kernel(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    int pad = 0;
    if (net_value_int(r, "size", 1, 1, NET_SIDE_MAX, &l->size) < 0 || net_read_strides(r) < 0 ||
        net_value_int(r, "pad", 0, 0, NET_SIDE_MAX, &pad) < 0 ||
        net_value_int(r, "padding", 0, 0, NET_SIDE_MAX, &l->pad) < 0 ||
        net_value_flag(r, "batch_normalize", &l->batch_normalize) < 0 ||
        net_value_act(r, NET_LOGISTIC, &l->act) < 0)
        return -1;
    net_warn_default(r, "size", "1");
    net_warn_default(r, "activation", "logistic");
    if (pad > 1)
        cfg_warn(r->cfg, net_value_line(r, "pad"),
                 "pad=%d pads by size/2 = %d, as in Darknet; a number of pixels goes into padding", pad,
                 l->size / 2);
    if (pad) /* any number but 0 counts, and it overrides `padding` */
        l->pad = l->size / 2;
    l->dilation = 1;
    return net_need_image(r);
}

static int read_filters(struct net_reader *r)
{
    net_warn_default(r, "filters", "1");
    return net_value_int(r, "filters", 1, 1, 1 << 24, &r->layer->filters);
}

/* Under either name. */
static int read_groups(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    const char *key = cfg_find(r->section, "groups") ? "groups" : "group";
    if (net_value_int(r, key, 1, 1, 1 << 24, &l->groups) < 0)
        return -1;
    if (strcmp(key, "groups") == 0 && cfg_find(r->section, "group"))
        return error_at(r->e, r->cfg->path, net_value_line(r, "group"),
                        "group together with groups (expected one of the two, which mean the same)");
    int c = net_previous(r).c;
    return c % l->groups == 0 && l->filters % l->groups == 0
               ? 0
               : error_at(r->e, r->cfg->path, net_value_line(r, key),
                          "%s=%d does not divide both the %d channels and the %d filters", key, l->groups, c,
                          l->filters);
}

/* The fork's im2col pads by dilation * padding, but the size of its output is that without dilation: the two
 * agree only for padding that keeps the size. */
static int read_dilation(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    if (net_value_int(r, "dilation", 1, 1, NET_SIDE_MAX, &l->dilation) < 0)
        return -1;
    if (l->size == 1)
        l->dilation = 1;
    return l->dilation == 1 || 2 * l->pad == l->size - 1
               ? 0
               : error_at(
                     r->e, r->cfg->path, net_value_line(r, "dilation"),
                     "dilation=%d with size=%d and a padding of %d: Darknet's forks compute a wrong size "
                     "(expected an odd size and a padding of size/2)",
                     l->dilation, l->size, l->pad);
}

int net_read_blur(struct net_reader *r)
{
    int given;
    if (net_value_int(r, "antialiasing", 0, 0, 2, &given) < 0)
        return -1;
    r->layer->blur = given == 2 ? 2 : given ? 3 : 0;
    return 0;
}

static void warn_of_1x1(struct net_reader *r)
{
    const struct net_layer *l = r->layer;
    bool steps = (l->stride > 1 || l->stride_x > 1) && !l->blur;
    if (l->size == 1 && (steps || l->pad > 0))
        cfg_warn(r->cfg, l->line,
                 "layer %d: a 1x1 convolution with %s, which stock Darknet of this version computes wrongly; "
                 "isplit "
                 "computes it right",
                 r->index, steps ? "stride" : "padding");
}

/* A convolution whose keys are read: its shape, numbers and costs. */
static int settle_convolution(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    struct net_shape in = l->in = net_previous(r);
    int64_t h = in.h + 2 * (int64_t)l->pad - l->size, w = in.w + 2 * (int64_t)l->pad - l->size;
    if (h < 0 || w < 0)
        return net_fail(r, "a window of %d is larger than the padded input of %dx%d (height x width)",
                        l->size, in.h + 2 * l->pad, in.w + 2 * l->pad);
    warn_of_1x1(r);
    if (net_step(r, l->filters, h + 1, w + 1) < 0)
        return -1;
    int64_t window = net_times(in.c / l->groups, (int64_t)l->size * l->size);
    /* The convolution before a blur is at every place; the blur itself has no learned numbers and is not
     * counted. */
    int64_t places = l->blur ? net_times(net_times(h + 1, w + 1), l->filters) : net_shape_size(l->out);
    return net_set_cost(r, net_times(window, l->filters), l->batch_normalize ? 4 : 1, l->filters,
                        net_times(places, window));
}

int net_read_convolutional(struct net_reader *r)
{
    return read_kernel(r) < 0 || read_filters(r) < 0 || read_groups(r) < 0 || read_dilation(r) < 0 ||
                   net_read_blur(r) < 0
               ? -1
               : settle_convolution(r);
}

/* A window of its own for each channel; the fork that has this section does not look at `filters`. */
int net_read_depthwise(struct net_reader *r)
{
    int channels = net_previous(r).c, given;
    if (read_kernel(r) < 0 || net_value_int(r, "filters", channels, 1, 1 << 24, &given) < 0)
        return -1;
    if (given != channels)
        cfg_warn(r->cfg, net_value_line(r, "filters"),
                 "filters=%d in [%s] is not looked at, as in Darknet's fork: there is one a channel, %d",
                 given, r->section->type, channels);
    r->layer->filters = r->layer->groups = channels;
    return settle_convolution(r);
}

int net_read_deconvolutional(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    if (read_kernel(r) < 0 || read_filters(r) < 0)
        return -1;
    l->groups = 1;
    struct net_shape in = l->in = net_previous(r);
    int64_t grow = l->size - 2 * (int64_t)l->pad;
    if (net_set_out(r, l->filters, (in.h - 1) * (int64_t)l->stride + grow,
                    (in.w - 1) * (int64_t)l->stride + grow) < 0)
        return -1;
    int64_t weights = net_times(net_times(in.c, l->filters), (int64_t)l->size * l->size);
    return net_set_cost(r, weights, l->batch_normalize ? 4 : 1, l->filters,
                        net_times(weights, (int64_t)in.h * in.w));
}

int net_read_connected(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    bool transpose; /* how one fork keeps the weights in its memory; in the file they are the same */
    if (net_value_int(r, "output", 1, 1, INT32_MAX, &l->filters) < 0 ||
        net_value_flag(r, "transpose", &transpose) < 0 ||
        net_value_flag(r, "batch_normalize", &l->batch_normalize) < 0 ||
        net_value_act(r, NET_LOGISTIC, &l->act) < 0)
        return -1;
    net_warn_default(r, "output", "1");
    net_warn_default(r, "activation", "logistic");
    l->in = net_previous(r);
    if (net_set_out(r, l->filters, 1, 1) < 0)
        return -1;
    int64_t weights = net_times(net_shape_size(l->in), l->filters);
    return net_set_cost(r, weights, l->batch_normalize ? 4 : 1, l->filters, weights);
}

int net_read_avgpool(struct net_reader *r)
{
    if (net_need_image(r) < 0)
        return -1;
    r->layer->in = net_previous(r);
    return net_set_out(r, r->layer->in.c, 1, 1);
}

int net_read_batchnorm(struct net_reader *r)
{
    if (net_need_image(r) < 0)
        return -1;
    struct net_shape in = r->layer->in = net_previous(r);
    r->layer->batch_normalize = true;
    if (net_set_out(r, in.c, in.h, in.w) < 0)
        return -1;
    return net_set_cost(r, 0, 3, in.c, 0); /* scales, mean, variance: no biases in the file */
}

int net_read_upsample(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    if (net_value_int(r, "stride", 2, 1, NET_SIDE_MAX, &l->stride) < 0 ||
        net_value_float(r, "scale", 1, &l->scale) < 0 || net_need_image(r) < 0)
        return -1;
    struct net_shape in = l->in = net_previous(r);
    return net_set_out(r, in.c, (int64_t)in.h * l->stride, (int64_t)in.w * l->stride);
}

/* Darknet's reorg divides the channels by stride^2 in both directions, so both need that. `flatten` permutes
 * in place and `extra` appends zeros; Darknet looks at flatten first, then extra, then reverse. */
int net_read_reorg(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    if (net_value_int(r, "stride", 1, 1, NET_SIDE_MAX, &l->stride) < 0 ||
        net_value_flag(r, "reverse", &l->reverse) < 0 || net_value_flag(r, "flatten", &l->flatten) < 0 ||
        net_value_int(r, "extra", 0, 0, INT32_MAX, &l->extra) < 0)
        return -1;
    struct net_shape in = l->in = net_previous(r);
    int64_t s = l->stride, s2 = s * s;
    if (l->extra) {
        if (l->flatten || l->reverse)
            return error_at(r->e, r->cfg->path, net_value_line(r, "extra"),
                            "extra together with %s is not supported", l->flatten ? "flatten" : "reverse");
        r->flat[r->index] = true;
        return net_set_out(r, net_shape_size(in) + l->extra, 1, 1);
    }
    if (net_need_image(r) < 0)
        return -1;
    if (!l->reverse && (in.h % s != 0 || in.w % s != 0))
        return net_fail(r, "stride=%d does not divide the input of %dx%d (height x width)", l->stride, in.h,
                        in.w);
    if ((l->reverse || !l->flatten) && in.c % s2 != 0)
        return net_fail(r, "stride=%d needs channels that are a multiple of %lld (the input has %d)",
                        l->stride, (long long)s2, in.c);
    if (l->reverse)
        return net_set_out(r, in.c / s2, in.h * s, in.w * s);
    return net_set_out(r, in.c * s2, in.h / s, in.w / s);
}

int net_read_crop(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    int height, width;
    if (net_value_int(r, "crop_height", 1, 1, NET_SIDE_MAX, &height) < 0 ||
        net_value_int(r, "crop_width", 1, 1, NET_SIDE_MAX, &width) < 0 ||
        net_value_flag(r, "noadjust", &l->noadjust) < 0 || net_need_image(r) < 0)
        return -1;
    net_warn_default(r, "crop_height", "1");
    net_warn_default(r, "crop_width", "1");
    struct net_shape in = l->in = net_previous(r);
    if (height > in.h || width > in.w)
        return net_fail(r, "a crop of %dx%d is larger than its input of %dx%d (height x width)", height,
                        width, in.h, in.w);
    return net_set_out(r, in.c, height, width);
}

int net_read_same(struct net_reader *r)
{
    struct net_shape in = r->layer->in = net_previous(r);
    r->flat[r->index] = r->index == 0 ? r->input_flat : r->flat[r->index - 1];
    return net_set_out(r, in.c, in.h, in.w);
}

int net_read_activation(struct net_reader *r)
{
    return net_value_act(r, NET_LINEAR, &r->layer->act) < 0 ? -1 : net_read_same(r);
}

int net_read_softmax(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    bool spatial;
    if (net_read_same(r) < 0 || net_value_int(r, "groups", 1, 1, INT32_MAX, &l->groups) < 0 ||
        net_value_float(r, "temperature", 1, &l->temperature) < 0 ||
        net_value_flag(r, "spatial", &spatial) < 0)
        return -1;
    int64_t scores = net_shape_size(l->in);
    if (scores % l->groups != 0)
        return error_at(r->e, r->cfg->path, net_value_line(r, "groups"),
                        "groups=%d does not divide the %lld scores", l->groups, (long long)scores);
    if (!(l->temperature > 0))
        return error_at(r->e, r->cfg->path, net_value_line(r, "temperature"),
                        "temperature=%g (expected more than 0)", (double)l->temperature);
    if (spatial && (l->in.h > 1 || l->in.w > 1))
        return error_at(r->e, r->cfg->path, net_value_line(r, "spatial"),
                        "spatial=1 on %dx%d places is not supported (expected scores of the whole image)",
                        l->in.h, l->in.w);
    const struct cfg_option *tree = cfg_find(r->section, "tree");
    return tree ? net_read_tree(r, tree, scores) : 0;
}
