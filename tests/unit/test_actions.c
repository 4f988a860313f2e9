/* Keys, views and panes fit together: the tables have no gap and no overlap, and no key is silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app_fixture.h"
#include "app/undo.h"
#include "base/memory.h"
#include "cli/glossary.h"
#include "panes/classes_choice.h"
#include "screen/keys.h"

/* In the middle of everything, so that each key has somewhere to go: some classes chosen, curves pinned,
 * the layer cursor on no candidate. */
static struct app *app_in(enum view view, int rows, int columns)
{
    struct app *a = app_fixture_new(18, 5, 4);
    const bool some[5] = {false, true, true, false, true};
    const bool pinned[2][5] = {{true}, {true, true}};
    planning_open(a);
    app_resize(a, rows, columns);
    app_choose(a, some, NULL);
    app_act(a, ACTION_PIN);
    for (int i = 0; i < 2; i++)
        shown_set(&a->pins.curves[a->pins.n++], a->study, pinned[i], "pinned");
    for (int i = 0; i < 5; i++)
        app_say(a, JOURNAL_NOTE, "line %d", i);
    app_move(a, 7);
    app_set_view(a, view);
    app_prepare(a);
    app_act(a, view == VIEW_LOG ? ACTION_UP : ACTION_DOWN);
    return a;
}

static bool is_a_move(const struct action_entry *entry)
{
    return entry->action >= ACTION_UP && entry->action <= ACTION_LAST;
}

/* Each pane with an app of its own: the action may change it. */
static int takers(const struct action_entry *entry, enum view view)
{
    int n = 0, panes = 1;
    for (int i = 0; i < panes; i++) {
        struct app *a = app_in(view, 60, 200);
        panes = a->layout.n;
        assert_in_range(panes, 1, PANES_MAX);
        n += pane_act(a->layout.panes[i], a, entry->action, a->layout.areas[i]);
        app_fixture_free(a);
    }
    return n;
}

static void check_handlers(const struct action_entry *entry, enum view view)
{
    int n = takers(entry, view);
    bool for_panes = entry->panes >> view & 1u;
    if (!for_panes && (n > 0 || !entry->run))
        fail_msg("'%s' (%s) in %s: %d panes take it, too", entry->name, entry->help, views_title(view), n);
    if (for_panes && n == 0 && !entry->run)
        fail_msg("'%s' (%s) in %s: nobody takes it", entry->name, entry->help, views_title(view));
    /* Of several that can be moved in the focused one is. */
    if (for_panes && n > 1 && !is_a_move(entry))
        fail_msg("'%s' (%s) in %s: %d panes take it", entry->name, entry->help, views_title(view), n);
}

/* ---- One key, one meaning ------------------------------------------------------------------------- */

/* Different work, the same idea: a name is given, a name is taken, what the view is for is begun. */
static const enum action same_idea[][2] = {
    {ACTION_SAVE_SUBSET, ACTION_SAVE_SCENARIO},
    {ACTION_LOAD_SUBSET, ACTION_LOAD_SCENARIO},
    {ACTION_ENTER, ACTION_CUT},
    {ACTION_ENTER, ACTION_RUN},
    {ACTION_CUT, ACTION_RUN},
};

static bool is_same_idea(enum action one, enum action other)
{
    bool same = one == other;
    for (size_t i = 0; i < sizeof same_idea / sizeof same_idea[0]; i++)
        same = same || (one == same_idea[i][0] && other == same_idea[i][1]) ||
               (one == same_idea[i][1] && other == same_idea[i][0]);
    return same;
}

static bool share_a_key(const struct action_entry *one, const struct action_entry *other,
                        char name[KEYS_NAME])
{
    for (int i = 0; i < ACTIONS_KEYS; i++)
        for (int k = 0; k < ACTIONS_KEYS; k++)
            if (one->keys[i] && one->keys[i] == other->keys[k]) {
                keys_name(one->keys[i], name);
                return true;
            }
    return false;
}

static void test_one_key_one_meaning(void **state)
{
    (void)state;
    char name[KEYS_NAME];
    for (int i = 0; i < actions_n; i++)
        for (int k = i + 1; k < actions_n; k++)
            if (share_a_key(&actions_table[i], &actions_table[k], name) &&
                !is_same_idea(actions_table[i].action, actions_table[k].action))
                fail_msg("%s means '%s', and '%s' elsewhere", name, actions_table[i].help,
                         actions_table[k].help);
}

