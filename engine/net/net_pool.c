#include "net/net_reader.h"

/* Darknet's pools: `padding` is the total, pad/2 of it above and left. A window wholly in the padding would
 * give -FLT_MAX, or 0/0. With a blur the window itself steps by one pixel. */
static int check_pool_side(struct net_reader *r, int in, int step, const char *side)
{
    const struct net_layer *l = r->layer;
    int64_t capacity = (int64_t)in + l->pad - l->size;
    if (capacity < 0)
        return net_fail(r, "a window of %d is larger than the padded %s of %lld", l->size, side,
                        (long long)in + l->pad);
    int64_t first_end = -(int64_t)(l->pad / 2) + l->size;
    int64_t last_start = -(int64_t)(l->pad / 2) + capacity / step * step;
    if (first_end < 1 || last_start >= in)
        return net_fail(
            r, "with size=%d, stride=%d, padding=%d on a %s of %d a window lies wholly in the padding",
            l->size, step, l->pad, side, in);
    return 0;
}

static int read_pool(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    int stride;
    if (net_value_int(r, "stride", 1, 1, NET_SIDE_MAX, &stride) < 0 || net_read_strides(r) < 0 ||
        net_value_int(r, "size", stride, 1, NET_SIDE_MAX, &l->size) < 0 ||
        net_value_int(r, "padding", l->size - 1, 0, NET_SIDE_MAX, &l->pad) < 0 || net_need_image(r) < 0)
        return -1;
    struct net_shape in = l->in = net_previous(r);
    if (check_pool_side(r, in.h, l->blur ? 1 : l->stride, "height") < 0 ||
        check_pool_side(r, in.w, l->blur ? 1 : l->stride_x, "width") < 0)
        return -1;
    return net_step(r, in.c, (int64_t)in.h + l->pad - l->size + 1, (int64_t)in.w + l->pad - l->size + 1);
}

int net_read_maxpool(struct net_reader *r)
{
    return net_read_blur(r) < 0 ? -1 : read_pool(r);
}

/* The mean of the pixels of the image in the window: padding does not count. */
int net_read_local_avgpool(struct net_reader *r)
{
    return read_pool(r);
}
