/* Searching and filtering: the same in every pane that shows a list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app_fixture.h"
#include "panes/classes.h"
#include "panes/images.h"
#include "panes/images_rows.h"
#include "panes/list_pane.h"
#include "panes/log.h"
#include "panes/matrix.h"
#include "panes/matrix_rows.h"
#include "panes/table.h"
#include "screen/keys.h"

static const struct area screen = {0, 0, 12, 80};

/* ---- The panes ----------------------------------------------------------------------------------- */

/* What stands under the cursor. */
static int table_at(const struct app *a)
{
    return a->plot.cursor;
}

static int classes_at(const struct app *a)
{
    return a->states->classes_cursor;
}

static int matrix_at(const struct app *a)
{
    return matrix_rows_at(a, a->states->lists[STATES_MATRIX].cursor);
}

static int images_at(const struct app *a)
{
    return images_rows_at(a, a->states->lists[STATES_IMAGES].cursor);
}

static int log_at(const struct app *a)
{
    return log_pane.rows->finder.at(a);
}

/* What is searched for is held by three rows or more, none of them among the first four. */
static const struct {
    const struct pane *pane;
    enum states_list list;
    int (*at)(const struct app *a);
    const char *part, *none;
} panes[] = {
    {&table_pane, STATES_TABLE, table_at, "CONV3", "no layer has 'CONV3.' in its name"},
    {&classes_pane, STATES_CLASSES, classes_at, "class 3", "no class has 'class 3.' in its name"},
    {&matrix_pane, STATES_MATRIX, matrix_at, "class 3", "no class has 'class 3.' in its name"},
    {&images_pane, STATES_IMAGES, images_at, "E/IMG", "no image has 'E/IMG.' in its path"},
    {&log_pane, STATES_LOG, log_at, "line 1", "no line has 'line 1.' in its text"},
};
enum { N = sizeof panes / sizeof panes[0] };

static struct app *make(void)
{
    struct app *a = app_fixture_new(18, 40, 3);
    for (int i = 4; i < 24; i++)
        app_say(a, JOURNAL_NOTE, "line %d", i);
    return a;
}

static void act(struct app *a, int i, enum action action)
{
    assert_true(pane_act(panes[i].pane, a, action, screen));
    pane_prepare(panes[i].pane, a, screen);
}

static void type(struct app *a, int i, const char *text, int end)
{
    assert_true(a->prompt.open);
    for (; *text; text++)
        prompt_key(a, &a->prompt, (unsigned char)*text);
    if (end)
        prompt_key(a, &a->prompt, end);
    pane_prepare(panes[i].pane, a, screen);
}

/* On the third row. */
static int begin(struct app *a, int i)
{
    act(a, i, ACTION_FIRST);
    act(a, i, ACTION_DOWN);
    act(a, i, ACTION_DOWN);
    assert_int_equal(a->states->lists[panes[i].list].cursor, 2);
    return panes[i].at(a);
}

/* ---- Tests --------------------------------------------------------------------------------------- */

static void test_filter(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        struct app *a = make();
        int began = begin(a, i);
        const struct list *l = &a->states->lists[panes[i].list];
        int all = l->n;
        act(a, i, ACTION_FILTER);
        type(a, i, panes[i].part, 0);
        int some = l->n;
        assert_in_range(some, 3, all - 5);
        type(a, i, ".", 0);
        assert_int_equal(l->n, 0);
        type(a, i, "", KEYS_BACKSPACE);
        assert_int_equal(l->n, some);
        type(a, i, "", KEYS_ESC);
        assert_int_equal(l->n, all);
        assert_int_equal(panes[i].at(a), began);
        assert_string_equal(l->filter, "");
        /* Kept; asked for again it begins empty, and Esc brings back the one before. */
        act(a, i, ACTION_FILTER);
        type(a, i, panes[i].part, KEYS_ENTER);
        assert_int_equal(l->n, some);
        act(a, i, ACTION_LAST);
        int last = panes[i].at(a);
        act(a, i, ACTION_FILTER);
        assert_string_equal(a->prompt.text, "");
        assert_int_equal(l->n, some);
        type(a, i, "*", 0);
        assert_int_equal(l->n, all);
        type(a, i, "", KEYS_ESC);
        assert_int_equal(l->n, some);
        assert_string_equal(l->filter, panes[i].part);
        assert_int_equal(panes[i].at(a), last);
        /* \ Enter shows all, and the cursor stays on what it is on. */
        act(a, i, ACTION_FILTER);
        type(a, i, "", KEYS_ENTER);
        assert_int_equal(l->n, all);
        assert_int_equal(panes[i].at(a), last);
        app_fixture_free(a);
    }
}

