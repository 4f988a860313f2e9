#include "screen/palette.h"

#include <stdlib.h>

static const int levels[] = {0, 95, 135, 175, 215, 255}; /* of the cube */

enum { CUBE = 16, GREYS = 232, GREY_FIRST = 8, GREY_STEP = 10 };

int32_t palette_rgb(int number)
{
    static const int32_t basic[CUBE] = {
        0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
        0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
    };
    if (number < CUBE)
        return basic[number];
    if (number >= GREYS)
        return (GREY_FIRST + (number - GREYS) * GREY_STEP) * 0x010101;
    int n = number - CUBE;
    return levels[n / 36] << 16 | levels[n / 6 % 6] << 8 | levels[n % 6];
}

static int nearest_level(int value)
{
    int best = 0;
    for (int i = 1; i < 6; i++)
        if (abs(levels[i] - value) < abs(levels[best] - value))
            best = i;
    return best;
}

static int palette_distance(int32_t a, int32_t b)
{
    int sum = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        int d = (a >> shift & 0xff) - (b >> shift & 0xff);
        sum += d * d;
    }
    return sum;
}

int palette_nearest(int32_t rgb)
{
    int r = rgb >> 16 & 0xff, g = rgb >> 8 & 0xff, b = rgb & 0xff;
    int cube = CUBE + 36 * nearest_level(r) + 6 * nearest_level(g) + nearest_level(b);
    int grey = ((r + g + b) / 3 - GREY_FIRST + GREY_STEP / 2) / GREY_STEP;
    grey = GREYS + (grey < 0 ? 0 : grey > 23 ? 23 : grey);
    return palette_distance(rgb, palette_rgb(grey)) < palette_distance(rgb, palette_rgb(cube)) ? grey : cube;
}
