#include "screen/pairs.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "screen/palette.h"

enum { SLOTS = 1 << 17 }; /* of the hash table: twice the pairs any terminal has */

struct pairs {
    int colours;
    int limit; /* numbers from 1 to limit - 1 */
    int used;
    bool overflowed;
    bool defaults; /* -1 stands for the terminal's own colours */
    struct slot {
        int32_t fg, bg;
        int number; /* 0: empty */
    } * slots;      /* [SLOTS] */
};

struct pairs *pairs_new(int colours, bool defaults)
{
    struct pairs *p = memory_new(1, sizeof *p);
    p->colours = colours;
    p->defaults = defaults;
    p->limit = colours > 0 ? COLOR_PAIRS : 0;
    if (p->limit > SLOTS / 2)
        p->limit = SLOTS / 2;
    p->used = 1; /* 0 is the terminal's own pair */
    p->slots = memory_new(SLOTS, sizeof *p->slots);
    return p;
}

void pairs_free(struct pairs *p)
{
    if (!p)
        return;
    free(p->slots);
    free(p);
}

/* The terminal's number for a colour; -1: its default. */
static int32_t colour_of(const struct pairs *p, short of256, short of8, int32_t rgb)
{
    if (p->colours > 256) {
        int32_t direct = rgb >= 0 ? rgb : of256 >= 0 ? palette_rgb(of256) : -1;
        /* Numbers below 8 are the basic colours even there; almost black looks the same as black. */
        return direct >= 0 && direct < 8 ? 8 : direct;
    }
    if (rgb >= 0)
        return p->colours >= 256 ? palette_nearest(rgb) : -1;
    return p->colours >= 256 ? of256 : of8;
}

int pairs_of(struct pairs *p, const struct theme_style *style, int32_t fg, int32_t bg)
{
    if (p->limit == 0)
        return 0;
    int32_t f = colour_of(p, style->fg, style->fg8, fg);
    int32_t b = colour_of(p, style->bg, style->bg8, bg);
    if (f < 0 && b < 0)
        return 0;
    if (!p->defaults) { /* no default colours to fall back to */
        f = f < 0 ? COLOR_WHITE : f;
        b = b < 0 ? COLOR_BLACK : b;
    }
    uint32_t at = ((uint32_t)f * 2654435761u ^ (uint32_t)b * 2246822519u) % SLOTS;
    while (p->slots[at].number && (p->slots[at].fg != f || p->slots[at].bg != b))
        at = (at + 1) % SLOTS;
    if (p->slots[at].number)
        return p->slots[at].number;
    if (p->used >= p->limit) {
        p->overflowed = true;
        return 0;
    }
    if (init_extended_pair(p->used, f, b) == ERR)
        return 0;
    p->slots[at] = (struct slot){f, b, p->used++};
    return p->slots[at].number;
}

bool pairs_overflowed(const struct pairs *p)
{
    return p->overflowed;
}

void pairs_forget(struct pairs *p)
{
    memset(p->slots, 0, SLOTS * sizeof *p->slots);
    p->used = 1;
    p->overflowed = false;
    reset_color_pairs();
}
