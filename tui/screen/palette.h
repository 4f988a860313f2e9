/* xterm's palette of 256 colours: 16 basic ones, a cube of 6x6x6, 24 greys. */
#ifndef ISPLIT_SCREEN_PALETTE_H
#define ISPLIT_SCREEN_PALETTE_H

#include <stdint.h>

/* 0xRRGGBB of a number from 0 to 255. */
int32_t palette_rgb(int number);

/* The number, from 16 on, of the nearest colour to 0xRRGGBB; exact if that is in the palette. */
int palette_nearest(int32_t rgb);

#endif
