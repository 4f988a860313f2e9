/* The plot: where things stand, what they look like, what keys do to it. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app_fixture.h"
#include "panes/axis.h"
#include "panes/plot.h"

static void expect_in(const char *text, const char *wanted)
{
    if (!strstr(text, wanted))
        fail_msg("\"%s\" is not in\n%s", wanted, text);
}

static void expect_not_in(const char *text, const char *unwanted)
{
    if (strstr(text, unwanted))
        fail_msg("\"%s\" is in\n%s", unwanted, text);
}

static void expect_drawn(struct app *a, int rows, int columns, enum glyphs_set glyphs, const char *wanted)
{
    char *text = app_fixture_draw(a, &plot_pane, rows, columns, glyphs);
    expect_in(text, wanted);
    free(text);
}

/* ---- The axes ------------------------------------------------------------------------------------ */

static struct axis make(int rows, int columns, int layers, double low, double high, bool zero)
{
    return axis_make((struct area){0, 0, rows, columns}, AXIS_GUTTER, 0, layers - 1, low, high, zero);
}

/* Columns ascend, lie inside, and a click on one gives the position back where every one has its own. */
static void test_columns(void **state)
{
    (void)state;
    static const int layers[] = {1, 2, 5, 18, 60, 400};
    for (int columns = 1; columns <= 200; columns += 13)
        for (size_t k = 0; k < sizeof layers / sizeof layers[0]; k++) {
            struct axis x = make(8, columns, layers[k], 0, 1, false);
            for (int p = 0; p < layers[k]; p++) {
                int column = axis_column(&x, p);
                assert_in_range(column, 0, x.dots.columns - 1);
                if (p > 0 && layers[k] <= x.dots.columns)
                    assert_true(column > axis_column(&x, p - 1));
                if (layers[k] <= x.dots.columns)
                    assert_int_equal(axis_position(&x, column), p);
            }
            assert_int_equal(axis_column(&x, -1), -1);
            assert_int_equal(axis_column(&x, layers[k]), x.dots.columns);
            assert_int_equal(axis_position(&x, -100), 0);
            assert_int_equal(axis_position(&x, 10000), layers[k] - 1);
        }
}

static void test_rows(void **state)
{
    (void)state;
    struct axis x = make(10, 80, 18, -4, -1, false);
    assert_true(x.low <= -4 && x.high >= -1);
    assert_int_equal(axis_row(&x, x.high), 0);
    assert_int_equal(axis_row(&x, x.low), 9);
    assert_int_equal(axis_row(&x, 1e300), 0);
    assert_int_equal(axis_row(&x, -INFINITY), 9);
    assert_int_equal(axis_row(&x, NAN), 10);
    /* One value, no value, zero asked for. */
    x = make(10, 80, 18, -2, -2, false);
    assert_true(x.low < -2 && x.high > -2);
    x = make(10, 80, 18, INFINITY, -INFINITY, false);
    assert_true(x.empty && x.low < x.high);
    x = make(10, 80, 18, 0.3, 0.9, true);
    assert_true(x.low <= 0 && x.high >= 0.9);
}

static void expect_round(double step)
{
    double digits = step / pow(10, floor(log10(step * (1 + 1e-9))));
    if (fabs(digits - 1) > 1e-6 && fabs(digits - 2) > 1e-6 && fabs(digits - 2.5) > 1e-6 &&
        fabs(digits - 5) > 1e-6)
        fail_msg("a step of %g", step);
}

/* What is drawn takes half of the height at least, and nothing is outside. */
static void expect_filled(const struct axis *x, double low, double high)
{
    assert_true(x->low < low && x->high >= high - 1e-9);
    if (x->dots.rows >= 8 && high - low < 0.55 * (x->high - x->low))
        fail_msg("%d rows, %g to %g: %g to %g", x->dots.rows, low, high, x->low, x->high);
}

