/* A grid of character cells that views draw on. It knows nothing of terminals: screen/terminal.c shows a
 * canvas on one, canvas_print writes it as text (--dump, export). Everything is clipped to the given area and
 * drawn with a role, which the theme turns into colours and attributes. Row 0 and column 0 are the upper left
 * corner. */
#ifndef ISPLIT_SCREEN_CANVAS_H
#define ISPLIT_SCREEN_CANVAS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "screen/glyphs.h"
#include "screen/theme.h"

struct graphics;

/* A rectangle of cells, in the canvas's own coordinates. */
struct area {
    int row, column, rows, columns;
};

enum { CANVAS_TEXT = 16, CANVAS_NO_COLOUR = -1 };

struct canvas {
    int rows, columns;
    struct canvas_cell {
        char text[CANVAS_TEXT]; /* one character in UTF-8, with combining ones if they fit */
        uint8_t width;          /* 1 or 2 columns; 0: the right half of the cell before */
        uint8_t role;           /* enum role */
        bool of_picture;        /* drawn by a picture that the terminal may show in pixels */
        int32_t fg, bg; /* 0xRRGGBB instead of the role's colour, or CANVAS_NO_COLOUR: pictures only */
    } * cells;          /* [rows][columns] */
    enum glyphs_set glyphs;
    int colours;                   /* colours for pictures: 0 (none), 8, 16, 256, or 1 << 24 */
    int cursor_row, cursor_column; /* place of the hardware cursor */
    struct graphics *graphics;     /* of the terminal, borrowed; NULL: pictures are cells */
};

struct canvas *canvas_new(int rows, int columns, enum glyphs_set glyphs);
void canvas_free(struct canvas *c);
void canvas_resize(struct canvas *c, int rows, int columns); /* makes it empty */
void canvas_clear(struct canvas *c);

struct area canvas_area(const struct canvas *c); /* all of it */
/* `area` without some rows at the top or bottom; at least empty. */
struct area area_below(struct area area, int rows);
struct area area_above(struct area area, int rows); /* the upper `rows` rows */
bool area_holds(struct area area, int row, int column);

/* Text from `column` of the area's row `row` on (both counted from the area's corner; column may be
 * negative). Control characters and what is not UTF-8 are shown escaped; in ASCII every other character is
 * shown as '?'. Returns its width in columns, even if it is clipped. */
int canvas_text(struct canvas *c, struct area area, int row, int column, enum role role, const char *text);
int canvas_printf(struct canvas *c, struct area area, int row, int column, enum role role, const char *format,
                  ...) __attribute__((format(printf, 6, 7)));

/* The same within `width` columns: cut with an ellipsis where it is longer, else padded on the right, or on
 * the left where `width` is negative (right-aligned in -width columns). */
void canvas_field(struct canvas *c, struct area area, int row, int column, int width, enum role role,
                  const char *text);

int canvas_glyph(struct canvas *c, struct area area, int row, int column, enum role role, enum glyph glyph);

/* One cell from a character in UTF-8 that takes one column (bitmaps, pictures). */
void canvas_put(struct canvas *c, struct area area, int row, int column, enum role role,
                const char *character);
void canvas_colour(struct canvas *c, struct area area, int row, int column, int32_t fg, int32_t bg);

/* Says that the area's cells are a picture's, until something else is drawn there. */
void canvas_mark_picture(struct canvas *c, struct area area);

/* Fills the area with blanks of this role; or sets the role of its present content. */
void canvas_fill(struct canvas *c, struct area area, enum role role);
void canvas_shade(struct canvas *c, struct area area, enum role role);

/* A horizontal rule with a title in it, in the area's row `row`. */
void canvas_rule(struct canvas *c, struct area area, int row, enum role role, const char *title);

/* Places the hardware cursor; the last call counts. */
void canvas_cursor(struct canvas *c, struct area area, int row, int column);

/* Columns that `text` takes when drawn. */
int canvas_width(const char *text);

/* As text: one line a row, without trailing blanks. */
void canvas_print(const struct canvas *c, FILE *out);

#endif
