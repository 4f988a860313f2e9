#include "panes/scatter.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "features/rate.h"
#include "screen/bitmap.h"

struct scatter_dot scatter_dot(const struct axis *x, struct scatter_point at, int across, int down)
{
    double right = (at.x - x->left) / (x->right - x->left);
    double up = (at.y - x->low) / (x->high - x->low);
    return (struct scatter_dot){(int)lround(right * (x->dots.columns * across - 1)),
                                (int)lround((1 - up) * (x->dots.rows * down - 1))};
}

struct scatter_dot scatter_cell(const struct axis *x, const struct canvas *c, struct scatter_point at)
{
    int across = bitmap_across(c->glyphs), down = bitmap_down(c->glyphs);
    struct scatter_dot dot = scatter_dot(x, at, across, down);
    return (struct scatter_dot){dot.x / across, dot.y / down};
}

/* As the front of bytes and shares: less of the one for more of the other. */
int scatter_front(struct scatter_point *points, int n)
{
    struct rate_point *kept = memory_new((size_t)n + 1, sizeof *kept);
    for (int i = 0; i < n; i++)
        kept[i] = (struct rate_point){points[i].x, points[i].y};
    n = rate_front(kept, n);
    for (int i = 0; i < n; i++)
        points[i] = (struct scatter_point){kept[i].bytes, kept[i].share};
    free(kept);
    return n;
}

void scatter_draw_front(const struct axis *x, struct canvas *c, const struct scatter_point *front, int n,
                        enum role role)
{
    struct bitmap *b = bitmap_new(x->dots.rows, x->dots.columns, c->glyphs);
    int across = bitmap_across(c->glyphs), down = bitmap_down(c->glyphs);
    for (int i = 0; i < n; i++) {
        struct scatter_dot at = scatter_dot(x, front[i], across, down);
        struct scatter_dot next = i + 1 < n ? scatter_dot(x, front[i + 1], across, down) : at;
        int end = i + 1 < n ? next.x : x->dots.columns * across;
        for (int column = at.x; column < end; column += 2)
            bitmap_point(b, column, at.y);
        for (int y = next.y; y < at.y; y += 2)
            bitmap_point(b, next.x, y);
    }
    bitmap_draw(b, c, x->dots, role);
    bitmap_free(b);
}
