/* The plan on the screen: what it draws, what its keys change, and what people may type. That the metrics are
 * right is shown by test_deploy.c and test_choice.c; here they only have to be those. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/scenarios.h"
#include "app/values.h"
#include "app_fixture.h"
#include "base/memory.h"
#include "screen/keys.h"
#include "base/text.h"
#include "panes/axis.h"
#include "panes/plan.h"
#include "panes/plan_rows.h"
#include "panes/plan_words.h"

enum { LAYERS = 6, ROWS = LAYERS + 2 };
static const struct area screen = {0, 0, 20, 80};

static struct app *new_app(void)
{
    struct app *a = app_fixture_new(LAYERS, 3, 10);
    a->settings.glyphs = GLYPHS_ASCII;
    a->view = VIEW_PLAN;
    return a;
}

static void act(struct app *a, enum action action)
{
    assert_true(pane_act(&plan_pane, a, action, screen));
}

static char *drawn(struct app *a, int rows, int columns)
{
    return app_fixture_draw(a, &plan_pane, rows, columns, a->settings.glyphs);
}

static void expect(struct app *a, int rows, int columns, const char *wanted)
{
    char *got = drawn(a, rows, columns);
    if (strcmp(got, wanted) != 0)
        fail_msg("got:\n%swanted:\n%s", got, wanted);
    free(got);
}

static void expect_part(struct app *a, const char *part)
{
    char *got = drawn(a, 20, 100);
    if (!strstr(got, part))
        fail_msg("no '%s' in:\n%s", part, got);
    free(got);
}

/* The last thing that was said. */
static const char *said(const struct app *a)
{
    return a->journal.n ? a->journal.lines[a->journal.n - 1].text : "";
}

static void expect_said(const struct app *a, const char *part)
{
    if (!strstr(said(a), part))
        fail_msg("'%s' does not hold '%s'", said(a), part);
}

static void set_limit(struct app *a, enum metric metric, const char *text)
{
    struct error e;
    if (planning_set_limit(a, metric, text, &e) < 0)
        fail_msg("%s", e.text);
}

/* ---- What is drawn ----------------------------------------------------------------------------------- */

static void test_frame(void **state)
{
    (void)state;
    struct app *a = new_app();
    app_move(a, 2);
    expect(a, 16, 80,
           "f32: -[5 GFLOP/s]+ > wifi 18.88 Mbit/s 10 ms > 500 GFLOP/s\n"
           "! server only is better in total time, bytes sent, memory: nothing weighed here\n"
           "speaks for block1_pool. 1 recommended: block1_pool (rank 3, 18.4 ms): the only\n"
           "candidate. 2 runner-up: block2_pool (rank 1, 16.2 ms).\n"
           "no limits (D sets them)  + Pareto front  . not  - out  * candidate\n"
           "      cut after    =head ~link :tail   40.0 ms total ms    sends head needs rank\n"
           " +    server only  ~~~~~~~~                        11.4  3.0 KiB        0 B\n"
           " .    block1_conv1 ~~~~~~~~~~~~~~~~~~~~~~~~~~      39.0 64.0 KiB   77.8 KiB    6\n"
           " .    block1_conv2 =~~~~~~~~~~~~~~~~~~~~~~~~~~     40.0 64.0 KiB  138.8 KiB    5\n"
           ">.1*  block1_pool  =~~~~~~~~~~~                    18.4 16.0 KiB  138.8 KiB    3\n"
           " .    block2_conv1 =~~~~~~~~~~~~~~~~~              26.0 32.0 KiB  156.9 KiB    4\n"
           " .    block2_conv2 ==~~~~~~~~~~~~~~~~              27.0 32.0 KiB  193.1 KiB    2\n"
           " .2   block2_pool  ==~~~~~~~~~                     16.2  8.0 KiB  193.1 KiB    1\n"
           " +    device only  ==                              2.54      0 B  217.1 KiB\n"
           "block1_pool takes 18.4 ms: = head 1.12, ~ link 17.2, : tail 0.01. Sends 16.0 KiB\n"
           "as f32; the device needs 138.8 KiB. CUI 0.004986, rank 3 of 6, a candidate.    ~\n");
    app_fixture_free(a);
}

static void test_limits(void **state)
{
    (void)state;
    struct app *a = new_app();
    pane_prepare(&plan_pane, a, screen);
    set_limit(a, METRIC_LATENCY, "20");
    set_limit(a, METRIC_BYTES, "20K");
    app_move(a, 0);
    expect(a, 16, 80,
           "f32: -[5 GFLOP/s]+ > wifi 18.88 Mbit/s 10 ms > 500 GFLOP/s\n"
           "! server only is better in total time, bytes sent, memory: nothing weighed here\n"
           "speaks for block1_pool. 1 recommended: block1_pool (rank 3, 18.4 ms): the only\n"
           "candidate that meets the limits. 2 runner-up: block2_pool (rank 1, 16.2 ms).\n"
           "limits: at most 20 ms (|), 20.0 KiB sent: 4 of 8 meet them  + Pareto front\n"
           "      cut after    =head ~link :tail  23.0 ms total ms     sends head needs rank\n"
           " +    server only  ~~~~~~~~~~~~~          |      11.4   3.0 KiB         0 B\n"
           ">-    block1_conv1 ~~~~~~~~~~~~~~~~~~~~~~~|~>    39.0! 64.0 KiB!   77.8 KiB    6\n"
           " -    block1_conv2 =~~~~~~~~~~~~~~~~~~~~~~|~>    40.0! 64.0 KiB!  138.8 KiB    5\n"
           " .1*  block1_pool  =~~~~~~~~~~~~~~~~~~~~  |      18.4  16.0 KiB   138.8 KiB    3\n"
           " -    block2_conv1 ==~~~~~~~~~~~~~~~~~~~~~|~>    26.0! 32.0 KiB!  156.9 KiB    4\n"
           " -    block2_conv2 ===~~~~~~~~~~~~~~~~~~~~|~>    27.0! 32.0 KiB!  193.1 KiB    2\n"
           " .2   block2_pool  ===~~~~~~~~~~~~~~~     |      16.2   8.0 KiB   193.1 KiB    1\n"
           " +    device only  ===                    |      2.54       0 B   217.1 KiB\n"
           "Out: takes 39.02 ms (at most 20 ms), sends 64.0 KiB (at most 20.0 KiB).\n"
           "block1_conv1 takes 39.0 ms: = head 0.18, ~ link 38.8, : tail 0.02. Sends 64.0  ~\n");
    /* Taken away again. */
    set_limit(a, METRIC_LATENCY, "");
    set_limit(a, METRIC_BYTES, "");
    expect_part(a, "no limits");
    app_fixture_free(a);
}

