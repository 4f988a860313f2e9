/* Inside of message*.c: what several requests have in common. */
#ifndef ISPLIT_WIRE_MESSAGE_PARTS_H
#define ISPLIT_WIRE_MESSAGE_PARTS_H

#include <jansson.h>

#include "curve/run_options.h"
#include "data/pixels.h"
#include "wire/fields.h"

/* How pixels become the network's input: the fields fit, mean, std, scale and bgr, as a new object. */
json_t *message_pixels(const struct pixels_options *pixels);
void message_pixels_read(struct fields *f, struct pixels_options *pixels);

/* What a run and a heatmap have in common: the request with these fields too, or NULL. Nothing is left to
 * free after a fault. */
json_t *message_options(json_t *request, const struct run_options *options);
void message_options_read(struct fields *f, struct run_options *options);

/* The request with the fields of another object added; takes ownership of both. NULL where one is NULL. */
json_t *message_joined(json_t *request, json_t *more);

/* The field `layers`: numbers of layers, ascending, at least one. The array read is new, also after a fault.
 */
json_t *message_listed(const int *layers, int n);
int *message_listed_read(struct fields *f, int *n);

/* 16 hex digits; "" for null, where `nullable`, and on a fault. */
void message_xxh3_read(struct fields *f, const char *key, bool nullable, char out[17]);

#endif
