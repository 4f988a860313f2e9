/* The layer table: what it shows, how it is sorted and filtered, and that its cursor is the plot's. The log
 * too, which is the same kind of list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app_fixture.h"
#include "panes/classes.h"
#include "screen/keys.h"
#include "panes/list_pane.h"
#include "panes/log.h"
#include "panes/table.h"

static const struct area screen = {0, 0, 8, 80};

static void expect_frame(struct app *a, const struct pane *pane, int rows, int columns, const char *wanted)
{
    char *got = app_fixture_draw(a, pane, rows, columns, a->settings.glyphs);
    if (strcmp(got, wanted) != 0)
        fail_msg("got:\n%swanted:\n%s", got, wanted);
    free(got);
}

static void expect_shown(struct app *a, const struct pane *pane, const char *part)
{
    char *got = app_fixture_draw(a, pane, 8, 100, a->settings.glyphs);
    if (!strstr(got, part))
        fail_msg("no '%s' in:\n%s", part, got);
    free(got);
}

static void type(struct app *a, const char *text, int end)
{
    for (; *text; text++)
        prompt_key(a, &a->prompt, (unsigned char)*text);
    if (end)
        prompt_key(a, &a->prompt, end);
}

static void act(struct app *a, const struct pane *pane, enum action action)
{
    assert_true(pane_act(pane, a, action, screen));
}

static void sort_by(struct app *a, const char *title)
{
    for (int i = 0; i < COLUMNS_MAX; i++) {
        if (strcmp(a->states->columns[STATES_TABLE].columns[a->states->columns[STATES_TABLE].sort].title,
                   title) == 0)
            return;
        act(a, &table_pane, ACTION_SORT_NEXT);
    }
    fail_msg("no column %s", title);
}

static void test_frame(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 3, 10);
    a->settings.glyphs = GLYPHS_ASCII;
    marks_set(a->marks, 4, "here");
    app_move(a, 2);
    ((struct table_row *)a->study->table->rows)[1].cut_tensors = 2;
    expect_frame(a, &table_pane, 7, 79,
                 " ^# name         shape     cut f32 head MACs % log10 CUI rank pick % marks\n"
                 "  0 block1_conv1 16x32x32 64.0 KiB         7.0    -3.902    6      -\n"
                 "  1 block1_conv2 16x32x32 64.0 KiB        44.1    -3.402    5      -     !\n"
                 "> 2 block1_pool  16x16x16 16.0 KiB        44.1    -2.302    3      - *#\n"
                 "  3 block2_conv1 32x16x16 32.0 KiB        62.7    -2.402    4      -\n"
                 "  4 block2_conv2 32x16x16 32.0 KiB        99.9    -1.902    2      -    x\n"
                 "  5 block2_pool  32x8x8    8.0 KiB        99.9    -0.802    1      -   c\n");
    a->settings.bytes = DTYPE_INT8;
    a->settings.glyphs = GLYPHS_BRAILLE;
    expect_frame(a, &table_pane, 4, 44,
                 " ▲# name         cut int8 log10 CUI marks\n"
                 "  0 block1_conv1 16.0 KiB    -3.902\n"
                 "  1 block1_conv2 16.0 KiB    -3.402     !\n"
                 "▸ 2 block1_pool   4.0 KiB    -2.302 ★◆\n");
    app_fixture_free(a);
}

/* Columns of the least worth make room for long names; a name is never longer than a quarter for that. */
static void test_long_names(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 3, 10);
    struct table_row *row = &((struct table_row *)a->study->table->rows)[3];
    snprintf(row->name, sizeof row->name, "layer3_block1_conv");
    char *shown = app_fixture_draw(a, &table_pane, 7, 74, GLYPHS_ASCII);
    if (!strstr(shown, "  3 layer3_block1_conv ") || !strstr(shown, "log10 CUI") || strstr(shown, "pick %"))
        fail_msg("%s", shown);
    free(shown);
    shown = app_fixture_draw(a, &table_pane, 7, 32, GLYPHS_ASCII);
    if (!strstr(shown, "log10 CUI")) /* what the table is for stays */
        fail_msg("%s", shown);
    free(shown);
    app_fixture_free(a);
}

static void test_no_value(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(6, 3, 10);
    expect_shown(a, &table_pane, "64.0 KiB         7.0         -        -    -      -\n");
    app_fixture_measure(a, 30);
    struct curve_point *p = &a->shown.points[0];
    p->cui = p->low = p->high = 0;
    p->log10_cui = NAN;
    expect_shown(a, &table_pane, "7.0      zero     zero..zero    6");
    a->settings.linear = true;
    expect_shown(a, &table_pane, " 0..0 ");
    app_fixture_free(a);
}

