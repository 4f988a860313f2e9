/* Pictures on a canvas: exact shades and palette colours, the aspect ratio, and sizes down to one pixel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen/picture.h"

static struct canvas *canvas(int rows, int columns, enum glyphs_set glyphs, int colours)
{
    struct canvas *c = canvas_new(rows, columns, glyphs);
    c->colours = colours;
    return c;
}

static const struct canvas_cell *cell(const struct canvas *c, int row, int column)
{
    return &c->cells[row * c->columns + column];
}

/* What stands in a row, up to its end. */
static char *row_text(const struct canvas *c, int row)
{
    static char text[1024];
    text[0] = '\0';
    for (int column = 0; column < c->columns; column++)
        strcat(text, cell(c, row, column)->text);
    return text;
}

/* A grey ramp from black to white, `w` pixels wide. */
static struct picture ramp(unsigned char *rgb, int w, int h)
{
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            memset(rgb + 3 * (y * w + x), 255 * x / (w - 1), 3);
    return (struct picture){.w = w, .h = h, .rgb = rgb};
}

static void test_gradient_in_characters(void **state)
{
    (void)state;
    unsigned char rgb[20 * 2 * 3];
    struct picture p = ramp(rgb, 20, 2);
    struct canvas *c = canvas(1, 20, GLYPHS_ASCII, 0);
    picture_draw(c, canvas_area(c), &p, PICTURE_IMAGE);
    assert_string_equal(row_text(c, 0), "  ..::--==++**##%%@@");
    p.dark_ink = true;
    picture_draw(c, canvas_area(c), &p, PICTURE_IMAGE);
    assert_string_equal(row_text(c, 0), "@@%%##**++==--::..  ");
    assert_int_equal(cell(c, 0, 3)->fg, CANVAS_NO_COLOUR);
    c->glyphs = GLYPHS_BLOCK;
    p.dark_ink = false;
    picture_draw(c, canvas_area(c), &p, PICTURE_IMAGE);
    assert_string_equal(row_text(c, 0), "    ░░░░▒▒▒▒▓▓▓▓████");
    /* 8 and 16 colours are too few for pictures; ASCII stays plain whatever there is. */
    c->colours = 16;
    picture_draw(c, canvas_area(c), &p, PICTURE_IMAGE);
    assert_string_equal(row_text(c, 0), "    ░░░░▒▒▒▒▓▓▓▓████");
    assert_false(picture_overlays(c));
    c->colours = 256;
    assert_true(picture_overlays(c));
    c->glyphs = GLYPHS_ASCII;
    assert_false(picture_overlays(c));
    canvas_free(c);
}

static void test_map_in_characters(void **state)
{
    (void)state;
    const unsigned char rgb[12] = {0}, map[4] = {0, 0, 0, 255};
    struct picture p = {.w = 2, .h = 2, .rgb = rgb, .map_w = 2, .map_h = 2, .map = map};
    struct canvas *c = canvas(4, 8, GLYPHS_ASCII, 0);
    picture_draw(c, canvas_area(c), &p, PICTURE_MAP);
    /* Strongest in the corner of the one cell, fading over the border between the cells. */
    assert_string_equal(row_text(c, 0), "        ");
    assert_int_equal(row_text(c, 3)[7], '@');
    assert_int_equal(row_text(c, 3)[0], ' ');
    assert_int_not_equal(row_text(c, 3)[3], '@');
    canvas_free(c);
}

static void test_direct_colour_is_exact(void **state)
{
    (void)state;
    const unsigned char rgb[] = {10, 20, 30, 200, 100, 50, 1, 2, 3, 255, 254, 253};
    struct picture p = {.w = 2, .h = 2, .rgb = rgb};
    struct canvas *c = canvas(2, 4, GLYPHS_BRAILLE, 1 << 24);
    picture_draw(c, canvas_area(c), &p, PICTURE_IMAGE);
    /* Enlarged to 4 x 4 pixels: each is 2 x 2. */
    assert_string_equal(cell(c, 0, 0)->text, "▀");
    assert_int_equal(cell(c, 0, 0)->fg, 0x0a141e);
    assert_int_equal(cell(c, 0, 1)->bg, 0x0a141e);
    assert_int_equal(cell(c, 0, 2)->fg, 0xc86432);
    assert_int_equal(cell(c, 1, 1)->fg, 0x010203);
    assert_int_equal(cell(c, 1, 3)->bg, 0xfffefd);
    canvas_free(c);
}

static bool in_palette(int32_t rgb)
{
    static const int cube[] = {0, 95, 135, 175, 215, 255};
    int channels[3] = {rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255};
    int found = 0;
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 6; k++)
            found += channels[i] == cube[k];
    bool grey = channels[0] == channels[1] && channels[1] == channels[2];
    return found == 3 || (grey && channels[0] >= 8 && channels[0] <= 238 && (channels[0] - 8) % 10 == 0);
}

