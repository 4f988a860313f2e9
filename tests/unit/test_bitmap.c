/* Dots and the characters they are shown with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen/bitmap.h"

static char *printed(const struct canvas *c)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    canvas_print(c, out);
    fclose(out);
    return text;
}

static void expect_drawn(const struct bitmap *b, int rows, int columns, enum glyphs_set glyphs,
                         const char *wanted)
{
    struct canvas *c = canvas_new(rows, columns, glyphs);
    bitmap_draw(b, c, canvas_area(c), ROLE_CURVE);
    char *text = printed(c);
    assert_string_equal(text, wanted);
    free(text);
    canvas_free(c);
}

/* Every single dot of a braille cell: U+2801, 08, 02, 10, 04, 20, 40, 80 from the upper left, row by row. */
static void test_braille_dots(void **state)
{
    (void)state;
    static const char *const wanted[] = {"⠁\n", "⠈\n", "⠂\n", "⠐\n", "⠄\n", "⠠\n", "⡀\n", "⢀\n"};
    for (int i = 0; i < 8; i++) {
        struct bitmap *b = bitmap_new(1, 1, GLYPHS_BRAILLE);
        bitmap_point(b, i % 2, i / 2);
        expect_drawn(b, 1, 1, GLYPHS_BRAILLE, wanted[i]);
        bitmap_free(b);
    }
}

static void test_lines(void **state)
{
    (void)state;
    struct bitmap *b = bitmap_new(1, 4, GLYPHS_BRAILLE);
    bitmap_line(b, 0, 3, 7, 0);
    expect_drawn(b, 1, 4, GLYPHS_BRAILLE, "⣀⠤⠒⠉\n");
    bitmap_free(b);
    b = bitmap_new(2, 4, GLYPHS_BLOCK);
    bitmap_line(b, 3, 0, 0, 3); /* backwards */
    expect_drawn(b, 2, 4, GLYPHS_BLOCK, "  ▄▀\n▄▀\n");
    bitmap_free(b);
    b = bitmap_new(2, 6, GLYPHS_ASCII);
    bitmap_line(b, 0, 5, 5, 0);
    expect_drawn(b, 2, 6, GLYPHS_ASCII, "   .-'\n.-'\n");
    bitmap_free(b);
}

static void test_spans_and_clipping(void **state)
{
    (void)state;
    struct bitmap *b = bitmap_new(3, 2, GLYPHS_ASCII);
    bitmap_span(b, 0, 100, 2);
    bitmap_span(b, 1, -5, 1);
    bitmap_span(b, 7, 0, 3);
    bitmap_point(b, -1, 0);
    bitmap_point(b, 0, 9);
    expect_drawn(b, 3, 2, GLYPHS_ASCII, ".'\n|\n|\n");
    bitmap_free(b);
    b = bitmap_new(0, 0, GLYPHS_BRAILLE);
    bitmap_line(b, -3, -3, 9, 9);
    expect_drawn(b, 0, 0, GLYPHS_BRAILLE, "");
    bitmap_free(b);
}

/* Every pattern is another one; it runs on from line to line. */
static void test_dashes(void **state)
{
    (void)state;
    static const char *const wanted[BITMAP_DASHES] = {
        [BITMAP_SOLID] = "⠉⠉⠉⠉⠉⠉⠉⠉\n",    [BITMAP_DASHED] = "⠉⠉⠉⠀⠈⠉⠉⠁\n", [BITMAP_DOTTED] = "⠁⠈⠀⠁⠈⠀⠁⠈\n",
        [BITMAP_DASH_DOT] = "⠉⠉⠉⠁⠈⠀⠉⠉\n", [BITMAP_SPARSE] = "⠉⠁⠀⠀⠉⠁⠀⠀\n",
    };
    for (int dash = 0; dash < BITMAP_DASHES; dash++) {
        char text[64] = "";
        struct bitmap *b = bitmap_new(1, 8, GLYPHS_BRAILLE);
        bitmap_dash(b, (enum bitmap_dash)dash);
        bitmap_line(b, 0, 0, 4, 0);
        bitmap_line(b, 5, 0, 15, 0);
        for (const char *s = wanted[dash]; *s;) /* a cell without a dot stays blank */
            if (strncmp(s, "⠀", 3) == 0) {
                strcat(text, " ");
                s += 3;
            } else {
                strncat(text, s++, 1);
            }
        while (strlen(text) > 1 && text[strlen(text) - 2] == ' ')
            memmove(text + strlen(text) - 2, "\n", 2);
        expect_drawn(b, 1, 8, GLYPHS_BRAILLE, text);
        bitmap_free(b);
    }
}

static void test_signs(void **state)
{
    (void)state;
    struct bitmap *b = bitmap_new(2, 6, GLYPHS_ASCII);
    struct canvas *c = canvas_new(2, 6, GLYPHS_ASCII);
    bitmap_line(b, 0, 5, 5, 0);
    bitmap_draw_sign(b, c, canvas_area(c), ROLE_PIN_2, GLYPH_PIN_2);
    char *text = printed(c);
    assert_string_equal(text, "   +++\n+++\n");
    free(text);
    canvas_free(c);
    bitmap_free(b);
}

/* What a later bitmap has no dot for stays. */
static void test_layers(void **state)
{
    (void)state;
    struct canvas *c = canvas_new(1, 3, GLYPHS_BLOCK);
    struct bitmap *below = bitmap_new(1, 3, GLYPHS_BLOCK), *above = bitmap_new(1, 3, GLYPHS_BLOCK);
    bitmap_line(below, 0, 0, 2, 0);
    bitmap_span(above, 1, 0, 1);
    bitmap_draw(below, c, canvas_area(c), ROLE_BAND);
    bitmap_draw(above, c, canvas_area(c), ROLE_CURVE);
    char *text = printed(c);
    assert_string_equal(text, "▀█▀\n");
    assert_int_equal(c->cells[0].role, ROLE_BAND);
    assert_int_equal(c->cells[1].role, ROLE_CURVE);
    free(text);
    bitmap_free(below);
    bitmap_free(above);
    canvas_free(c);
}

static void test_levels(void **state)
{
    (void)state;
    assert_string_equal(bitmap_level(GLYPHS_BRAILLE, 0), " ");
    assert_string_equal(bitmap_level(GLYPHS_BRAILLE, 3), "▃");
    assert_string_equal(bitmap_level(GLYPHS_BRAILLE, 99), "█");
    assert_string_equal(bitmap_level(GLYPHS_BLOCK, 4), "▄");
    assert_string_equal(bitmap_level(GLYPHS_ASCII, 8), "#");
    /* What is there is seen. */
    for (int set = 0; set < GLYPHS_SETS; set++)
        assert_string_not_equal(bitmap_level((enum glyphs_set)set, 1), " ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_braille_dots),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_spans_and_clipping),
        cmocka_unit_test(test_dashes),
        cmocka_unit_test(test_signs),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