/* Ticks are as many rows apart everywhere, never adjacent, and at round numbers. */
static void test_ticks(void **state)
{
    (void)state;
    for (int rows = 2; rows <= 40; rows++)
        for (int k = 0; k < 200; k++) {
            double low = -6 + k * 0.037, high = low + 0.02 * pow(1.05, k);
            struct axis x = make(rows, 60, 5, low, high, false);
            struct canvas *c = canvas_new(rows, 60, GLYPHS_ASCII);
            axis_draw(&x, c);
            int before = -1, least = rows, most = 0, ticks = 0;
            for (int row = 0; row < rows; row++) {
                if (strcmp(c->cells[row * 60 + AXIS_GUTTER - 1].text, "+") != 0)
                    continue;
                if (ticks++ > 0) {
                    least = row - before < least ? row - before : least;
                    most = row - before > most ? row - before : most;
                }
                before = row;
            }
            if (ticks < (rows > 3 ? 2 : 1) || (ticks > 1 && (least < 2 || most != least)))
                fail_msg("%d rows, %g to %g: %d ticks, %d to %d rows apart", rows, low, high, ticks, least,
                         most);
            expect_round(x.step);
            expect_filled(&x, low, high);
            canvas_free(c);
        }
}

/* Every marker lies on its curve, whatever the dots of the glyphs. */
static void test_markers_on_the_curve(void **state)
{
    (void)state;
    double values[18];
    for (int rows = 1; rows <= 30; rows++)
        for (int set = 0; set < GLYPHS_SETS; set++) {
            struct axis x = make(rows, 90, 18, 0, rows, false);
            struct canvas *curve = canvas_new(rows, 90, (enum glyphs_set)set);
            struct canvas *marker = canvas_new(rows, 90, (enum glyphs_set)set);
            for (int i = 0; i < 18; i++)
                values[i] = x.low + (x.high - x.low) * (i * 7 % 18) / 17;
            axis_draw_curve(&x, curve, values, ROLE_CURVE);
            for (int i = 0; i < 18; i++)
                axis_draw_marker(&x, marker, i, values[i], ROLE_BEST, GLYPH_BEST);
            int markers = 0;
            for (int i = 0; i < rows * 90; i++)
                if (strcmp(marker->cells[i].text, " ") != 0) {
                    assert_string_not_equal(curve->cells[i].text, " ");
                    markers++;
                }
            assert_int_equal(markers, 18);
            canvas_free(curve);
            canvas_free(marker);
        }
}

static void expect_number(double value, double step, const char *wanted)
{
    char text[AXIS_NUMBER];
    axis_number(text, value, step);
    assert_string_equal(text, wanted);
}

static void test_numbers(void **state)
{
    (void)state;
    expect_number(-1.5, 0.5, "-1.5");
    expect_number(-2, 1, "-2");
    expect_number(0.002, 0.001, "0.002");
    expect_number(-1e-18, 0.5, "0.0"); /* no -0.0 */
    expect_number(2e-7, 1e-7, "2e-07");
    expect_number(2e7, 1e7, "2e+07");
    expect_number(50, 10, "50");
}

static void expect_short(const char *name, const char *wanted)
{
    char text[AXIS_SHORT];
    axis_short_name(text, name);
    assert_string_equal(text, wanted);
}

static void test_short_names(void **state)
{
    (void)state;
    expect_short("block4_conv2", "b4c2");
    expect_short("block4_pool", "b4p");
    expect_short("layer3_block12_downsample", "l3b12ds");
    expect_short("maxpool", "mp");
    expect_short("fc6", "fc6");
    expect_short("custom7", "c7");
    expect_short("", "");
}

