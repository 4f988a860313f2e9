/* Pictures and importance maps on a canvas. With 256 colours or more a cell is two pixels, one above the
 * other (upper half blocks), dithered to the palette below direct colour; with fewer, or in ASCII, it is one
 * character whose ink shows the brightness of an image or the value of a map. Cells are assumed to be twice
 * as high as wide. Where the terminal shows pictures in pixels (screen/graphics.h) it is told of them. */
#ifndef ISPLIT_SCREEN_PICTURE_H
#define ISPLIT_SCREEN_PICTURE_H

#include <stdbool.h>

#include "screen/canvas.h"

enum picture_show { PICTURE_BOTH, PICTURE_IMAGE, PICTURE_MAP, PICTURE_SHOWS };

/* Borrowed memory. Image and map show the same field of view, whatever their sizes. */
struct picture {
    int w, h;
    const unsigned char *rgb; /* [h][w][3] */
    int map_w, map_h;
    const unsigned char *map; /* [map_h][map_w] linear; NULL: there is none */
    bool dark_ink;            /* characters are darker than the background: a light theme */
};

/* Whether a map can be overlaid on an image and both stay recognisable. */
bool picture_overlays(const struct canvas *c);

/* The cells it takes in the upper left corner of the area: the largest that keeps w:h. */
struct area picture_fit(struct area area, int w, int h);

/* Draws in the upper left corner. If a map cannot be overlaid, BOTH is drawn as the image. */
void picture_draw(struct canvas *c, struct area area, const struct picture *p, enum picture_show show);

/* The same as w x h pixels: rgb[h][w][3]. */
void picture_pixels(const struct picture *p, enum picture_show show, int w, int h, unsigned char *rgb);

/* Draws the map's colours or characters from 0 to its maximum, from left to right. */
void picture_legend(struct canvas *c, struct area area, int row, int column, int width);

/* The colour of the 256-colour palette for 0xRRGGBB at a pixel, with ordered dithering. */
int32_t picture_dither(int32_t rgb, int x, int y);

#endif
