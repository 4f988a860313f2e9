/* Classes by layers: exact values, levels, the best candidate of each class, order, filter, choosing. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app_fixture.h"
#include "base/memory.h"
#include "panes/matrix.h"
#include "panes/matrix_rows.h"

enum { LAYERS = 18, CLASSES = 8 };
static const struct area screen = {0, 0, 19, 80};

static char *line(struct app *a, int row, enum glyphs_set glyphs)
{
    char *shown = app_fixture_draw(a, &matrix_pane, screen.rows, screen.columns, glyphs);
    char *at = shown;
    while (row-- > 0)
        at = strchr(at, '\n') + 1;
    char *text = memory_copy_n(at, strcspn(at, "\n"));
    free(shown);
    return text;
}

static void line_is(struct app *a, int row, enum glyphs_set glyphs, const char *wanted)
{
    char *text = line(a, row, glyphs);
    assert_string_equal(text, wanted);
    free(text);
}

static void test_title_has_the_numbers(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(LAYERS, CLASSES, 10);
    app_move(a, 8);
    pane_prepare(&matrix_pane, a, screen);
    pane_act(&matrix_pane, a, ACTION_DOWN, screen);
    double mean = curve_class_mean(a->study->curve, 1, 8);
    char title[120];
    snprintf(title, sizeof title, "block3_conv3: CUI %.4g, log10 %.3f, 10 images of B", mean, log10(mean));
    line_is(a, 0, GLYPHS_ASCII, title);
    app_fixture_free(a);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between the 5th and the 95th percentile of all cells in eight equal steps of log10. */
static void test_levels(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(LAYERS, CLASSES, 10);
    const struct curve *curve = a->study->curve;
    char *text = line(a, 3, GLYPHS_ASCII);
    double logs[CLASSES * LAYERS];
    enum { CELLS = CLASSES * LAYERS };
    for (int i = 0; i < CELLS; i++)
        logs[i] = log10(curve_class_mean(curve, i / LAYERS, i % LAYERS));
    qsort(logs, CELLS, sizeof logs[0], ascending);
    double low = logs[CELLS / 20], high = logs[CELLS - 1 - CELLS / 20];
    double lowest, highest;
    matrix_rows_range(a, &lowest, &highest);
    assert_float_equal(lowest, low, 0);
    assert_float_equal(highest, high, 0);
    assert_memory_equal(text, ">x A", 4);
    for (int p = 0; p < LAYERS; p++) {
        int level = (int)((log10(curve_class_mean(curve, 0, p)) - low) / (high - low) * 8);
        assert_int_equal(text[8 + 3 * p], ".:-=+oO@"[level > 7 ? 7 : level < 0 ? 0 : level]);
        /* Its best candidate has the sign of the best, its highest layer an m. */
        char middle = text[8 + 3 * p + 1];
        assert_int_equal(middle, p == 13 ? '#' : p == 17 ? 'm' : text[8 + 3 * p]);
    }
    assert_non_null(strstr(text, "  block4_pool"));
    free(text);
    text = line(a, 3, GLYPHS_BRAILLE);
    assert_non_null(strstr(text, "▁▁▁"));
    assert_non_null(strstr(text, "▇◆▇"));
    free(text);
    app_fixture_free(a);
}

/* The colours stay what they are where a single cell is many orders of magnitude off; the key says so. */
static void test_outlier(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(LAYERS, 40, 2);
    char *before = line(a, 5, GLYPHS_ASCII);
    float values[LAYERS];
    for (int i = 0; i < LAYERS; i++)
        values[i] = i == 4 ? 1e-20f : 1e-3f;
    struct error e;
    struct curve_row row = {100, 39, 39, 1};
    assert_int_equal(curve_add(a->study->curve, &row, values, &e), 0);
    curve_refresh(a->study->curve);
    a->shown_version = ++a->study->version;
    char *after = line(a, 5, GLYPHS_ASCII);
    assert_string_equal(after, before);
    free(before);
    free(after);
    char key[120];
    double low, high;
    matrix_rows_range(a, &low, &high);
    snprintf(key, sizeof key, " log10 <=%.2f .:-=+oO@ >=%.2f  # best  m row's maximum  sorted by index ^",
             low, high);
    line_is(a, 18, GLYPHS_ASCII, key);
    pane_act(&matrix_pane, a, ACTION_SORT_NEXT, screen);
    char *text = line(a, 18, GLYPHS_BRAILLE);
    assert_non_null(strstr(text, "◆ best  m row's maximum  sorted by name ▲"));
    free(text);
    app_fixture_free(a);
}

