#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "net/activations.h"
#include "net/net_reader.h"

int net_value_line(const struct net_reader *r, const char *key)
{
    const struct cfg_option *o = cfg_find(r->section, key);
    return o ? o->line : r->section->line;
}

int net_value_int(struct net_reader *r, const char *key, int fallback, int min, int max, int *value)
{
    const struct cfg_option *o = cfg_find(r->section, key);
    *value = fallback;
    if (!o)
        return 0;
    long v;
    char q[CFG_QUOTED];
    if (!text_to_long(o->value, &v) || v < min || v > max) {
        return error_at(r->e, r->cfg->path, o->line, "%s=%s in [%s] (expected a whole number from %d to %d)",
                        key, cfg_quote(q, o->value), r->section->type, min, max);
    }
    *value = (int)v;
    return 0;
}

int net_value_flag(struct net_reader *r, const char *key, bool *value)
{
    int v;
    if (net_value_int(r, key, 0, 0, 1, &v) < 0)
        return -1;
    *value = v == 1;
    return 0;
}

int net_value_float(struct net_reader *r, const char *key, float fallback, float *value)
{
    const struct cfg_option *o = cfg_find(r->section, key);
    *value = fallback;
    char q[CFG_QUOTED];
    if (o && !text_to_float(o->value, value))
        return error_at(r->e, r->cfg->path, o->line, "%s=%s in [%s] (expected a number)", key,
                        cfg_quote(q, o->value), r->section->type);
    return 0;
}

static int unknown_act(struct net_reader *r, const struct cfg_option *o, const char *quoted)
{
    const char *names[NET_ACTS + 1] = {NULL};
    char list[40 * NET_ACTS] = "";
    for (int i = 0; i < NET_ACTS; i++) {
        names[i] = activations[i].name;
        size_t at = strlen(list);
        snprintf(list + at, sizeof list - at, "%s%s",
                 i == 0             ? ""
                 : i < NET_ACTS - 1 ? ", "
                                    : " or ",
                 names[i]);
    }
    const char *near = strlen(o->value) < 40 ? text_nearest(o->value, names) : NULL;
    if (near)
        return error_at(r->e, r->cfg->path, o->line, "unknown activation %s (did you mean '%s'?)", quoted,
                        near);
    return error_at(r->e, r->cfg->path, o->line, "unknown activation %s (expected %s)", quoted, list);
}

/* This Darknet turns an unknown name into relu, with only a note. */
int net_value_act(struct net_reader *r, enum net_act fallback, enum net_act *value)
{
    static const char *const forks[] = {
        "gelu",
        "revleaky",
        "normalize_channels",
        "norm_chan",
        "normalize_channels_softmax",
        "norm_chan_softmax",
        "normalize_channels_softmax_maxval",
        "norm_chan_softmax_maxval",
        NULL,
    };
    const struct cfg_option *o = cfg_find(r->section, "activation");
    *value = fallback;
    if (!o)
        return 0;
    for (int i = 0; i < NET_ACTS; i++) {
        if (strcmp(o->value, activations[i].name) == 0) {
            *value = (enum net_act)i;
            return 0;
        }
    }
    char q[CFG_QUOTED];
    cfg_quote(q, o->value);
    for (int i = 0; forks[i]; i++)
        if (strcmp(o->value, forks[i]) == 0)
            return error_at(r->e, r->cfg->path, o->line,
                            "activation %s belongs to newer forks of Darknet and is not supported", q);
    return unknown_act(r, o, q);
}

int net_fail(struct net_reader *r, const char *format, ...)
{
    char what[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return error_at(r->e, r->cfg->path, r->section->line, "%s", what);
}

const char *net_describe(char out[CFG_QUOTED], const struct net *net, int layer)
{
    if (layer == NET_INPUT) {
        snprintf(out, CFG_QUOTED, "the input (%dx%dx%d)", net->in.c, net->in.h, net->in.w);
    } else {
        const struct net_layer *l = &net->layers[layer];
        snprintf(out, CFG_QUOTED, "layer %d (%s, %dx%dx%d)", layer, net_kind_name(l->kind), l->out.c,
                 l->out.h, l->out.w);
    }
    return out;
}

struct net_shape net_previous(const struct net_reader *r)
{
    return r->index == 0 ? r->net->in : r->net->layers[r->index - 1].out;
}

int net_need_image(struct net_reader *r)
{
    if (!(r->index == 0 ? r->input_flat : r->flat[r->index - 1]))
        return 0;
    char before[CFG_QUOTED];
    return net_fail(r, "[%s] needs an image, but %s is a plain vector (expected width, height and channels)",
                    r->section->type, net_describe(before, r->net, r->index - 1));
}

int net_set_out(struct net_reader *r, int64_t c, int64_t h, int64_t w)
{
    if (c < 1 || h < 1 || w < 1)
        return net_fail(r, "[%s] would make %lldx%lldx%lld numbers (expected at least 1x1x1)",
                        r->section->type, (long long)c, (long long)h, (long long)w);
    if (net_times(net_times(c, h), w) > NET_TENSOR_MAX)
        return net_fail(r, "[%s] would make %lldx%lldx%lld numbers (expected at most %d)", r->section->type,
                        (long long)c, (long long)h, (long long)w, NET_TENSOR_MAX);
    r->layer->out = (struct net_shape){(int)c, (int)h, (int)w};
    return 0;
}

int64_t net_times(int64_t a, int64_t b)
{
    int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

int net_set_cost(struct net_reader *r, int64_t weights, int64_t vectors, int64_t vector, int64_t macs)
{
    if (weights > NET_TENSOR_MAX)
        return net_fail(r, "[%s] has %lld weights (expected at most %d)", r->section->type,
                        (long long)weights, NET_TENSOR_MAX);
    r->layer->params = weights + vectors * vector;
    r->layer->macs = macs;
    return 0;
}