/* What breaks a limit is told in its column: it stays where the bars have no room any more. */
static void test_limit_columns_stay(void **state)
{
    (void)state;
    struct app *a = new_app();
    pane_prepare(&plan_pane, a, screen);
    const struct columns_column *columns = a->states->columns[STATES_PLAN].columns;
    static const enum metric limits[] = {METRIC_BYTES, METRIC_MEMORY, METRIC_IMPORTANCE};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        free(drawn(a, 16, 38));
        assert_int_equal(columns[PLAN_METRIC + limits[i]].width, 0);
        assert_true(columns[PLAN_BAR].width > 0);
        set_limit(a, limits[i], i == 2 ? "3" : "20K");
        free(drawn(a, 16, 38));
        assert_true(columns[PLAN_METRIC + limits[i]].width > 0);
        set_limit(a, limits[i], "");
    }
    for (size_t i = 0; i < 3; i++)
        set_limit(a, limits[i], i == 2 ? "3" : "20K");
    free(drawn(a, 16, 52));
    for (size_t i = 0; i < 3; i++)
        assert_true(columns[PLAN_METRIC + limits[i]].width > 0);
    assert_int_equal(columns[PLAN_BAR].width, 0);
    app_fixture_free(a);
}

/* A cut that cannot be made is out, whatever it costs. */
static void test_impossible(void **state)
{
    (void)state;
    struct app *a = new_app();
    struct table_row *row = &((struct table_row *)a->study->table->rows)[1];
    row->clean = false;
    row->cut_tensors = 2;
    free(row->crossing);
    row->crossing = memory_new(2, sizeof *row->crossing);
    row->crossing[1] = 1;
    app_move(a, 1);
    expect_part(a, ">-    block1_conv2");
    expect_part(a, "Out: cannot cut after layer 1 (block1_conv2)");
    act(a, ACTION_CUT);
    expect_said(a, "cannot cut after layer 1");
    assert_false(a->prompt.open);
    app_fixture_free(a);
}

/* The line stands in the same column in every row, and bars that are longer than the axis say so. */
static void test_axis(void **state)
{
    (void)state;
    struct app *a = new_app();
    pane_prepare(&plan_pane, a, screen);
    double unlimited = plan_rows_axis(a);
    set_limit(a, METRIC_LATENCY, "20");
    double usual = plan_rows_axis(a);
    assert_true(usual > 20 && usual < 40);
    act(a, ACTION_AXIS_SHORTER);
    assert_float_equal(plan_rows_axis(a), usual / 2, 1e-9);
    expect_part(a, ">"); /* clipped */
    act(a, ACTION_AXIS_LONGER);
    act(a, ACTION_AXIS_LONGER);
    char *got = drawn(a, 16, 80);
    const struct columns_column *k = &a->states->columns[STATES_PLAN].columns[PLAN_BAR];
    int lines = 0;
    for (char *line = strtok(got, "\n"); line; line = strtok(NULL, "\n")) {
        const char *bar = strncmp(line, "limits", 6) == 0 ? NULL : strchr(line, '|');
        lines += bar != NULL;
        if (bar)
            assert_int_equal(bar - line, k->at + (int)lround(20 / (2 * usual) * k->width));
    }
    assert_int_equal(lines, ROWS);
    free(got);
    act(a, ACTION_VALUES_RESET);
    prompt_key(a, &a->prompt, 'y');
    assert_float_equal(plan_rows_axis(a), unlimited, 1e-9);
    app_fixture_free(a);
}

/* With one very slow cut the others are still to be seen. */
static void test_axis_of_outliers(void **state)
{
    (void)state;
    struct app *a = new_app();
    pane_prepare(&plan_pane, a, screen);
    double most = 0, usual = plan_rows_axis(a);
    for (int i = 0; i < ROWS; i++)
        most = fmax(most, a->planning.cuts[i].total_ms);
    assert_true(usual >= most); /* none is one */
    a->planning.cuts[1].total_ms = 1000 * most;
    assert_true(plan_rows_axis(a) <= 3 * most);
    assert_true(plan_rows_axis(a) > usual / 3);
    app_fixture_free(a);
}

