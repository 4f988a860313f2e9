/* The frame of a picture of points: which points are the front, and where dots and steps stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <string.h>

#include <cmocka.h>

#include "panes/scatter.h"

static void test_front(void **state)
{
    (void)state;
    /* (3, 5) is beaten by (2, 6), (2, 1) by the one above it, the second (4, 9) is the same again. */
    struct tradeoff points[] = {{4, 9}, {3, 5}, {1, 1}, {2, 6}, {4, 9}, {2, 1}, {5, 9}};
    const struct tradeoff wanted[] = {{1, 1}, {2, 6}, {4, 9}};
    assert_int_equal(rate_front(points, 7), 3);
    for (int i = 0; i < 3; i++) {
        assert_true(points[i].cost == wanted[i].cost);
        assert_true(points[i].gain == wanted[i].gain);
    }
    assert_int_equal(rate_front(points, 0), 0);
}

static struct axis frame_of(int rows, int columns)
{
    struct axis x = axis_make((struct area){0, 0, rows, columns}, 0, 0, 0, 0, 10, false);
    x.left = 0;
    x.right = 10;
    return x;
}

static void test_corners(void **state)
{
    (void)state;
    struct axis x = frame_of(6, 21);
    struct scatter_dot low = scatter_dot(&x, (struct tradeoff){0, x.low}, 1, 1);
    struct scatter_dot high = scatter_dot(&x, (struct tradeoff){10, x.high}, 2, 4);
    assert_int_equal(low.x, 0);
    assert_int_equal(low.y, 5);
    assert_int_equal(high.x, 41);
    assert_int_equal(high.y, 0);
}

/* Steps go right from a point, and up at the next one; nothing stands left of the first. */
static void test_steps(void **state)
{
    (void)state;
    struct axis x = frame_of(6, 21);
    const struct tradeoff front[] = {{5, x.low}, {8, x.high}};
    struct canvas *c = canvas_new(6, 21, GLYPHS_ASCII);
    scatter_draw_front(&x, c, front, 2, ROLE_GOOD);
    for (int row = 0; row < 6; row++)
        for (int column = 0; column < 21; column++) {
            bool dot = strcmp(c->cells[row * 21 + column].text, " ") != 0;
            bool low = row == 5 && column >= 10 && column <= 16, high = row == 0 && column >= 16;
            assert_true(!dot || low || high || column == 16);
        }
    assert_string_not_equal(c->cells[5 * 21 + 10].text, " ");
    assert_string_not_equal(c->cells[0 * 21 + 18].text, " ");
    assert_string_not_equal(c->cells[3 * 21 + 16].text, " ");
    canvas_free(c);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_front), cmocka_unit_test(test_corners),
                                       cmocka_unit_test(test_steps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