static void test_256_colours_are_the_palette(void **state)
{
    (void)state;
    for (int32_t rgb = 0; rgb < 1 << 24; rgb += 4099)
        for (int at = 0; at < 16; at++)
            assert_true(in_palette(picture_dither(rgb, at % 4, at / 4)));
    /* What is in the palette stays; what lies halfway between two of its levels keeps its mean, and what lies
     * near one of them is that one everywhere: only the middle is dithered. */
    assert_int_equal(picture_dither(0x5f87af, 1, 2), 0x5f87af);
    assert_int_equal(picture_dither(0xffffff, 3, 3), 0xffffff);
    assert_int_equal(picture_dither(0x080808, 0, 0), 0x080808);
    int red = 0, grey = 0;
    for (int at = 0; at < 16; at++) {
        red += picture_dither(0xc30000, at % 4, at / 4) >> 16;
        grey += picture_dither(0x535353, at % 4, at / 4) & 255;
        assert_int_equal(picture_dither(0xb70000, at % 4, at / 4), 0xaf0000);
        assert_int_equal(picture_dither(0x302820, at % 4, at / 4) % 0x10101, 0); /* dark: grey, not 0 or 95 */
    }
    assert_in_range(red, 16 * 0xc3 - 24, 16 * 0xc3 + 24);
    assert_in_range(grey, 16 * 0x53 - 8, 16 * 0x53 + 8);
}

static void test_overlay(void **state)
{
    (void)state;
    const unsigned char rgb[] = {100, 100, 100, 100, 100, 100}, map[] = {0, 255};
    struct picture p = {.w = 2, .h = 1, .rgb = rgb, .map_w = 2, .map_h = 1, .map = map};
    struct canvas *c = canvas(1, 2, GLYPHS_BRAILLE, 1 << 24);
    picture_draw(c, canvas_area(c), &p, PICTURE_BOTH);
    /* Nothing covers three quarters of the grey where the map is 0; there is no lower half. */
    assert_int_equal(cell(c, 0, 0)->fg, 0x4b4b4b);
    assert_int_equal(cell(c, 0, 0)->bg, CANVAS_NO_COLOUR);
    /* 20 per cent of that and 80 of inferno's last colour. */
    assert_int_equal(cell(c, 0, 1)->fg, (217 << 16) + (219 << 8) + 146);
    picture_draw(c, canvas_area(c), &p, PICTURE_MAP);
    assert_int_equal(cell(c, 0, 0)->fg, 0x000004);
    assert_int_equal(cell(c, 0, 1)->fg, 0xfcffa4);
    canvas_free(c);
}

static void fits(int rows, int columns, int w, int h, int want_rows, int want_columns)
{
    struct area got = picture_fit((struct area){3, 5, rows, columns}, w, h);
    assert_int_equal(got.row, 3);
    assert_int_equal(got.column, 5);
    assert_int_equal(got.rows, want_rows);
    assert_int_equal(got.columns, want_columns);
}

static void test_aspect_ratio(void **state)
{
    (void)state;
    fits(20, 80, 224, 224, 20, 40);
    fits(40, 30, 224, 224, 15, 30);
    fits(20, 80, 200, 100, 20, 80);
    fits(20, 80, 100, 200, 20, 20);
    fits(20, 80, 28, 28, 20, 40); /* 1.43: a whole number would waste too much */
    fits(30, 120, 28, 28, 28, 56);
    fits(20, 80, 512, 1, 1, 80);
    fits(20, 80, 1, 512, 20, 1);
    fits(1, 1, 224, 224, 1, 1);
    fits(0, 10, 8, 8, 0, 0);
    fits(10, 0, 8, 8, 0, 0);
}

/* Every size up to 9 x 9 in every area up to 5 x 9: for the sanitizers; and nothing outside the area. */
static void test_small_sizes(void **state)
{
    (void)state;
    const int colours[] = {0, 8, 256, 1 << 24};
    for (int at = 0; at < 9 * 9 * 5 * 9 * 4; at++) {
        int w = at % 9 + 1, h = at / 9 % 9 + 1, rows = at / 81 % 5 + 1, columns = at / 405 % 9 + 1;
        unsigned char *rgb = calloc((size_t)(w * h), 3);
        unsigned char *map = calloc((size_t)(w * h), 1);
        memset(map, 200, (size_t)(w * h));
        struct picture p = {w, h, rgb, h, w, map, false};
        struct canvas *c = canvas(rows + 2, columns + 2, GLYPHS_BLOCK, colours[at / 3645]);
        struct area area = {1, 1, rows, columns};
        for (int show = 0; show < PICTURE_SHOWS; show++)
            picture_draw(c, area, &p, (enum picture_show)show);
        picture_legend(c, area, 0, 0, columns);
        for (int row = 0; row < c->rows; row++)
            for (int column = 0; column < c->columns; column++)
                if (!area_holds(area, row, column))
                    assert_string_equal(cell(c, row, column)->text, " ");
        canvas_free(c);
        free(rgb);
        free(map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient_in_characters),
        cmocka_unit_test(test_map_in_characters),
        cmocka_unit_test(test_direct_colour_is_exact),
        cmocka_unit_test(test_256_colours_are_the_palette),
        cmocka_unit_test(test_overlay),
        cmocka_unit_test(test_aspect_ratio),
        cmocka_unit_test(test_small_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