static void test_sizes(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 3, 10);
    a->view = VIEW_PLAN;
    app_fixture_draw_sizes(a, &plan_pane, 44, 160);
    a->planning.deployment.limits[METRIC_LATENCY] = 20;
    a->planning.deployment.limits[METRIC_IMPORTANCE] = 3;
    app_fixture_draw_sizes(a, &plan_pane, 44, 160);
    app_fixture_free(a);
}

static void test_unmeasured(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(LAYERS, 3, 10);
    a->view = VIEW_PLAN;
    expect_part(a, "the best by importance is not known");
    expect_part(a, "block2_pool");
    app_fixture_free(a);
}

/* ---- As points --------------------------------------------------------------------------------------- */

static struct app *new_picture(int layers)
{
    struct app *a = app_fixture_new(layers, 3, 10);
    a->settings.glyphs = GLYPHS_ASCII;
    a->view = VIEW_PLAN;
    act(a, ACTION_SCATTER);
    return a;
}

/* Its axes follow the objective, and the key that showed it takes it away. */
static void test_picture_axes(void **state)
{
    (void)state;
    struct app *a = new_picture(LAYERS);
    expect_part(a, "log10 CUI against total time, ms (log); steps: the front of the splits");
    a->planning.deployment.objective = METRIC_BYTES;
    expect_part(a, "log10 CUI against bytes sent");
    a->planning.deployment.objective = METRIC_MEMORY;
    a->settings.linear = true;
    expect_part(a, "CUI against memory");
    a->planning.deployment.objective = METRIC_ACCURACY; /* not known: the importance stays */
    expect_part(a, "CUI against total time");
    act(a, ACTION_SCATTER);
    expect_part(a, "cut after");
    app_fixture_free(a);
}

/* The cursor is the table's, and marks its point. */
static void test_picture_cursor(void **state)
{
    (void)state;
    struct app *a = new_picture(LAYERS);
    act(a, ACTION_BEST);
    assert_int_equal(a->plot.cursor, 2);
    expect_part(a, ">1");
    act(a, ACTION_DOWN);
    assert_int_equal(a->plot.cursor, 3);
    char *got = drawn(a, 20, 100);
    assert_null(strstr(got, ">1"));
    assert_non_null(strstr(got, "block2_conv1 takes"));             /* in words, */
    assert_non_null(strstr(strstr(got, "steps:"), "block2_conv1")); /* and by name at its point */
    free(got);
    act(a, ACTION_LAST);
    assert_int_equal(plan_rows_cursor(a), ROWS - 1);
    app_fixture_free(a);
}

/* A click on a sign goes to its row; the name stands beside it. */
static void test_picture_click(void **state)
{
    (void)state;
    struct app *a = new_picture(LAYERS);
    act(a, ACTION_FIRST);
    char *got = drawn(a, screen.rows, screen.columns);
    const char *picture = strstr(got, "steps:"), *at = strstr(picture, "2 block2_pool");
    if (!at)
        fail_msg("no '2 block2_pool' in:\n%s", got);
    int row = 0, column = 0;
    for (const char *p = got; p < at; p++) {
        row += *p == '\n';
        column = *p == '\n' ? 0 : column + 1;
    }
    pane_click(&plan_pane, a, screen, row, column);
    assert_int_equal(plan_rows_cursor(a), a->planning.verdict.pick.second);
    pane_click(&plan_pane, a, screen, 0, 5); /* above the picture */
    assert_int_equal(plan_rows_cursor(a), a->planning.verdict.pick.second);
    free(got);
    app_fixture_free(a);
}

/* The word is one that the picture writes, and whole. */
static bool is_written(const struct app *a, const char *word)
{
    char brief[AXIS_SHORT];
    static const char *const others[] = {"server", "device", "only"};
    for (int i = 0; i < a->planning.verdict.n; i++) {
        axis_short_name(brief, plan_rows_name(a, i));
        if (strcmp(word, plan_rows_name(a, i)) == 0 || strcmp(word, brief) == 0)
            return true;
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(word, others[i]) == 0)
            return true;
    return false;
}

/* Names that touch or cover each other would make words that are no names. Returns how many there are. */
static int expect_apart(const struct app *a, char *frame)
{
    int words = 0;
    char *picture = strchr(strstr(frame, "steps:"), '\n'), *end = strstr(picture, " takes");
    if (end)
        *end = '\0';
    *strrchr(picture, '\n') = '\0'; /* the words below it */
    for (char *word = strtok(picture, " \n|"); word; word = strtok(NULL, " \n|")) {
        if (!strpbrk(word, "abcdefghijklmnopqrstuvwxyz"))
            continue;
        if (!is_written(a, word))
            fail_msg("'%s' is no name", word);
        words++;
    }
    return words;
}

static void test_picture_names(void **state)
{
    (void)state;
    struct app *a = new_picture(18);
    int words = 0;
    for (int rows = 12; rows < 44; rows += 3)
        for (int columns = 64; columns < 160; columns += 11)
            for (int at = 0; at < 20; at += 4) {
                plan_rows_go(a, at);
                char *got = drawn(a, rows, columns);
                words += expect_apart(a, got);
                free(got);
            }
    assert_true(words > 11 * 9 * 5 * 3); /* three in each, at least */
    app_fixture_free(a);
}