static void zero_and_missing(struct app *a)
{
    float values[3] = {0, 0.5f, NAN};
    struct error e;
    struct curve_row row = {0, 0, 0, 1};
    assert_int_equal(curve_add(a->study->curve, &row, values, &e), 0);
    curve_refresh(a->study->curve);
    a->shown_version = ++a->study->version;
}

static void test_zero_and_missing(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(3, 2, 1);
    line_is(a, 0, GLYPHS_ASCII, "classes by layers: nothing is measured yet");
    zero_and_missing(a);
    line_is(a, 0, GLYPHS_ASCII, "block1_conv1: CUI zero, 1 image of A");
    app_move(a, 2);
    line_is(a, 0, GLYPHS_ASCII, "block1_pool: CUI none, no gradient of its own, 1 image of A");
    char *text = line(a, 3, GLYPHS_ASCII);
    assert_non_null(strstr(text, "A    00000000@@@@m@@@          none"));
    free(text);
    assert_int_equal(a->states->lists[STATES_MATRIX].n, 1); /* B has no images */
    app_fixture_free(a);
}

static void test_sort(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(LAYERS, 40, 2);
    pane_prepare(&matrix_pane, a, screen);
    pane_act(&matrix_pane, a, ACTION_SORT_REVERSE, screen);
    pane_prepare(&matrix_pane, a, screen);
    assert_int_equal(matrix_rows_at(a, 0), 39);
    assert_int_equal(matrix_rows_at(a, 39), 0);
    assert_int_equal(a->states->lists[STATES_MATRIX].cursor, 0); /* the top is shown */
    pane_act(&matrix_pane, a, ACTION_SORT_NEXT, screen);
    pane_prepare(&matrix_pane, a, screen);
    assert_int_equal(a->states->columns[STATES_MATRIX].sort, MATRIX_NAME);
    assert_int_equal(matrix_rows_at(a, 3), 26); /* A, B, C, class 26, ... D */
    /* Classes that have another best candidate stand together. */
    float values[LAYERS] = {0};
    values[2] = 1;
    struct error e;
    for (int i = 0; i < 100; i++) {
        struct curve_row row = {100 + i, 5, 5, 1};
        assert_int_equal(curve_add(a->study->curve, &row, values, &e), 0);
    }
    curve_refresh(a->study->curve);
    a->shown_version = ++a->study->version;
    a->states->columns[STATES_MATRIX].sort = MATRIX_BEST;
    pane_prepare(&matrix_pane, a, screen);
    assert_int_equal(matrix_rows_best(a, 5), 2);
    assert_int_equal(matrix_rows_at(a, 0), 5);
    app_fixture_free(a);
}

static void test_filter_and_search(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(LAYERS, 60, 1);
    pane_prepare(&matrix_pane, a, screen);
    pane_act(&matrix_pane, a, ACTION_FILTER, screen);
    assert_true(a->prompt.open);
    a->prompt.live(a, "[b-d]");
    assert_int_equal(a->states->lists[STATES_MATRIX].n, 3);
    a->prompt.live(a, NULL);
    assert_int_equal(a->states->lists[STATES_MATRIX].n, 60);
    a->prompt.done(a, "singv");
    pane_prepare(&matrix_pane, a, screen);
    assert_int_equal(a->states->lists[STATES_MATRIX].n, 5); /* 28, 35, 42, 49, 56 */
    assert_true(pane_act(&matrix_pane, a, ACTION_ESCAPE, screen));
    pane_prepare(&matrix_pane, a, screen);
    assert_int_equal(a->states->lists[STATES_MATRIX].n, 60);
    pane_act(&matrix_pane, a, ACTION_SEARCH, screen);
    a->prompt.live(a, "class 3");
    a->prompt.done(a, "class 3");
    assert_int_equal(matrix_rows_at(a, a->states->lists[STATES_MATRIX].cursor), 30);
    pane_act(&matrix_pane, a, ACTION_SEARCH_NEXT, screen);
    assert_int_equal(matrix_rows_at(a, a->states->lists[STATES_MATRIX].cursor), 31);
    pane_act(&matrix_pane, a, ACTION_SEARCH_PREVIOUS, screen);
    assert_int_equal(matrix_rows_at(a, a->states->lists[STATES_MATRIX].cursor), 30);
    app_fixture_free(a);
}

