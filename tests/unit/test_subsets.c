/* Named subsets and marks: kept in order, and written so that they are read back as the same classes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/marks.h"
#include "app/subsets.h"

static void test_subsets(void **state)
{
    (void)state;
    struct subsets *s = subsets_new();
    subsets_set(s, "vowels", "0,4", false);
    subsets_set(s, "rest", "1-3", true);
    subsets_set(s, "vowels", "0,4,8", false);
    assert_int_equal(subsets_n(s), 2);
    assert_string_equal(subsets_all(s)[0].name, "vowels");
    assert_string_equal(subsets_find(s, "vowels")->expression, "0,4,8");
    assert_true(subsets_find(s, "rest")->group);
    subsets_set(s, "rest", subsets_all(s)[1].expression, false); /* with its own text */
    assert_string_equal(subsets_all(s)[1].expression, "1-3");
    assert_false(subsets_all(s)[1].group);
    assert_null(subsets_find(s, "Rest"));
    subsets_remove(s, "none");
    subsets_remove(s, "vowels");
    assert_int_equal(subsets_n(s), 1);
    assert_string_equal(subsets_all(s)[0].name, "rest");
    subsets_clear(s);
    assert_int_equal(subsets_n(s), 0);
    subsets_free(s);
}

static void expect_expression(const char *chosen, const char *wanted)
{
    bool set[16] = {false};
    for (int i = 0; chosen[i]; i++)
        set[i] = chosen[i] == '1';
    char *got = subsets_expression(set, (int)strlen(chosen));
    assert_string_equal(got, wanted);
    free(got);
}

static void test_expressions(void **state)
{
    (void)state;
    expect_expression("", "");
    expect_expression("...", "");
    expect_expression("1", "0");
    expect_expression("1111...1", "0-3,7");
    expect_expression("11.1", "0-1,3");
    expect_expression("..1111", "2-5");
}

/* Classes that are called like indices and ranges of others. */
static struct dataset_class odd[] = {
    {0, "2", "3", 0}, {1, "0-1", "0001", 0}, {2, "1", "01", 0}, {3, "cat", NULL, 0}, {4, "00-1", "4", 0},
};
static const struct subset_names odd_names = {.classes = odd, .classes_n = 5, .outputs = 6};

static void test_names_like_indices(void **state)
{
    (void)state;
    struct subsets *s = subsets_new();
    for (int bits = 1; bits < 1 << 6; bits++) {
        bool set[6];
        for (int i = 0; i < 6; i++)
            set[i] = bits >> i & 1;
        char *expression = subsets_expression_among(set, &odd_names);
        struct error e;
        bool *back = subset_parse(expression, &odd_names, &e);
        if (!back || memcmp(back, set, sizeof set) != 0)
            fail_msg("%s is read as something else", expression);
        subsets_set(s, expression, expression, false);
        assert_ptr_equal(subsets_naming(s, set, &odd_names), &subsets_all(s)[subsets_n(s) - 1]);
        free(back);
        free(expression);
    }
    assert_int_equal(subsets_n(s), 63);
    subsets_free(s);
}

static void test_marks(void **state)
{
    (void)state;
    struct marks *m = marks_new();
    marks_set(m, 7, "seven");
    marks_set(m, 3, "");
    marks_set(m, 12, "twelve");
    marks_set(m, 7, "again");
    assert_int_equal(marks_n(m), 3);
    assert_int_equal(marks_all(m)[0].layer, 3);
    assert_int_equal(marks_all(m)[2].layer, 12);
    assert_string_equal(marks_find(m, 7)->note, "again");
    marks_set(m, 7, marks_find(m, 7)->note);
    assert_string_equal(marks_find(m, 7)->note, "again");
    assert_null(marks_find(m, 8));
    marks_remove(m, 8);
    marks_remove(m, 3);
    assert_int_equal(marks_n(m), 2);
    assert_int_equal(marks_all(m)[0].layer, 7);
    marks_clear(m);
    assert_null(marks_find(m, 7));
    marks_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subsets),
        cmocka_unit_test(test_expressions),
        cmocka_unit_test(test_names_like_indices),
        cmocka_unit_test(test_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
