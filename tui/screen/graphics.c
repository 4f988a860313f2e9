#include "screen/graphics.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "screen/kitty.h"
#include "screen/sixel.h"

enum {
    MOST = 2,            /* pictures of a frame */
    NUMBER = 0x69737000, /* kitty's numbers for pictures: ours, so that none of another program is meant */
    NUMBERS = 8,         /* used in turn */
    CELL_MIN = 2,        /* pixels; what is outside of these limits is no size of a cell */
    CELL_MAX = 200,
};

struct place {
    struct area cells;
    int w, h;               /* pixels */
    uint64_t content;       /* a hash of what it shows */
    unsigned number;        /* kitty's, once it is on the terminal */
    struct picture picture; /* of this frame only */
    enum picture_show show;
};

struct places {
    struct place list[MOST];
    int n;
};

struct graphics {
    enum graphics_way way;
    int cell_w, cell_h;
    struct places wanted, shown;
    unsigned turn;
};

struct graphics *graphics_new(void)
{
    struct graphics *g = memory_new(1, sizeof *g);
    g->way = GRAPHICS_BLOCKS;
    return g;
}

void graphics_free(struct graphics *g)
{
    free(g);
}

static bool is_cell(int size)
{
    return size >= CELL_MIN && size <= CELL_MAX;
}

bool graphics_use(struct graphics *g, enum graphics_way way, int cell_w, int cell_h)
{
    if (!is_cell(cell_w) || !is_cell(cell_h) || way == GRAPHICS_BLOCKS) {
        way = GRAPHICS_BLOCKS;
        cell_w = cell_h = 0;
    }
    bool changes = g->way != way || g->cell_w != cell_w || g->cell_h != cell_h;
    g->way = way;
    g->cell_w = cell_w;
    g->cell_h = cell_h;
    return changes;
}

bool graphics_are_pixels(const struct graphics *g)
{
    return g->way != GRAPHICS_BLOCKS;
}

/* ---- What a frame wants -------------------------------------------------------------------------- */

static uint64_t content_of(const struct picture *p, enum picture_show show)
{
    const int sizes[] = {p->w, p->h, p->map ? p->map_w : 0, p->map ? p->map_h : 0, (int)show};
    uint64_t hash = XXH3_64bits(sizes, sizeof sizes);
    hash = XXH3_64bits_withSeed(p->rgb, 3 * (size_t)p->w * (size_t)p->h, hash);
    return p->map ? XXH3_64bits_withSeed(p->map, (size_t)p->map_w * (size_t)p->map_h, hash) : hash;
}

/* The largest size in w x h pixels that keeps the picture's shape. */
static void fit(struct place *place, int w, int h)
{
    double scale = fmin((double)w / place->picture.w, (double)h / place->picture.h);
    place->w = (int)fmax(1, fmin(w, lround(place->picture.w * scale)));
    place->h = (int)fmax(1, fmin(h, lround(place->picture.h * scale)));
}

void graphics_add(struct graphics *g, struct area cells, int high, const struct picture *p,
                  enum picture_show show)
{
    if (g->wanted.n == MOST)
        return;
    struct place *place = &g->wanted.list[g->wanted.n++];
    *place = (struct place){.cells = cells, .picture = *p, .show = show, .content = content_of(p, show)};
    fit(place, cells.columns * g->cell_w, high * g->cell_h / 2);
}

static bool is_free(const struct canvas *c, struct area cells)
{
    if (cells.row + cells.rows > c->rows || cells.column + cells.columns > c->columns)
        return false;
    for (int row = cells.row; row < cells.row + cells.rows; row++)
        for (int column = cells.column; column < cells.column + cells.columns; column++)
            if (!c->cells[(size_t)row * (size_t)c->columns + (size_t)column].of_picture)
                return false;
    return true;
}

void graphics_settle(struct graphics *g, const struct canvas *c)
{
    int n = 0;
    for (int i = 0; i < g->wanted.n; i++)
        if (is_free(c, g->wanted.list[i].cells))
            g->wanted.list[n++] = g->wanted.list[i];
    g->wanted.n = n;
}

bool graphics_holds(const struct graphics *g, int row, int column)
{
    for (int i = 0; i < g->wanted.n; i++)
        if (area_holds(g->wanted.list[i].cells, row, column))
            return true;
    return false;
}

/* ---- What is on the terminal --------------------------------------------------------------------- */

static bool same_pixels(const struct place *a, const struct place *b)
{
    return a->w == b->w && a->h == b->h && memcmp(&a->cells, &b->cells, sizeof a->cells) == 0;
}

/* Where there is one of this size at this place, with `content` of the same content too; -1: none. */
static int find(const struct places *places, const struct place *place, bool content)
{
    for (int i = 0; i < places->n; i++)
        if (same_pixels(&places->list[i], place) && (!content || places->list[i].content == place->content))
            return i;
    return -1;
}

bool graphics_stains(const struct graphics *g, int row)
{
    for (int i = 0; i < g->shown.n; i++) {
        const struct place *place = &g->shown.list[i];
        if (place->number == 0 && row >= place->cells.row && row < place->cells.row + place->cells.rows &&
            find(&g->wanted, place, false) < 0)
            return true;
    }
    return false;
}

bool graphics_shown(const struct graphics *g)
{
    return g->shown.n > 0;
}

static void send(struct graphics *g, struct place *place, FILE *out)
{
    unsigned char *rgb = memory_new(memory_product((size_t)place->w, (size_t)place->h), 3);
    picture_pixels(&place->picture, place->show, place->w, place->h, rgb);
    fprintf(out, "\0337\033[%d;%dH", place->cells.row + 1, place->cells.column + 1);
    if (g->way == GRAPHICS_KITTY) {
        place->number = NUMBER + g->turn++ % NUMBERS;
        kitty_write(out, place->number, rgb, place->w, place->h);
    } else {
        sixel_write(out, rgb, place->w, place->h);
    }
    fputs("\0338", out); /* the cursor is where it was */
    free(rgb);
}

/* After a change of the way all is drawn again. A new picture comes before the one that it covers goes:
 * nothing flickers. */
void graphics_write(struct graphics *g, FILE *out, bool again)
{
    for (int i = 0; i < g->wanted.n; i++) {
        struct place *place = &g->wanted.list[i];
        int old = again ? -1 : find(&g->shown, place, true);
        if (old >= 0) {
            place->number = g->shown.list[old].number;
            g->shown.list[old].number = 0;
        } else {
            send(g, place, out);
        }
    }
    for (int i = 0; i < g->shown.n; i++)
        if (g->shown.list[i].number)
            kitty_delete(out, g->shown.list[i].number);
    g->shown = g->wanted;
    g->wanted.n = 0;
}

void graphics_hide(struct graphics *g, FILE *out)
{
    bool sixel = false;
    for (int i = 0; i < g->shown.n; i++)
        sixel = sixel || g->shown.list[i].number == 0;
    g->wanted.n = 0;
    graphics_write(g, out, true);
    if (sixel)
        fputs("\033[2J", out);
}
