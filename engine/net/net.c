#include "net/net.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "net/cfg.h"
#include "net/cfg_keys.h"
#include "net/layers.h"
#include "net/names.h"
#include "net/net_reader.h"

/* [net]: channels, height and width, or `inputs` for a network that takes a plain vector. */
static int read_input(struct net_reader *r)
{
    struct net *net = r->net;
    struct net_shape *in = &net->in;
    int inputs;
    if (net_value_int(r, "channels", 0, 1, NET_SIDE_MAX, &in->c) < 0 ||
        net_value_int(r, "height", 0, 1, NET_SIDE_MAX, &in->h) < 0 ||
        net_value_int(r, "width", 0, 1, NET_SIDE_MAX, &in->w) < 0 ||
        net_value_int(r, "inputs", 0, 1, NET_TENSOR_MAX, &inputs) < 0)
        return -1;
    if (!in->c && !in->h && !in->w && inputs) {
        *in = (struct net_shape){inputs, 1, 1};
        r->input_flat = true;
        return 0;
    }
    if (!in->c || !in->h || !in->w)
        return net_fail(r, "[%s] without %s (expected width, height and channels)", r->section->type,
                        !in->w   ? "width"
                        : !in->h ? "height"
                                 : "channels");
    if (net_shape_size(*in) > NET_TENSOR_MAX)
        return net_fail(r, "an input of %dx%dx%d numbers (expected at most %d)", in->c, in->h, in->w,
                        NET_TENSOR_MAX);
    if (inputs && inputs != net_shape_size(*in))
        return error_at(r->e, r->cfg->path, net_value_line(r, "inputs"),
                        "inputs=%d, but %d channels of %dx%d are %lld numbers", inputs, in->c, in->h, in->w,
                        (long long)net_shape_size(*in));
    return 0;
}

/* Only cost may follow cost (Darknet never fills its output), only cost and dropout may follow softmax. */
static int check_order(struct net_reader *r)
{
    if (r->index == 0)
        return 0;
    enum net_kind kind = r->layer->kind, before = r->net->layers[r->index - 1].kind;
    const struct net_layer *softmax = NULL;
    for (int i = 0; i < r->index && !softmax; i++)
        if (r->net->layers[i].kind == NET_SOFTMAX)
            softmax = &r->net->layers[i];
    if (before == NET_COST && kind != NET_COST)
        return net_fail(r, "[%s] after [cost] (expected nothing after it)", r->section->type);
    if (softmax && kind != NET_COST && kind != NET_DROPOUT)
        return net_fail(r, "[%s] after the [softmax] in line %d (expected softmax at the end)",
                        r->section->type, softmax->line);
    return 0;
}

static int net_read_section(struct net_reader *r, const struct cfg_section *section)
{
    struct net *net = r->net;
    r->section = section;
    int kind = cfg_keys_check(r->cfg, section, r->e);
    if (kind < 0)
        return -1;
    if (kind == CFG_KEYS_NET)
        return net_fail(r, "a second [%s] (expected a layer)", section->type);
    r->index = net->layers_n;
    r->layer = &net->layers[r->index];
    struct net_layer *l = r->layer;
    l->kind = (enum net_kind)kind;
    l->act = NET_LINEAR;
    l->line = section->line;
    l->inputs = memory_new(1, sizeof *l->inputs);
    l->inputs[0] = r->index - 1; /* layer 0 reads layer -1, NET_INPUT */
    l->inputs_n = 1;
    net->layers_n++; /* from here on net_free frees it */
    return check_order(r) < 0 || layer_kinds[l->kind].read(r) < 0 ? -1 : 0;
}

