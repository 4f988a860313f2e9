/* The class picker: choosing by keys, by an expression, by a saved name; and that a choice shows at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "app_fixture.h"
#include "panes/classes.h"
#include "panes/classes_rows.h"
#include "screen/keys.h"

static const struct area screen = {0, 0, 8, 80};

static void expect_frame(struct app *a, int rows, int columns, const char *wanted)
{
    char *got = app_fixture_draw(a, &classes_pane, rows, columns, a->settings.glyphs);
    if (strcmp(got, wanted) != 0)
        fail_msg("got:\n%swanted:\n%s", got, wanted);
    free(got);
}

static void expect_shown(struct app *a, const char *part)
{
    char *got = app_fixture_draw(a, &classes_pane, 8, 80, a->settings.glyphs);
    if (!strstr(got, part))
        fail_msg("no '%s' in:\n%s", part, got);
    free(got);
}

static void expect_chosen(struct app *a, const char *wanted)
{
    char *got = subsets_expression(a->shown.chosen, a->study->table->classes);
    assert_string_equal(got, wanted);
    free(got);
}

static void expect_said(struct app *a, const char *part)
{
    assert_true(a->journal.n > 0);
    const char *text = a->journal.lines[a->journal.n - 1].text;
    if (!strstr(text, part))
        fail_msg("no '%s' in '%s'", part, text);
}

static void type(struct app *a, const char *text, int end)
{
    assert_true(a->prompt.open);
    for (; *text; text++)
        prompt_key(a, &a->prompt, (unsigned char)*text);
    if (end)
        prompt_key(a, &a->prompt, end);
}

static void act(struct app *a, enum action action)
{
    bool asks = action == ACTION_CLASSES || action == ACTION_SAVE_SUBSET || action == ACTION_LOAD_SUBSET ||
                action == ACTION_GROUPS;
    assert_int_equal(pane_act(&classes_pane, a, action, screen), !asks);
    if (asks)
        app_act(a, action);
}

static void test_frame(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(6, 4, 10);
    app_fixture_measure(a, 25);
    a->settings.glyphs = GLYPHS_ASCII;
    act(a, ACTION_TOGGLE);
    expect_frame(a, 5, 80,
                 "- Classes: 3 of 4 chosen: B, C, D ----------------------------------------------\n"
                 " on  ^#  class  folder     measured/images  accuracy  best split\n"
                 " .    0  A      n00000000             7/10    85.7 %  block1_pool\n"
                 ">x    1  B      n00000001             6/10    83.3 %  block1_pool\n"
                 "vx    2  C      n00000002             6/10    83.3 %  block1_pool\n");
    app_fixture_measure(a, 15);
    expect_shown(a, "10/10    80.0 %");
    app_fixture_free(a);
    a = app_fixture_unmeasured(6, 4, 10);
    expect_shown(a, "  0/10         -  -\n");
    app_fixture_free(a);
}

static void test_toggling(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 10, 10);
    expect_shown(a, "Classes: all 10 chosen");
    act(a, ACTION_TOGGLE); /* A, and down */
    act(a, ACTION_TOGGLE);
    expect_chosen(a, "2-9");
    assert_int_equal(a->shown.points[0].images, 80);
    act(a, ACTION_INVERT);
    expect_chosen(a, "0-1");
    assert_int_equal(a->shown.points[0].images, 20);
    act(a, ACTION_ONLY); /* only this one */
    expect_chosen(a, "2");
    expect_shown(a, "Classes: 1 of 10 chosen: C");
    act(a, ACTION_ALL);
    expect_chosen(a, "0-9");
    pane_click(&classes_pane, a, screen, 3, 1);
    expect_chosen(a, "0,2-9");
    pane_click(&classes_pane, a, screen, 4, 20); /* on the name: only moves */
    expect_chosen(a, "0,2-9");
    assert_int_equal(a->states->classes_cursor, 2);
    app_fixture_free(a);
}

/* An empty choice is one to begin from; the curve stays. */
static void test_none(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 10, 10);
    act(a, ACTION_CLEAR);
    expect_shown(a, "No class chosen: choose at least one");
    expect_shown(a, "▸○");
    expect_chosen(a, "0-9");
    act(a, ACTION_SAVE_SUBSET);
    expect_said(a, "nothing to save");
    act(a, ACTION_DOWN);
    act(a, ACTION_TOGGLE);
    expect_chosen(a, "1");
    act(a, ACTION_UP);
    act(a, ACTION_TOGGLE); /* the last one goes */
    expect_shown(a, "No class chosen");
    expect_chosen(a, "1");
    act(a, ACTION_INVERT);
    expect_chosen(a, "0-9");
    act(a, ACTION_INVERT);
    expect_shown(a, "No class chosen");
    /* A choice made elsewhere is a choice. */
    app_choose(a, a->shown.chosen, NULL);
    expect_shown(a, "Classes: all 10 chosen");
    app_fixture_free(a);
}

