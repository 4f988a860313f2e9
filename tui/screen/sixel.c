#include "screen/sixel.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    BAND = 6,
    STEPS = 6, /* of red, green and blue, 20 per cent each */
    GREYS = 24,
    CUBE = STEPS * STEPS * STEPS,
};
_Static_assert(CUBE + GREYS == SIXEL_COLOURS, "a register each");

struct band {
    int w;
    unsigned char *bits; /* [SIXEL_COLOURS][w] bit y: the pixel in the band's row y has this colour */
    bool used[SIXEL_COLOURS];
};

static unsigned char *bits_of(const struct band *b, int colour)
{
    return b->bits + (size_t)colour * (size_t)b->w;
}

/* One of the steps 0..n-1 from 0 to 255 around a value: over some pixels their mean is the value. */
static int step_of(int value, int n, double threshold)
{
    return (int)(value * (n - 1) / 255.0 + threshold);
}

/* The register of each pixel. Bayer's matrix spreads the error evenly. */
static void find_registers(unsigned char *registers, const unsigned char *rgb, int w, int h)
{
    static const int bayer[4][4] = {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++, rgb += 3) {
            double t = (bayer[y & 3][x & 3] + 0.5) / 16;
            int r = step_of(rgb[0], STEPS, t), g = step_of(rgb[1], STEPS, t), b = step_of(rgb[2], STEPS, t);
            bool grey = rgb[0] == rgb[1] && rgb[1] == rgb[2];
            *registers++ =
                (unsigned char)(grey ? CUBE + step_of(rgb[0], GREYS, t) : (r * STEPS + g) * STEPS + b);
        }
}

static void fill_band(struct band *b, const unsigned char *registers, int rows)
{
    for (int i = 0; i < SIXEL_COLOURS; i++)
        if (b->used[i])
            memset(bits_of(b, i), 0, (size_t)b->w);
    memset(b->used, 0, sizeof b->used);
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < b->w; x++) {
            int colour = *registers++;
            b->used[colour] = true;
            bits_of(b, colour)[x] |= (unsigned char)(1 << y);
        }
}

/* "!40~": forty columns with all six pixels; short runs are written out. */
static void write_run(FILE *out, int n, unsigned char bits)
{
    enum { LONG = 4 };
    if (n >= LONG)
        fprintf(out, "!%d", n);
    for (int i = 0; i < (n >= LONG ? 1 : n); i++)
        fputc('?' + bits, out);
}

static void write_colour(FILE *out, const struct band *b, int colour)
{
    const unsigned char *bits = bits_of(b, colour);
    int end = b->w;
    while (end > 0 && bits[end - 1] == 0)
        end--;
    fprintf(out, "#%d", colour);
    for (int x = 0, n; x < end; x += n) {
        n = 1;
        while (x + n < end && bits[x + n] == bits[x])
            n++;
        write_run(out, n, bits[x]);
    }
}

static void write_band(FILE *out, const struct band *b)
{
    bool first = true;
    for (int i = 0; i < SIXEL_COLOURS; i++) {
        if (!b->used[i])
            continue;
        if (!first)
            fputc('$', out); /* back to the band's first column */
        first = false;
        write_colour(out, b, i);
    }
    fputc('-', out);
}

/* "#5;2;R;G;B" with per cent of red, green and blue. */
static void define_colour(FILE *out, int i)
{
    int grey = ((i - CUBE) * 100 + GREYS / 2) / (GREYS - 1);
    if (i >= CUBE)
        fprintf(out, "#%d;2;%d;%d;%d", i, grey, grey, grey);
    else
        fprintf(out, "#%d;2;%d;%d;%d", i, i / STEPS / STEPS * 20, i / STEPS % STEPS * 20, i % STEPS * 20);
}

static void define_colours(FILE *out, const unsigned char *registers, size_t n)
{
    bool used[SIXEL_COLOURS] = {false};
    for (size_t i = 0; i < n; i++)
        used[registers[i]] = true;
    for (int i = 0; i < SIXEL_COLOURS; i++)
        if (used[i])
            define_colour(out, i);
}

void sixel_write(FILE *out, const unsigned char *rgb, int w, int h)
{
    size_t n = memory_product((size_t)w, (size_t)h);
    unsigned char *registers = memory_new(n, 1);
    struct band b = {.w = w, .bits = memory_new((size_t)w, SIXEL_COLOURS)};
    find_registers(registers, rgb, w, h);
    fprintf(out, "\033P0;1;0q\"1;1;%d;%d", w, h); /* square pixels; those not drawn stay as they are */
    define_colours(out, registers, n);
    for (int y = 0; y < h; y += BAND) {
        fill_band(&b, registers + (size_t)y * (size_t)w, h - y < BAND ? h - y : BAND);
        write_band(out, &b);
    }
    fputs("\033\\", out);
    free(b.bits);
    free(registers);
}
