/* A named value of a model: a constant in any of the forms in which ONNX stores numbers, or what an operation
 * makes of the network's input. Values belong to the graph (onnx/onnx_graph.h), numbers that are not folded
 * to the file. */
#ifndef ISPLIT_ONNX_ONNX_VALUE_H
#define ISPLIT_ONNX_ONNX_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "onnx/onnx_file.h"

#define ONNX_RANK_MAX 8

struct onnx_value {
    const char *name;
    int op; /* of the graph, or -1: a constant */
    int rank;
    int64_t dims[ONNX_RANK_MAX];
    int64_t n; /* their product */

    /* A constant alone, in one of these. */
    int type;                     /* Onnx__TensorProto__DataType */
    const unsigned char *raw;     /* little-endian, not aligned */
    struct onnx_packed *packed;   /* integers, and halves by their bits */
    const Onnx__TensorProto *one; /* in its typed fields */
    double *folded;               /* [n], owned */
    bool transposed;              /* of two dims: the numbers are stored as [dims[1]][dims[0]] */
};

/* n = the product of the dims. -1 where one is negative or it is larger than any network. */
int onnx_value_count(struct onnx_value *v);

/* A tensor of the model as a constant. -1: its numbers are of a kind or number that is not what it says. */
int onnx_value_set(struct onnx_value *v, struct onnx_file *f, const Onnx__TensorProto *t, struct error *e);

/* Numbers as they are stored, whatever the form; of a transposed value in the order of its dims. Outside the
 * range of float: infinity. */
double onnx_value_number(const struct onnx_value *v, int64_t i);
/* Of a transposed value several whole rows at once are quick. */
void onnx_value_floats(const struct onnx_value *v, int64_t first, size_t n, float *out);

bool onnx_value_is_integer(const struct onnx_value *v);

#endif