static void test_every_key_has_one_handler(void **state)
{
    (void)state;
    for (int v = 0; v < VIEWS; v++)
        for (int i = 0; i < actions_n; i++) {
            const struct action_entry *entry = &actions_table[i];
            assert_int_equal(entry->panes & ~entry->views, 0);
            if ((entry->views >> v & 1u) && actions_entry(entry->keys[0], (enum view)v) == entry)
                check_handlers(entry, (enum view)v);
        }
}

/* ---- No key is silent ---------------------------------------------------------------------------- */

/* All that a key may change that is seen or kept. New string. */
static char *picture(struct app *a)
{
    struct canvas *c = canvas_new(a->screen.rows, a->screen.columns, GLYPHS_BRAILLE);
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    app_draw(a, c);
    canvas_print(c, out);
    fprintf(out, "view %d, layer %d, focus %d, cursor %d %d, picture %d, dialog %d, prompt %d", (int)a->view,
            a->plot.cursor, a->layout.focus, c->cursor_row, c->cursor_column, (int)a->states->picture_show,
            a->dialog != NULL, a->prompt.open);
    fprintf(out, ", %d lines, sorted %d %d, %d %d %d", a->journal.n, a->states->columns[STATES_MATRIX].sort,
            a->states->columns[STATES_MATRIX].descending, a->loop.redraw, a->loop.suspend, a->loop.quit);
    fclose(out);
    canvas_free(c);
    return text;
}

/* What need not say anything: the number of the view that is seen, Esc where nothing was begun, and moving in
 * a text that is seen whole. */
static bool may_be_silent(const struct action_entry *entry, enum view view, int rows)
{
    return entry->action == ACTION_ESCAPE || (int)entry->action == ACTION_VIEW + (int)view ||
           (view == VIEW_DETAIL && rows > 12 && is_a_move(entry));
}

static bool is_silent(enum view view, int key, int rows, int columns)
{
    struct app *a = app_in(view, rows, columns);
    app_key(a, view == VIEW_PLAN ? '+' : view == VIEW_LOG ? KEYS_UP : KEYS_DOWN); /* something to reset */
    char *before = picture(a);
    app_key(a, key);
    char *after = picture(a);
    bool silent = strcmp(before, after) == 0;
    free(before);
    free(after);
    app_fixture_free(a);
    return silent;
}

static void test_no_key_is_silent(void **state)
{
    (void)state;
    static const struct {
        int rows, columns;
    } sizes[] = {{60, 200}, {24, 80}, {12, 40}};
    enum { SIZES = sizeof sizes / sizeof sizes[0] };
    int silent = 0;
    for (int v = 0; v < VIEWS; v++)
        for (int i = 0; i < actions_n * ACTIONS_KEYS * SIZES; i++) {
            int key = actions_table[i / SIZES / ACTIONS_KEYS].keys[i / SIZES % ACTIONS_KEYS];
            const struct action_entry *entry = actions_entry(key, (enum view)v);
            char name[KEYS_NAME];
            if (!key || (entry && may_be_silent(entry, (enum view)v, sizes[i % SIZES].rows)) ||
                !is_silent((enum view)v, key, sizes[i % SIZES].rows, sizes[i % SIZES].columns))
                continue;
            keys_name(key, name);
            print_error("%s does nothing and says nothing in %s at %dx%d\n", name, views_title(v),
                        sizes[i % SIZES].columns, sizes[i % SIZES].rows);
            silent++;
        }
    assert_int_equal(silent, 0);
}

/* ---- Views --------------------------------------------------------------------------------------- */

static void test_every_view_has_a_key_and_panes(void **state)
{
    (void)state;
    for (int v = 0; v < VIEWS; v++) {
        struct app *a = app_in(v == VIEW_LOG ? VIEW_CURVE : VIEW_LOG, 12, 40);
        app_key(a, views_key(v));
        assert_int_equal(a->view, v);
        app_prepare(a);
        assert_true(a->layout.n >= 1);
        assert_ptr_equal(a->layout.panes[0], views_first(v));
        assert_int_equal(a->layout.focus, 0);
        app_fixture_free(a);
    }
}

/* What the scale and the bytes are is said wherever they are changed. */
static void test_settings_are_said(void **state)
{
    (void)state;
    static const struct {
        int key;
        const char *text;
    } settings[] = {{'y', "scale: CUI"}, {'s', "scale: log10 CUI*KHW"}, {'u', "bytes as f16"}};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        struct app *a = app_in(VIEW_CURVE, 24, 80);
        app_key(a, settings[i].key);
        assert_string_equal(a->journal.lines[a->journal.n - 1].text, settings[i].text);
        assert_true(a->keeping.settings_changed);
        app_fixture_free(a);
    }
}

