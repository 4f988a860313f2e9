/* Turns an ONNX model of an image classifier into a Darknet network. Its own memory is that of the tensors in
 * the file, once; tensors in files beside it are mapped. */
#ifndef ISPLIT_ONNX_ONNX_IMPORT_H
#define ISPLIT_ONNX_ONNX_IMPORT_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/text_list.h"

/* Is told how many of the numbers have been written. */
typedef void onnx_written(void *data, int64_t done, int64_t of);

/* Writes the cfg and the weights; lines for the user are added to `notes`: what the network is, and the
 * options with which its images are to be normalised. `written` may be NULL. -1: what has no counterpart
 * by its node, or what is damaged; then what was written is of no use. */
int onnx_import(const char *model, FILE *cfg, FILE *weights, onnx_written *written, void *data,
                struct text_list *notes, struct error *e);

#endif
