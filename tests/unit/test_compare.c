/* The compared curves: legend, differences, selection, zoom, and areas of any size. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/shown.h"
#include "app_fixture.h"
#include "panes/compare.h"
#include "panes/compare_legend.h"

enum { LAYERS = 18, CLASSES = 6 };
static const struct area screen = {0, 0, 19, 80};

static void choose(struct app *a, const char *letters)
{
    bool chosen[CLASSES] = {false};
    for (; *letters; letters++)
        chosen[*letters - 'A'] = true;
    app_choose(a, chosen, NULL);
}

static void pin(struct app *a, const char *letters)
{
    choose(a, letters);
    shown_set(&a->pins.curves[a->pins.n++], a->study, a->shown.chosen, a->shown.name);
}

/* All classes, with A, BC and DEF pinned. */
static struct app *pinned(void)
{
    struct app *a = app_fixture_new(LAYERS, CLASSES, 10);
    pin(a, "A");
    pin(a, "BC");
    pin(a, "DEF");
    choose(a, "ABCDEF");
    return a;
}

static void has(struct app *a, const char *text)
{
    char *shown = app_fixture_draw(a, &compare_pane, screen.rows, screen.columns, GLYPHS_ASCII);
    if (!strstr(shown, text))
        fail_msg("'%s' is not in\n%s", text, shown);
    free(shown);
}

static void lacks(struct app *a, const char *text)
{
    char *shown = app_fixture_draw(a, &compare_pane, screen.rows, screen.columns, GLYPHS_ASCII);
    if (strstr(shown, text))
        fail_msg("'%s' is in\n%s", text, shown);
    free(shown);
}

static void test_nothing_pinned(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(LAYERS, CLASSES, 10);
    has(a, "c pins the curve of the chosen classes; choose others in view 3 and compare");
    has(a, ">-- all classes");
    has(a, "block4_pool");
    pane_act(&compare_pane, a, ACTION_DIFFERENCE, screen);
    assert_int_equal(a->states->difference, 0);
    assert_int_equal(compare_selected_pin(a), -1);
    app_fixture_free(a);
}

static void test_legend(void **state)
{
    (void)state;
    struct app *a = pinned();
    app_move(a, 5);
    char row[120];
    snprintf(row, sizeof row, "%.3f..%.3f %12.3f\n", app_value_of(a, 13, a->pins.curves[1].points[13].low),
             app_value_of(a, 13, a->pins.curves[1].points[13].high), app_value(a, &a->pins.curves[1], 5));
    has(a, "\n +  B,C");
    has(a, "at b2p");
    has(a, "\n>-- all classes");
    has(a, "\n o  A");
    has(a, "\n    curve  ");
    has(a, row);
    has(a, "\n ^  D,E,F");
    a->settings.linear = true;
    char value[40];
    snprintf(value, sizeof value, "%.4g\n", a->pins.curves[1].points[5].cui);
    has(a, value);
    app_fixture_free(a);
}

/* Each pair once, the chosen classes first, then curves again. */
static void test_pairs(void **state)
{
    (void)state;
    struct app *a = pinned();
    static const int pairs[][2] = {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}};
    for (int i = 0; i < 6; i++) {
        int one, other;
        pane_act(&compare_pane, a, ACTION_DIFFERENCE, screen);
        compare_pair(a, &one, &other);
        assert_int_equal(one, pairs[i][0]);
        assert_int_equal(other, pairs[i][1]);
    }
    has(a, "A minus B at block1_conv1: +0.041 (x1.1), 95 % 0.024..0.059: real");
    has(a, "    A minus B  ");
    has(a, "\n +A B,C");
    has(a, "\n ^B D,E,F");
    has(a, "\n>-- all classes");
    pane_act(&compare_pane, a, ACTION_DIFFERENCE, screen);
    assert_int_equal(a->states->difference, 0);
    app_fixture_free(a);
}