/* No two names touch, whatever the width. */
static void test_names_never_touch(void **state)
{
    (void)state;
    for (int columns = 20; columns <= 220; columns += 7) {
        struct app *a = app_fixture_new(18, 2, 2);
        struct axis x = make(5, columns, 18, 0, 1, false);
        const char *names[18];
        for (int i = 0; i < 18; i++)
            names[i] = app_row(a, i)->name;
        struct canvas *c = canvas_new(2, x.dots.columns, GLYPHS_ASCII);
        axis_draw_names(&x, c, canvas_area(c), names, 7, ROLE_SELECTED);
        char line[512];
        int drawn = 0;
        FILE *out = fmemopen(line, sizeof line, "w");
        canvas_print(c, out);
        fclose(out);
        for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n"), drawn++) {
            bool known = false;
            for (int i = 0; i < 18; i++) {
                char text[AXIS_SHORT];
                axis_short_name(text, names[i]);
                known = known || strcmp(word, text) == 0 || strcmp(word, names[i]) == 0;
            }
            if (!known)
                fail_msg("%d columns: %s", columns, word);
        }
        assert_in_range(drawn, columns < 60 ? 1 : 4, 18);
        canvas_free(c);
        app_fixture_free(a);
    }
}

/* ---- What is drawn ------------------------------------------------------------------------------- */

/* The highest point is no candidate where it is an end of the curve, and says so. */
static void test_end(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(17, 3, 4); /* the last one is no pool */
    const struct curve_point *points = a->shown.points;
    char *text = app_fixture_draw(a, &plot_pane, 20, 100, GLYPHS_BRAILLE);
    expect_not_in(text, "no candidate: end of the curve");
    free(text);
    a->shown.points[16].cui = 3 * points[a->shown.best].cui;
    text = app_fixture_draw(a, &plot_pane, 20, 100, GLYPHS_BRAILLE);
    expect_in(text, "no candidate: end of the curve");
    free(text);
    a->plot.trapped = true;
    text = app_fixture_draw(a, &plot_pane, 20, 100, GLYPHS_BRAILLE);
    expect_not_in(text, "no candidate: end of the curve");
    free(text);
    app_fixture_free(a);
}

static int count_stars(const char *text)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, "★")); at++)
        n++;
    return n;
}

/* The size-corrected curve has stars at its own local maxima. */
static void test_corrected_stars(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 3, 4);
    a->settings.corrected = true;
    a->study->layer_list.correction[7] *= 100; /* which makes one of it that the raw curve has not */
    shown_compute(&a->shown, a->study);
    int peaks = 0, others = 0;
    for (int i = 0; i < 18; i++) {
        bool peak = i > 0 && i < 17 && app_value(a, &a->shown, i) > app_value(a, &a->shown, i - 1) &&
                    app_value(a, &a->shown, i) > app_value(a, &a->shown, i + 1);
        assert_int_equal(app_is_peak(a, &a->shown, i), peak);
        peaks += peak && i != a->shown.best;
        others += peak != app_point(a, i)->local_max;
    }
    assert_true(others > 0);
    char *text = app_fixture_draw(a, &plot_pane, 20, 160, GLYPHS_BRAILLE);
    expect_in(text, "★ local maximum  ◆ best by raw CUI");
    assert_int_equal(count_stars(text) - 1, peaks);
    free(text);
    app_fixture_free(a);
}

static void test_parts(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 3, 4);
    a->plot.cursor = 13;
    char *text = app_fixture_draw(a, &plot_pane, 14, 112, GLYPHS_BRAILLE);
    expect_in(text, "block4_pool");
    expect_in(text, "layer 13");
    expect_in(text, "rank 2");
    expect_in(text, "sends  2.0 KiB");
    expect_in(text, "95 % ");
    expect_in(text, "log10 CUI  ★ candidate  ◆ best");
    expect_in(text, "★");
    expect_in(text, "◆");
    expect_in(text, "b1c1 ");
    expect_in(text, " 64 KiB│");
    expect_in(text, "  512 B│");
    expect_in(text, "bytes a cut sends (f32, log scale); dotted: the input, 12.0 KiB");
    expect_in(text, "CDE   ");
    free(text);
    text = app_fixture_draw(a, &plot_pane, 14, 98, GLYPHS_ASCII);
    for (const char *s = text; *s; s++)
        assert_true((unsigned char)*s < 0x80);
    expect_in(text, "..-*'--");
    expect_in(text, "# best");
    free(text);
    /* Fewer rows: first the strip goes, then the title, then the names; the words stay. */
    text = app_fixture_draw(a, &plot_pane, 9, 98, GLYPHS_BRAILLE);
    expect_not_in(text, "KiB│");
    expect_in(text, "b1c1 ");
    free(text);
    expect_drawn(a, 1, 30, GLYPHS_BRAILLE, "block4_pool");
    app_fixture_free(a);
}

