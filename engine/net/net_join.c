#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "net/net_reader.h"

/* One layer number of `from` or `layers`: negative ones count back from this layer. */
static int net_join_resolve(struct net_reader *r, const struct cfg_option *o, const char *text, int *layer)
{
    char q[CFG_QUOTED];
    long n;
    if (!text_to_long(text, &n))
        return error_at(r->e, r->cfg->path, o->line, "%s=%s in [%s] (expected %s)", o->key,
                        cfg_quote(q, o->value), r->section->type,
                        r->layer->kind == NET_ROUTE ? "layer numbers with commas between them"
                                                    : "one layer number");
    long absolute = n < 0 ? (n < -r->index ? -1 : r->index + n) : n;
    if (absolute < 0 || absolute >= r->index) {
        if (r->index == 0)
            return error_at(r->e, r->cfg->path, o->line,
                            "[%s] is the first layer (expected an earlier one for %s to read)",
                            r->section->type, o->key);
        return error_at(r->e, r->cfg->path, o->line,
                        "%s=%ld at layer %d names no earlier layer (expected %d to -1 or 0 "
                        "to %d)",
                        o->key, n, r->index, -r->index, r->index - 1);
    }
    *layer = (int)absolute;
    char which[CFG_QUOTED];
    if (r->flat[*layer])
        return error_at(r->e, r->cfg->path, o->line, "%s reads %s, a plain vector (expected an image)",
                        o->key, net_describe(which, r->net, *layer));
    return 0;
}

/* Darknet asserts that both sides grow or shrink by the same integer factor. */
static int check_overlap(struct net_reader *r, int from)
{
    struct net_shape a = r->layer->in, b = r->net->layers[from].out;
    if (b.w / a.w == b.h / a.h && a.w / b.w == a.h / b.h)
        return 0;
    char x[CFG_QUOTED], y[CFG_QUOTED];
    return net_fail(r, "cannot add %s to %s (expected heights and widths in the same ratio)",
                    net_describe(x, r->net, from), net_describe(y, r->net, r->index - 1));
}

/* Layer `from` besides the one before; `what` is done with it. */
static int net_join_read_from(struct net_reader *r, const char *what)
{
    struct net_layer *l = r->layer;
    const struct cfg_option *o = cfg_find(r->section, "from");
    int from;
    if (!o)
        return net_fail(r, "[%s] without from (expected the number of a layer to %s)", r->section->type,
                        what);
    if (net_join_resolve(r, o, o->value, &from) < 0 || net_value_act(r, NET_LINEAR, &l->act) < 0 ||
        net_need_image(r) < 0)
        return -1;
    l->in = net_previous(r);
    l->inputs = memory_grow(l->inputs, 2, sizeof *l->inputs);
    l->inputs[0] = r->index - 1;
    l->inputs[1] = from;
    l->inputs_n = 2;
    return 0;
}

int net_read_shortcut(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    if (net_join_read_from(r, "add") < 0 || net_value_float(r, "alpha", 1, &l->alpha) < 0 ||
        net_value_float(r, "beta", 1, &l->beta) < 0 || check_overlap(r, l->inputs[1]) < 0)
        return -1;
    return net_set_out(r, l->in.c, l->in.h, l->in.w);
}

/* ---- Gates: the layer before is multiplied with another ------------------------------------------- */

static int refuse_gate(struct net_reader *r, const char *expected)
{
    char gate[CFG_QUOTED], map[CFG_QUOTED];
    return net_fail(r, "[%s]: %s cannot be the gate of %s (expected %s)", r->section->type,
                    net_describe(gate, r->net, r->index - 1), net_describe(map, r->net, r->layer->inputs[1]),
                    expected);
}

static int read_gate(struct net_reader *r, struct net_shape *map)
{
    if (net_join_read_from(r, "multiply") < 0)
        return -1;
    *map = r->net->layers[r->layer->inputs[1]].out;
    return net_set_out(r, map->c, map->h, map->w);
}

/* Squeeze and excite (Hu et al. 2018): a factor for each channel, or with scale_wh for each pixel. */
int net_read_scale_channels(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    struct net_shape map;
    if (net_value_flag(r, "scale_wh", &l->by_pixel) < 0 || read_gate(r, &map) < 0)
        return -1;
    if (l->by_pixel && (l->in.c != 1 || l->in.h != map.h || l->in.w != map.w))
        return refuse_gate(r, "with scale_wh=1 one channel, and the same height and width");
    if (!l->by_pixel && (l->in.c != map.c || l->in.h != 1 || l->in.w != 1))
        return refuse_gate(r, "one pixel, and as many channels");
    return 0;
}

/* Spatial attention of Woo et al. 2018, as the fork has it: a factor for each number. */
int net_read_sam(struct net_reader *r)
{
    const struct net_layer *l = r->layer;
    struct net_shape map;
    if (read_gate(r, &map) < 0)
        return -1;
    return l->in.c == map.c && l->in.h == map.h && l->in.w == map.w ? 0 : refuse_gate(r, "the same shape");
}

/* ---- Route ------------------------------------------------------------------------------------------ */

static int read_route_list(struct net_reader *r, const struct cfg_option *o)
{
    struct net_layer *l = r->layer;
    int n = 1;
    for (const char *p = o->value; *p; p++)
        n += *p == ',';
    if (n > CFG_SECTIONS_MAX)
        return error_at(r->e, r->cfg->path, o->line, "layers names %d layers (expected at most %d)", n,
                        CFG_SECTIONS_MAX);
    l->inputs = memory_grow(l->inputs, (size_t)n, sizeof *l->inputs);
    l->inputs_n = 0;
    char *list = memory_copy(o->value), *rest = list;
    int status = 0;
    for (char *item = strsep(&rest, ","); item && status == 0; item = strsep(&rest, ","))
        status = net_join_resolve(r, o, item, &l->inputs[l->inputs_n++]);
    free(list);
    return status;
}

/* The parts of a route: each tensor gives the channels of one of `groups` equal parts. */
static int read_route_parts(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    if (net_value_int(r, "groups", 1, 1, 1 << 24, &l->groups) < 0 ||
        net_value_int(r, "group_id", 0, 0, l->groups - 1, &l->group_id) < 0)
        return -1;
    for (int i = 0; i < l->inputs_n; i++) {
        char which[CFG_QUOTED];
        if (r->net->layers[l->inputs[i]].out.c % l->groups != 0)
            return error_at(r->e, r->cfg->path, net_value_line(r, "groups"),
                            "groups=%d does not divide the channels of %s", l->groups,
                            net_describe(which, r->net, l->inputs[i]));
    }
    return 0;
}

int net_read_route(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    const struct cfg_option *o = cfg_find(r->section, "layers");
    if (!o)
        return net_fail(r, "[route] without layers (expected the numbers of layers to join)");
    if (read_route_list(r, o) < 0 || read_route_parts(r) < 0)
        return -1;
    struct net_shape first = r->net->layers[l->inputs[0]].out;
    int64_t c = first.c;
    for (int i = 1; i < l->inputs_n; i++) {
        struct net_shape next = r->net->layers[l->inputs[i]].out;
        char a[CFG_QUOTED], b[CFG_QUOTED];
        if (next.h != first.h || next.w != first.w)
            return error_at(r->e, r->cfg->path, o->line,
                            "cannot join %s and %s (expected equal heights and widths)",
                            net_describe(a, r->net, l->inputs[0]), net_describe(b, r->net, l->inputs[i]));
        c += next.c;
    }
    if (net_set_out(r, c / l->groups, first.h, first.w) < 0)
        return -1;
    l->in = l->out;
    return 0;
}