static void test_picture_sizes(void **state)
{
    (void)state;
    struct app *a = new_picture(18);
    app_fixture_draw_sizes(a, &plan_pane, 44, 160);
    a->planning.deployment.limits[METRIC_LATENCY] = 20;
    a->planning.deployment.limits[METRIC_IMPORTANCE] = 3;
    app_fixture_draw_sizes(a, &plan_pane, 44, 160);
    app_fixture_free(a);
    a = app_fixture_unmeasured(LAYERS, 3, 10);
    a->view = VIEW_PLAN;
    act(a, ACTION_SCATTER);
    expect_part(a, "block1_conv1 has no point: not known");
    app_fixture_free(a);
}

/* ---- Moving ------------------------------------------------------------------------------------------ */

static void test_cursor(void **state)
{
    (void)state;
    struct app *a = new_app();
    act(a, ACTION_FIRST);
    assert_int_equal(plan_rows_cursor(a), 0);
    expect_part(a, "server only takes 11.4 ms: = head 0.00");
    act(a, ACTION_CUT);
    expect_said(a, "nothing to cut");
    act(a, ACTION_MARK);
    expect_said(a, "only a split can be marked");
    act(a, ACTION_DOWN);
    assert_int_equal(a->plot.cursor, 0);
    act(a, ACTION_LAST);
    assert_int_equal(plan_rows_cursor(a), ROWS - 1);
    act(a, ACTION_RIGHT); /* there is nothing behind it */
    assert_int_equal(plan_rows_cursor(a), ROWS - 1);
    act(a, ACTION_LEFT);
    assert_int_equal(a->plot.cursor, LAYERS - 1);
    act(a, ACTION_BEST);
    assert_int_equal(a->plot.cursor, 2);
    /* The layer cursor is the other views': moved there, it is taken along from a whole network. */
    act(a, ACTION_FIRST);
    app_move(a, 4);
    assert_int_equal(plan_rows_cursor(a), 5);
    pane_click(&plan_pane, a, screen, 6, 30);
    assert_int_equal(plan_rows_cursor(a), 0);
    pane_click(&plan_pane, a, screen, 9, 30);
    assert_int_equal(a->plot.cursor, 2);
    pane_click(&plan_pane, a, screen, 1, 30);
    assert_int_equal(a->plot.cursor, 2);
    app_fixture_free(a);
}

/* ---- Values ------------------------------------------------------------------------------------------ */

static void test_links(void **state)
{
    (void)state;
    struct app *a = new_app();
    pane_prepare(&plan_pane, a, screen);
    assert_string_equal(planning_link_plain(a->planning.link)->name, "wifi");
    double before = a->planning.cuts[1].transfer_ms;
    for (int i = 0; i < link_presets_n; i++)
        act(a, ACTION_LINK_NEXT);
    assert_string_equal(planning_link_plain(a->planning.link)->name, "wifi");
    act(a, ACTION_LINK_PREVIOUS);
    assert_string_equal(planning_link_plain(a->planning.link)->name, "5g");
    act(a, ACTION_LINK_NEXT);
    act(a, ACTION_RATE_UP);
    assert_true(a->planning.cuts[1].transfer_ms < before);
    expect_part(a, "wifi 23.6 Mbit/s 10 ms");
    act(a, ACTION_RATE_DOWN);
    assert_true(a->planning.cuts[1].transfer_ms == before); /* to the bit */
    act(a, ACTION_TRIP_UP);
    act(a, ACTION_TRIP_UP);
    expect_part(a, "wifi 18.88 Mbit/s 15.62 ms");
    char *text = planning_link_text(a->planning.link);
    assert_string_equal(text, "wifi,rtt=15.625");
    free(text);
    act(a, ACTION_LINK_NEXT); /* another link has its own metrics */
    act(a, ACTION_LINK_PREVIOUS);
    assert_true(a->planning.cuts[1].transfer_ms == before);
    app_fixture_free(a);
}

/* What the command line describes is one to come back to; it comes before the named ones. */
static void test_given_link(void **state)
{
    static const char *const texts[] = {"bandwidth=2,rtt=100", "wifi,rtt=40"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct app *a = new_app();
        a->options.cost_model.link = texts[i];
        pane_prepare(&plan_pane, a, screen);
        double trip = planning_link_plain(a->planning.link)->rtt_ms, before = a->planning.cuts[1].transfer_ms;
        act(a, ACTION_LINK_NEXT);
        assert_string_equal(planning_link_plain(a->planning.link)->name, link_presets[0].name);
        assert_true(planning_link_plain(a->planning.link)->rtt_ms == link_presets[0].rtt_ms);
        act(a, ACTION_LINK_PREVIOUS);
        assert_true(planning_link_plain(a->planning.link)->rtt_ms == trip &&
                    a->planning.cuts[1].transfer_ms == before);
        char *text = planning_link_text(a->planning.link);
        struct link again;
        struct error e;
        assert_int_equal(link_parse(text, NULL, &again, &e), 0);
        assert_true(again.rtt_ms == trip && again.mbit_s == planning_link_plain(a->planning.link)->mbit_s);
        free(text);
        act(a, ACTION_LINK_PREVIOUS);
        assert_string_equal(planning_link_plain(a->planning.link)->name,
                            link_presets[link_presets_n - 1].name);
        act(a, ACTION_LINK_NEXT);
        assert_true(planning_link_plain(a->planning.link)->rtt_ms == trip);
        app_fixture_free(a);
    }
}

