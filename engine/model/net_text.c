#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/net.h"

struct builder {
    char *text;
    size_t length, room;
};

__attribute__((format(printf, 2, 3))) static void add(struct builder *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t n = (size_t)vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (b->length + n + 1 > b->room) {
        b->room = 2 * (b->length + n + 1);
        b->text = memory_grow(b->text, b->room, 1);
    }
    vsnprintf(b->text + b->length, n + 1, format, again);
    va_end(again);
    b->length += n;
}

static void add_route(struct builder *b, const struct net_layer *l)
{
    for (int i = 0; i < l->inputs_n; i++)
        add(b, "%s%d", i ? "," : "layers=", l->inputs[i]);
    add(b, "\n");
}

/* The pixels of padding go into `padding`: with `pad` Darknet would take size/2. */
static void add_kernel(struct builder *b, const struct net_layer *l)
{
    if (l->batch_normalize)
        add(b, "batch_normalize=1\n");
    add(b, "filters=%d\nsize=%d\nstride=%d\npadding=%d\n", l->filters, l->size, l->stride, l->pad);
    if (l->groups > 1)
        add(b, "groups=%d\n", l->groups);
    add(b, "activation=%s\n", net_act_name(l->act));
}

static void add_values(struct builder *b, const struct net_layer *l)
{
    switch (l->kind) {
    case NET_CONVOLUTIONAL:
    case NET_DECONVOLUTIONAL:
        add_kernel(b, l);
        break;
    case NET_MAXPOOL:
        add(b, "size=%d\nstride=%d\npadding=%d\n", l->size, l->stride, l->pad);
        break;
    case NET_CONNECTED:
        add(b, "%soutput=%d\nactivation=%s\n", l->batch_normalize ? "batch_normalize=1\n" : "", l->filters,
            net_act_name(l->act));
        break;
    case NET_SHORTCUT:
        add(b, "from=%d\nalpha=%.9g\nbeta=%.9g\nactivation=%s\n", l->inputs[1], (double)l->alpha,
            (double)l->beta, net_act_name(l->act));
        break;
    case NET_ROUTE:
        add_route(b, l);
        break;
    case NET_UPSAMPLE:
        add(b, "stride=%d\nscale=%.9g\n", l->stride, (double)l->scale);
        break;
    case NET_REORG:
        add(b, "stride=%d\nreverse=%d\nflatten=%d\nextra=%d\n", l->stride, l->reverse, l->flatten, l->extra);
        break;
    case NET_CROP:
        add(b, "crop_height=%d\ncrop_width=%d\nnoadjust=%d\n", l->out.h, l->out.w, l->noadjust);
        break;
    case NET_ACTIVATION:
        add(b, "activation=%s\n", net_act_name(l->act));
        break;
    case NET_SOFTMAX:
        add(b, "groups=%d\ntemperature=%.9g\n", l->groups, (double)l->temperature);
        if (l->tree)
            add(b, "tree=%s\n", l->tree);
        break;
    case NET_AVGPOOL:
    case NET_BATCHNORM:
    case NET_DROPOUT:
    case NET_COST:
    case NET_KINDS:
        break;
    }
}

/* A network of `inputs=N` is written as N channels of one pixel: the same to every layer that takes a
 * plain vector. */
char *net_normalised(const struct net *net)
{
    struct builder b = {0};
    add(&b, "[net]\nbatch=1\nsubdivisions=1\nheight=%d\nwidth=%d\nchannels=%d\n", net->in.h, net->in.w,
        net->in.c);
    for (int i = 0; i < net->layers_n; i++) {
        const struct net_layer *l = &net->layers[i];
        /* Darknet's dropout passes on the output of the layer before it, which a first layer lacks. */
        bool lone_dropout = l->kind == NET_DROPOUT && i == 0;
        if (lone_dropout) {
            add(&b, "\n[activation]\nactivation=linear\n");
            continue;
        }
        add(&b, "\n[%s]\n", net_kind_name(l->kind));
        add_values(&b, l);
    }
    return b.text;
}
