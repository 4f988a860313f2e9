/* An evaluation on the screen: in the plot, the table, the words and the plan, and as its folder changes. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app_fixture.h"
#include "base/memory.h"
#include "folder_fixture.h"
#include "panes/detail.h"
#include "panes/plan.h"
#include "panes/plot.h"
#include "panes/table.h"

/* Of the fixture's network: block4_pool leads with 87.3 %, block4_conv2 and block4_conv3 are as good,
 * block5_conv1 was not trained. */
#define EVALUATION "tests/e2e/evaluation"

static struct app *app_with(const char *folder)
{
    struct app *a = app_fixture_new(18, 3, 4);
    a->options.screen.evaluation = folder;
    evaluating_open(a);
    return a;
}

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

static void expect_said(struct app *a, int position, const char *wanted)
{
    a->plot.cursor = position;
    char *text = detail_text(a);
    expect_in(text, wanted);
    free(text);
}

static int count(const char *text, const char *sign)
{
    int n = 0;
    for (const char *s = text; (s = strstr(s, sign)); s += strlen(sign))
        n++;
    return n;
}

/* ---- The plot and the table ------------------------------------------------------------------------------
 */

static void test_plot(void **state)
{
    (void)state;
    struct app *a = app_with(EVALUATION);
    a->plot.cursor = 13;
    char *text = app_fixture_draw(a, &plot_pane, 30, 140, GLYPHS_BRAILLE);
    expect_in(text, "accuracy  87.3 85.1..89.5");
    expect_in(text, "○ accuracy % (right)  ◉ leader  ● in the set");
    expect_in(text, "├90\n");
    assert_int_equal(count(text, "◉"), 2); /* in the legend, and once */
    assert_int_equal(count(text, "●"), 3);
    assert_int_equal(count(text, "○"), 15); /* one of 18 was not trained */
    assert_true(count(text, "┃") > 40);
    free(text);
    text = app_fixture_draw(a, &plot_pane, 30, 140, GLYPHS_ASCII);
    for (const char *s = text; *s; s++)
        assert_true((unsigned char)*s < 0x80);
    expect_in(text, "o accuracy % (right)  @ leader  O in the set");
    assert_int_equal(count(text, "@"), 2);
    free(text);
    /* Without space for an axis of their own they are drawn all the same. */
    text = app_fixture_draw(a, &plot_pane, 9, 40, GLYPHS_BRAILLE);
    expect_in(text, "○ accuracy %  ◉ leader");
    expect_not_in(text, "├");
    assert_int_equal(count(text, "◉"), 2);
    free(text);
    a->plot.first = a->plot.last = 14; /* nothing of what is shown was measured */
    text = app_fixture_draw(a, &plot_pane, 30, 140, GLYPHS_BRAILLE);
    expect_not_in(text, "├");
    free(text);
    app_fixture_free(a);
}

/* The accuracy stands in the row of its value, beside the curve's point. */
static void test_places(void **state)
{
    (void)state;
    struct app *a = app_with(EVALUATION);
    struct canvas *c = canvas_new(60, 140, GLYPHS_ASCII);
    plot_pane.draw(a, c, canvas_area(c), false);
    int rows[2] = {-1, -1}, n = 0;
    for (int i = 2 * 140; i < 60 * 140; i++)
        if (c->cells[i].role == ROLE_MEASURED && strcmp(c->cells[i].text, "o") == 0)
            n++;
        else if (c->cells[i].role == ROLE_LEADER)
            rows[0] = i / 140;
        else if (strcmp(c->cells[i].text, "O") == 0)
            rows[1] = i / 140; /* the lower one of those in the set */
    assert_int_equal(n, 14);
    assert_true(rows[0] >= 0 && rows[1] > rows[0]);
    canvas_free(c);
    app_fixture_draw_sizes(a, &plot_pane, 30, 120);
    app_fixture_free(a);
}

static void test_without(void **state)
{
    (void)state;
    struct app *a = app_with(NULL);
    assert_null(a->evaluating);
    assert_int_equal(evaluating_timeout(a), -1);
    char *text = app_fixture_draw(a, &plot_pane, 30, 140, GLYPHS_BRAILLE);
    expect_not_in(text, "accuracy");
    free(text);
    text = app_fixture_draw(a, &table_pane, 20, 140, GLYPHS_BRAILLE);
    expect_not_in(text, "accuracy");
    free(text);
    text = detail_text(a);
    expect_not_in(text, "retrained with");
    expect_not_in(text, "as measured");
    free(text);
    app_fixture_free(a);
}

static void test_table(void **state)
{
    (void)state;
    struct app *a = app_with(EVALUATION);
    char *text = app_fixture_draw(a, &table_pane, 20, 140, GLYPHS_BRAILLE);
    expect_in(text, "accuracy %");
    expect_in(text, "◉  87.3");
    expect_in(text, "85.1..89.5");
    expect_in(text, "●  86.8");
    expect_in(text, "○  62.1");
    free(text);
    /* Sorted by it: the highest first, the untrained one last. */
    struct columns_table *cs = &a->states->columns[STATES_TABLE];
    while (strcmp(cs->columns[cs->sort].title, "accuracy %") != 0)
        pane_act(&table_pane, a, ACTION_SORT_NEXT, (struct area){0, 0, 20, 140});
    text = app_fixture_draw(a, &table_pane, 20, 140, GLYPHS_BRAILLE);
    assert_int_equal(a->states->table_order[0], 13);
    assert_int_equal(a->states->table_order[1], 12);
    assert_int_equal(a->states->table_order[17], 14);
    free(text);
    app_fixture_free(a);
}

