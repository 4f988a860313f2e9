/* What is sent of a tensor, as split.csv says: its dtype and coder. Not for several threads at once. */
#ifndef ISPLIT_HALF_PAYLOAD_H
#define ISPLIT_HALF_PAYLOAD_H

#include <stddef.h>

#include "half/sheet.h"

struct payload;

/* For tensors of n numbers. Takes all memory that it will need: NULL where there is none. */
struct payload *payload_new(const struct half_sheet *sheet, size_t n, struct error *e);
void payload_free(struct payload *p);

/* The most bytes that a tensor can become. */
size_t payload_most(const struct payload *p);

/* The bytes of a tensor, borrowed until the next call; NULL where a number of it is not finite. */
const unsigned char *payload_encode(struct payload *p, const float *x, size_t *length, struct error *e);

/* The tensor of bytes that may be anything; borrowed until the next call. NULL: they are none. */
const float *payload_decode(struct payload *p, const unsigned char *bytes, size_t length, struct error *e);

#endif
