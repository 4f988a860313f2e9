/* Pictures in pixels, where the terminal can show them: those that the frame being drawn wants, and those
 * that are on the terminal. A picture is drawn as cells too; these are seen where it cannot be shown in
 * pixels, because something covers a part of it. The cells under one are blank.
 */
#ifndef ISPLIT_SCREEN_GRAPHICS_H
#define ISPLIT_SCREEN_GRAPHICS_H

#include <stdbool.h>
#include <stdio.h>

#include "screen/picture.h"

/* How pictures are shown. AUTO: as the terminal can. */
enum graphics_way { GRAPHICS_AUTO, GRAPHICS_BLOCKS, GRAPHICS_SIXEL, GRAPHICS_KITTY };

struct graphics;

struct graphics *graphics_new(void); /* with blocks */
void graphics_free(struct graphics *g);

/* The way, not AUTO, and the size of a cell in pixels. True where this changes something. */
bool graphics_use(struct graphics *g, enum graphics_way way, int cell_w, int cell_h);

/* Whether the way is one of pixels. */
bool graphics_are_pixels(const struct graphics *g);

/* A picture of this frame in these cells, whose memory is needed until the frame is shown. `high`: halves of
 * cells that it may take from the top. */
void graphics_add(struct graphics *g, struct area cells, int high, const struct picture *p,
                  enum picture_show show);

/* The frame is drawn: what is covered is not shown in pixels. */
void graphics_settle(struct graphics *g, const struct canvas *c);

/* Whether a picture of this frame takes the cell, which must not be seen then. */
bool graphics_holds(const struct graphics *g, int row, int column);

/* Whether a row of cells has pixels that go only when all of it is written again. */
bool graphics_stains(const struct graphics *g, int row);

/* Whether there are pictures on the terminal. */
bool graphics_shown(const struct graphics *g);

/* Writes what has to be sent behind the frame's cells: nothing where nothing changed. With `again` the
 * terminal was cleared. */
void graphics_write(struct graphics *g, FILE *out, bool again);

/* Writes what takes all pictures from the terminal. */
void graphics_hide(struct graphics *g, FILE *out);

#endif
