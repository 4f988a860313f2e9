/* Scrolled lists: moving, scrolling, filters and searches; and which columns of a table fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fnmatch.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "panes/columns.h"
#include "panes/list.h"
#include "panes/match.h"

static void test_moves_stay_inside(void **state)
{
    (void)state;
    struct list l = {0};
    assert_true(list_act(&l, ACTION_UP, 10, 4));
    assert_int_equal(l.cursor, 0);
    assert_true(list_act(&l, ACTION_PAGE_DOWN, 10, 4));
    assert_int_equal(l.cursor, 3);
    assert_true(list_act(&l, ACTION_LAST, 10, 4));
    assert_int_equal(l.cursor, 9);
    assert_true(list_act(&l, ACTION_DOWN, 10, 4));
    assert_int_equal(l.cursor, 9);
    assert_true(list_act(&l, ACTION_PAGE_UP, 10, 4));
    assert_int_equal(l.cursor, 6);
    assert_true(list_act(&l, ACTION_FIRST, 10, 4));
    assert_int_equal(l.cursor, 0);
    assert_false(list_act(&l, ACTION_LEFT, 10, 4));
    assert_true(list_act(&l, ACTION_LAST, 0, 4));
    assert_int_equal(l.cursor, 0);
}

static void test_the_cursor_is_seen(void **state)
{
    (void)state;
    struct list l = {.cursor = 7};
    list_fit(&l, 10, 4);
    assert_int_equal(l.first, 4);
    l.cursor = 2;
    list_fit(&l, 10, 4);
    assert_int_equal(l.first, 2);
    /* A larger screen leaves no empty rows below. */
    l.cursor = 9;
    list_fit(&l, 10, 4);
    list_fit(&l, 10, 8);
    assert_int_equal(l.first, 2);
    /* Fewer rows than before. */
    list_fit(&l, 3, 8);
    assert_int_equal(l.cursor, 2);
    assert_int_equal(l.first, 0);
    list_fit(&l, 0, 0);
    assert_int_equal(l.cursor, 0);
    assert_int_equal(l.first, 0);
}

static bool passes(const char *filter, const char *text)
{
    struct list l = {0};
    list_set_filter(&l, filter);
    return list_passes(&l, text);
}

static void test_filters(void **state)
{
    (void)state;
    assert_true(passes("", "anything"));
    assert_true(passes("CONV", "block1_conv2"));
    assert_false(passes("pool", "block1_conv2"));
    assert_true(passes("block?_conv*", "Block1_Conv2"));
    assert_false(passes("conv*", "block1_conv2")); /* a glob is about all of it */
    assert_true(passes("*_pool", "block1_pool"));
    assert_true(passes("n0[12]", "n02"));
    assert_true(passes("a\\b", "xa\\by")); /* without a wildcard nothing is special */
    assert_true(passes("ÄRGER", "großer ärger"));
}

/* Stars and question marks, by hand and as fnmatch has them. */
static void test_globs(void **state)
{
    (void)state;
    static const char *const globs[] = {"*",   "?",    "a*",    "*a",    "*a*b*",  "a?c",    "?*?", "**",
                                        "*??", "a*?c", "ab*ab", "*abab", "*B.png", "[a-c]*", "\\*", "*?????"};
    static const char *const texts[] = {"", "a", "abc", "ABC", "abab", "ababab", "x/ab.PNG", "*", "aXbYabab"};
    for (size_t g = 0; g < sizeof globs / sizeof globs[0]; g++)
        for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
            if (match_glob(texts[t], globs[g]) != (fnmatch(globs[g], texts[t], FNM_CASEFOLD) == 0))
                fail_msg("'%s' and '%s'", globs[g], texts[t]);
    assert_true(match_glob("\u00e4\u9ce5c", "??c")); /* characters, not bytes */
    assert_false(match_glob("\u00e4", "??"));
    assert_false(match_glob("a\u00e4c", "a*??c"));
    assert_true(match_holds("bilder/\xff-x.png", "X.P")); /* a name that is no UTF-8 */
    assert_true(match_glob("bilder/\xff-x.png", "*X.P*"));
    assert_true(match_holds("GRO\u00dfE \u00c4RGER", "e \u00e4r"));
    assert_false(match_holds("Aerger", "\u00e4"));
    assert_true(match_holds("aab", "ab"));
    assert_true(match_holds("", ""));
}