static void test_devices(void **state)
{
    (void)state;
    struct app *a = new_app();
    pane_prepare(&plan_pane, a, screen);
    const struct placement before = a->planning.cuts[3];
    act(a, ACTION_EDGE_UP);
    act(a, ACTION_EDGE_UP);
    assert_float_equal(a->planning.cuts[3].head_ms, before.head_ms / 1.5625, 1e-12);
    assert_true(a->planning.cuts[3].tail_ms == before.tail_ms);
    act(a, ACTION_SERVER_DOWN);
    assert_float_equal(a->planning.cuts[3].tail_ms, before.tail_ms * 1.25, 1e-12);
    expect_said(a, "server 400 GFLOP/s: by importance: 1 block1_pool");
    expect_part(a, "device -[7.81 GFLOP/s]+");
    expect_part(a, "server 400 GFLOP/s");
    act(a, ACTION_VALUES_RESET);
    prompt_key(a, &a->prompt, 'n');
    assert_true(a->planning.cuts[3].total_ms != before.total_ms);
    act(a, ACTION_VALUES_RESET);
    prompt_key(a, &a->prompt, 'y');
    assert_true(a->planning.cuts[3].total_ms == before.total_ms);
    for (int i = 0; i < 1000; i++)
        act(a, ACTION_EDGE_DOWN);
    assert_true(isfinite(a->planning.cuts[3].head_ms));
    app_fixture_free(a);
}

/* One cursor over the values, and two keys that change the one under it. */
static void test_fields(void **state)
{
    (void)state;
    struct app *a = new_app();
    pane_prepare(&plan_pane, a, screen);
    struct {
        const char *shown, *changed;
    } const fields[] = {
        {"device -[5 GFLOP/s]+  link", "device 6.25 GFLOP/s: by importance: 1 block1_pool"},
        {"link -[wifi]+ 18.88", "link ethernet 1000 Mbit/s 0.3 ms"},
        {"link ethernet -[1000 Mbit/s]+ 0.3 ms", "link ethernet 1250 Mbit/s 0.3 ms"},
        {"1250 Mbit/s -[0.3 ms]+ ", "link ethernet 1250 Mbit/s 0.375 ms"},
        {"server -[500 GFLOP/s]+", "server 625 GFLOP/s"},
        {"sent as -[f32]+", "bytes as f16"},
        {"coder -[not measured]+  ", "how far tensors can be compressed is not known"},
        {"best by -[importance]+  ", "the best by accuracy is not known"},
        {"time axis -[", "time axis "},
    };
    enum { FIELDS = sizeof fields / sizeof fields[0] };
    for (int i = 0; i < FIELDS; i++) {
        expect_part(a, fields[i].shown);
        act(a, ACTION_VALUE_UP);
        expect_said(a, fields[i].changed);
        act(a, ACTION_FIELD_NEXT);
    }
    /* Round again; and everything back. */
    expect_part(a, "device -[6.25 GFLOP/s]+");
    act(a, ACTION_VALUE_DOWN);
    expect_part(a, "device -[5 GFLOP/s]+");
    act(a, ACTION_FIELD_PREVIOUS);
    act(a, ACTION_FIELD_PREVIOUS);
    act(a, ACTION_VALUE_DOWN);
    expect_said(a, "by importance: ");
    for (int i = 0; i < 2; i++)
        act(a, ACTION_FIELD_PREVIOUS);
    act(a, ACTION_VALUE_DOWN);
    expect_said(a, "bytes as f32");
    app_fixture_free(a);
}

static void test_type(void **state)
{
    (void)state;
    struct app *a = new_app();
    pane_prepare(&plan_pane, a, screen);
    int64_t before = a->planning.cuts[1].bytes;
    app_prepare(a);
    app_key(a, 'u');
    app_key(a, 'u');
    pane_prepare(&plan_pane, a, screen);
    assert_int_equal(a->planning.cuts[1].bytes - 28, (before - 28) / 4);
    act(a, ACTION_VALUES_RESET); /* as it began */
    prompt_key(a, &a->prompt, 'y');
    assert_int_equal(a->planning.cuts[1].bytes, before);
    act(a, ACTION_COMPRESSED);
    expect_said(a, "--features");
    assert_int_equal(a->planning.deployment.cost_model.coder, CODER_NONE);
    app_fixture_free(a);
}

/* What is recommended follows the chosen classes and the objective. */
static void test_worth(void **state)
{
    (void)state;
    struct app *a = new_app();
    pane_prepare(&plan_pane, a, screen);
    double before = a->planning.cuts[3].cui;
    const bool one[] = {true, false, false};
    app_choose(a, one, NULL);
    pane_prepare(&plan_pane, a, screen);
    assert_true(a->planning.cuts[3].cui == app_point(a, 2)->cui);
    assert_true(a->planning.cuts[3].cui != before);
    act(a, ACTION_OBJECTIVE);
    assert_int_equal(a->planning.verdict.objective, METRIC_ACCURACY);
    expect_part(a, "the best by accuracy is not known");
    act(a, ACTION_OBJECTIVE);
    expect_part(a, "1 recommended: device only (2.54 ms): the shortest total time of 8 ways.");
    expect_said(a, "by total time: 1 device only");
    app_fixture_free(a);
}