static void test_range(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 10, 10);
    act(a, ACTION_CLEAR);
    act(a, ACTION_DOWN);
    act(a, ACTION_RANGE);
    act(a, ACTION_DOWN);
    act(a, ACTION_DOWN);
    expect_shown(a, "Range of 3: Space or v chooses, Esc leaves");
    expect_shown(a, "│○    1  B");
    act(a, ACTION_ESCAPE);
    expect_shown(a, "No class chosen");
    act(a, ACTION_RANGE); /* upwards */
    act(a, ACTION_UP);
    act(a, ACTION_RANGE);
    expect_chosen(a, "2-3");
    act(a, ACTION_LAST);
    act(a, ACTION_RANGE);
    act(a, ACTION_UP);
    act(a, ACTION_TOGGLE);
    expect_chosen(a, "2-3,8-9");
    assert_int_equal(a->states->classes_range, 0);
    app_fixture_free(a);
}

static void test_expression(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 10, 10);
    act(a, ACTION_CLASSES);
    type(a, "C,n0000000[34],7-8,!D", KEYS_ENTER);
    expect_chosen(a, "2,4,7-8");
    expect_said(a, "4 of 10 classes: C, E, H, I");
    act(a, ACTION_CLASSES);
    type(a, "C,n0000005", KEYS_ENTER);
    expect_said(a, "unknown class 'n0000005' (nearest: 'n0000000");
    expect_chosen(a, "2,4,7-8");
    assert_string_equal(a->prompt.text, "C,n0000005"); /* to be mended */
    type(a, "", KEYS_BACKSPACE);
    type(a, "05", KEYS_ENTER);
    expect_chosen(a, "2,5");
    act(a, ACTION_CLASSES);
    assert_string_equal(a->prompt.text, "");
    type(a, "A", KEYS_ESC);
    expect_chosen(a, "2,5");
    app_fixture_free(a);
}

static void test_saving(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 10, 10);
    act(a, ACTION_LOAD_SUBSET);
    expect_said(a, "no subset is saved");
    act(a, ACTION_CLASSES);
    type(a, "A,E,I", KEYS_ENTER);
    a->keeping.state_changed = false;
    act(a, ACTION_SAVE_SUBSET);
    type(a, " vowels ", KEYS_ENTER);
    expect_said(a, "saved 3 classes as 'vowels'");
    assert_true(a->keeping.state_changed);
    assert_string_equal(a->shown.name, "vowels");
    expect_shown(a, "Classes: 3 of 10 chosen (vowels): A, E, I");
    act(a, ACTION_TOGGLE);
    assert_string_not_equal(a->shown.name, "vowels");
    act(a, ACTION_LOAD_SUBSET);
    type(a, "vo", KEYS_TAB);
    assert_string_equal(a->prompt.text, "vowels");
    type(a, "", KEYS_ENTER);
    expect_chosen(a, "0,4,8");
    expect_said(a, "vowels: 3 of 10 classes: A, E, I");
    act(a, ACTION_LOAD_SUBSET);
    type(a, "vowel", KEYS_ENTER);
    expect_said(a, "no subset is called 'vowel' (nearest: 'vowels')");
    /* The same classes by keys have the name too. */
    act(a, ACTION_TOGGLE);
    act(a, ACTION_UP);
    act(a, ACTION_TOGGLE);
    assert_string_equal(a->shown.name, "vowels");
    /* A name is not given twice without asking. */
    act(a, ACTION_ALL);
    act(a, ACTION_SAVE_SUBSET);
    type(a, "vowels", KEYS_ENTER);
    assert_int_equal(a->prompt.kind, PROMPT_KEY);
    type(a, "n", 0);
    assert_string_equal(subsets_find(a->subsets, "vowels")->expression, "0,4,8");
    act(a, ACTION_SAVE_SUBSET);
    type(a, "vowels", KEYS_ENTER);
    type(a, "y", 0);
    assert_string_equal(subsets_find(a->subsets, "vowels")->expression, "0-9");
    subsets_set(a->subsets, "foreign", "owl", false);
    act(a, ACTION_LOAD_SUBSET);
    type(a, "foreign", KEYS_ENTER);
    expect_said(a, "subset 'foreign' does not fit these classes: unknown class 'owl'");
    app_fixture_free(a);
}

