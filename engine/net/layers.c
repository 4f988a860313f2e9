#include "net/layers.h"

#include <assert.h>

#include "net/net_reader.h"

/* ---- Keys for Darknet --------------------------------------------------------------------------- */

static void write_route(FILE *out, const struct net_layer *l)
{
    for (int i = 0; i < l->inputs_n; i++)
        fprintf(out, "%s%d", i ? "," : "layers=", l->inputs[i]);
    fputc('\n', out);
    if (l->groups > 1)
        fprintf(out, "groups=%d\ngroup_id=%d\n", l->groups, l->group_id);
}

/* Keys of the forks, where they say anything. */
static void write_steps(FILE *out, const struct net_layer *l)
{
    if (l->stride_x != l->stride)
        fprintf(out, "stride_x=%d\nstride_y=%d\n", l->stride_x, l->stride);
    if (l->dilation > 1)
        fprintf(out, "dilation=%d\n", l->dilation);
    if (l->blur)
        fprintf(out, "antialiasing=%d\n", l->blur == 2 ? 2 : 1);
}

/* The pixels of padding go into `padding`: with `pad` Darknet would take size/2. */
static void write_kernel(FILE *out, const struct net_layer *l)
{
    if (l->batch_normalize)
        fprintf(out, "batch_normalize=1\n");
    if (l->kind != NET_DEPTHWISE)
        fprintf(out, "filters=%d\n", l->filters);
    fprintf(out, "size=%d\nstride=%d\npadding=%d\n", l->size, l->stride, l->pad);
    if (l->groups > 1 && l->kind != NET_DEPTHWISE)
        fprintf(out, "groups=%d\n", l->groups);
    write_steps(out, l);
    fprintf(out, "activation=%s\n", net_act_name(l->act));
}

static void write_pool(FILE *out, const struct net_layer *l)
{
    fprintf(out, "size=%d\nstride=%d\npadding=%d\n", l->size, l->stride, l->pad);
    write_steps(out, l);
}

static void write_connected(FILE *out, const struct net_layer *l)
{
    fprintf(out, "%soutput=%d\nactivation=%s\n", l->batch_normalize ? "batch_normalize=1\n" : "", l->filters,
            net_act_name(l->act));
}

static void write_shortcut(FILE *out, const struct net_layer *l)
{
    fprintf(out, "from=%d\nalpha=%.9g\nbeta=%.9g\nactivation=%s\n", l->inputs[1], (double)l->alpha,
            (double)l->beta, net_act_name(l->act));
}

static void write_gate(FILE *out, const struct net_layer *l)
{
    fprintf(out, "from=%d\n%sactivation=%s\n", l->inputs[1], l->by_pixel ? "scale_wh=1\n" : "",
            net_act_name(l->act));
}

static void write_upsample(FILE *out, const struct net_layer *l)
{
    fprintf(out, "stride=%d\nscale=%.9g\n", l->stride, (double)l->scale);
}

static void write_reorg(FILE *out, const struct net_layer *l)
{
    fprintf(out, "stride=%d\nreverse=%d\nflatten=%d\nextra=%d\n", l->stride, l->reverse, l->flatten,
            l->extra);
}

static void write_crop(FILE *out, const struct net_layer *l)
{
    fprintf(out, "crop_height=%d\ncrop_width=%d\nnoadjust=%d\n", l->out.h, l->out.w, l->noadjust);
}

static void write_activation(FILE *out, const struct net_layer *l)
{
    fprintf(out, "activation=%s\n", net_act_name(l->act));
}

static void write_softmax(FILE *out, const struct net_layer *l)
{
    fprintf(out, "groups=%d\ntemperature=%.9g\n", l->groups, (double)l->temperature);
    if (l->tree)
        fprintf(out, "tree=%s\n", l->tree);
}

/* ---- The table ------------------------------------------------------------------------------------- */