static void test_choosing(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(LAYERS, CLASSES, 2);
    pane_prepare(&matrix_pane, a, screen);
    pane_act(&matrix_pane, a, ACTION_TOGGLE, screen);
    assert_int_equal(a->shown.classes_n, CLASSES - 1);
    assert_false(a->shown.chosen[0]);
    line_is(a, 3, GLYPHS_ASCII,
            " . A    ......---...:::===------===+++===++++++O#OooooooOOO@m@  block4_pool");
    pane_act(&matrix_pane, a, ACTION_ONLY, screen); /* the next one, where Space went on to */
    assert_int_equal(a->shown.classes_n, 1);
    assert_true(a->shown.chosen[1]);
    pane_act(&matrix_pane, a, ACTION_TOGGLE, screen); /* none would be left */
    assert_int_equal(a->shown.classes_n, 1);
    pane_act(&matrix_pane, a, ACTION_INVERT, screen);
    assert_int_equal(a->shown.classes_n, CLASSES - 1);
    pane_act(&matrix_pane, a, ACTION_ALL, screen);
    assert_int_equal(a->shown.classes_n, CLASSES);
    pane_click(&matrix_pane, a, screen, 5, 1);
    assert_int_equal(a->states->lists[STATES_MATRIX].cursor, 2);
    assert_false(a->shown.chosen[2]);
    pane_click(&matrix_pane, a, screen, 4, 8 + 3 * 6);
    assert_int_equal(a->states->lists[STATES_MATRIX].cursor, 1);
    assert_int_equal(a->plot.cursor, 6);
    app_fixture_free(a);
}

/* The cell under both cursors is always on the screen, with the hardware cursor. */
static void test_scrolling(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(90, 50, 1);
    struct canvas *c = canvas_new(screen.rows, screen.columns, GLYPHS_ASCII);
    static const int positions[] = {0, 89, 40, 89, 3, 0};
    pane_prepare(&matrix_pane, a, screen);
    pane_act(&matrix_pane, a, ACTION_LAST, screen);
    for (int i = 0; i < 6; i++) {
        app_move(a, positions[i]);
        pane_prepare(&matrix_pane, a, screen);
        matrix_pane.draw(a, c, screen, true);
        assert_in_range(a->plot.cursor, a->states->matrix_left, a->states->matrix_left + 80);
        const struct canvas_cell *cell = &c->cells[c->cursor_row * c->columns + c->cursor_column];
        assert_int_equal(cell->role, ROLE_SELECTED);
    }
    canvas_free(c);
    app_fixture_free(a);
}

static void test_sizes(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(LAYERS, 60, 1);
    app_fixture_draw_sizes(a, &matrix_pane, 12, 90);
    strcpy(a->states->lists[STATES_MATRIX].filter, "nothing like it");
    app_fixture_draw_sizes(a, &matrix_pane, 12, 90);
    app_fixture_free(a);
    a = app_fixture_unmeasured(1, 1, 1);
    app_fixture_draw_sizes(a, &matrix_pane, 12, 90);
    app_fixture_measure(a, 1);
    app_fixture_draw_sizes(a, &matrix_pane, 12, 90);
    app_fixture_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_title_has_the_numbers),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_outlier),
        cmocka_unit_test(test_zero_and_missing),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_filter_and_search),
        cmocka_unit_test(test_choosing),
        cmocka_unit_test(test_scrolling),
        cmocka_unit_test(test_sizes),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