static void write_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void test_groups(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 10, 10);
    char path[] = "/tmp/isplit-groups-XXXXXX";
    char wrong[] = "/tmp/isplit-groups-XXXXXX";
    write_file(path, "# by sound\nvowels = A,E,I\nrest = !A,E,I\n");
    write_file(wrong, "vowels = A\nothers = owl\n");
    subsets_set(a->subsets, "vowels", "0", false);
    a->keeping.state_changed = false;
    act(a, ACTION_GROUPS);
    type(a, path, KEYS_ENTER);
    assert_int_equal(subsets_n(a->subsets), 2);
    assert_string_equal(subsets_find(a->subsets, "vowels")->expression, "0"); /* the user's own */
    expect_said(a, "1 not taken");
    assert_true(subsets_find(a->subsets, "rest")->group);
    subsets_remove(a->subsets, "vowels");
    act(a, ACTION_GROUPS);
    type(a, path, KEYS_ENTER);
    expect_said(a, "2 groups read from /tmp/isplit-groups-");
    assert_false(a->keeping.state_changed); /* groups are not saved */
    act(a, ACTION_LOAD_SUBSET);
    type(a, "vowels", KEYS_ENTER);
    expect_chosen(a, "0,4,8");
    act(a, ACTION_GROUPS);
    type(a, wrong, KEYS_ENTER);
    expect_said(a, ":2: unknown class 'owl'");
    unlink(path);
    unlink(wrong);
    app_fixture_free(a);
}

static void test_lists(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 40, 5);
    act(a, ACTION_SEARCH);
    type(a, "NEUN", KEYS_ENTER);
    assert_int_equal(a->states->classes_cursor, 28);
    act(a, ACTION_SEARCH_NEXT);
    assert_int_equal(a->states->classes_cursor, 35);
    act(a, ACTION_SEARCH_NEXT);
    assert_int_equal(a->states->classes_cursor, 28);
    act(a, ACTION_FILTER);
    type(a, "class 3?", KEYS_ENTER);
    expect_shown(a, "9 of 40 classes match 'class 3?' (Esc: all)");
    act(a, ACTION_ONLY); /* the nearest one to where the cursor was */
    expect_chosen(a, "30");
    act(a, ACTION_FILTER);
    type(a, "owl*", KEYS_ENTER);
    expect_shown(a, "no class matches 'owl*' (\\ then Enter: all)");
    act(a, ACTION_TOGGLE); /* nothing there */
    expect_chosen(a, "30");
    act(a, ACTION_FILTER);
    type(a, "", KEYS_ENTER);
    assert_string_equal(a->states->lists[STATES_CLASSES].filter, "");
    assert_int_equal(a->states->classes_cursor, 30);
    app_fixture_free(a);
}

static void expect_best(const struct app *a, int class_index, const char *wanted)
{
    char text[CLASSES_TEXT];
    int row = classes_rows_find(a, class_index);
    assert_int_equal(classes_rows_index(a, row), class_index);
    assert_string_equal(classes_rows_text(a, row, CLASSES_BEST, text), wanted);
}

static void test_sorting(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(18, 4, 10);
    /* Class 2 has nothing measured, class 3 is always right. */
    struct curve *curve = a->study->curve;
    float values[18] = {0};
    for (int c = 0; c < 4; c++) {
        struct curve_row row = {10 * c, c, c == 3 ? 3 : 2, 1};
        struct error e;
        values[5 + c] = 1;
        values[2] = 0.5f; /* a lower candidate */
        if (c != 2)
            assert_int_equal(curve_add(curve, &row, values, &e), 0);
        values[5 + c] = 0;
    }
    curve_refresh(curve);
    a->study->version++;
    a->shown_version = a->study->version;
    static const char *const titles[] = {"class", "folder", "measured/images", "accuracy", "best split",
                                         "on",    "#"};
    static const int wanted[][4] = {{0, 1, 2, 3}, {0, 1, 2, 3}, {0, 1, 2, 3}, {3, 0, 1, 2},
                                    {0, 1, 3, 2}, {0, 1, 2, 3}, {0, 1, 2, 3}};
    act(a, ACTION_UP);
    for (int i = 0; i < 7; i++) {
        act(a, ACTION_SORT_NEXT);
        pane_prepare(&classes_pane, a, screen);
        assert_string_equal(
            a->states->columns[STATES_CLASSES].columns[a->states->columns[STATES_CLASSES].sort].title,
            titles[i]);
        for (int row = 0; row < 4; row++)
            assert_int_equal(classes_rows_index(a, row), wanted[i][row]);
    }
    act(a, ACTION_SORT_PREVIOUS);
    act(a, ACTION_SORT_PREVIOUS);
    act(a, ACTION_SORT_REVERSE); /* none stays last */
    pane_prepare(&classes_pane, a, screen);
    assert_int_equal(classes_rows_index(a, 0), 3);
    assert_int_equal(classes_rows_index(a, 3), 2);
    expect_best(a, 1, app_row(a, 6)->name);
    expect_best(a, 2, "-");
    app_fixture_free(a);
}