/* The plot moves the table, the table moves the plot, in the order that is shown. */
static void test_cursor(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 3, 10);
    app_move(a, 17);
    pane_prepare(&table_pane, a, screen);
    assert_int_equal(a->states->lists[STATES_TABLE].cursor, 17);
    assert_int_equal(a->states->lists[STATES_TABLE].first, 11);
    act(a, &table_pane, ACTION_UP);
    assert_int_equal(a->plot.cursor, 16);
    sort_by(a, "rank");
    pane_prepare(&table_pane, a, screen);
    assert_int_equal(app_point(a, a->plot.cursor)->rank, 1); /* the top is shown */
    act(a, &table_pane, ACTION_FIRST);
    assert_int_equal(app_point(a, a->plot.cursor)->rank, 1);
    act(a, &table_pane, ACTION_DOWN);
    assert_int_equal(app_point(a, a->plot.cursor)->rank, 2);
    act(a, &table_pane, ACTION_SORT_REVERSE);
    assert_int_equal(app_point(a, a->plot.cursor)->rank, 18);
    act(a, &table_pane, ACTION_DOWN);
    assert_int_equal(app_point(a, a->plot.cursor)->rank, 17);
    pane_click(&table_pane, a, screen, 3, 20);
    assert_int_equal(a->states->table_order[a->states->lists[STATES_TABLE].first + 2], a->plot.cursor);
    pane_click(&table_pane, a, screen, 0, 7);
    assert_string_equal(a->states->columns[STATES_TABLE].columns[a->states->columns[STATES_TABLE].sort].title,
                        "name");
    assert_false(pane_act(&table_pane, a, ACTION_LEFT, screen));
    app_fixture_free(a);
}

static void expect_order(struct app *a, const int *wanted)
{
    pane_prepare(&table_pane, a, screen);
    for (int i = 0; i < a->states->lists[STATES_TABLE].n; i++)
        assert_int_equal(a->states->table_order[i], wanted[i]);
}

static void test_sorting(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 3, 10);
    a->shown.points[4].cui = NAN;
    a->shown.points[4].rank = 0;
    a->shown.points[1].cui = 0;
    marks_set(a->marks, 3, "");
    pane_prepare(&table_pane, a, screen);
    expect_order(a, (const int[]){0, 1, 2, 3, 4, 5});
    sort_by(a, "name");
    expect_order(a, (const int[]){0, 1, 2, 3, 4, 5});
    sort_by(a, "type"); /* equal ones as they come */
    expect_order(a, (const int[]){0, 1, 3, 4, 2, 5});
    act(a, &table_pane, ACTION_SORT_REVERSE);
    expect_order(a, (const int[]){2, 5, 0, 1, 3, 4});
    sort_by(a, "cut f32");
    expect_order(a, (const int[]){5, 2, 3, 4, 0, 1});
    sort_by(a, "log10 CUI"); /* the highest first; zero is the lowest; what has no value comes last */
    expect_order(a, (const int[]){5, 2, 3, 0, 1, 4});
    act(a, &table_pane, ACTION_SORT_REVERSE);
    expect_order(a, (const int[]){1, 0, 3, 2, 5, 4});
    sort_by(a, "rank");
    expect_order(a, (const int[]){5, 2, 3, 1, 0, 4});
    sort_by(a, "marks");
    expect_order(a, (const int[]){3, 2, 5, 0, 1, 4});
    expect_shown(a, &table_pane, "marks▼\n");
    act(a, &table_pane, ACTION_SORT_NEXT);
    expect_shown(a, &table_pane, "▲#");
    app_fixture_free(a);
}

static void test_filter(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 3, 10);
    app_move(a, 1);
    act(a, &table_pane, ACTION_FILTER);
    type(a, "*_pool", 0);
    expect_shown(a, &table_pane, "2 of 6 layers match '*_pool' (Esc: all)"); /* while it is typed */
    prompt_key(a, &a->prompt, KEYS_ENTER);
    pane_prepare(&table_pane, a, screen);
    assert_int_equal(a->states->lists[STATES_TABLE].n, 2);
    assert_int_equal(a->plot.cursor, 1); /* hidden, and where it was */
    act(a, &table_pane, ACTION_DOWN);
    assert_int_equal(a->plot.cursor, 2); /* the nearest one first */
    act(a, &table_pane, ACTION_DOWN);
    assert_int_equal(a->plot.cursor, 5);
    act(a, &table_pane, ACTION_ESCAPE);
    assert_string_equal(a->states->lists[STATES_TABLE].filter, "");
    assert_false(pane_act(&table_pane, a, ACTION_ESCAPE, screen));
    /* By type; left again by Esc. */
    act(a, &table_pane, ACTION_FILTER);
    type(a, "MAX", 0);
    pane_prepare(&table_pane, a, screen);
    assert_int_equal(a->states->lists[STATES_TABLE].n, 2);
    type(a, "xyz", 0);
    expect_shown(a, &table_pane, " no layer matches 'MAXxyz' (\\ then Enter: all)\n");
    act(a, &table_pane, ACTION_DOWN);
    assert_int_equal(a->plot.cursor, 5);
    prompt_key(a, &a->prompt, KEYS_ESC);
    assert_string_equal(a->states->lists[STATES_TABLE].filter, "");
    app_fixture_free(a);
}