/* ---- Words -----------------------------------------------------------------------------------------------
 */

static void test_words(void **state)
{
    (void)state;
    struct app *a = app_with(EVALUATION);
    a->shown.best = 12;
    expect_said(
        a, 13,
        "Measured: retrained with a bottleneck here that sends 24.5 KiB, the network is right on 87.3 % "
        "of the validation images (95 % interval 85.1 to 89.5), after 5 stages of training; on 90.4 % "
        "without it, on 15.2 % with it untrained. It leads, but 2 others cannot be told apart from "
        "it.\n");
    expect_said(a, 12, "It cannot be told apart from the leader, block4_pool (87.3 %).\n");
    expect_said(
        a, 0,
        "It is not in the set of the best: block4_pool leads (87.3 %). It was stopped early, since it "
        "could not win any more.\n");
    expect_said(a, 14, "It was not retrained: it is outside of the limits.\n");
    expect_said(a, 0,
                "The best candidate by CUI is block4_conv3, but block4_pool leads as measured: the former is "
                "0.5 points below it, and cannot be told apart from it.\n");
    a->shown.best = 2;
    expect_said(a, 0, "the former is 27.5 points below it, and not in the set of the best.\n");
    a->shown.best = 14;
    expect_said(a, 0, "leads as measured; the former was not retrained.\n");
    a->shown.best = 13; /* they agree */
    char *text = detail_text(a);
    expect_not_in(text, "as measured");
    free(text);
    app_fixture_free(a);
}

/* ---- The plan --------------------------------------------------------------------------------------------
 */

static void test_plan(void **state)
{
    (void)state;
    struct app *a = app_with(EVALUATION);
    planning_refresh(a);
    const struct placement *cuts = a->planning.cuts;
    assert_true(cuts[14].accuracy == 0.873 && cuts[1].accuracy == 0.621);
    assert_true(isnan(cuts[15].accuracy));
    assert_true(cuts[0].accuracy == 0.904 && cuts[19].accuracy == 0.904);
    a->planning.deployment.limits[METRIC_ACCURACY] = 0.86;
    planning_refresh(a);
    int feasible = 0;
    for (int i = 1; i <= 18; i++)
        feasible += a->planning.cuts[i].feasible;
    assert_int_equal(feasible, 3);
    a->plot.cursor = 13;
    char *text = app_fixture_draw(a, &plan_pane, 30, 120, GLYPHS_BRAILLE);
    expect_in(text, "Accuracy after retraining");
    free(text);
    app_fixture_free(a);
}

/* ---- The folder ------------------------------------------------------------------------------------------
 */

static void put(const char *path, const char *rows)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "layer,name,floats_sent,bytes_sent,accuracy_before,accuracy_untrained,accuracy,accuracy_low,"
            "accuracy_high,stages,steps,state,in_set\n%s",
            rows);
    fclose(file);
}

static const char *last_said(const struct app *a)
{
    return a->journal.n ? a->journal.lines[a->journal.n - 1].text : "";
}

/* A race that runs elsewhere is followed; what cannot be read is said once, and what was known stays. */
static void test_changes(void **state)
{
    (void)state;
    char *folder = fixture_folder(), *sheet = fixture_in(folder, "evaluate.csv");
    struct app *a = app_with(folder);
    expect_in(last_said(a), "evaluate.csv: cannot open: No such file");
    assert_null(evaluating_measured(a));
    assert_in_range(evaluating_timeout(a), 0, 1000);
    put(sheet, "0,block1_conv1,9,36,0.9,0.1,0.5,0.4,0.6,1,10,leader,1\n");
    for (int tries = 0; !evaluating_measured(a) && tries < 1000; tries++) {
        poll(NULL, 0, evaluating_timeout(a));
        evaluating_step(a);
    }
    assert_int_equal(evaluating_leader(a), 0);
    put(sheet, "0,block1_conv1,9,36,0.9,0.1,0.5,0.4,0.6,1,10,emperor,1\n");
    int said = a->journal.n;
    for (int tries = 0; a->journal.n == said && tries < 1000; tries++) {
        poll(NULL, 0, evaluating_timeout(a));
        evaluating_step(a);
    }
    expect_in(last_said(a), "evaluate.csv:2: state is 'emperor'");
    assert_int_equal(evaluating_leader(a), 0);
    poll(NULL, 0, evaluating_timeout(a));
    evaluating_step(a);
    assert_int_equal(a->journal.n, said + 1);
    app_fixture_free(a);
    free(sheet);
    fixture_folder_remove(folder);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plot),    cmocka_unit_test(test_places), cmocka_unit_test(test_without),
        cmocka_unit_test(test_table),   cmocka_unit_test(test_words),  cmocka_unit_test(test_plan),
        cmocka_unit_test(test_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