/* The scores: what enters the softmax, else the last layer that is more than a dropout or a cost. */
static int find_score(struct net_reader *r)
{
    struct net *net = r->net;
    const struct net_layer *softmax = NULL;
    for (int i = 0; i < net->layers_n; i++)
        if (net->layers[i].kind == NET_SOFTMAX)
            softmax = &net->layers[i];
    if (softmax) {
        net->score = softmax->inputs[0];
    } else {
        net->score = net->layers_n - 1;
        while (net->score >= 0 &&
               (net->layers[net->score].kind == NET_COST || net->layers[net->score].kind == NET_DROPOUT))
            net->score--;
    }
    if (net->score < 0)
        return error_at(r->e, r->cfg->path, net->layers[0].line,
                        "no layer computes class scores (expected one before [%s])",
                        net_kind_name(net->layers[0].kind));
    net->classes = (int)net_shape_size(net->layers[net->score].out);
    if (net->classes == 1 && !softmax)
        net->classes = 2;
    return 0;
}

static int check_totals(struct net_reader *r)
{
    int64_t params = 0, macs = 0;
    for (int i = 0; i < r->net->layers_n; i++) {
        const struct net_layer *l = &r->net->layers[i];
        params += l->params;
        if (params > NET_PARAMS_MAX)
            return error_at(r->e, r->cfg->path, l->line,
                            "more than %lld parameters up to here (expected fewer)",
                            (long long)NET_PARAMS_MAX);
        if (l->macs > NET_MACS_MAX - macs)
            return error_at(r->e, r->cfg->path, l->line,
                            "more than %lld multiply-adds up to here (expected fewer)",
                            (long long)NET_MACS_MAX);
        macs += l->macs;
    }
    return 0;
}

static int read_net(struct net_reader *r)
{
    struct cfg *cfg = r->cfg;
    r->section = &cfg->sections[0];
    char q[CFG_QUOTED];
    const char *type = r->section->type;
    if (strcmp(type, "net") != 0 && strcmp(type, "network") != 0)
        return net_fail(r, "the first section is %s (expected [net])", cfg_quote(q, type));
    if (cfg_keys_check(cfg, r->section, r->e) < 0 || read_input(r) < 0)
        return -1;
    if (cfg->sections_n == 1)
        return net_fail(r, "has no layers (expected some after [%s])", type);
    for (int i = 1; i < cfg->sections_n; i++)
        if (net_read_section(r, &cfg->sections[i]) < 0)
            return -1;
    return find_score(r) < 0 || check_totals(r) < 0 || net_read_inserted(r) < 0 ? -1 : 0;
}

struct net *net_parse(const char *text, size_t length, const char *path, struct error *e)
{
    struct cfg *cfg = cfg_parse(text, length, path, e);
    if (!cfg)
        return NULL;
    struct net *net = memory_new(1, sizeof *net);
    net->path = memory_copy(path);
    net->layers = memory_new((size_t)cfg->sections_n, sizeof *net->layers);
    struct net_reader r = {.cfg = cfg, .net = net, .e = e};
    r.flat = memory_new((size_t)cfg->sections_n, sizeof *r.flat);
    int status = read_net(&r);
    free(r.flat);

    net->warnings = cfg->warnings;
    net->warnings_n = cfg->warnings_n;
    cfg->warnings = NULL;
    cfg->warnings_n = 0;
    cfg_free(cfg);
    if (status < 0) {
        net_free(net);
        return NULL;
    }
    names_assign(net);
    return net;
}

static bool is_onnx(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, ".onnx") == 0;
}

struct net *net_read(const char *path, struct error *e)
{
    size_t length;
    if (is_onnx(path)) {
        error_at(e, path, 0, "is an ONNX model (expected a cfg, as isplit import makes of it)");
        return NULL;
    }
    char *text = file_read(path, CFG_BYTES_MAX, &length, e);
    if (!text)
        return NULL;
    struct net *net = net_parse(text, length, path, e);
    free(text);
    return net;
}

bool net_score_is_before_activation(const struct net *net)
{
    return net->score == net->layers_n - 1 || net->layers[net->score + 1].kind != NET_SOFTMAX;
}

void net_free(struct net *net)
{
    if (!net)
        return;
    for (int i = 0; i < net->layers_n; i++) {
        free(net->layers[i].inputs);
        free(net->layers[i].tree);
    }
    for (int i = 0; i < net->warnings_n; i++)
        free(net->warnings[i]);
    free(net->layers);
    free(net->warnings);
    free(net->path);
    free(net);
}
