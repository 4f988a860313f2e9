/* An ONNX model in the making: nodes in the order in which they run, and constants. Values are known by their
 * names, which the model owns. What is written is opset 9, the newest in which limits, pads and sides are
 * attributes, as OpenCV 4.6 wants them, with sides that are known. */
#ifndef ISPLIT_ONNX_ONNX_MODEL_H
#define ISPLIT_ONNX_ONNX_MODEL_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

#define ONNX_MODEL_INPUT "input"
#define ONNX_MODEL_RANK 4

struct onnx_model;

/* `doc` tells what it is. */
struct onnx_model *onnx_model_new(const char *doc);
void onnx_model_free(struct onnx_model *m);

/* What follows is named after this layer. */
void onnx_model_at(struct onnx_model *m, const char *layer);

/* A node with one output, which is returned. `inputs`: n of them. */
const char *onnx_model_node(struct onnx_model *m, const char *type, int n, const char *const *inputs);

/* Attributes of the node that was made last. */
void onnx_model_int(struct onnx_model *m, const char *key, int64_t value);
void onnx_model_ints(struct onnx_model *m, const char *key, int n, const int64_t *values);
void onnx_model_float(struct onnx_model *m, const char *key, float value);
void onnx_model_text(struct onnx_model *m, const char *key, const char *value);

/* Constants, whose names are returned: `numbers`, as many as the sides say, becomes the model's. */
const char *onnx_model_floats(struct onnx_model *m, float *numbers, int rank, const int64_t *sides);
const char *onnx_model_number(struct onnx_model *m, float number);
const char *onnx_model_integers(struct onnx_model *m, int n, const int64_t *numbers);

/* Writes the model, whose input has these 4 sides, and whose output is a value of `rank` sides. -1: it would
 * be larger than the format's 2 GiB. Write errors are kept by the stream. */
int onnx_model_write(struct onnx_model *m, const int64_t *input, const char *output, int rank,
                     const int64_t *sides, FILE *out, struct error *e);

#endif
