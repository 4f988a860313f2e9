/* A picture by the graphics protocol of the terminal kitty, which others know too: compressed pixels as
 * base64 in sequences of bounded length, under a number by which it is deleted. Nothing is answered. */
#ifndef ISPLIT_SCREEN_KITTY_H
#define ISPLIT_SCREEN_KITTY_H

#include <stdio.h>

/* Writes rgb[h][w][3], drawn at its size in pixels from the cursor's cell on; the cursor stays. */
void kitty_write(FILE *out, unsigned number, const unsigned char *rgb, int w, int h);

void kitty_delete(FILE *out, unsigned number);

#endif