static void test_nearest(void **state)
{
    (void)state;
    static const int numbers[] = {9, 2, 6, 4};
    assert_int_equal(list_nearest(numbers, 4, 6), 2);
    assert_int_equal(list_nearest(numbers, 4, 5), 2);
    assert_int_equal(list_nearest(numbers, 4, 100), 0);
    assert_int_equal(list_nearest(numbers, 4, -1), 1);
    assert_int_equal(list_nearest(numbers, 0, 3), 0);
}

static const char *name_at(const void *data, int row)
{
    return ((const char *const *)data)[row];
}

static void test_search_goes_round(void **state)
{
    (void)state;
    static const char *const names[] = {"Crane", "tench", "crane fly", "a*b"};
    struct list l = {0};
    assert_int_equal(list_find(&l, 4, 1, name_at, names), -1); /* nothing is searched for */
    list_set_search(&l, "CRANE");
    assert_int_equal(list_seek(&l, 4, name_at, names), 0);
    assert_int_equal(list_find(&l, 4, 1, name_at, names), 2);
    l.cursor = 2;
    assert_int_equal(list_find(&l, 4, 1, name_at, names), 0);
    assert_int_equal(list_find(&l, 4, -1, name_at, names), 0);
    list_set_search(&l, "*"); /* a star is a star here */
    assert_int_equal(list_find(&l, 4, 1, name_at, names), 3);
    list_set_search(&l, "owl");
    assert_int_equal(list_find(&l, 4, 1, name_at, names), -1);
    assert_int_equal(list_find(&l, 0, 1, name_at, names), -1);
}

static void test_a_prompt_can_be_left(void **state)
{
    (void)state;
    struct list l = {.cursor = 5, .filter = "old"};
    list_ask(&l, ACTION_FILTER, l.cursor);
    list_set_filter(&l, "new");
    list_set_filter(&l, NULL);
    assert_string_equal(l.filter, "old");
    assert_int_equal(l.from, 5);
    list_set_search(&l, "found");
    assert_true(list_escape(&l));
    assert_string_equal(l.filter, "");
    assert_true(list_escape(&l));
    assert_string_equal(l.search, "");
    assert_false(list_escape(&l));
    /* What is too long ends with a whole character. */
    char text[3 * LIST_TEXT] = "";
    for (int i = 0; i < LIST_TEXT; i++)
        strcat(text, "ä");
    list_set_filter(&l, text);
    assert_int_equal(strlen(l.filter), LIST_TEXT - 2);
}

static struct columns_table three(void)
{
    return (struct columns_table){.columns = {{"#", .content = 2, .number = true, .drop = 1},
                                              {"name", .content = 12, .least = 6},
                                              {"a long title", "short", 4, .number = true, .drop = 2}},
                                  .n = 3,
                                  .sort = 1};
}

/* Margin 1, then the columns with gaps of 2 or 1. */
static void test_columns_fit(void **state)
{
    (void)state;
    static const int wanted[][4] = {
        {80, 2, 12, 12},                 /* all of it */
        {29, 2, 12, 12}, {28, 2, 12, 5}, /* the brief title */
        {20, 2, 10, 5},                  /* names are cut */
        {16, 2, 6, 5},   {15, 0, 8, 5},  /* the first is dropped */
        {13, 0, 6, 5},   {12, 0, 11, 0}, {5, 0, 4, 0}, {1, 0, 1, 0},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        struct columns_table cs = three();
        columns_fit(&cs, wanted[i][0]);
        for (int k = 0; k < 3; k++)
            assert_int_equal(cs.columns[k].width, wanted[i][k + 1]);
    }
    /* What rows are sorted by stays, and has room for its arrow. */
    struct columns_table cs = three();
    cs.sort = 0;
    columns_fit(&cs, 10);
    assert_int_equal(cs.columns[0].width, 2);
    assert_int_equal(cs.columns[2].width, 0);
}

