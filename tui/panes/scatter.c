#include "panes/scatter.h"

#include <math.h>
#include <stdlib.h>

#include "screen/bitmap.h"

struct scatter_dot scatter_dot(const struct scatter *s, struct scatter_point at, int across, int down)
{
    double right = (at.x - s->low) / (s->high - s->low);
    double up = (at.y - s->axis.low) / (s->axis.high - s->axis.low);
    return (struct scatter_dot){(int)lround(right * (s->axis.dots.columns * across - 1)),
                                (int)lround((1 - up) * (s->axis.dots.rows * down - 1))};
}

struct scatter_dot scatter_cell(const struct scatter *s, const struct canvas *c, struct scatter_point at)
{
    int across = bitmap_across(c->glyphs), down = bitmap_down(c->glyphs);
    struct scatter_dot dot = scatter_dot(s, at, across, down);
    return (struct scatter_dot){dot.x / across, dot.y / down};
}

/* From left to right; of those above each other the highest first. */
static int scatter_compare(const void *one, const void *other)
{
    const struct scatter_point *a = one, *b = other;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return a->y > b->y ? -1 : a->y < b->y;
}

int scatter_front(struct scatter_point *points, int n)
{
    int front = 0;
    if (n > 0)
        qsort(points, (size_t)n, sizeof *points, scatter_compare);
    for (int i = 0; i < n; i++)
        if (front == 0 || points[i].y > points[front - 1].y)
            points[front++] = points[i];
    return front;
}

void scatter_draw_front(const struct scatter *s, struct canvas *c, const struct scatter_point *front, int n,
                        enum role role)
{
    struct bitmap *b = bitmap_new(s->axis.dots.rows, s->axis.dots.columns, c->glyphs);
    int across = bitmap_across(c->glyphs), down = bitmap_down(c->glyphs);
    for (int i = 0; i < n; i++) {
        struct scatter_dot at = scatter_dot(s, front[i], across, down);
        struct scatter_dot next = i + 1 < n ? scatter_dot(s, front[i + 1], across, down) : at;
        int end = i + 1 < n ? next.x : s->axis.dots.columns * across;
        for (int x = at.x; x < end; x += 2)
            bitmap_point(b, x, at.y);
        for (int y = next.y; y < at.y; y += 2)
            bitmap_point(b, next.x, y);
    }
    bitmap_draw(b, c, s->axis.dots, role);
    bitmap_free(b);
}