/* A pane that has no room cannot take a key: that is said, and nothing changes unseen. */
static void test_no_capacity_is_said(void **state)
{
    (void)state;
    struct app *a = app_in(VIEW_CLASSES, 12, 40);
    app_key(a, 'z');
    assert_int_equal(a->plot.zoom_from, -1);
    assert_string_equal(a->journal.lines[a->journal.n - 1].text,
                        "the curve has no room here (view 1 shows it)");
    app_key(a, KEYS_TAB);
    assert_string_equal(a->journal.lines[a->journal.n - 1].text, "the other pane has no room on this screen");
    app_fixture_free(a);
}

/* ---- Other keys ------------------------------------------------------------------------------------ */

static void test_keys_can_be_changed(void **state)
{
    (void)state;
    struct error e;
    int swapped[][2] = {{'x', 'c'}, {'c', 'x'}}, taken[][2] = {{'x', 'c'}}, none[][2] = {{0x2603, 'c'}};
    assert_int_equal(actions_change(taken, 1, &e), -1);
    assert_non_null(strstr(e.text, "the key 'c' would mean '"));
    assert_int_equal(actions_change(none, 1, &e), -1);
    assert_int_equal(actions_find('x', VIEW_CURVE), ACTION_MARK);
    assert_int_equal(actions_change(swapped, 2, &e), 0);
    assert_int_equal(actions_find('c', VIEW_CURVE), ACTION_MARK);
    assert_int_equal(actions_find('x', VIEW_CURVE), ACTION_PIN);
    assert_int_equal(actions_change(swapped, 2, &e), 0);
    assert_int_equal(actions_find('x', VIEW_CURVE), ACTION_MARK);
}

/* ---- Clicks, the palette, the help ----------------------------------------------------------------- */

/* Where a text stands on the screen. */
static void click_on(struct app *a, const char *text)
{
    struct canvas *c = canvas_new(a->screen.rows, a->screen.columns, GLYPHS_ASCII);
    app_draw(a, c);
    for (int row = 0; row < c->rows; row++)
        for (int column = 0; column + (int)strlen(text) <= c->columns; column++) {
            int same = 0;
            for (; text[same]; same++)
                if (c->cells[row * c->columns + column + same].text[0] != text[same])
                    break;
            if (!text[same] && (row == 2 || row == c->rows - 1)) {
                app_click(a, row, column);
                canvas_free(c);
                return;
            }
        }
    fail_msg("%s is not on the screen", text);
}

static void test_clicks_on_bars(void **state)
{
    (void)state;
    struct app *a = app_in(VIEW_CURVE, 24, 80);
    click_on(a, "5Matrix");
    assert_int_equal(a->view, VIEW_MATRIX);
    click_on(a, "9Plan");
    assert_int_equal(a->view, VIEW_PLAN);
    click_on(a, "D values");
    assert_non_null(a->dialog);
    click_on(a, "1Curve"); /* not while a dialog is open */
    assert_int_equal(a->view, VIEW_PLAN);
    app_key(a, KEYS_ESC);
    click_on(a, "q back");
    assert_int_equal(a->view, VIEW_MATRIX);
    app_fixture_free(a);
}

static void type_all(struct app *a, const char *text)
{
    for (; *text; text++)
        app_key(a, *text);
}

/* Where nothing is pinned a subset is compared with all classes. */
static void test_difference_from_all(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 5, 4);
    const bool some[5] = {false, true, true, false, true};
    app_resize(a, 24, 80);
    app_set_view(a, VIEW_COMPARE);
    app_key(a, 'd');
    assert_int_equal(a->pins.n, 0);
    assert_non_null(strstr(a->journal.lines[a->journal.n - 1].text, "choose classes (:)"));
    app_choose(a, some, NULL);
    char *offered = picture(a);
    if (!strstr(offered, "d: the difference from all classes"))
        fail_msg("%s", offered);
    free(offered);
    undo_clear(a->undo);
    undo_note(a);
    app_key(a, 'd');
    assert_int_equal(a->pins.n, 1);
    assert_int_equal(a->pins.curves[0].classes_n, 5);
    assert_int_equal(a->states->difference, 1);
    char *shown = picture(a);
    if (!strstr(shown, "A minus B") || !strstr(shown, "all classes"))
        fail_msg("%s", shown);
    free(shown);
    app_key(a, 'U');
    assert_int_equal(a->pins.n, 0);
    app_fixture_free(a);
}