/* clang-format off */
const struct layer_kind layer_kinds[] = {
    [NET_CONVOLUTIONAL] = {"convolutional", "conv", "conv", net_read_convolutional, write_kernel,
        LAYER_WEIGHTS_LAST, .convolves = true, .chains = true, .runs = RUNS_ALL},
    [NET_DECONVOLUTIONAL] = {"deconvolutional", "deconv", "deconv", net_read_deconvolutional, write_kernel,
        LAYER_WEIGHTS_LAST, .convolves = true, .stock_crashes = true, .runs = RUNS_STOCK | RUNS_DEPTHWISE},
    [NET_DEPTHWISE] = {"depthwise_convolutional", NULL, "dwconv", net_read_depthwise, write_kernel,
        LAYER_WEIGHTS_LAST, .convolves = true, .chains = true, .runs = RUNS_DEPTHWISE},
    [NET_MAXPOOL] = {"maxpool", "max", "pool", net_read_maxpool, write_pool, .chains = true,
        .runs = RUNS_STOCK | RUNS_FORK}, /* the older ones pad otherwise */
    [NET_LOCAL_AVGPOOL] = {"local_avgpool", "local_avg", "local_avgpool", net_read_local_avgpool, write_pool,
        .chains = true, .runs = RUNS_FORK},
    [NET_AVGPOOL] = {"avgpool", "avg", "avgpool", net_read_avgpool, .classifies = true, .single = true,
        .runs = RUNS_ALL},
    [NET_CONNECTED] = {"connected", "conn", "fc", net_read_connected, write_connected, LAYER_WEIGHTS_FIRST,
        .classifies = true, .runs = RUNS_ALL},
    [NET_BATCHNORM] = {"batchnorm", NULL, "batchnorm", net_read_batchnorm, .weights = LAYER_NORMALISES,
        .chains = true, .stock_crashes = true, .runs = RUNS_ALL},
    [NET_SHORTCUT] = {"shortcut", NULL, "shortcut", net_read_shortcut, write_shortcut,
        .references = "from", .first_reference = 1, .runs = RUNS_STOCK | RUNS_FORK}, /* older: no alpha */
    [NET_ROUTE] = {"route", NULL, "route", net_read_route, write_route, .references = "layers",
        .runs = RUNS_ALL},
    [NET_SCALE_CHANNELS] = {"scale_channels", NULL, "scale", net_read_scale_channels, write_gate,
        .references = "from", .first_reference = 1, .runs = RUNS_FORK},
    [NET_SAM] = {"sam", NULL, "sam", net_read_sam, write_gate, .references = "from", .first_reference = 1,
        .runs = RUNS_FORK},
    [NET_UPSAMPLE] = {"upsample", NULL, "upsample", net_read_upsample, write_upsample,
        .runs = RUNS_STOCK | RUNS_FORK},
    [NET_REORG] = {"reorg", NULL, "reorg", net_read_reorg, write_reorg, .runs = RUNS_ALL},
    [NET_CROP] = {"crop", NULL, "crop", net_read_crop, write_crop, .chains = true, .single = true,
        .runs = RUNS_ALL},
    [NET_ACTIVATION] = {"activation", NULL, "activation", net_read_activation, write_activation,
        .chains = true, .runs = RUNS_ALL},
    [NET_DROPOUT] = {"dropout", NULL, "dropout", net_read_same, .chains = true, .idle = true,
        .runs = RUNS_ALL},
    [NET_SOFTMAX] = {"softmax", "soft", "softmax", net_read_softmax, write_softmax, .single = true,
        .idle = true, .runs = RUNS_ALL},
    [NET_COST] = {"cost", NULL, "cost", net_read_same, .single = true, .idle = true, .runs = RUNS_ALL},
};
/* clang-format on */
static_assert(sizeof layer_kinds / sizeof *layer_kinds == NET_KINDS, "one row a kind");

const char *net_kind_name(enum net_kind kind)
{
    return (int)kind >= 0 && kind < NET_KINDS ? layer_kinds[kind].name : "unknown";
}
