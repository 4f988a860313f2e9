/* A run of isplit features in a store as CSV: a row for each number that was measured of an image. */
#ifndef ISPLIT_REPORT_REPORT_STORE_PARTS_H
#define ISPLIT_REPORT_REPORT_STORE_PARTS_H

#include <stdint.h>
#include <stdio.h>

#include "csv/sheet.h"
#include "data/content.h"

struct store_parts;

/* layers[cuts]: those of the run. For store_parts_free, which writes the end. */
struct store_parts *store_parts_begin(FILE *out, const int *layers, int cuts);
/* The rows of one part (store/feature_part.h); nothing of a part of no image, which content NULL says. */
void store_parts_add(struct store_parts *p, const struct content *content, const char *name,
                     const uint32_t *words, size_t n);
void store_parts_end(struct store_parts *p);

#endif
