#include "screen/picture.h"

#include <math.h>
#include <stddef.h>

#include "screen/graphics.h"

struct rgb {
    double r, g, b; /* 0..255 */
};

/* A rectangle of an image's or a map's field, as fractions of its width and height. */
struct window {
    double x0, x1, y0, y1;
};

static bool is_blocks(const struct canvas *c)
{
    return c->colours >= 256 && c->glyphs != GLYPHS_ASCII;
}

/* Where the screen has colours and signs at all; pictures need no more of them then. */
static bool is_pixels(const struct canvas *c)
{
    return c->graphics && graphics_are_pixels(c->graphics) && c->colours > 0 && c->glyphs != GLYPHS_ASCII;
}

bool picture_overlays(const struct canvas *c)
{
    return is_blocks(c) || is_pixels(c);
}

static double limit(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

/* ---- Resampling ---- */

/* The mean of one channel over a window: sharp pixels when it enlarges, no aliasing when it shrinks. */
static double box(const unsigned char *plane, int w, int h, int step, struct window window)
{
    double x0 = window.x0 * w, x1 = window.x1 * w, y0 = window.y0 * h, y1 = window.y1 * h;
    double sum = 0, weight = 0;
    for (int y = (int)limit(y0, 0, h - 1); y < h && y < y1; y++)
        for (int x = (int)limit(x0, 0, w - 1); x < w && x < x1; x++) {
            double part = (fmin(x + 1, x1) - fmax(x, x0)) * (fmin(y + 1, y1) - fmax(y, y0));
            sum += part * plane[((size_t)y * (size_t)w + (size_t)x) * (size_t)step];
            weight += part;
        }
    return weight > 0 ? sum / weight : 0;
}

/* At the window's centre, between the centres of the four cells around it: how Grad-CAM maps are enlarged. */
static double bilinear(const unsigned char *plane, int w, int h, struct window window)
{
    double x = limit((window.x0 + window.x1) / 2 * w - 0.5, 0, w - 1);
    double y = limit((window.y0 + window.y1) / 2 * h - 0.5, 0, h - 1);
    int left = (int)x, upper = (int)y;
    int right = left + 1 < w ? left + 1 : left;
    int lower = upper + 1 < h ? upper + 1 : upper;
    const unsigned char *above = plane + (size_t)upper * (size_t)w,
                        *below = plane + (size_t)lower * (size_t)w;
    double fx = x - left, fy = y - upper;
    return (1 - fy) * ((1 - fx) * above[left] + fx * above[right]) +
           fy * ((1 - fx) * below[left] + fx * below[right]);
}

/* From 0 to 1. */
static double map_value(const struct picture *p, struct window window)
{
    if (!p->map)
        return 0;
    bool shrinks = (window.x1 - window.x0) * p->map_w > 1 || (window.y1 - window.y0) * p->map_h > 1;
    double value =
        shrinks ? box(p->map, p->map_w, p->map_h, 1, window) : bilinear(p->map, p->map_w, p->map_h, window);
    return value / 255;
}

static struct rgb image_colour(const struct picture *p, struct window window)
{
    return (struct rgb){box(p->rgb, p->w, p->h, 3, window), box(p->rgb + 1, p->w, p->h, 3, window),
                        box(p->rgb + 2, p->w, p->h, 3, window)};
}

/* ITU-R BT.709. */
static double luminance(struct rgb colour)
{
    return 0.2126 * colour.r + 0.7152 * colour.g + 0.0722 * colour.b;
}

/* ---- Colours ---- */

static struct rgb mix(struct rgb a, struct rgb b, double share)
{
    return (struct rgb){a.r + (b.r - a.r) * share, a.g + (b.g - a.g) * share, a.b + (b.b - a.b) * share};
}

/* Inferno (Smith and van der Walt, 2015): perceptually uniform, also for the colour-blind and in grey. */
static struct rgb heat(double value)
{
    static const struct rgb points[] = {{0, 0, 4},      {31, 12, 72},   {87, 16, 110},
                                        {138, 34, 106}, {188, 55, 84},  {227, 89, 51},
                                        {249, 142, 9},  {249, 201, 50}, {252, 255, 164}};
    enum { STEPS = sizeof points / sizeof points[0] - 1 };
    double at = limit(value, 0, 1) * STEPS;
    int step = at >= STEPS ? STEPS - 1 : (int)at;
    return mix(points[step], points[step + 1], at - step);
}

/* The image stays grey, so that all colour comes from the map, and slightly dark, so that the map's bright
 * end is visible on white; where the map is 0 nothing covers it. */
static struct rgb overlay(double grey, double value)
{
    enum { DARK = 75, COVER = 80 }; /* per cent of cover at the map's maximum */
    grey *= DARK / 100.0;
    return mix((struct rgb){grey, grey, grey}, heat(value), COVER / 100.0 * value);
}

static int32_t pack(struct rgb colour)
{
    int32_t r = (int32_t)limit(lround(colour.r), 0, 255);
    int32_t g = (int32_t)limit(lround(colour.g), 0, 255);
    int32_t b = (int32_t)limit(lround(colour.b), 0, 255);
    return r * 0x10000 + g * 0x100 + b;
}

/* Of the two levels around a value, the one chosen by the threshold (0..1). */
static int picture_between(const int *levels, int n, int value, double threshold)
{
    int i = 0;
    while (i + 2 < n && value >= levels[i + 1])
        i++;
    double share = (double)(value - levels[i]) / (levels[i + 1] - levels[i]);
    return share > threshold ? levels[i + 1] : levels[i];
}

/* How much of the distance between two levels is dithered: with all of it, the pattern dominates pictures of
 * some sixty pixels; with none, they have steps. */
#define DITHER 0.5

/* xterm's palette: a cube of 6 x 6 x 6 colours and 24 greys. Bayer's matrix spreads the error evenly and,
 * unlike error diffusion, does not change the rest of a picture: redrawing a still one costs nothing. */
int32_t picture_dither(int32_t rgb, int x, int y)
{
    static const int bayer[4][4] = {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};
    static const int cube[] = {0, 95, 135, 175, 215, 255};
    static const int greys[] = {0,   8,   18,  28,  38,  48,  58,  68,  78,  88,  98,  108, 118,
                                128, 138, 148, 158, 168, 178, 188, 198, 208, 218, 228, 238, 255};
    /* Channels that differ by less look grey; more so in the dark, where the cube has nothing below 95. */
    enum { GREY = 16, GREY_DARK = 44, DARK = 110 };
    double threshold = 0.5 + DITHER * ((bayer[y & 3][x & 3] + 0.5) / 16 - 0.5);
    int r = rgb >> 16 & 255, g = rgb >> 8 & 255, b = rgb & 255;
    int high = r > g ? r : g, low = r < g ? r : g;
    high = b > high ? b : high;
    low = b < low ? b : low;
    if (high - low < (high < DARK ? GREY_DARK : GREY)) {
        int grey = picture_between(greys, sizeof greys / sizeof greys[0], (r + g + b) / 3, threshold);
        return grey * 0x10101;
    }
    r = picture_between(cube, 6, r, threshold);
    g = picture_between(cube, 6, g, threshold);
    b = picture_between(cube, 6, b, threshold);
    return r * 0x10000 + g * 0x100 + b;
}

static int32_t shown_colour(const struct canvas *c, struct rgb colour, int x, int y)
{
    int32_t rgb = pack(colour);
    return c->colours > 256 ? rgb : picture_dither(rgb, x, y);
}

/* ---- Cells ---- */

/* Ink from 0 (none) to 1. */
static void put_shade(struct canvas *c, struct area area, int row, int column, double ink)
{
    static const char ascii[] = " .:-=+*#%@";
    enum { LEVELS = sizeof ascii - 1, SHADES = 5 };
    int levels = c->glyphs == GLYPHS_ASCII ? LEVELS : SHADES;
    int level = (int)limit(ink * levels, 0, levels - 1);
    if (c->glyphs == GLYPHS_ASCII)
        canvas_put(c, area, row, column, ROLE_TEXT, (char[]){ascii[level], '\0'});
    else if (level == 0)
        canvas_put(c, area, row, column, ROLE_TEXT, " ");
    else
        canvas_glyph(c, area, row, column, ROLE_TEXT, (enum glyph)(GLYPH_SHADE_1 + level - 1));
}

static struct rgb pixel_colour(const struct picture *p, enum picture_show show, struct window window)
{
    if (show == PICTURE_MAP)
        return heat(map_value(p, window));
    struct rgb colour = image_colour(p, window);
    return show == PICTURE_IMAGE ? colour : overlay(luminance(colour), map_value(p, window));
}

/* The size in pixels (a cell is one wide, two high). Enlarged by a whole number where that loses little, so
 * that all pixels of a small image are equally large. */
static void picture_fit_area(struct area area, int w, int h, int *wide, int *high)
{
    double scale = fmin((double)area.columns / w, 2.0 * area.rows / h);
    double whole = floor(scale);
    if (scale > 1 && whole >= 0.75 * scale)
        scale = whole;
    *wide = (int)limit(lround(w * scale), 1, area.columns);
    *high = (int)limit(lround(h * scale), 1, 2.0 * area.rows);
}

static bool picture_is_empty(struct area area, int w, int h)
{
    return area.rows < 1 || area.columns < 1 || w < 1 || h < 1;
}

struct area picture_fit(struct area area, int w, int h)
{
    if (picture_is_empty(area, w, h))
        return (struct area){area.row, area.column, 0, 0};
    int wide, high;
    picture_fit_area(area, w, h, &wide, &high);
    return (struct area){area.row, area.column, (high + 1) / 2, wide};
}

/* The part of the field that pixels first..first+n-1 of `high` rows show, in column x of `wide`. */
static struct window window_of(int x, int wide, int first, int n, int high)
{
    int last = first + n < high ? first + n : high;
    return (struct window){(double)x / wide, (double)(x + 1) / wide, (double)first / high,
                           (double)last / high};
}

static void draw_blocks(struct canvas *c, struct area area, const struct picture *p, enum picture_show show,
                        int wide, int high)
{
    for (int y = 0; y < high; y += 2)
        for (int x = 0; x < wide; x++) {
            int32_t lower = CANVAS_NO_COLOUR;
            int32_t upper = shown_colour(c, pixel_colour(p, show, window_of(x, wide, y, 1, high)), x, y);
            if (y + 1 < high)
                lower = shown_colour(c, pixel_colour(p, show, window_of(x, wide, y + 1, 1, high)), x, y + 1);
            canvas_glyph(c, area, y / 2, x, ROLE_TEXT, GLYPH_UPPER_HALF);
            canvas_colour(c, area, y / 2, x, upper, lower);
        }
}

/* The cells' picture in pixels as well. */
static void want_pixels(struct canvas *c, struct area area, const struct picture *p, enum picture_show show,
                        int wide, int high)
{
    struct area cells = {area.row, area.column, (high + 1) / 2, wide};
    canvas_mark_picture(c, cells);
    graphics_add(c->graphics, cells, high, p, show);
}

static void draw_shades(struct canvas *c, struct area area, const struct picture *p, enum picture_show show,
                        int wide, int high)
{
    for (int y = 0; y < high; y += 2)
        for (int x = 0; x < wide; x++) {
            struct window window = window_of(x, wide, y, 2, high);
            double ink =
                show == PICTURE_MAP ? map_value(p, window) : luminance(image_colour(p, window)) / 255;
            if (show != PICTURE_MAP && p->dark_ink)
                ink = 1 - ink;
            put_shade(c, area, y / 2, x, ink);
        }
}

void picture_draw(struct canvas *c, struct area area, const struct picture *p, enum picture_show show)
{
    int wide, high;
    if (picture_is_empty(area, p->w, p->h))
        return;
    picture_fit_area(area, p->w, p->h, &wide, &high);
    if (is_blocks(c))
        draw_blocks(c, area, p, show, wide, high);
    else
        draw_shades(c, area, p, show, wide, high);
    if (is_pixels(c))
        want_pixels(c, area, p, show, wide, high);
}

void picture_pixels(const struct picture *p, enum picture_show show, int w, int h, unsigned char *rgb)
{
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++, rgb += 3) {
            int32_t colour = pack(pixel_colour(p, show, window_of(x, w, y, 1, h)));
            rgb[0] = (unsigned char)(colour >> 16);
            rgb[1] = (unsigned char)(colour >> 8 & 255);
            rgb[2] = (unsigned char)(colour & 255);
        }
}

void picture_legend(struct canvas *c, struct area area, int row, int column, int width)
{
    for (int x = 0; x < width; x++) {
        double value = width > 1 ? (double)x / (width - 1) : 1;
        if (!is_blocks(c)) {
            put_shade(c, area, row, column + x, value);
            continue;
        }
        canvas_glyph(c, area, row, column + x, ROLE_TEXT, GLYPH_UPPER_HALF);
        canvas_colour(c, area, row, column + x, shown_colour(c, heat(value), x, 0),
                      shown_colour(c, heat(value), x, 1));
    }
}