static void test_difference_is_a_ratio(void **state)
{
    (void)state;
    struct app *a = pinned();
    app_move(a, 7);
    pane_act(&compare_pane, a, ACTION_DIFFERENCE, screen);
    double ratio = a->shown.points[7].cui / a->pins.curves[0].points[7].cui;
    char title[160];
    snprintf(title, sizeof title, "A minus B at block3_conv2: %s%.3f (x%.3g), 95 %% ", ratio > 1 ? "+" : "",
             log10(ratio), ratio);
    has(a, title);
    a->settings.corrected = true; /* the same factor for both */
    has(a, title);
    a->settings.corrected = false;
    a->settings.linear = true;
    double difference = a->shown.points[7].cui - a->pins.curves[0].points[7].cui;
    snprintf(title, sizeof title, "A minus B at block3_conv2: %s%.4g, 95 %% ", difference > 0 ? "+" : "",
             difference);
    has(a, title);
    app_fixture_free(a);
}

static void test_selection(void **state)
{
    (void)state;
    struct app *a = pinned();
    assert_false(pane_act(&compare_pane, a, ACTION_ONLY, screen)); /* of the chosen classes: not its own */
    for (int i = 0; i < 5; i++)
        pane_act(&compare_pane, a, ACTION_DOWN, screen);
    assert_int_equal(compare_selected_pin(a), 2);
    has(a, "\n>^  D,E,F"); /* told without colour */
    has(a, "\n -- all classes");
    pane_act(&compare_pane, a, ACTION_UP, screen);
    assert_int_equal(compare_selected_pin(a), 1);
    assert_false(pane_act(&compare_pane, a, ACTION_ENTER, screen)); /* never changes what is chosen */
    assert_true(pane_act(&compare_pane, a, ACTION_ONLY, screen));
    assert_int_equal(a->shown.classes_n, 2);
    assert_true(a->shown.chosen[1] && a->shown.chosen[2]);
    /* Pins that are taken away take the selection and the difference with them. */
    a->states->difference = 6;
    while (a->pins.n > 0)
        shown_free(&a->pins.curves[--a->pins.n]);
    pane_prepare(&compare_pane, a, screen);
    assert_int_equal(compare_selected_pin(a), -1);
    assert_int_equal(a->states->difference, 0);
    app_fixture_free(a);
}

static void test_cursor_and_zoom(void **state)
{
    (void)state;
    struct app *a = pinned();
    app_act(a, ACTION_RIGHT);
    assert_int_equal(a->plot.cursor, 1);
    pane_act(&compare_pane, a, ACTION_LAST, screen); /* of the curves, as Up and Down */
    assert_int_equal(compare_selected_pin(a), a->pins.n - 1);
    assert_int_equal(a->plot.cursor, 1);
    pane_act(&compare_pane, a, ACTION_FIRST, screen);
    assert_int_equal(compare_selected_pin(a), -1);
    app_act(a, ACTION_LEFT);
    assert_int_equal(a->plot.cursor, 0);
    has(a, "b5c1");
    a->plot.last = 4;
    lacks(a, "5_conv1");
    lacks(a, "b5c1");
    has(a, "block2_conv2");
    app_fixture_free(a);
}

static void test_mouse(void **state)
{
    (void)state;
    struct app *a = pinned();
    pane_click(&compare_pane, a, screen, 17, 5); /* the last but one row */
    assert_int_equal(compare_selected_pin(a), 1);
    pane_click(&compare_pane, a, screen, 14, 5); /* the head */
    assert_int_equal(compare_selected_pin(a), 1);
    pane_click(&compare_pane, a, screen, 5, 79);
    assert_int_equal(a->plot.cursor, LAYERS - 1);
    app_fixture_free(a);
}

static int lines_with(struct app *a, int rows, const char *text)
{
    char *shown = app_fixture_draw(a, &compare_pane, rows, 40, GLYPHS_ASCII);
    int n = 0;
    for (char *line = strtok(shown, "\n"); line; line = strtok(NULL, "\n"))
        n += strstr(line, text) != NULL;
    free(shown);
    return n;
}

