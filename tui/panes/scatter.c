#include "panes/scatter.h"

#include <math.h>

#include "screen/bitmap.h"

struct scatter_dot scatter_dot(const struct axis *x, struct tradeoff at, int across, int down)
{
    double right = (at.cost - x->left) / (x->right - x->left);
    double up = (at.gain - x->low) / (x->high - x->low);
    return (struct scatter_dot){(int)lround(right * (x->dots.columns * across - 1)),
                                (int)lround((1 - up) * (x->dots.rows * down - 1))};
}

struct scatter_dot scatter_cell(const struct axis *x, const struct canvas *c, struct tradeoff at)
{
    int across = bitmap_across(c->glyphs), down = bitmap_down(c->glyphs);
    struct scatter_dot dot = scatter_dot(x, at, across, down);
    return (struct scatter_dot){dot.x / across, dot.y / down};
}

void scatter_draw_front(const struct axis *x, struct canvas *c, const struct tradeoff *front, int n,
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
