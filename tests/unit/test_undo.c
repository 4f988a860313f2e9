/* Taking back what keys changed, and the way back through the views. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/undo.h"
#include "app/values.h"
#include "app_fixture.h"
#include "base/memory.h"
#include "screen/keys.h"

enum { CTRL_R = KEYS_CTRL('R') };

static struct app *opened(void)
{
    return app_fixture_opened(18, 5, 4);
}

static void expect_said(const struct app *a, const char *text)
{
    assert_string_equal(a->journal.lines[a->journal.n - 1].text, text);
}

/* All that can be taken back. New string. */
static char *everything(const struct app *a)
{
    char *all = subsets_expression(a->shown.chosen, a->study->table->classes);
    for (int i = 0; i < marks_n(a->marks) + a->pins.n + values_n(); i++) {
        const struct mark *m = &marks_all(a->marks)[i];
        int pin = i - marks_n(a->marks), value = pin - a->pins.n;
        char *part = pin < 0 ? memory_format("mark %d '%s'", m->layer, m->note)
                     : value < 0
                         ? memory_format("pin %s %d", a->pins.curves[pin].name, a->pins.curves[pin].classes_n)
                         : values_save(a, value);
        char *more = memory_format("%s\n%s", all, part);
        free(all);
        free(part);
        all = more;
    }
    return all;
}

/* Every change, one after the other: its keys, and what U says of it. */
static const struct {
    const char *keys, *what;
} changes[] = {
    {"3 Space", "the chosen classes"},
    {"i", "the chosen classes"},
    {"O", "the chosen classes"},
    {"a", "the chosen classes"},
    {": B , D Enter", "the chosen classes"},
    {"c", "a pinned curve"},
    {"1 Down x", "a mark"},
    {"Down X n o t e Enter", "a mark"},
    {"Up x", "a mark"},
    {"9 +", "a value of the plan"},
    {"+", "a value of the plan"},
    {"] +", "a value of the plan"},
    {"] +", "a value of the plan"},
    {"] ] ] ] ] +", "a value of the plan"},
    {"u", "a value of the plan"},
    {"D Enter 9 9 Enter Esc", "a value of the plan"},
    {"Backspace y", "a value of the plan"},
    {"1 C", "a pinned curve"},
};
enum { CHANGES = sizeof changes / sizeof changes[0] };

static void test_every_change(void **state)
{
    (void)state;
    struct app *a = opened();
    char *before[CHANGES + 1];
    for (int i = 0; i < CHANGES; i++) {
        before[i] = everything(a);
        app_fixture_press(a, changes[i].keys);
    }
    before[CHANGES] = everything(a);
    for (int round = 0; round < 2; round++) {
        for (int i = CHANGES - 1; i >= 0; i--) {
            app_key(a, 'U');
            char *said = memory_format("taken back: %s (%d more; Ctrl-R makes it again)", changes[i].what, i);
            expect_said(a, said);
            free(said);
            char *now = everything(a);
            if (strcmp(now, before[i]) != 0)
                fail_msg("after taking back '%s':\n%s\nexpected:\n%s", changes[i].keys, now, before[i]);
            free(now);
        }
        app_key(a, 'U');
        expect_said(a, "nothing to take back");
        for (int i = 0; i < CHANGES; i++)
            app_key(a, CTRL_R);
        char *now = everything(a);
        assert_string_equal(now, before[CHANGES]);
        free(now);
        app_key(a, CTRL_R);
        expect_said(a, "nothing to make again");
    }
    for (int i = 0; i <= CHANGES; i++)
        free(before[i]);
    app_fixture_free(a);
}

/* Moving about is no change, and a new change ends what could be made again. */
static void test_what_is_no_change(void **state)
{
    (void)state;
    struct app *a = opened();
    app_fixture_press(a, "3 Space Down Up 5 6 9 Down 8 1 Right y y s s t ? Esc v Esc");
    app_key(a, 'U');
    expect_said(a, "taken back: the chosen classes (0 more; Ctrl-R makes it again)");
    assert_int_equal(a->shown.classes_n, 5);
    app_fixture_press(a, "x");
    app_key(a, CTRL_R);
    expect_said(a, "nothing to make again");
    app_fixture_free(a);
}

/* The picker's empty choice is one step of its own. */
static void test_no_class(void **state)
{
    (void)state;
    struct app *a = opened();
    app_fixture_press(a, "3 A Down Space");
    assert_int_equal(a->shown.classes_n, 1);
    app_key(a, 'U');
    app_key(a, 'U');
    expect_said(a, "taken back: the chosen classes (0 more; Ctrl-R makes it again)");
    assert_int_equal(a->shown.classes_n, 5);
    app_key(a, CTRL_R);
    app_key(a, CTRL_R);
    assert_int_equal(a->shown.classes_n, 1);
    app_fixture_free(a);
}

/* Enter looks, and changes nothing. */
static void test_enter_opens(void **state)
{
    (void)state;
    struct app *a = opened();
    char *before = everything(a);
    app_fixture_press(a, "3 Down Down Enter");
    assert_int_equal(a->view, VIEW_MATRIX);
    app_prepare(a);
    char *row = app_fixture_draw(a, views_first(VIEW_MATRIX), 20, 132, GLYPHS_ASCII);
    free(row);
    app_fixture_press(a, "Enter");
    assert_int_equal(a->view, VIEW_DETAIL);
    app_fixture_press(a, "8 Enter");
    assert_int_equal(a->view, VIEW_LOG); /* no layer is under the cursor */
    assert_non_null(strstr(a->journal.passing, "stands whole below"));
    char *after = everything(a);
    assert_string_equal(before, after);
    free(before);
    free(after);
    app_fixture_free(a);
}

/* Esc and q go back the way one came; a view chosen again shortens it. */
static void test_back_through_views(void **state)
{
    (void)state;
    struct app *a = opened();
    app_fixture_press(a, "3 5 Enter");
    assert_int_equal(a->view, VIEW_DETAIL);
    app_key(a, KEYS_ESC);
    assert_int_equal(a->view, VIEW_MATRIX);
    app_key(a, 'q');
    assert_int_equal(a->view, VIEW_CLASSES);
    app_fixture_press(a, "9 5 3");
    app_key(a, 'q');
    assert_int_equal(a->view, VIEW_CURVE);
    assert_false(a->loop.quit);
    app_key(a, KEYS_ESC); /* nowhere to go, and no reason to leave */
    assert_false(a->loop.quit);
    app_key(a, 'q');
    assert_true(a->loop.quit);
    a->loop.quit = false;
    app_fixture_press(a, "3 Q");
    assert_true(a->loop.quit);
    app_fixture_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_change),       cmocka_unit_test(test_what_is_no_change),
        cmocka_unit_test(test_no_class),           cmocka_unit_test(test_enter_opens),
        cmocka_unit_test(test_back_through_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
