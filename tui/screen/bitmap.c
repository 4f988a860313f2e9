#include "screen/bitmap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

struct bitmap {
    enum glyphs_set glyphs;
    int rows, columns; /* cells */
    int across, down;  /* dots a cell */
    int width, height; /* dots */
    uint8_t *dots;     /* [height][width] 0 or 1 */
    enum bitmap_dash dash;
    int drawn; /* dots of lines since the pattern began */
};

int bitmap_across(enum glyphs_set glyphs)
{
    return glyphs == GLYPHS_BRAILLE ? 2 : 1;
}

int bitmap_down(enum glyphs_set glyphs)
{
    static const int down[GLYPHS_SETS] = {[GLYPHS_BRAILLE] = 4, [GLYPHS_BLOCK] = 2, [GLYPHS_ASCII] = 3};
    return down[glyphs];
}

struct bitmap *bitmap_new(int rows, int columns, enum glyphs_set glyphs)
{
    struct bitmap *b = memory_new(1, sizeof *b);
    b->glyphs = glyphs;
    b->rows = rows > 0 ? rows : 0;
    b->columns = columns > 0 ? columns : 0;
    b->across = bitmap_across(glyphs);
    b->down = bitmap_down(glyphs);
    b->width = b->columns * b->across;
    b->height = b->rows * b->down;
    b->dots = memory_new(memory_product((size_t)b->width, (size_t)b->height), sizeof *b->dots);
    return b;
}

void bitmap_free(struct bitmap *b)
{
    if (!b)
        return;
    free(b->dots);
    free(b);
}

void bitmap_point(struct bitmap *b, int x, int y)
{
    if (x >= 0 && x < b->width && y >= 0 && y < b->height)
        b->dots[(size_t)y * (size_t)b->width + (size_t)x] = 1;
}

void bitmap_span(struct bitmap *b, int x, int y0, int y1)
{
    int top = y0 < y1 ? y0 : y1;
    int bottom = y0 < y1 ? y1 : y0;
    top = top < 0 ? 0 : top;
    bottom = bottom >= b->height ? b->height - 1 : bottom;
    for (int y = top; y <= bottom; y++)
        bitmap_point(b, x, y);
}

void bitmap_dash(struct bitmap *b, enum bitmap_dash dash)
{
    b->dash = dash;
    b->drawn = 0;
}

/* A dot of a line, or a gap in its pattern: dots on and off by turns, in the dots of braille. */
static void line_point(struct bitmap *b, int x, int y)
{
    enum { PARTS = 4 };
    static const int patterns[BITMAP_DASHES][PARTS] = {
        [BITMAP_SOLID] = {1, 0, 0, 0},    [BITMAP_DASHED] = {6, 3, 6, 3}, [BITMAP_DOTTED] = {1, 2, 1, 2},
        [BITMAP_DASH_DOT] = {7, 2, 1, 2}, [BITMAP_SPARSE] = {3, 5, 3, 5},
    };
    const int *pattern = patterns[b->dash];
    int at = b->drawn++ % (pattern[0] + pattern[1] + pattern[2] + pattern[3]), part = 0;
    while (at >= pattern[part])
        at -= pattern[part++];
    if (part % 2 == 0)
        bitmap_point(b, x, y);
}

/* Bresenham's line. */
void bitmap_line(struct bitmap *b, int x0, int y0, int x1, int y1)
{
    int dx = abs(x1 - x0), dy = -abs(y1 - y0);
    int step_x = x0 < x1 ? 1 : -1, step_y = y0 < y1 ? 1 : -1;
    int error = dx + dy;
    for (;;) {
        line_point(b, x0, y0);
        if (x0 == x1 && y0 == y1)
            return;
        int twice = 2 * error;
        if (twice >= dy) {
            error += dy;
            x0 += step_x;
        }
        if (twice <= dx) {
            error += dx;
            y0 += step_y;
        }
    }
}

/* The dots of a cell as bits: from the upper left, row by row. */
static unsigned cell_bits(const struct bitmap *b, int row, int column)
{
    unsigned bits = 0, bit = 1;
    for (int y = row * b->down; y < (row + 1) * b->down; y++)
        for (int x = column * b->across; x < (column + 1) * b->across; x++, bit <<= 1)
            if (b->dots[(size_t)y * (size_t)b->width + (size_t)x])
                bits |= bit;
    return bits;
}

/* Unicode numbers the dots of a braille cell down the left side, down the right side, and the lowest row
 * last, as it was added later. */
static void braille_text(char out[5], unsigned bits)
{
    static const unsigned order[8] = {0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80};
    int code = 0x2800;
    for (int i = 0; i < 8; i++)
        if (bits & (1u << i))
            code |= (int)order[i];
    text_encode(code, out);
}

void bitmap_draw(const struct bitmap *b, struct canvas *c, struct area area, enum role role)
{
    static const char *const partition[] = {" ", "▀", "▄", "█"};
    /* Upper, middle, lower dot as bits 0, 1, 2: a slope looks like .-' and a steep one like | */
    static const char *const thirds[] = {" ", "'", "-", "'", ".", ":", ".", "|"};
    char braille[5];
    for (int row = 0; row < b->rows; row++)
        for (int column = 0; column < b->columns; column++) {
            unsigned bits = cell_bits(b, row, column);
            if (!bits)
                continue;
            const char *text = b->glyphs == GLYPHS_BLOCK ? partition[bits & 3] : thirds[bits & 7];
            if (b->glyphs == GLYPHS_BRAILLE) {
                braille_text(braille, bits);
                text = braille;
            }
            canvas_put(c, area, row, column, role, text);
        }
}

void bitmap_draw_sign(const struct bitmap *b, struct canvas *c, struct area area, enum role role,
                      enum glyph sign)
{
    for (int row = 0; row < b->rows; row++)
        for (int column = 0; column < b->columns; column++)
            if (cell_bits(b, row, column))
                canvas_glyph(c, area, row, column, role, sign);
}

const char *bitmap_level(enum glyphs_set glyphs, int eighths)
{
    static const char *const levels[GLYPHS_SETS][9] = {
        [GLYPHS_BRAILLE] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
        [GLYPHS_BLOCK] = {" ", "▄", "▄", "▄", "▄", "▄", "█", "█", "█"},
        [GLYPHS_ASCII] = {" ", ".", ".", ":", ":", ":", "#", "#", "#"},
    };
    return levels[glyphs][eighths < 0 ? 0 : eighths > 8 ? 8 : eighths];
}
