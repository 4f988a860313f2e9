/* A bitmap of dots smaller than a character cell, shown with the canvas's glyph set: braille has 2x4 dots per
 * cell, half blocks 1x2, ASCII 1x3 (upper, middle, lower). Dot 0, 0 is the upper left one. Everything is
 * clipped. The caller frees it. */
#ifndef ISPLIT_SCREEN_BITMAP_H
#define ISPLIT_SCREEN_BITMAP_H

#include "screen/canvas.h"

struct bitmap;

struct bitmap *bitmap_new(int rows, int columns, enum glyphs_set glyphs);
void bitmap_free(struct bitmap *b);

/* Dots per cell, without a bitmap. */
int bitmap_across(enum glyphs_set glyphs);
int bitmap_down(enum glyphs_set glyphs);

void bitmap_point(struct bitmap *b, int x, int y);
void bitmap_line(struct bitmap *b, int x0, int y0, int x1, int y1);
void bitmap_span(struct bitmap *b, int x, int y0, int y1); /* both ends included, in either order */

/* How the lines drawn from now on are broken, so that several are told apart where they cross and there are
 * no colours. Each pattern runs on from line to line. */
enum bitmap_dash {
    BITMAP_SOLID,
    BITMAP_DASHED,
    BITMAP_DOTTED,
    BITMAP_DASH_DOT,
    BITMAP_SPARSE,
    BITMAP_DASHES,
};
void bitmap_dash(struct bitmap *b, enum bitmap_dash dash);

/* Puts cells with a dot on the canvas, at the area's corner; the others are unchanged, so that a later bitmap
 * overlays an earlier one. */
void bitmap_draw(const struct bitmap *b, struct canvas *c, struct area area, enum role role);

/* The same with one sign in each of those cells: where the glyphs have few dots, dashes are not seen. */
void bitmap_draw_sign(const struct bitmap *b, struct canvas *c, struct area area, enum role role,
                      enum glyph sign);

/* A cell of a bar, filled from below to a number of eighths (0..8), as far as the glyphs can show it. */
const char *bitmap_level(enum glyphs_set glyphs, int eighths);

#endif
