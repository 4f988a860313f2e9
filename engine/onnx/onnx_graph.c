#include "onnx/onnx_graph.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct onnx_graph {
    struct onnx_file *file;
    long opset;
    int64_t batch;
    void *values; /* a tree of struct onnx_value by name */
    struct onnx_op *ops;
    int ops_n, ops_room;
    struct text_list notes;
    int64_t numbers; /* that were computed so far */
};

/* 1 GiB in all: a model of a few bytes could ask for any amount. */
#define NUMBERS_MAX ((int64_t)1 << 27)

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct onnx_value *)a)->name, ((const struct onnx_value *)b)->name);
}

static void free_value(void *value)
{
    free(((struct onnx_value *)value)->folded);
    free(value);
}

struct onnx_graph *onnx_graph_new(struct onnx_file *f)
{
    struct onnx_graph *g = memory_new(1, sizeof *g);
    g->file = f;
    g->batch = 1;
    return g;
}

void onnx_graph_free(struct onnx_graph *g)
{
    if (!g)
        return;
    tdestroy(g->values, free_value);
    for (int i = 0; i < g->ops_n; i++) {
        free(g->ops[i].inputs);
        free(g->ops[i].affine);
    }
    free(g->ops);
    text_list_free(&g->notes);
    free(g);
}

struct onnx_file *onnx_graph_file(const struct onnx_graph *g)
{
    return g->file;
}

long onnx_graph_opset(const struct onnx_graph *g)
{
    return g->opset;
}

int64_t onnx_graph_batch(const struct onnx_graph *g)
{
    return g->batch;
}

void onnx_graph_set_opset(struct onnx_graph *g, long opset)
{
    g->opset = opset;
}

void onnx_graph_set_batch(struct onnx_graph *g, int64_t batch)
{
    g->batch = batch;
}

struct onnx_value *onnx_graph_add(struct onnx_graph *g, const struct onnx_value *v)
{
    struct onnx_value *copy = memory_new(1, sizeof *copy);
    *copy = *v;
    struct onnx_value **found = tsearch(copy, &g->values, by_name);
    if (found && *found == copy)
        return copy;
    free(copy);
    return NULL;
}

struct onnx_value *onnx_graph_find(const struct onnx_graph *g, const char *name)
{
    struct onnx_value key = {.name = name};
    struct onnx_value **found = tfind(&key, &g->values, by_name);
    return found ? *found : NULL;
}

int onnx_graph_add_op(struct onnx_graph *g, const struct onnx_op *op)
{
    if (g->ops_n == g->ops_room) {
        g->ops_room = g->ops_room ? 2 * g->ops_room : 64;
        g->ops = memory_grow(g->ops, (size_t)g->ops_room, sizeof *g->ops);
    }
    struct onnx_op *new = &g->ops[g->ops_n];
    *new = *op;
    new->inputs = memory_new((size_t)op->inputs_n + 1, sizeof *new->inputs);
    if (op->inputs_n)
        memcpy(new->inputs, op->inputs, (size_t)op->inputs_n * sizeof *new->inputs);
    new->into = g->ops_n;
    new->layer = -1;
    return g->ops_n++;
}

struct onnx_op *onnx_graph_op(const struct onnx_graph *g, int number)
{
    return &g->ops[number];
}

int onnx_graph_ops_n(const struct onnx_graph *g)
{
    return g->ops_n;
}

double *onnx_graph_numbers(struct onnx_graph *g, int64_t n)
{
    if (n < 0 || n > NUMBERS_MAX - g->numbers)
        return NULL;
    g->numbers += n;
    return memory_new_try((size_t)n + 1, sizeof(double));
}

struct text_list *onnx_graph_notes(struct onnx_graph *g)
{
    return &g->notes;
}