/* Nothing is written outside of the area, whatever its size; sanitizers watch the rest. */
static void test_any_size(void **state)
{
    (void)state;
    static const int layers[] = {1, 2, 5, 18, 60, 400};
    for (size_t k = 0; k < sizeof layers / sizeof layers[0]; k++) {
        struct app *a = app_fixture_new(layers[k], 2, 2);
        a->plot.cursor = layers[k] - 1;
        a->plot.zoom_from = 0;
        marks_set(a->marks, 0, "");
        for (int rows = 1; rows <= 40; rows += 3)
            for (int columns = 1; columns <= 170; columns += 24) {
                struct canvas *c = canvas_new(rows + 2, columns + 2, GLYPHS_BRAILLE);
                plot_pane.draw(a, c, (struct area){1, 1, rows, columns}, true);
                for (int i = 0; i < columns + 2; i++) {
                    assert_string_equal(c->cells[i].text, " ");
                    assert_string_equal(c->cells[(rows + 1) * (columns + 2) + i].text, " ");
                }
                for (int i = 0; i < rows + 2; i++) {
                    assert_string_equal(c->cells[i * (columns + 2)].text, " ");
                    assert_string_equal(c->cells[i * (columns + 2) + columns + 1].text, " ");
                }
                canvas_free(c);
            }
        app_fixture_free(a);
    }
}

static void test_nothing_measured(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(18, 3, 4);
    expect_drawn(a, 14, 98, GLYPHS_BRAILLE, "no image of the chosen classes is measured yet");
    expect_drawn(a, 14, 98, GLYPHS_BRAILLE, "rank -");
    app_fixture_measure(a, 1); /* no interval yet */
    char *text = app_fixture_draw(a, &plot_pane, 14, 98, GLYPHS_BRAILLE);
    expect_not_in(text, "95 %");
    expect_in(text, "★");
    free(text);
    app_fixture_free(a);
}

/* The word has a blank on either side, wherever the curve runs. */
static void test_best_word(void **state)
{
    (void)state;
    for (int columns = 40; columns < 150; columns += 3)
        for (int rows = 6; rows < 30; rows += 5)
            for (int set = 0; set < GLYPHS_SETS; set++) {
                struct app *a = app_fixture_new(18, 3, 4);
                struct canvas *c = canvas_new(rows, columns, (enum glyphs_set)set);
                plot_pane.draw(a, c, canvas_area(c), true);
                for (int i = 2 * columns; i < (rows - 1) * columns; i++)
                    if (c->cells[i].role == ROLE_BEST && strcmp(c->cells[i].text, "b") == 0) {
                        assert_string_equal(c->cells[i - 1].text, " ");
                        assert_true((i + 4) % columns == 0 || strcmp(c->cells[i + 4].text, " ") == 0);
                    }
                canvas_free(c);
                app_fixture_free(a);
            }
}