/* No row is wasted where there are few: the plot has what the legend does not need, and where the legend has
 * not enough, it is scrolled to the selected curve. */
static void test_few_rows(void **state)
{
    (void)state;
    struct app *a = pinned();
    for (int rows = 5; rows <= 16; rows++) {
        struct canvas *c = canvas_new(rows, 40, GLYPHS_ASCII);
        pane_prepare(&compare_pane, a, canvas_area(c));
        compare_pane.draw(a, c, canvas_area(c), true);
        for (int row = 0; row < rows; row++) {
            bool blank = true;
            for (int i = 0; i < 40; i++)
                blank = blank && strcmp(c->cells[row * 40 + i].text, " ") == 0;
            if (blank)
                fail_msg("row %d of %d is blank", row, rows);
        }
        canvas_free(c);
    }
    assert_int_equal(lines_with(a, 9, "b1c1"), 1); /* the names; four curves are there, no head */
    assert_int_equal(lines_with(a, 9, "D,E,F"), 1);
    assert_int_equal(lines_with(a, 9, "curve  "), 0);
    assert_int_equal(lines_with(a, 11, "curve  "), 1);
    assert_int_equal(lines_with(a, 7, "D,E,F"), 0);
    a->states->lists[STATES_COMPARE].cursor = 3;
    assert_int_equal(lines_with(a, 7, ">^  D,E,F"), 1);
    app_fixture_free(a);
}

static void test_sizes(void **state)
{
    (void)state;
    struct app *a = pinned();
    app_fixture_draw_sizes(a, &compare_pane, 12, 60);
    a->states->difference = 2;
    app_fixture_draw_sizes(a, &compare_pane, 12, 60);
    app_fixture_free(a);
    a = app_fixture_unmeasured(1, 1, 3);
    has(a, "no image of the chosen classes is measured yet");
    app_fixture_draw_sizes(a, &compare_pane, 12, 60);
    app_fixture_free(a);
}

/* Cells of the plot that show this text. */
static int cells_with(struct app *a, enum glyphs_set glyphs, enum theme theme, const char *text)
{
    enum { ABOVE = 1, ROWS = 16 }; /* of the plot, without the legend */
    a->settings.theme = theme;
    char *shown = app_fixture_draw(a, &compare_pane, 30, 100, glyphs), *line = shown;
    int n = 0;
    for (int row = 0; row < ABOVE + ROWS && line; row++, line = strchr(line, '\n') + 1)
        for (const char *at = line; row >= ABOVE && *at && *at != '\n'; at++)
            n += strncmp(at, text, strlen(text)) == 0;
    free(shown);
    return n;
}

/* Without colours a curve is a line of its own sign, or broken in its own way. */
static void test_without_colours(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(LAYERS, CLASSES, 10);
    pin(a, "A");
    choose(a, "BCDEF");
    for (int i = 0; i < LAYERS; i++) /* apart from the other */
        a->pins.curves[0].points[i].cui *= 100;
    a->settings.glyphs = GLYPHS_ASCII;
    assert_true(cells_with(a, GLYPHS_ASCII, THEME_MONO, "o") >
                LAYERS + LAYERS / 2); /* more than signs at points */
    a->settings.glyphs = GLYPHS_BRAILLE;
    char *plain, *broken;
    a->settings.theme = THEME_DARK;
    plain = app_fixture_draw(a, &compare_pane, 30, 100, GLYPHS_BRAILLE);
    a->settings.theme = THEME_MONO;
    broken = app_fixture_draw(a, &compare_pane, 30, 100, GLYPHS_BRAILLE);
    assert_string_not_equal(plain, broken);
    free(plain);
    free(broken);
    app_fixture_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_colours),
        cmocka_unit_test(test_nothing_pinned),
        cmocka_unit_test(test_legend),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_difference_is_a_ratio),
        cmocka_unit_test(test_selection),
        cmocka_unit_test(test_cursor_and_zoom),
        cmocka_unit_test(test_mouse),
        cmocka_unit_test(test_few_rows),
        cmocka_unit_test(test_sizes),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