/* Outputs that have neither a name nor images are no classes to choose. */
static void test_mere_outputs(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 4, 10);
    struct dataset_class *k = a->study->dataset->classes + 3;
    free(k->name);
    free(k->folder);
    k->folder = NULL;
    k->name = strdup("3");
    long images = k->images;
    k->images = 0;
    pane_prepare(&classes_pane, a, screen);
    a->shown_version++; /* the rows are made again */
    expect_shown(a, "Classes: all 3 chosen");
    act(a, ACTION_TOGGLE);
    expect_chosen(a, "1-2");
    act(a, ACTION_INVERT);
    expect_chosen(a, "0");
    act(a, ACTION_ALL);
    expect_chosen(a, "0-3");
    k->images = images;
    a->shown_version++; /* the rows are made again */
    expect_shown(a, "Classes: all 4 chosen");
    app_fixture_free(a);
}

/* A worker that was started again lists the images again. */
static void test_another_list(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 4, 10);
    expect_shown(a, "  B ");
    struct dataset *before = (struct dataset *)a->study->dataset;
    struct dataset after = *before;
    after.classes = malloc(4 * sizeof *after.classes);
    assert_non_null(after.classes);
    memcpy(after.classes, before->classes, 4 * sizeof *after.classes);
    a->study->dataset = &after;
    memset(before->classes, 0, 4 * sizeof *before->classes);
    expect_shown(a, "  B ");
    act(a, ACTION_SEARCH);
    type(a, "d", KEYS_ENTER);
    assert_int_equal(a->states->classes_cursor, 3);
    memcpy(before->classes, after.classes, 4 * sizeof *after.classes);
    free(after.classes);
    a->study->dataset = before;
    app_fixture_free(a);
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* Not asserted: machines differ. */
static void test_time(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(18, 1000, 100);
    double begun = now_ms();
    app_fixture_measure(a, 100000);
    double measured = now_ms();
    free(app_fixture_draw(a, &classes_pane, 40, 200, GLYPHS_BRAILLE));
    double first = now_ms();
    act(a, ACTION_TOGGLE);
    free(app_fixture_draw(a, &classes_pane, 40, 200, GLYPHS_BRAILLE));
    double toggled = now_ms();
    for (int i = 0; i < 100; i++)
        subsets_set(a->subsets, (char[]){(char)('A' + i % 26), (char)('a' + i / 26), 0}, "1,3,5-900", false);
    act(a, ACTION_TOGGLE);
    free(app_fixture_draw(a, &classes_pane, 40, 200, GLYPHS_BRAILLE));
    double named = now_ms();
    print_message("100,000 rows, 1,000 classes: measured %.1f ms, first frame %.1f, toggled %.1f, with 100 "
                  "saved subsets %.1f\n",
                  measured - begun, first - measured, toggled - first, named - toggled);
    app_fixture_free(a);
}

/* ---- Classes without images -------------------------------------------------------------------------- */

/* The whole screen. New string. */
static char *screen_text(struct app *a)
{
    char *text = NULL;
    size_t length;
    struct canvas *c = canvas_new(24, 80, a->settings.glyphs);
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    app_draw(a, c);
    canvas_print(c, out);
    fclose(out);
    canvas_free(c);
    return text;
}

static void test_without_images(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(6, 4, 2);
    ((struct dataset_class *)a->study->dataset->classes)[2].images = 0;
    a->view = VIEW_CLASSES;
    expect_shown(a, "all 3 with images chosen, 1 without (H hides them)");
    expect_shown(a, "no images");
    assert_true(pane_act(&classes_pane, a, ACTION_HIDE, screen));
    char *got = app_fixture_draw(a, &classes_pane, 8, 80, a->settings.glyphs);
    assert_null(strstr(got, "no images"));
    free(got);
    assert_true(pane_act(&classes_pane, a, ACTION_HIDE, screen));
    expect_shown(a, "no images");
    const bool one[] = {false, false, true, false};
    app_choose(a, one, NULL);
    got = screen_text(a);
    if (strstr(got, "0.0 %") || strstr(got, "measured yet") || !strstr(got, "classes: C  no images") ||
        !strstr(got, "the data have no images of the chosen classes"))
        fail_msg("%s", got);
    free(got);
    app_fixture_free(a);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame),        cmocka_unit_test(test_toggling),
        cmocka_unit_test(test_none),         cmocka_unit_test(test_range),
        cmocka_unit_test(test_expression),   cmocka_unit_test(test_saving),
        cmocka_unit_test(test_groups),       cmocka_unit_test(test_lists),
        cmocka_unit_test(test_sorting),      cmocka_unit_test(test_mere_outputs),
        cmocka_unit_test(test_another_list), cmocka_unit_test(test_without_images),
        cmocka_unit_test(test_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