static void test_search(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 3, 10);
    app_move(a, 4);
    act(a, &table_pane, ACTION_SEARCH);
    type(a, "POOL", 0);
    assert_int_equal(a->plot.cursor, 5);
    type(a, "x", 0);
    assert_int_equal(a->plot.cursor, 4); /* not found: where it began */
    type(a, "", KEYS_BACKSPACE);
    assert_int_equal(a->plot.cursor, 5);
    prompt_key(a, &a->prompt, KEYS_ENTER);
    act(a, &table_pane, ACTION_SEARCH_NEXT);
    assert_int_equal(a->plot.cursor, 9);
    act(a, &table_pane, ACTION_SEARCH_PREVIOUS);
    act(a, &table_pane, ACTION_SEARCH_PREVIOUS);
    assert_int_equal(a->plot.cursor, 2);
    act(a, &table_pane, ACTION_SEARCH_PREVIOUS);
    assert_int_equal(a->plot.cursor, 17);
    act(a, &table_pane, ACTION_SEARCH);
    type(a, "conv1", KEYS_ESC);
    assert_int_equal(a->plot.cursor, 17);
    assert_string_equal(a->states->lists[STATES_TABLE].search, "POOL");
    act(a, &table_pane, ACTION_SEARCH);
    type(a, "fc", KEYS_ENTER);
    assert_string_equal(a->journal.lines[a->journal.n - 1].text, "no layer has 'fc' in its name");
    app_fixture_free(a);
}

/* At any size, and nothing outside. */
static void test_sizes(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 3, 10);
    app_say(a, JOURNAL_WARNING, "a line that is longer than most of the areas it is drawn in, so it is cut");
    const struct pane *const panes[] = {&table_pane, &classes_pane, &log_pane};
    strcpy(a->states->lists[STATES_TABLE].filter, "*conv*");
    for (int rows = 1; rows < 12; rows++)
        for (int columns = 1; columns < 110; columns += columns < 30 ? 1 : 9)
            for (int i = 0; i < 3; i++) {
                struct canvas *c = canvas_new(rows + 2, columns + 2, GLYPHS_BRAILLE);
                struct area area = {1, 1, rows, columns};
                panes[i]->prepare(a, area);
                panes[i]->draw(a, c, area, true);
                assert_true(area_holds(area, c->cursor_row, c->cursor_column));
                for (int row = 0; row < c->rows; row++)
                    for (int column = 0; column < c->columns; column++)
                        if (!area_holds(area, row, column))
                            assert_string_equal(c->cells[row * c->columns + column].text, " ");
                canvas_free(c);
            }
    app_fixture_free(a);
}

static void test_log(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 3, 10);
    setenv("TZ", "UTC", 1);
    for (int i = 0; i < 9; i++)
        app_say(a, i == 3 ? JOURNAL_ERROR : JOURNAL_NOTE, "line %d", i);
    for (int i = 0; i < 9; i++)
        a->journal.lines[i].when = 3600 + i;
    expect_frame(a, &log_pane, 4, 30,
                 "─ Log: 9 lines ───────────────\n"
                 "▲01:00:06 line 6\n"
                 " 01:00:07 line 7\n"
                 "▸01:00:08 line 8\n");
    app_say(a, JOURNAL_WARNING, "a line much longer than thirty columns");
    a->journal.lines[9].when = 3700;
    expect_frame(a, &log_pane, 7, 30,
                 "─ Log: 10 lines ──────────────\n"
                 "▲01:00:07 line 7\n"
                 " 01:00:08 line 8\n"
                 "▸01:01:40 warning: a line muc…\n"
                 "──────────────────────────────\n"
                 " warning: a line much longer\n"
                 " than thirty columns\n");
    act(a, &log_pane, ACTION_UP);
    app_say(a, JOURNAL_NOTE, "news");
    pane_prepare(&log_pane, a, screen);
    assert_int_equal(a->states->lists[STATES_LOG].cursor, 8); /* it does not run away from a reader */
    act(a, &log_pane, ACTION_SEARCH);
    type(a, "line 3", KEYS_ENTER);
    assert_int_equal(a->states->lists[STATES_LOG].cursor, 3);
    expect_shown(a, &log_pane, "error: line 3");
    act(a, &log_pane, ACTION_FILTER);
    type(a, "*5", KEYS_ENTER);
    expect_shown(a, &log_pane, "1 of 11 lines match '*5' (Esc: all)");
    app_say(a, JOURNAL_NOTE, "line 15"); /* the filtered list goes along, too */
    pane_prepare(&log_pane, a, screen);
    assert_int_equal(log_pane.rows->finder.at(a), 11);
    act(a, &log_pane, ACTION_UP);
    act(a, &log_pane, ACTION_ESCAPE); /* that line among the others */
    pane_prepare(&log_pane, a, screen);
    assert_int_equal(a->states->lists[STATES_LOG].cursor, 5);
    app_fixture_free(a);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame),  cmocka_unit_test(test_long_names), cmocka_unit_test(test_no_value),
        cmocka_unit_test(test_cursor), cmocka_unit_test(test_sorting),    cmocka_unit_test(test_filter),
        cmocka_unit_test(test_search), cmocka_unit_test(test_sizes),      cmocka_unit_test(test_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