static void test_palette(void **state)
{
    (void)state;
    struct app *a = app_in(VIEW_CURVE, 24, 80);
    app_key(a, KEYS_CTRL('P'));
    type_all(a, "class matrix");
    char *shown = picture(a);
    if (!strstr(shown, "every class by every layer"))
        fail_msg("%s", shown);
    free(shown);
    app_key(a, KEYS_ENTER);
    assert_int_equal(a->view, VIEW_MATRIX);
    assert_null(a->dialog);
    app_key(a, KEYS_CTRL('P'));
    type_all(a, "unicorns");
    app_key(a, KEYS_ENTER);
    assert_non_null(strstr(a->journal.lines[a->journal.n - 1].text, "has the words 'unicorns'"));
    /* Down goes to the next one; what another action hides is not offered. */
    app_key(a, KEYS_CTRL('P'));
    type_all(a, "mark this");
    app_key(a, KEYS_DOWN);
    app_key(a, KEYS_ENTER);
    assert_true(a->prompt.open && strstr(a->prompt.label, "note on"));
    app_key(a, KEYS_ESC);
    app_set_view(a, VIEW_PLAN);
    app_key(a, KEYS_CTRL('P'));
    type_all(a, "save");
    shown = picture(a);
    assert_non_null(strstr(shown, "as a scenario"));
    if (!strstr(shown, "save the chosen classes under a name                  in 1 Curve"))
        fail_msg("%s", shown);
    free(shown);
    app_key(a, KEYS_ESC);
    /* What fails is said, and not asked for again. */
    app_key(a, KEYS_CTRL('P'));
    type_all(a, "saved scenario");
    app_key(a, KEYS_ENTER);
    assert_false(a->prompt.open);
    app_key(a, KEYS_CTRL('P'));
    app_key(a, KEYS_ESC);
    assert_null(a->dialog);
    assert_false(a->prompt.open);
    app_fixture_free(a);
}

/* What another view has is found from here, says where it is, and goes there. */
static void test_palette_of_all_views(void **state)
{
    (void)state;
    struct app *a = app_in(VIEW_CURVE, 24, 80);
    app_key(a, KEYS_CTRL('P'));
    type_all(a, "choose the others");
    char *shown = picture(a);
    if (!strstr(shown, "in 3 Classes"))
        fail_msg("%s", shown);
    free(shown);
    app_key(a, KEYS_ENTER);
    assert_int_equal(a->view, VIEW_CLASSES);
    assert_true(classes_choice_holds(a, 0) && !classes_choice_holds(a, 1)); /* 1, 2 and 4 were */
    /* Every action has a place where it can be done. */
    for (int i = 0; i < actions_n; i++) {
        bool somewhere = false;
        for (int v = 0; v < VIEWS; v++)
            somewhere |= actions_entry(actions_table[i].keys[0], (enum view)v) == &actions_table[i];
        assert_true(somewhere);
    }
    app_fixture_free(a);
}

/* The words that people look for lead to the key that does it. */
static void test_common_words_in_help(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        int key;
    } words[] = {{"undo", 'U'},   {"redo", KEYS_CTRL('R')},
                 {"quit", 'Q'},   {"exit", 'Q'},
                 {"copy", 'm'},   {"save", 'w'},
                 {"sort", '>'},   {"filter", '\\'},
                 {"zoom", 'z'},   {"theme", 't'},
                 {"export", 'e'}, {"search", '/'},
                 {"select", 'a'}, {"refresh", KEYS_CTRL('L')}};
    struct app *a = app_in(VIEW_CLASSES, 24, 80);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const struct action_entry *entry = actions_entry(words[i].key, a->view);
        char *line = memory_format("%s %s", entry->name, entry->help);
        app_key(a, '?');
        app_key(a, '/');
        type_all(a, words[i].word);
        app_key(a, KEYS_ENTER);
        if (!strstr(a->journal.passing, ": 1 of ") || !strstr(line, words[i].word))
            fail_msg("%s: %s; %s", words[i].word, a->journal.passing, line);
        free(line);
        char *shown = picture(a);
        if (!strstr(shown, entry->help))
            fail_msg("%s\n%s", words[i].word, shown);
        free(shown);
        app_key(a, KEYS_ESC);
    }
    app_fixture_free(a);
}

/* On a narrow screen a meaning goes on in the next row. */
static void test_help_of_a_narrow_screen(void **state)
{
    (void)state;
    struct app *a = app_in(VIEW_CURVE, 12, 40);
    app_key(a, '?');
    app_key(a, '/');
    type_all(a, "undo");
    app_key(a, KEYS_ENTER);
    assert_string_equal(a->journal.passing, "'undo': 1 of 1");
    char *shown = picture(a);
    const char *at = strstr(shown, " U ");
    if (!at || !(at = strstr(at, "undo (take back)")) || !strstr(at, "values"))
        fail_msg("%s", shown);
    free(shown);
    app_key(a, '/');
    type_all(a, "retrain all");
    app_key(a, KEYS_ENTER);
    shown = picture(a);
    if (!strstr(shown, "evaluate)"))
        fail_msg("%s", shown);
    free(shown);
    app_fixture_free(a);
}

