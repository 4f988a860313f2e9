#include "worker/shrink.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static int shrunk(int n, int longest, int side)
{
    int to = (int)lround((double)n * side / longest);
    return to < 1 ? 1 : to;
}

void shrink_size(int w, int h, int side, int *to_w, int *to_h)
{
    int longest = w > h ? w : h;
    *to_w = longest <= side ? w : shrunk(w, longest, side);
    *to_h = longest <= side ? h : shrunk(h, longest, side);
}

/* The length of the overlap of [i, i + 1] with the interval. */
static double overlap(int i, double from, double to)
{
    return fmax(fmin(to, i + 1) - fmax(from, i), 0);
}

/* One pixel of the result: the mean over the rectangle, whose borders may cut pixels. */
static float box_mean(const float *from, int w, int h, double left, double right, double top, double bottom)
{
    double sum = 0;
    for (int y = (int)top; y < h && y < bottom; y++)
        for (int x = (int)left; x < w && x < right; x++)
            sum += overlap(y, top, bottom) * overlap(x, left, right) *
                   (double)from[(size_t)y * (size_t)w + (size_t)x];
    return (float)(sum / ((right - left) * (bottom - top)));
}

void shrink_plane(const float *from, int w, int h, float *to, int to_w, int to_h)
{
    if (to_w == w && to_h == h) {
        memcpy(to, from, (size_t)w * (size_t)h * sizeof *to);
        return;
    }
    double across = (double)w / to_w, down = (double)h / to_h;
    for (int y = 0; y < to_h; y++)
        for (int x = 0; x < to_w; x++)
            to[(size_t)y * (size_t)to_w + (size_t)x] =
                box_mean(from, w, h, x * across, (x + 1) * across, y * down, (y + 1) * down);
}
