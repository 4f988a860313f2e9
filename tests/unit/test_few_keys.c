/* What takes few keys: subsets compared in one line, the plan's values in one line, and views of one cut that
 * begin at the best. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/undo.h"
#include "app/values.h"
#include "app_fixture.h"
#include "screen/keys.h"

static struct app *opened(void)
{
    return app_fixture_opened(18, 5, 4);
}

static const char *said(const struct app *a)
{
    return a->journal.lines[a->journal.n - 1].text;
}

/* ---- Subsets ---------------------------------------------------------------------------------------- */

static void test_subsets_in_one_line(void **state)
{
    (void)state;
    struct app *a = opened();
    app_fixture_press(a, "c : 'A-B|D' Enter");
    assert_int_equal(a->view, VIEW_COMPARE);
    assert_int_equal(a->pins.n, 1); /* in place of the one before */
    assert_string_equal(a->pins.curves[0].name, "A,B");
    assert_string_equal(a->shown.name, "D");
    assert_string_equal(said(a), "D beside A,B (d: their difference, U takes it back)");
    app_fixture_press(a, ": 'A|' Enter");
    assert_string_equal(a->pins.curves[0].name, "A");
    assert_int_equal(a->shown.classes_n, 4);
    assert_false(a->shown.chosen[0]);
    app_fixture_press(a, ": 'A|B|C|D|E' Enter");
    assert_int_equal(a->pins.n, PINS);
    assert_string_equal(said(a), "E beside A, B, C, D (d: their difference, U takes it back)");
    app_fixture_press(a, "U U U");
    assert_int_equal(a->pins.n, 1);
    assert_string_equal(a->pins.curves[0].name, "all classes");
    assert_int_equal(a->shown.classes_n, 5);
    app_fixture_free(a);
}

/* What is refused changes nothing, and stays to be mended. */
static void test_wrong_subsets(void **state)
{
    (void)state;
    struct app *a = opened();
    app_fixture_press(a, "c : 'A|Z9' Enter");
    assert_true(a->prompt.open);
    assert_string_equal(a->prompt.text, "A|Z9");
    assert_int_equal(a->view, VIEW_CURVE);
    assert_int_equal(a->shown.classes_n, 5);
    assert_string_equal(a->pins.curves[0].name, "all classes");
    app_fixture_press(a, "Backspace Backspace 'B' Enter");
    assert_int_equal(a->view, VIEW_COMPARE);
    app_fixture_free(a);
}

/* ---- The plan in one line ---------------------------------------------------------------------------- */

/* All values as they are shown, the plan's first line. New string. */
static char *shown_value(const struct app *a, const char *name)
{
    for (int i = 0; i < values_n(); i++)
        if (strcmp(values_name(i), name) == 0)
            return values_shown(a, i);
    fail_msg("no value is called %s", name);
    return NULL;
}

static void value_is(const struct app *a, const char *name, const char *wanted)
{
    char *shown = shown_value(a, name);
    assert_string_equal(shown, wanted);
    free(shown);
}

static void test_plan_in_one_line(void **state)
{
    (void)state;
    struct app *a = opened();
    app_fixture_press(a, "; '0.5 b m=200K' Enter");
    assert_int_equal(a->view, VIEW_PLAN);
    value_is(a, "device", "0.5");
    value_is(a, "link", "ble");
    value_is(a, "head's memory", "200K");
    value_is(a, "server", "500GFLOP/s");
    assert_string_equal(said(a), "device 0.5, link ble, head's memory 200K (U takes it back)");
    app_fixture_press(a, "; 'wi,rtt=40 2 80GFLOP/s latency=150 sent=int8 obj=bytes mem=none' Enter");
    value_is(a, "device", "2");
    value_is(a, "link", "wifi,rtt=40");
    value_is(a, "server", "80GFLOP/s");
    value_is(a, "total time", "150");
    value_is(a, "sent as", "int8");
    value_is(a, "objective", "bytes");
    value_is(a, "head's memory", "none");
    app_fixture_press(a, "; '5g bandwidth=3,rtt=9 t=' Enter"); /* a link's name that begins with a digit; the
                                                      last one counts */
    value_is(a, "link", "bandwidth=3,rtt=9,mtu=1500,header=52");
    value_is(a, "device", "2");
    value_is(a, "total time", "none");
    app_fixture_press(a, "U U U");
    value_is(a, "device", "5GFLOP/s");
    value_is(a, "link", "wifi");
    app_fixture_free(a);
}