/* Caps, a floor and a rank, each alone and in one line. */
static void test_limits_in_words(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        const char *text, *alone, *among;
    } cases[METRICS] = {
        {METRIC_LATENCY, "20", "at most 20 ms (|)", "at most 20 ms (|)"},
        {METRIC_BYTES, "20K", "at most 20.0 KiB sent", ", 20.0 KiB sent"},
        {METRIC_MEMORY, "2M", "at most 2.0 MiB needed", ", 2.0 MiB needed"},
        {METRIC_ENERGY, "0.5", "at most 0.5 J", ", 0.5 J"},
        {METRIC_IMPORTANCE, "3", "CUI rank 3 or better", ", CUI rank 3 or better"},
        {METRIC_ACCURACY, "0.9", "at least 90.0 % right", ", at least 90.0 % right"},
    };
    struct app *a = new_app();
    char all[400] = "limits: ";
    pane_prepare(&plan_pane, a, screen);
    for (int f = 0; f < METRICS; f++) {
        char expected[100];
        set_limit(a, cases[f].metric, cases[f].text);
        char *text = plan_words_limits(a);
        snprintf(expected, sizeof expected, "limits: %s: ", cases[f].alone);
        if (strncmp(text, expected, strlen(expected)) != 0)
            fail_msg("'%s' does not begin with '%s'", text, expected);
        free(text);
        set_limit(a, cases[f].metric, "");
        strcat(all, cases[f].among);
    }
    for (int f = 0; f < METRICS; f++)
        set_limit(a, cases[f].metric, cases[f].text);
    strcat(all, ": 0 of 8 meet them");
    char *text = plan_words_limits(a);
    assert_string_equal(text, all);
    free(text);
    app_fixture_free(a);
}

static void test_typed_limits(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        const char *text, *kept; /* NULL: refused */
        double value;
    } cases[] = {
        {METRIC_LATENCY, "12.5", "12.5", 12.5},
        {METRIC_LATENCY, "-1", NULL, 0},
        {METRIC_LATENCY, "soon", NULL, 0},
        {METRIC_BYTES, "64K", "64K", 65536},
        {METRIC_BYTES, "1000", "1000", 1000},
        {METRIC_BYTES, "64 K!", NULL, 0},
        {METRIC_MEMORY, "2M", "2M", 2097152},
        {METRIC_MEMORY, "0", NULL, 0},
        {METRIC_ENERGY, "0.05", "0.05", 0.05},
        {METRIC_IMPORTANCE, "3", "3", 3},
        {METRIC_IMPORTANCE, "1.5", NULL, 0},
        {METRIC_ACCURACY, "0.9", "0.9", 0.9},
        {METRIC_ACCURACY, "90", NULL, 0},
        {METRIC_ENERGY, "", "", NAN},
        {METRIC_MEMORY, "1048575", "1048575", 1048575},
    };
    struct app *a = new_app();
    pane_prepare(&plan_pane, a, screen);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error e = {""};
        double *limit = &a->planning.deployment.limits[cases[i].metric];
        *limit = 7;
        int status = planning_set_limit(a, cases[i].metric, cases[i].text, &e);
        if ((status == 0) != (cases[i].kept != NULL))
            fail_msg("'%s' as %s: %s", cases[i].text, metric_words[cases[i].metric], e.text);
        if (!cases[i].kept) {
            assert_true(*limit == 7);
            assert_non_null(strstr(e.text, "(expected "));
            continue;
        }
        char *kept = planning_limit_text(&a->planning, cases[i].metric);
        assert_string_equal(kept, cases[i].kept);
        free(kept);
        assert_true(*limit == cases[i].value || (isnan(*limit) && isnan(cases[i].value)));
    }
    app_fixture_free(a);
}

static void test_typed_devices_and_links(void **state)
{
    (void)state;
    struct app *a = new_app();
    struct error e;
    pane_prepare(&plan_pane, a, screen);
    act(a, ACTION_EDGE_UP);
    assert_int_equal(planning_set_edge(a, "10", &e), 0);
    expect_part(a, "device -[10 GFLOP/s]+  link"); /* without the step */
    assert_int_equal(planning_set_edge(a, "/nowhere/pi.csv", &e), -1);
    assert_non_null(strstr(e.text, "/nowhere/pi.csv"));
    assert_int_equal(planning_set_server(a, "fast", &e), -1);
    expect_part(a, "device -[10 GFLOP/s]+  link"); /* what was there stays */
    assert_int_equal(planning_set_link(a, "lte,rtt=40,loss=0.01,transport=resent", &e), 0);
    expect_part(a, "lte 5.85 Mbit/s 40 ms loss 1 %");
    char *text = planning_link_text(a->planning.link);
    assert_string_equal(text, "lte,rtt=40,loss=0.01,transport=resent");
    free(text);
    double before = a->planning.cuts[1].transfer_ms;
    assert_int_equal(planning_set_link(a, "smoke", &e), -1);
    assert_true(a->planning.cuts[1].transfer_ms == before);
    assert_int_equal(planning_set_link(a, "bandwidth=2,mtu=16000000,slow_start=1", &e), 0);
    text = planning_link_text(a->planning.link);
    struct link again;
    assert_int_equal(link_parse(text, NULL, &again, &e), 0);
    assert_true(again.mbit_s == 2 && again.mtu == 16000000 && again.slow_start && again.header == 52);
    free(text);
    act(a, ACTION_TRIP_UP);
    expect_said(a, "the link has no round trip");
    app_fixture_free(a);
}

/* Options that do not fit the network: told, and the usual values stand in. */
static void test_bad_options(void **state)
{
    (void)state;
    struct app *a = new_app();
    a->options.cost_model.edge = "/nowhere/pi.csv";
    a->options.cost_model.max_latency = 20;
    expect_part(a, "-[5 GFLOP/s]+");
    expect_said(a, "/nowhere/pi.csv");
    expect_part(a, "20 ms"); /* the limit stays */
    app_fixture_free(a);
}

/* ---- The dialog -------------------------------------------------------------------------------------- */

