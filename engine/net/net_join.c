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

int net_read_shortcut(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    const struct cfg_option *o = cfg_find(r->section, "from");
    int from;
    if (!o)
        return net_fail(r, "[shortcut] without from (expected the number of a layer to add)");
    if (net_join_resolve(r, o, o->value, &from) < 0 || net_value_float(r, "alpha", 1, &l->alpha) < 0 ||
        net_value_float(r, "beta", 1, &l->beta) < 0 || net_value_act(r, NET_LINEAR, &l->act) < 0 ||
        net_need_image(r) < 0)
        return -1;
    l->in = net_previous(r);
    if (check_overlap(r, from) < 0)
        return -1;
    l->inputs = memory_grow(l->inputs, 2, sizeof *l->inputs);
    l->inputs[0] = r->index - 1;
    l->inputs[1] = from;
    l->inputs_n = 2;
    return net_set_out(r, l->in.c, l->in.h, l->in.w);
}

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

int net_read_route(struct net_reader *r)
{
    struct net_layer *l = r->layer;
    const struct cfg_option *o = cfg_find(r->section, "layers");
    if (!o)
        return net_fail(r, "[route] without layers (expected the numbers of layers to join)");
    if (read_route_list(r, o) < 0)
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
    if (net_set_out(r, c, first.h, first.w) < 0)
        return -1;
    l->in = l->out;
    return 0;
}