static void test_search(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        struct app *a = make();
        int began = begin(a, i);
        const struct list *l = &a->states->lists[panes[i].list];
        act(a, i, ACTION_SEARCH_NEXT);
        assert_string_equal(a->journal.lines[a->journal.n - 1].text, "nothing is searched for: / begins");
        act(a, i, ACTION_SEARCH);
        type(a, i, panes[i].part, 0);
        int found = l->cursor;
        assert_true(found > 3);
        type(a, i, ".", 0);
        assert_int_equal(panes[i].at(a), began);
        type(a, i, "", KEYS_ENTER);
        assert_string_equal(a->journal.lines[a->journal.n - 1].text, panes[i].none);
        assert_int_equal(panes[i].at(a), began);
        act(a, i, ACTION_SEARCH);
        assert_string_equal(a->prompt.text, "");
        type(a, i, panes[i].part, KEYS_ENTER);
        assert_int_equal(l->cursor, found);
        act(a, i, ACTION_SEARCH_NEXT);
        int second = l->cursor;
        assert_true(second > found);
        act(a, i, ACTION_SEARCH_PREVIOUS);
        assert_int_equal(l->cursor, found);
        act(a, i, ACTION_SEARCH_PREVIOUS); /* round the end */
        assert_true(l->cursor > second);
        act(a, i, ACTION_SEARCH_NEXT);
        int at = panes[i].at(a);
        act(a, i, ACTION_SEARCH);
        type(a, i, "o", KEYS_ESC);
        assert_int_equal(panes[i].at(a), at);
        assert_string_equal(l->search, panes[i].part);
        app_fixture_free(a);
    }
}

static void test_escape(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        struct app *a = make();
        begin(a, i);
        const struct list *l = &a->states->lists[panes[i].list];
        act(a, i, ACTION_SEARCH);
        type(a, i, panes[i].part, KEYS_ENTER);
        act(a, i, ACTION_FILTER);
        type(a, i, panes[i].part, KEYS_ENTER);
        int at = panes[i].at(a);
        act(a, i, ACTION_ESCAPE);
        assert_string_equal(l->filter, "");
        assert_string_equal(l->search, panes[i].part);
        assert_int_equal(panes[i].at(a), at);
        act(a, i, ACTION_ESCAPE);
        assert_string_equal(l->search, "");
        assert_false(pane_act(panes[i].pane, a, ACTION_ESCAPE, screen));
        app_fixture_free(a);
    }
}

/* While a prompt is open rows may come, and change places. */
static void test_rows_change_places(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        struct app *a = make();
        int began = begin(a, i);
        for (int filters = 0; filters < 2; filters++) {
            act(a, i, filters ? ACTION_FILTER : ACTION_SEARCH);
            type(a, i, panes[i].part, 0);
            a->states->columns[STATES_TABLE].descending = a->states->columns[STATES_CLASSES].descending =
                !filters;
            a->states->columns[STATES_MATRIX].descending = a->states->columns[STATES_IMAGES].descending =
                !filters;
            app_say(a, JOURNAL_NOTE, "line 1000");
            type(a, i, "", KEYS_ESC);
            assert_int_equal(panes[i].at(a), began);
        }
        app_fixture_free(a);
    }
}

/* The network is replaced under an open prompt: first there is none, then another one. */
static void test_another_network(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++)
        for (int filters = 0; filters < 2; filters++)
            for (int ready = 0; ready < 2; ready++) {
                struct app *a = make();
                begin(a, i);
                act(a, i, filters ? ACTION_FILTER : ACTION_SEARCH);
                type(a, i, panes[i].part, 0);
                states_reset(a->states);
                if (!ready)
                    shown_free(&a->shown);
                prompt_key(a, &a->prompt, '1');
                prompt_key(a, &a->prompt, KEYS_BACKSPACE);
                prompt_key(a, &a->prompt, filters ? KEYS_ESC : KEYS_ENTER);
                if (ready && i < N - 1) {
                    pane_act(panes[i].pane, a, ACTION_SORT_NEXT, screen);
                    free(app_fixture_draw(a, panes[i].pane, 12, 80, GLYPHS_ASCII));
                }
                app_fixture_free(a);
            }
}

/* A filter that only one part of a row fits. */
static void test_other_parts(void **state)
{
    (void)state;
    struct app *a = make();
    static const struct {
        int pane;
        const char *filter;
        int n;
    } wanted[] = {{0, "maxpool", 5}, {1, "n0000000[0-4]", 5}, {3, "[CD]", 6}, {4, "line ?", 6}};
    for (int i = 0; i < 4; i++) {
        act(a, wanted[i].pane, ACTION_FILTER);
        type(a, wanted[i].pane, wanted[i].filter, KEYS_ENTER);
        assert_int_equal(a->states->lists[panes[wanted[i].pane].list].n, wanted[i].n);
    }
    app_fixture_free(a);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filter),          cmocka_unit_test(test_search),
        cmocka_unit_test(test_escape),          cmocka_unit_test(test_rows_change_places),
        cmocka_unit_test(test_another_network), cmocka_unit_test(test_other_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