static void type(struct app *a, const char *text)
{
    for (; *text; text++)
        app_key(a, (unsigned char)*text);
}

static void to_row(struct app *a, int row)
{
    app_key(a, KEYS_HOME);
    for (int i = 0; i < row; i++)
        app_key(a, 'j');
}

/* In place of what stands there. */
static void enter(struct app *a, int row, const char *text)
{
    if (a->prompt.open) /* the last text was refused */
        app_key(a, KEYS_ESC);
    to_row(a, row);
    app_key(a, KEYS_ENTER);
    assert_true(a->prompt.open);
    app_key(a, KEYS_CTRL('U'));
    type(a, text);
    app_key(a, KEYS_ENTER);
}

/* The present values beside those of a scenario: nothing is changed by looking. */
static void test_beside(void **state)
{
    (void)state;
    struct app *a = new_app();
    pane_prepare(&plan_pane, a, screen);
    app_resize(a, 24, 80);
    scenarios_ask(a, ACTION_SAVE_SCENARIO);
    type(a, "slow");
    app_key(a, KEYS_ENTER);
    act(a, ACTION_EDGE_UP);
    act(a, ACTION_LINK_NEXT);
    scenarios_ask(a, ACTION_BESIDE);
    type(a, "slow");
    app_key(a, KEYS_ENTER);
    assert_non_null(a->dialog);
    struct canvas *c = canvas_new(40, 100, GLYPHS_ASCII);
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    a->dialog->draw(a, c, canvas_area(c));
    canvas_print(c, out);
    fclose(out);
    static const char *const parts[] = {
        "now", "slow", "ethernet", "wifi", "recommended", "total time", "slow: ! server only is better in"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strstr(text, parts[i]))
            fail_msg("no '%s' in:\n%s", parts[i], text);
    free(text);
    canvas_free(c);
    app_key(a, KEYS_ESC);
    assert_null(a->dialog);
    assert_int_equal(a->planning.edge.steps, 1);
    assert_string_equal(planning_link_plain(a->planning.link)->name, "ethernet");
    app_fixture_free(a);
}

static void test_dialog(void **state)
{
    (void)state;
    struct app *a = new_app();
    struct canvas *c = canvas_new(24, 80, GLYPHS_ASCII);
    app_draw(a, c);
    app_key(a, 'D');
    assert_non_null(a->dialog);
    app_key(a, KEYS_ENTER);
    assert_true(a->prompt.open);
    assert_string_equal(a->prompt.text, "5GFLOP/s");
    app_key(a, KEYS_CTRL('U'));
    type(a, "20");
    app_key(a, KEYS_ENTER);
    assert_non_null(a->dialog); /* it stays */
    app_key(a, KEYS_CTRL('L'));
    app_key(a, '+'); /* as in the view */
    app_draw(a, c);
    to_row(a, 9);
    app_key(a, KEYS_ENTER);
    assert_string_equal(a->prompt.text, "");
    type(a, "nonsense");
    app_key(a, KEYS_ENTER);
    expect_said(a, "the limit of latency 'nonsense'");
    assert_string_equal(a->prompt.text, "nonsense"); /* to be mended */
    app_key(a, KEYS_ESC);
    app_key(a, KEYS_END);
    app_key(a, KEYS_SPACE);
    assert_int_equal(a->planning.deployment.objective, METRIC_ACCURACY);
    app_key(a, KEYS_ESC);
    assert_null(a->dialog);
    assert_false(a->loop.quit);
    expect_part(a, "-[25 GFLOP/s]+");
    canvas_free(c);
    app_fixture_free(a);
}

/* What options give can be typed, too, and "none" is as good as nothing. */
static void test_dialog_numbers(void **state)
{
    enum { FEATURES = 4, ANSWER = 6, INPUT, JOULES, LATENCY, ENERGY = 12, ACCURACY = 14 };
    (void)state;
    struct app *a = new_app();
    const struct cost_model *d = &a->planning.deployment.cost_model;
    const double *limit = a->planning.deployment.limits;
    values_open(a);
    enter(a, ANSWER, "2K");
    assert_int_equal(d->answer, 2048);
    enter(a, ANSWER, "none");
    assert_int_equal(d->answer, 4 * 3);
    enter(a, INPUT, "5000");
    assert_int_equal(a->planning.cuts[0].bytes, 5000);
    enter(a, INPUT, "");
    assert_true(d->input == 0 && a->planning.cuts[0].bytes == 3 * 32 * 32);
    enter(a, ENERGY, "0.5");
    expect_said(a, "needs J/MAC and a link with energy");
    enter(a, JOULES, "-1");
    expect_said(a, "the J/MAC '-1' (expected joules above 0");
    enter(a, JOULES, "5e-11");
    assert_true(d->joule_mac == 5e-11 && limit[METRIC_ENERGY] == 0.5);
    enter(a, 1, "wifi,energy=5e-6");
    assert_false(isnan(a->planning.cuts[2].joules));
    long reported = a->journal.n;
    enter(a, ENERGY, "0.25");
    assert_int_equal(a->journal.n, reported);
    enter(a, ENERGY, "none");
    assert_true(isnan(limit[METRIC_ENERGY]));
    assert_int_equal(a->journal.n, reported);
    enter(a, LATENCY, "20");
    enter(a, LATENCY, "none");
    assert_true(isnan(limit[METRIC_LATENCY]));
    enter(a, ACCURACY, "0.9");
    expect_said(a, "needs a features file");
    enter(a, FEATURES, "/nowhere/features.csv");
    expect_said(a, "/nowhere/features.csv");
    app_fixture_free(a);
}

