/* A picture in dots smaller than a character cell, shown with the characters of the canvas's glyph set:
 * braille has 2x4 dots a cell, half blocks 1x2, ASCII 1x3 (upper, middle, lower). Dot 0, 0 is the upper left
 * one. Everything is clipped. The caller frees it. */
#ifndef ISPLIT_SCREEN_BITMAP_H
#define ISPLIT_SCREEN_BITMAP_H

#include "screen/canvas.h"

struct bitmap;

struct bitmap *bitmap_new(int rows, int columns, enum glyphs_set glyphs);
void bitmap_free(struct bitmap *b);

/* Dots a cell, without a bitmap at hand. */
int bitmap_across(enum glyphs_set glyphs);
int bitmap_down(enum glyphs_set glyphs);

void bitmap_point(struct bitmap *b, int x, int y);
void bitmap_line(struct bitmap *b, int x0, int y0, int x1, int y1);
void bitmap_span(struct bitmap *b, int x, int y0, int y1); /* both ends included, in either order */

/* Cells with a dot are put on the canvas, at the area's corner; the others are left as they are, so that a
 * later bitmap lies over an earlier one. */
void bitmap_draw(const struct bitmap *b, struct canvas *c, struct area area, enum role role);

/* A cell that is filled from below to so many eighths (0..8), as well as the glyphs can show it: of a bar. */
const char *bitmap_level(enum glyphs_set glyphs, int eighths);

#endif