static void test_order(void **state)
{
    (void)state;
    struct columns_table cs = three();
    struct columns_key numbers[] = {
        {NAN, NULL, 0}, {1, NULL, 1}, {3, NULL, 2}, {1, NULL, 3}, {-INFINITY, NULL, 4}};
    static const int up[] = {4, 1, 3, 2, 0}, down[] = {2, 1, 3, 4, 0};
    columns_order(&cs, numbers, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(numbers[i].row, up[i]);
    cs.descending = true;
    columns_order(&cs, numbers, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(numbers[i].row, down[i]);
    struct columns_key texts[] = {{0, "", 0}, {0, "b", 1}, {0, "A", 2}, {0, "c", 3}};
    static const int reverse[] = {3, 1, 2, 0};
    columns_order(&cs, texts, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(texts[i].row, reverse[i]);
}

static int compare_texts(const void *x, const void *y)
{
    const struct columns_key *a = x, *b = y;
    int order = strcasecmp(a->text, b->text);
    return order ? order : a->row - b->row;
}

/* Many texts with much in common, some of them the same, as strcasecmp has them. */
static void test_order_of_texts(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    static char texts[MANY][40];
    static struct columns_key keys[MANY], wanted[MANY];
    struct columns_table cs = three();
    unsigned random = 1;
    for (int i = 0; i < MANY; i++) {
        random = random * 1103515245u + 12345u;
        unsigned r = random >> 8;
        snprintf(texts[i], sizeof texts[i], "%s/n%02u/%.*s%u", r & 1 ? "val" : "VAL", r / 2 % 40,
                 (int)(r / 80 % 14), "Ilsvrc2012_val", r / 1200 % 90);
        keys[i] = wanted[i] = (struct columns_key){0, texts[i], i};
    }
    qsort(wanted, MANY, sizeof *wanted, compare_texts);
    columns_order(&cs, keys, MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(keys[i].row, wanted[i].row);
    cs.descending = true;
    columns_order(&cs, keys, MANY); /* equal ones stay as they were */
    for (int i = 1; i < MANY; i++) {
        int order = strcasecmp(keys[i - 1].text, keys[i].text);
        assert_true(order > 0 || (order == 0 && keys[i - 1].row < keys[i].row));
    }
}

static int compare_numbers(const void *x, const void *y)
{
    const struct columns_key *a = x, *b = y;
    return a->number != b->number ? (a->number > b->number) - (a->number < b->number) : a->row - b->row;
}

static void test_order_of_numbers(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    static struct columns_key keys[MANY], wanted[MANY];
    static const double some[] = {-INFINITY, INFINITY, 0, -0.0, 1e-300, -1e-300, 5e-324, 1, -1};
    struct columns_table cs = three();
    for (int i = 0; i < MANY; i++) {
        double number = i % 10 < 9 ? some[i * 7 % 9] * (i % 4 + 1) : sin(i);
        keys[i] = wanted[i] = (struct columns_key){number, NULL, i};
    }
    qsort(wanted, MANY, sizeof *wanted, compare_numbers);
    columns_order(&cs, keys, MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(keys[i].row, wanted[i].row);
}

static void test_sorting_by_keys(void **state)
{
    (void)state;
    struct columns_table cs = three();
    cs.columns[2].down = true;
    cs.columns[0].absent = true;
    assert_true(columns_act(&cs, ACTION_SORT_NEXT));
    assert_int_equal(cs.sort, 2);
    assert_true(cs.descending);
    assert_true(columns_act(&cs, ACTION_SORT_NEXT)); /* past the one that is not there */
    assert_int_equal(cs.sort, 1);
    assert_false(cs.descending);
    assert_true(columns_act(&cs, ACTION_SORT_REVERSE));
    assert_true(cs.descending);
    assert_false(columns_act(&cs, ACTION_DOWN));
    columns_fit(&cs, 80);
    columns_click(&cs, cs.columns[2].at);
    assert_int_equal(cs.sort, 2);
    columns_click(&cs, cs.columns[2].at);
    assert_false(cs.descending);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves_stay_inside),
        cmocka_unit_test(test_the_cursor_is_seen),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_globs),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_search_goes_round),
        cmocka_unit_test(test_a_prompt_can_be_left),
        cmocka_unit_test(test_columns_fit),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_order_of_texts),
        cmocka_unit_test(test_order_of_numbers),
        cmocka_unit_test(test_sorting_by_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