/* The accuracy and the sizes of a file that is typed, until it . */
static void test_dialog_features(void **state)
{
    (void)state;
    struct app *a = new_app();
    struct error e;
    char path[] = "/tmp/isplit-features-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    const struct table_row *row = &a->study->table->rows[a->study->layer_list.layers[2]];
    fprintf(file, "layer,name,type,bytes,zstd_bytes,accuracy,agreement,images\n%d,%s,f32,%lld,100,0.9,1,10\n",
            a->study->layer_list.layers[2], row->name, (long long)row->cut_bytes);
    fclose(file);
    pane_prepare(&plan_pane, a, screen);
    if (planning_set_features(a, path, &e) < 0)
        fail_msg("%s", e.text);
    unlink(path);
    assert_true(a->planning.cuts[3].accuracy == 0.9);
    assert_string_equal(planning_given(a).cost_model.features_csv, path);
    act(a, ACTION_COMPRESSED);
    assert_int_equal(a->planning.cuts[3].bytes, 100);
    assert_int_equal(planning_set_features(a, "", &e), 0);
    assert_true(isnan(a->planning.cuts[3].accuracy));
    assert_int_equal(a->planning.cuts[3].bytes, row->cut_bytes + 28);
    assert_null(planning_given(a).cost_model.features_csv);
    app_fixture_free(a);
}

/* Drawn at every height, none of its values is out of reach. */
static void test_dialog_sizes(void **state)
{
    (void)state;
    struct app *a = new_app();
    for (int rows = 12; rows < 30; rows++) {
        struct canvas *c = canvas_new(rows, 40, GLYPHS_ASCII);
        app_resize(a, rows, 40);
        app_draw(a, c);
        values_open(a);
        app_key(a, 'G');
        app_draw(a, c);
        bool shown = false;
        for (int i = 0; i + 3 < c->rows * c->columns; i++)
            shown = shown || (c->cells[i].text[0] == 'o' && c->cells[i + 1].text[0] == 'b' &&
                              c->cells[i + 2].text[0] == 'j' && c->cells[i + 3].text[0] == 'e');
        assert_true(shown);
        app_key(a, KEYS_ESC);
        canvas_free(c);
    }
    app_fixture_free(a);
}

/* ---- Trapped energy ----------------------------------------------------------------------------------- */

/* With all eigenvalues 1, T = u/2 (D - r): against the bytes of r u numbers, in the type of the plan. */
static void test_trapped(void **state)
{
    (void)state;
    enum { POSITION = 3 };
    struct app *a = new_app();
    struct trapped *t = &a->study->trapped.answer;
    const struct table_row *row = &a->study->table->rows[a->study->layer_list.layers[POSITION]];
    planning_refresh(a);
    char *text = plan_words_row(a, POSITION + 1);
    assert_null(strstr(text, "Trapped energy")); /* not measured */
    free(text);
    trapped_make(t, a->study->table->rows_n);
    t->images = 10;
    struct trapped_geometry g = trapped_geometry(row->out, a->study->trapped.floats);
    assert_true(g.rank >= 2 && 2 * g.rank < g.numbers);
    t->lambda_n[row->layer] = (int)g.numbers;
    t->lambda[row->layer] = memory_new((size_t)g.numbers, sizeof **t->lambda);
    for (int64_t i = 0; i < g.numbers; i++)
        t->lambda[row->layer][i] = 1;
    a->settings.bytes = DTYPE_F16;
    planning_refresh(a);
    text = plan_words_row(a, POSITION + 1);
    const char *before = strstr(text, "Trapped energy: ");
    assert_non_null(before);
    static const double times[] = {0.5, 1, 2};
    for (int i = 0; i < 3; i++) {
        char wanted[80], bytes[16];
        int64_t rank = (int64_t)((double)g.rank * times[i]);
        text_bytes(bytes, 2 * rank * g.patches);
        snprintf(wanted, sizeof wanted, "%.3g nats with %s", (double)(g.patches * (g.numbers - rank)) / 2,
                 bytes);
        const char *found = strstr(text, wanted);
        if (!found || found < before)
            fail_msg("'%s' is not there, or not in its order: %s", wanted, text);
        before = found;
    }
    assert_non_null(strstr(text, " as f16. "));
    free(text);
    text = plan_words_row(a, POSITION);
    assert_null(strstr(text, "Trapped energy")); /* of another cut */
    free(text);
    app_fixture_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame),
        cmocka_unit_test(test_trapped),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_limit_columns_stay),
        cmocka_unit_test(test_impossible),
        cmocka_unit_test(test_axis),
        cmocka_unit_test(test_axis_of_outliers),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_unmeasured),
        cmocka_unit_test(test_picture_axes),
        cmocka_unit_test(test_picture_cursor),
        cmocka_unit_test(test_picture_click),
        cmocka_unit_test(test_picture_names),
        cmocka_unit_test(test_picture_sizes),
        cmocka_unit_test(test_cursor),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_given_link),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_beside),
        cmocka_unit_test(test_type),
        cmocka_unit_test(test_worth),
        cmocka_unit_test(test_limits_in_words),
        cmocka_unit_test(test_typed_limits),
        cmocka_unit_test(test_typed_devices_and_links),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_dialog),
        cmocka_unit_test(test_dialog_numbers),
        cmocka_unit_test(test_dialog_features),
        cmocka_unit_test(test_dialog_sizes),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
