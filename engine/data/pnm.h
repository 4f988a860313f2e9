/* PGM and PPM, ASCII (P2, P3) and binary (P5, P6), with any largest value; scaled to 0..255. */
#ifndef ISPLIT_DATA_PNM_H
#define ISPLIT_DATA_PNM_H

#include <stdbool.h>
#include <stddef.h>

#include "data/decode.h"

bool pnm_is(const unsigned char *bytes, size_t length);

/* As decode_measure. */
struct decode_picture pnm_measure(const unsigned char *bytes, size_t length);

/* As decode_bytes; only the first image of a file with several. */
int pnm_decode(const unsigned char *bytes, size_t length, struct decode_picture *picture, struct error *e);

#endif
