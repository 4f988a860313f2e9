/* What crosses a cut: read from a graph as plain numbers, and put back. */
#include "graph/graph_parts.h"

#include <string.h>

/* From so many numbers on, several threads move an image. */
enum { SHARED_NUMBERS = 1 << 14 };

/* How many real channels a block has; the last one may have padding. */
static int block_channels(struct tensor t, int block)
{
    int left = t.c - block * t.block;
    return left < t.block ? left : t.block;
}

static size_t slot_offset(const struct node *node, int slot)
{
    return (size_t)slot * tensor_numbers(node->out);
}

static bool graph_cut_is_plain(struct tensor t)
{
    return t.block == 1 && t.type == NUMBER_F32;
}

void graph_get(const struct graph *graph, int layer, int slot, float *out)
{
    const struct node *node = &graph->nodes[layer];
    const struct tensor t = node->out;
    const void *y = number_in(t.type, node->y, slot_offset(node, slot));
    size_t pixels = tensor_pixels(t), block = (size_t)t.block;
    if (graph_cut_is_plain(t)) {
        memcpy(out, y, tensor_numbers(t) * sizeof *out);
        return;
    }
#pragma omp parallel for schedule(static) if (tensor_numbers(t) >= SHARED_NUMBERS)
    for (int b = 0; b < tensor_blocks(t); b++) {
        size_t channels = (size_t)block_channels(t, b), at = (size_t)b * pixels * block;
        for (size_t k = 0; k < channels; k++)
            for (size_t p = 0; p < pixels; p++)
                out[at + k * pixels + p] = number_get(t.type, y, at + p * block + k);
    }
}

void graph_pack(struct tensor t, const float *in, void *out)
{
    size_t pixels = tensor_pixels(t), block = (size_t)t.block;
    if (graph_cut_is_plain(t)) {
        memcpy(out, in, tensor_numbers(t) * sizeof *in);
        return;
    }
#pragma omp parallel for schedule(static) if (tensor_numbers(t) >= SHARED_NUMBERS)
    for (int b = 0; b < tensor_blocks(t); b++) {
        size_t channels = (size_t)block_channels(t, b), at = (size_t)b * pixels * block;
        for (size_t k = 0; k < channels; k++)
            for (size_t p = 0; p < pixels; p++)
                number_put(t.type, out, at + p * block + k, in[at + k * pixels + p]);
    }
}

void graph_put(struct graph *graph, int layer, int slot, const float *in)
{
    const struct node *node = &graph->nodes[layer];
    graph_pack(node->out, in, number_at(node->out.type, node->y, slot_offset(node, slot)));
}

float *graph_cut_numbers(const struct graph *graph, int layer, int slot, size_t *n)
{
    const struct node *node = &graph->nodes[layer];
    *n = tensor_numbers(node->out);
    return node->out.type == NUMBER_F32 ? (float *)node->y + slot_offset(node, slot) : NULL;
}

int64_t graph_cut_most(struct net_shape shape)
{
    enum { BLOCK_MOST = 16 };
    return net_shape_size(shape) / shape.c * (((int64_t)shape.c + BLOCK_MOST - 1) / BLOCK_MOST * BLOCK_MOST);
}
