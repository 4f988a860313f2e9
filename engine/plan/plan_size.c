/* How much memory a plan needs, told before anything is loaded. An upper estimate: which algorithm runs a
 * layer is not known yet, so the one with the larger weights is counted. */
#include <inttypes.h>
#include <stdio.h>

#include "plan/choose.h"
#include "plan/plan_parts.h"

#define MEGABYTE ((int64_t)1 << 20)

/* The process with its libraries, their tables and its stacks, before there is a network. */
#define BASE_BYTES (100 * MEGABYTE)
/* Where memory is no object: a larger batch is faster, but less and less so. */
#define AIM_BYTES (1900 * MEGABYTE)
enum { BATCH_MOST = 32 };
/* Winograd transforms each 3x3 of the weights into 6x6 numbers, and 4x4 pixels into as many. */
enum { WINOGRAD_GROWTH = 4, WINOGRAD_TILE = 4, WINOGRAD_NUMBERS = 36 };

/* ---- What the machine has ----------------------------------------------------------------------- */

/* Bytes that can be had without swapping, or -1 where the system does not tell. */
static int64_t available_bytes(void)
{
    FILE *f = fopen("/proc/meminfo", "r");
    int64_t kilobytes = -1;
    char line[128];
    while (f && kilobytes < 0 && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %" SCNd64, &kilobytes) != 1)
            kilobytes = -1;
    if (f)
        fclose(f);
    return kilobytes < 0 ? -1 : kilobytes * 1024;
}

static int64_t allowed_bytes(const struct plan_options *options)
{
    if (options->memory > 0)
        return options->memory;
    int64_t available = available_bytes();
    return available < 0 ? INT64_MAX : available / 10 * 9;
}

/* ---- What the plan needs ------------------------------------------------------------------------ */

static int64_t rounded(int64_t channels)
{
    return (channels + 15) / 16 * 16; /* packed weights are padded to whole blocks */
}

static bool may_be_winograd(const struct node *node, const struct plan_options *options)
{
    const struct net_layer *l = node->layer;
    if (l->kind != NET_CONVOLUTIONAL || options->algorithms == PLAN_EXACT || l->in.c < 16)
        return false;
    const struct onednn_layer geometry = node_geometry(node);
    return choose_may_differ(&geometry);
}

/* A Winograd convolution may keep all transformed pixels of its input and its output at once. */
static int64_t scratch_bytes(const struct node *node, const struct plan_options *options)
{
    const struct net_layer *l = node->layer;
    if (!may_be_winograd(node, options))
        return 0;
    int64_t tiles = (int64_t)((l->out.h + WINOGRAD_TILE - 1) / WINOGRAD_TILE) *
                    ((l->out.w + WINOGRAD_TILE - 1) / WINOGRAD_TILE);
    return tiles * WINOGRAD_NUMBERS * (rounded(l->in.c) + rounded(l->out.c)) * (int64_t)sizeof(float);
}

/* Of the packed copies of a layer's weights, for both passes. */
static int64_t packed_bytes(const struct node *node, const struct plan_options *options)
{
    const struct net_layer *l = node->layer;
    if (l->kind == NET_CONNECTED)
        return net_shape_size(l->in) * rounded(l->out.c) * (int64_t)sizeof(float); /* both passes share it */
    if (l->kind != NET_CONVOLUTIONAL && l->kind != NET_DECONVOLUTIONAL)
        return 0;
    int groups = l->kind == NET_CONVOLUTIONAL ? l->groups : 1;
    int64_t one = groups * rounded(l->out.c / groups) * rounded(l->in.c / groups) * l->size * l->size *
                  (int64_t)sizeof(float);
    return 2 * one * (may_be_winograd(node, options) ? WINOGRAD_GROWTH : 1);
}

struct need {
    int64_t loading;   /* the most that is held while the layers are packed */
    int64_t packed;    /* weights, for good */
    int64_t per_image; /* buffers */
};

static struct need need_of(struct plan *plan, const struct plan_options *options)
{
    struct need need = {0, 0, 0};
    int64_t unpacked = 0, scratch = 0;
    for (int l = 0; l < plan->net->layers_n; l++)
        unpacked += plan->net->layers[l].params * (int64_t)sizeof(float);
    for (int l = plan->net->layers_n - 1; l >= 0; l--) { /* in the order of make_ops */
        const struct node *node = &plan->nodes[l];
        int64_t own = node->layer->params * (int64_t)sizeof(float);
        need.packed += node->on_path ? packed_bytes(node, options) : 0;
        int64_t now = unpacked + need.packed + (node->layer->batch_normalize ? own : 0);
        need.loading = now > need.loading ? now : need.loading;
        unpacked -= own;
        int64_t room = node->on_path ? scratch_bytes(node, options) : 0;
        scratch = room > scratch ? room : scratch;
        if (node->on_path && node->layer->kind == NET_MAXPOOL) /* the winners: at most an int each */
            need.per_image += (int64_t)tensor_floats(node->out) * 4;
    }
    plan->batch = 1;
    need.per_image += scratch + (int64_t)plan_lay_out(plan);
    /* Images that are decoded ahead. */
    need.per_image += 3 * net_shape_size(plan->net->in) * (int64_t)sizeof(float);
    return need;
}

static int64_t total(const struct need *need, int batch)
{
    int64_t running = need->packed + batch * need->per_image;
    return BASE_BYTES + (running > need->loading ? running : need->loading);
}

int plan_size(const struct net *net, const struct plan_options *options, int *batch, struct error *e)
{
    struct plan *outline = plan_outline(net, options);
    const struct need need = need_of(outline, options);
    int asked = options->batch > 0 ? options->batch : options->recipe ? options->recipe->batch : 0;
    int64_t allowed = allowed_bytes(options), aim = allowed < AIM_BYTES ? allowed : AIM_BYTES;
    plan_free(outline);
    *batch = asked ? asked : BATCH_MOST;
    while (!asked && *batch > 1 && total(&need, *batch) > aim)
        --*batch;
    if (total(&need, *batch) <= allowed)
        return 0;
    return error_at(
        e, net->path, 0,
        "needs %" PRId64 " MB of memory with a batch of %d (allowed: %" PRId64 " MB; see --memory%s)",
        total(&need, *batch) / MEGABYTE, *batch, allowed / MEGABYTE, *batch > 1 ? " and --batch" : "");
}