static void test_search_in_help(void **state)
{
    (void)state;
    struct app *a = app_in(VIEW_CURVE, 24, 80);
    app_key(a, '?');
    app_key(a, '/');
    type_all(a, "worker");
    app_key(a, KEYS_ENTER);
    assert_non_null(strstr(a->journal.passing, "'worker': 1 of "));
    int first = a->dialog_row;
    assert_true(first > 0);
    app_key(a, 'N');
    assert_non_null(strstr(a->journal.passing, ", wrapped"));
    app_key(a, 'n');
    assert_int_equal(a->dialog_row, first);
    assert_non_null(a->dialog);
    app_fixture_free(a);
}

/* Which match, of how many; and that the search went round. */
static void test_search_counts(void **state)
{
    (void)state;
    struct app *a = app_in(VIEW_LAYERS, 40, 100);
    app_key(a, 'g');
    app_key(a, '/');
    type_all(a, "pool");
    app_key(a, KEYS_ENTER);
    assert_string_equal(a->journal.passing, "'pool': 1 of 5");
    app_key(a, 'n');
    assert_string_equal(a->journal.passing, "'pool': 2 of 5");
    app_key(a, 'N');
    app_key(a, 'N');
    assert_string_equal(a->journal.passing, "'pool': 5 of 5, wrapped");
    app_key(a, 'n');
    assert_string_equal(a->journal.passing, "'pool': 1 of 5, wrapped");
    app_fixture_free(a);
}

/* After sorting the first row is under the cursor, so that the top is seen. */
static void test_sorting_shows_the_top(void **state)
{
    (void)state;
    struct app *a = app_in(VIEW_LAYERS, 14, 100);
    app_key(a, 'G');
    app_key(a, '>');
    assert_int_equal(a->states->lists[STATES_TABLE].first, 0);
    assert_int_equal(a->states->lists[STATES_TABLE].cursor, 0);
    app_key(a, 'G');
    app_key(a, 'r');
    assert_int_equal(a->states->lists[STATES_TABLE].cursor, 0);
    app_fixture_free(a);
}

/* ---- The help ------------------------------------------------------------------------------------ */

/* All that `?` shows while it is scrolled to its end, a row each step. New string. */
static char *whole_help(struct app *a)
{
    char *all = memory_copy("");
    for (int top = -1; a->dialog_row > top; app_key(a, KEYS_DOWN)) {
        top = a->dialog_row;
        char *shown = picture(a);
        char *more = memory_format("%s%s", all, shown);
        free(shown);
        free(all);
        all = more;
    }
    return all;
}

static void test_help_has_every_key_and_term(void **state)
{
    (void)state;
    struct app *a = app_in(VIEW_CURVE, 24, 200);
    app_key(a, '?');
    char *all = whole_help(a);
    for (int i = 0; i < actions_n; i++)
        assert_non_null(strstr(all, actions_table[i].help));
    for (int i = 0; i < glossary_n; i++) {
        char *line = memory_format("\n %-14s %s", glossary[i][GLOSSARY_TERM], glossary[i][GLOSSARY_MEANING]);
        if (!strstr(all, line))
            fail_msg("not in the help: %s", line);
        free(line);
    }
    free(all);
    app_key(a, 'q');
    assert_null(a->dialog);
    assert_false(a->loop.quit);
    app_fixture_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_key_one_meaning),
        cmocka_unit_test(test_every_key_has_one_handler),
        cmocka_unit_test(test_no_key_is_silent),
        cmocka_unit_test(test_every_view_has_a_key_and_panes),
        cmocka_unit_test(test_settings_are_said),
        cmocka_unit_test(test_no_capacity_is_said),
        cmocka_unit_test(test_keys_can_be_changed),
        cmocka_unit_test(test_clicks_on_bars),
        cmocka_unit_test(test_difference_from_all),
        cmocka_unit_test(test_palette),
        cmocka_unit_test(test_palette_of_all_views),
        cmocka_unit_test(test_common_words_in_help),
        cmocka_unit_test(test_help_of_a_narrow_screen),
        cmocka_unit_test(test_search_in_help),
        cmocka_unit_test(test_search_counts),
        cmocka_unit_test(test_sorting_shows_the_top),
        cmocka_unit_test(test_help_has_every_key_and_term),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