/* A wide interval is seen without colour: sparse dots in braille, light cells elsewhere. */
static void test_band(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 3, 4);
    for (int i = 0; i < 18; i++) {
        a->shown.points[i].low = a->shown.points[i].cui / 8;
        a->shown.points[i].high = a->shown.points[i].cui * 8;
    }
    expect_drawn(a, 24, 98, GLYPHS_BRAILLE, "⢕⢕");
    expect_drawn(a, 24, 98, GLYPHS_BLOCK, "░░");
    expect_drawn(a, 24, 98, GLYPHS_ASCII, "::");
    a->shown.points[9].low = -1; /* below what a log scale shows: down to the edge */
    char *text = app_fixture_draw(a, &plot_pane, 24, 98, GLYPHS_BLOCK);
    free(text);
    app_fixture_free(a);
}

static void test_zero_and_unclean(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 3, 4);
    a->shown.points[4].cui = a->shown.points[4].low = a->shown.points[4].high = 0;
    a->plot.cursor = 4;
    ((struct table *)a->study->table)->rows[4].clean = false;
    char *text = app_fixture_draw(a, &plot_pane, 14, 112, GLYPHS_ASCII);
    expect_in(text, "CUI zero");
    expect_in(text, "log10 zero");
    expect_in(text, "95 % zero..zero"); /* as in the table */
    expect_in(text, "! not clean");
    expect_in(text, "0"); /* where its point would be */
    expect_in(text, "not clean");
    free(text);
    app_fixture_free(a);
}

/* ---- Keys and clicks ----------------------------------------------------------------------------- */

static const struct area area = {0, 0, 14, 98};

static void test_moving(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 2, 2);
    app_act(a, ACTION_RIGHT);
    assert_int_equal(a->plot.cursor, 1);
    pane_act(&plot_pane, a, ACTION_DOWN, area);
    assert_int_equal(a->plot.cursor, 2);
    app_act(a, ACTION_LEFT);
    pane_act(&plot_pane, a, ACTION_UP, area);
    app_act(a, ACTION_LEFT);
    assert_int_equal(a->plot.cursor, 0);
    pane_act(&plot_pane, a, ACTION_LAST, area);
    assert_int_equal(a->plot.cursor, 17);
    pane_act(&plot_pane, a, ACTION_PAGE_UP, area);
    assert_int_equal(a->plot.cursor, 12);
    pane_act(&plot_pane, a, ACTION_FIRST, area);
    assert_int_equal(a->plot.cursor, 0);
    assert_false(pane_act(&plot_pane, a, ACTION_QUIT, area));
    pane_click(&plot_pane, a, area, 5, 97);
    assert_int_equal(a->plot.cursor, 17);
    pane_click(&plot_pane, a, area, 5, 0);
    assert_int_equal(a->plot.cursor, 0);
    app_fixture_free(a);
}

static void test_zoom(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 2, 2);
    app_prepare(a);
    assert_false(pane_act(&plot_pane, a, ACTION_ESCAPE, area));
    app_move(a, 8);
    app_act(a, ACTION_ZOOM);
    expect_drawn(a, 14, 98, GLYPHS_BRAILLE, "zoom from block3_conv3");
    app_act(a, ACTION_ZOOM); /* one layer is no range */
    assert_int_equal(a->plot.zoom_from, 8);
    app_move(a, 2);
    app_act(a, ACTION_ZOOM);
    assert_int_equal(a->plot.first, 2);
    assert_int_equal(a->plot.last, 8);
    assert_int_equal(a->plot.zoom_from, -1);
    expect_drawn(a, 14, 98, GLYPHS_BRAILLE, "layers 3-9 of 18, Z: all");
    app_act(a, ACTION_ZOOM);
    assert_true(pane_act(&plot_pane, a, ACTION_ESCAPE, area));
    assert_int_equal(a->plot.zoom_from, -1);
    assert_int_equal(a->plot.first, 2);
    app_act(a, ACTION_ZOOM_OUT);
    assert_int_equal(a->plot.first, 0);
    assert_int_equal(a->plot.last, 17);
    app_fixture_free(a);
}

