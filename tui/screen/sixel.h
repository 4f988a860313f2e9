/* A picture as sixels, as DEC's VT340 and later terminals draw them: bands of six rows, in each a run of
 * columns for every colour. The colours are a cube of 6x6x6 and 24 greys, dithered. */
#ifndef ISPLIT_SCREEN_SIXEL_H
#define ISPLIT_SCREEN_SIXEL_H

#include <stdio.h>

enum { SIXEL_COLOURS = 240 }; /* registers used: 0 to 239 */

/* Writes rgb[h][w][3] as one sequence, drawn from the cursor's cell on. */
void sixel_write(FILE *out, const unsigned char *rgb, int w, int h);

#endif
