#include "onnx/onnx_merge.h"

#include <math.h>
#include <string.h>

int onnx_merge_root(const struct onnx_graph *g, int number)
{
    while (onnx_graph_op(g, number)->into != number)
        number = onnx_graph_op(g, number)->into;
    return number;
}

/* From the output back: an operation reads only earlier ones. */
static void count_uses(struct onnx_graph *g, int output)
{
    onnx_graph_op(g, output)->uses = 1;
    for (int i = output; i >= 0; i--) {
        const struct onnx_op *op = onnx_graph_op(g, i);
        for (int k = 0; op->uses && k < op->inputs_n; k++)
            onnx_graph_op(g, op->inputs[k])->uses++;
    }
}

/* The second of two after the first, into the first: y = scale2 * y1 + shift2. */
static void compose(struct onnx_op *first, const struct onnx_op *second)
{
    int c = first->out.c;
    for (int i = 0; i < c; i++) {
        double deviation = sqrt(second->affine[ONNX_VARIANCE * c + i]) + 1e-6;
        double scale = second->affine[ONNX_SCALES * c + i] / deviation;
        double shift = second->affine[ONNX_SHIFT * c + i] - second->affine[ONNX_MEAN * c + i] * scale;
        first->affine[ONNX_SHIFT * c + i] = first->affine[ONNX_SHIFT * c + i] * scale + shift;
        first->affine[ONNX_SCALES * c + i] *= scale;
    }
}

/* softplus is no activation of Darknet: it stays where its own node can be named. */
static bool takes_act(const struct onnx_op *to, const char *act)
{
    return !to->act && strcmp(act, ONNX_SOFTPLUS) != 0 &&
           (to->kind == ONNX_CONV || to->kind == ONNX_CONNECTED || to->kind == ONNX_ADD);
}

/* A normalisation of the input can be said as mean and deviation where none of its factors is 0. */
static bool takes_affine(const struct onnx_op *to, const struct onnx_op *op)
{
    if (to->kind == ONNX_AFFINE)
        return to->out.c == op->out.c;
    if (to->kind == ONNX_CONV || to->kind == ONNX_CONNECTED)
        return !to->act;
    if (to->kind != ONNX_INPUT || (op->out.c != 1 && op->out.c != 3))
        return false;
    for (int i = 0; i < op->out.c; i++)
        if (!(op->affine[ONNX_SCALES * op->out.c + i] > 0)) /* --std takes no negative number either */
            return false;
    return true;
}

static void onnx_merge_one(struct onnx_graph *g, int number)
{
    struct onnx_op *op = onnx_graph_op(g, number);
    if (!op->uses || op->inputs_n != 1 || (op->kind != ONNX_ACT && op->kind != ONNX_AFFINE))
        return;
    int root = onnx_merge_root(g, op->inputs[0]);
    struct onnx_op *to = onnx_graph_op(g, root);
    if (onnx_graph_op(g, op->inputs[0])->uses != 1)
        return;
    if (op->kind == ONNX_ACT && takes_act(to, op->act)) {
        to->act = op->act;
        op->into = root;
    } else if (op->kind == ONNX_AFFINE && takes_affine(to, op)) {
        op->into = root;
        if (to->affine) {
            compose(to, op);
        } else {
            to->affine = op->affine;
            op->affine = NULL;
            to->given = op->given;
        }
    }
}

void onnx_merge(struct onnx_graph *g, int output)
{
    count_uses(g, output);
    for (int i = 0; i <= output; i++)
        onnx_merge_one(g, i);
}