static void test_settings(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 2, 2);
    app_prepare(a);
    app_act(a, ACTION_LINEAR);
    assert_true(a->settings.linear && a->keeping.settings_changed && a->dirty);
    expect_drawn(a, 14, 98, GLYPHS_BRAILLE, "\nCUI  ");
    app_act(a, ACTION_LINEAR);
    app_act(a, ACTION_CORRECTED);
    expect_drawn(a, 14, 98, GLYPHS_BRAILLE, "\nlog10 CUI*KHW  ");
    /* What is plotted is said too, under its own name. */
    char value[64];
    a->plot.cursor = 7;
    snprintf(value, sizeof value, "  log10 CUI*KHW %.3f ", app_value(a, &a->shown, 7));
    expect_drawn(a, 14, 80, GLYPHS_BRAILLE, value);
    snprintf(value, sizeof value, "  CUI %.4g ", a->shown.points[7].cui);
    expect_drawn(a, 14, 80, GLYPHS_BRAILLE, value);
    a->settings.linear = true;
    snprintf(value, sizeof value, "  CUI*KHW %.4g ", app_value(a, &a->shown, 7));
    expect_drawn(a, 14, 80, GLYPHS_BRAILLE, value);
    a->settings.linear = false;
    app_act(a, ACTION_BYTES);
    expect_drawn(a, 14, 98, GLYPHS_BRAILLE, "(f16, log scale)");
    expect_drawn(a, 14, 98, GLYPHS_BRAILLE, " 32 KiB│");
    for (int i = 1; i < DTYPES; i++) /* through all of them, and round */
        app_act(a, ACTION_BYTES);
    assert_int_equal(a->settings.bytes, DTYPE_F32);
    app_fixture_free(a);
}

/* Moving by a layer changes few cells, and never a column of text: what follows a name stays in place. */
static void test_moving_changes_little(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 3, 4);
    struct canvas *before = canvas_new(14, 98, GLYPHS_BRAILLE), *after = canvas_new(14, 98, GLYPHS_BRAILLE);
    int changed = 0;
    for (int p = 0; p + 1 < 18; p++) {
        canvas_clear(before);
        canvas_clear(after);
        a->plot.cursor = p;
        plot_pane.draw(a, before, area, true);
        a->plot.cursor = p + 1;
        plot_pane.draw(a, after, area, true);
        for (int i = 0; i < 14 * 98; i++)
            changed += strcmp(before->cells[i].text, after->cells[i].text) != 0 ||
                       before->cells[i].role != after->cells[i].role;
    }
    assert_in_range(changed / 17, 1, 90);
    canvas_free(before);
    canvas_free(after);
    app_fixture_free(a);
}

/* Fields do not move when the cursor does. */
static void test_words_stay_in_place(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 3, 4);
    for (int columns = 40; columns < 140; columns += 9) {
        long at[3] = {-1, -1, -1};
        for (a->plot.cursor = 0; a->plot.cursor < 18; a->plot.cursor++) {
            static const char *const words[] = {"rank", "sends", "95 %"};
            char *text = app_fixture_draw(a, &plot_pane, 1, columns, GLYPHS_ASCII);
            for (int i = 0; i < 3; i++) {
                const char *found = strstr(text, words[i]);
                long here = found ? found - text : -2;
                assert_true(at[i] == -1 || at[i] == here);
                at[i] = here;
            }
            free(text);
        }
    }
    app_fixture_free(a);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_markers_on_the_curve),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_short_names),
        cmocka_unit_test(test_names_never_touch),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_corrected_stars),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_any_size),
        cmocka_unit_test(test_nothing_measured),
        cmocka_unit_test(test_best_word),
        cmocka_unit_test(test_band),
        cmocka_unit_test(test_zero_and_unclean),
        cmocka_unit_test(test_moving),
        cmocka_unit_test(test_zoom),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_moving_changes_little),
        cmocka_unit_test(test_words_stay_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