/* What is wrong with a line; nothing of it is taken then. */
static const struct {
    const char *typed, *why;
} wrong[] = {
    {"0.5 x", "no link 'x'"},
    {"0.5 l", "no link 'l'"}, /* lora, lte */
    {"0.5 d=3", "'d' may be the device or the device's energy"},
    {"0.5 a=3", "'a' may be the answer or the accuracy"},
    {"ble 1 2 3", "'3' is a third device"},
    {"0.5 mem=-4", "the limit of memory '-4'"},
    {"ble 0.5x", "0.5x"},
    {"ble obj=", "is no metric"},
};

static void test_wrong_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct app *a = opened();
        app_fixture_press(a, ";");
        for (const char *c = wrong[i].typed; *c; c++)
            app_key(a, *c);
        app_fixture_press(a, "Enter");
        if (!a->prompt.open || !strstr(said(a), wrong[i].why))
            fail_msg("'%s': %s", wrong[i].typed, said(a));
        assert_int_equal(a->view, VIEW_CURVE);
        value_is(a, "device", "5GFLOP/s");
        value_is(a, "link", "wifi");
        value_is(a, "head's memory", "none");
        app_fixture_free(a);
    }
}

/* A profile and a name cut short: the words that a list of links does not have are files. */
static void test_plan_of_a_file(void **state)
{
    (void)state;
    struct app *a = opened();
    char path[] = "/tmp/isplit-few-keys-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    app_fixture_press(a, ";");
    for (const char *c = path; *c; c++)
        app_key(a, *c);
    app_fixture_press(a, "Enter");
    assert_non_null(strstr(said(a), path)); /* it is read as a device: that it is empty is said */
    assert_null(strstr(said(a), "no link"));
    unlink(path);
    app_fixture_free(a);
}

/* ---- The best ---------------------------------------------------------------------------------------- */

/* In a view of one cut. */
static void test_begins_at_the_best(void **state)
{
    (void)state;
    const char *const views[] = {"7", "6", "9"};
    for (int i = 0; i < 3; i++) {
        struct app *a = opened();
        app_fixture_press(a, "1 2 3 1");
        assert_int_equal(a->plot.cursor, 0);
        app_fixture_press(a, views[i]);
        int best = i < 2 ? a->shown.best : a->planning.verdict.pick.best - 1;
        assert_in_range(best, 1, 17);
        assert_int_equal(a->plot.cursor, best);
        app_fixture_free(a);
    }
}

/* Where somebody has moved the cursor it stays, also where he moved it back; and Enter opens what is under
 * it. */
static void test_stays_where_it_was_moved(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        int cursor;
    } moves[] = {{"l l 7", 2}, {"l h 7", 0}, {"l h 9", 0}, {"l h 6", 0}, {"g 7", 0}, {"2 Enter", 0}};
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        struct app *a = opened();
        app_fixture_press(a, moves[i].keys);
        if (a->plot.cursor != moves[i].cursor)
            fail_msg("%s: %d", moves[i].keys, a->plot.cursor);
        app_fixture_free(a);
    }
}

/* Nothing is the best yet: the views wait for it where they are. */
static void test_before_there_is_a_best(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(18, 5, 4);
    app_resize(a, 40, 132);
    app_fixture_press(a, "7");
    assert_int_equal(a->plot.cursor, 0);
    app_fixture_measure(a, 20);
    app_prepare(a);
    assert_int_equal(a->plot.cursor, a->shown.best);
    app_fixture_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subsets_in_one_line),      cmocka_unit_test(test_wrong_subsets),
        cmocka_unit_test(test_plan_in_one_line),         cmocka_unit_test(test_wrong_lines),
        cmocka_unit_test(test_plan_of_a_file),           cmocka_unit_test(test_begins_at_the_best),
        cmocka_unit_test(test_stays_where_it_was_moved), cmocka_unit_test(test_before_there_is_a_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
