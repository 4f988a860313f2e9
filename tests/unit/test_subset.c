/* Class expressions: every form of term, their order, and what is said about wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "curve/subset.h"

static struct dataset_class classes[] = {
    {0, "cat", "n01", 0},   {1, "dog", "n02", 0},   {2, "tench, Tinca tinca", "n03", 0},
    {3, "crane", "n04", 0}, {4, "crane", "n05", 0}, {5, "9", "m01", 0},
    {6, "!odd", "m02", 0},  {7, "a*b", NULL, 0},
};
/* Outputs 8 and 9 have no name. */
static struct subset_names names = {.classes = classes, .classes_n = 8, .outputs = 10};

static void expect(const char *expression, const char *wanted)
{
    struct error e = {""};
    bool *chosen = subset_parse(expression, &names, &e);
    if (!chosen)
        fail_msg("'%s': %s", expression, e.text);
    char got[11] = "";
    for (int i = 0; i < 10; i++)
        got[i] = chosen[i] ? '1' : '.';
    free(chosen);
    if (strcmp(got, wanted) != 0)
        fail_msg("'%s' gives %s (expected %s)", expression, got, wanted);
}

static void refuse(const char *expression, const char *part)
{
    struct error e = {""};
    bool *chosen = subset_parse(expression, &names, &e);
    if (chosen)
        fail_msg("'%s' was taken", expression);
    if (!strstr(e.text, part))
        fail_msg("'%s': '%s' does not hold '%s'", expression, e.text, part);
}

/* @NAME is a saved subset where there is no file of this name; a wrong name is told with the nearest. */
static void test_saved(void **state)
{
    (void)state;
    struct subset_saved saved[] = {{(char *)"pets", (char *)"0-1", false},
                                   {(char *)"loop", (char *)"3,@loop", false},
                                   {(char *)"old", (char *)"cat,gone", false},
                                   {(char *)"my birds", (char *)"3,4", false}};
    const struct subset_names before = names;
    names.saved = saved;
    names.saved_n = 4;
    expect("@pets", "11........");
    expect("9,@pets,!dog", "1....1....");
    expect("!@pets", "..11111111");
    expect("@my birds", "...11.....");
    refuse("@pet", "'@pet': no file and no saved subset has this name (nearest: 'pets')");
    refuse("@zzzzzzzzz", "(saved: 'pets')");
    refuse("@loop", "saved subset 'loop': ");
    refuse("@old", "saved subset 'old': unknown class 'gone'");
    char path[] = "/tmp/isplit-subset-XXXXXX";
    int fd = mkstemp(path);
    assert_true(write(fd, "3\n", 2) == 2);
    close(fd);
    saved[0].name = path; /* the file comes first */
    char *expression = NULL;
    assert_true(asprintf(&expression, "@%s", path) > 0);
    expect(expression, "...1......");
    unlink(path);
    expect(expression, "11........");
    free(expression);
    names = before;
    refuse("@pets", "pets: cannot");
}

/* Names that hold commas need neither backslash nor quotes; both are taken. */
static void test_names_with_commas(void **state)
{
    (void)state;
    expect("tench, Tinca tinca", "..1.......");
    expect("cat,tench, Tinca tinca , dog", "111.......");
    expect("!tench, Tinca tinca", "11.1111111");
    expect("tench\\, Tinca tinca,9", "..1..1....");
    expect("\"tench, Tinca tinca\",cat", "1.1.......");
    expect("cat, 'tench, Tinca tinca'", "1.1.......");
    expect("!'tench, Tinca tinca',!cat", ".1.1111111");
    expect("'a*b'", ".......1..");
    refuse("\"c*\"", "unknown class 'c*'"); /* no glob in quotes */
    refuse("\"tench, Tinca\"", "unknown class 'tench, Tinca'");
    refuse("tench, Tinca", "unknown class 'tench'");
    refuse("cat,,dog", "empty term");
    refuse("'cat,dog", "unknown class ''cat'"); /* never closed */
}

static void test_terms(void **state)
{
    (void)state;
    expect("cat", "1.........");
    expect(" cat , dog ", "11........");
    expect("n02", ".1........");
    expect("crane", "...11.....");
    expect("n0*", "11111.....");
    expect("*a*", "1.111..1..");
    expect("c[ar]*", "1..11.....");
    expect("3-5", "...111....");
    expect("8", "........1.");
    expect("0-9", "1111111111");
}

static void test_exact_name_beats_index(void **state)
{
    (void)state;
    expect("9", ".....1....");
    expect("a*b", ".......1..");
}

static void test_left_to_right(void **state)
{
    (void)state;
    expect("n0*,!n02", "1.111.....");
    expect("!n02,n0*", "1111111111");
    expect("!n0*", ".....11111");
    expect("!n0*,cat", "1....11111");
    expect("0-9,!3-8,5", "111..1...1");
    expect("! cat", ".111111111");
}

static void test_escapes(void **state)
{
    (void)state;
    expect("tench\\, Tinca tinca", "..1.......");
    expect("cat,tench\\, Tinca tinca,dog", "111.......");
    expect("\\!odd", "......1...");
    expect("!\\!odd", "111111.111");
    expect("a\\*b", ".......1..");
}

static void test_errors(void **state)
{
    (void)state;
    refuse("dogg", "unknown class 'dogg' (nearest: 'dog')");
    refuse("cat,zzzzzz", "'zzzzzz'");
    refuse("z*", "'z*'");
    refuse("10", "no class 10 (expected an index from 0 to 9)");
    refuse("5-3", "backwards");
    refuse("3-12", "no class 12");
    refuse("", "empty term");
    refuse("cat,,dog", "empty term");
    refuse("cat,", "empty term");
    refuse("!", "without a class");
    refuse("cat,!cat", "leaves none");
    refuse("@/no/such/file", "/no/such/file");
    refuse("a\nb\x01", "'a\\nb\\x01'");
    refuse("99999999999999999999", "'99999999999999999999'");
}

static char *write_file(char *path, const char *text)
{
    strcpy(path, "/tmp/isplit-subset-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return path;
}

/* One '%s' in the expression stands for a file of that text, which the error names where `named`. */
static void refuse_file(const char *text, const char *format, bool named)
{
    char path[32], expression[100], part[100];
    snprintf(expression, sizeof expression, format, write_file(path, text));
    snprintf(part, sizeof part, "%s%sthe list of classes leaves none", named ? path : "", named ? ": " : "");
    struct error e = {""};
    bool *chosen = subset_parse(expression, &names, &e);
    unlink(path);
    assert_null(chosen);
    assert_string_equal(e.text, part);
}

static void test_barren_files(void **state)
{
    (void)state;
    refuse_file("", "@%s", true);
    refuse_file("# nothing\n\n", " @%s", true);
    refuse_file("cat\n!cat\n", "@%s", true);
    refuse_file("cat\n", "cat,!@%s", true);
    refuse_file("cat\n", "@%s,!cat", false);
}

static void with_file(const char *text, const char *format, const char *wanted)
{
    char path[64], expression[128];
    snprintf(expression, sizeof expression, format, write_file(path, text));
    expect(expression, wanted);
    unlink(path);
}

static void test_files(void **state)
{
    (void)state;
    const char *text = "\xef\xbb\xbf# pets\r\ncat\r\n\r\n  dog\n# \ntench, Tinca tinca";
    with_file(text, "@%s", "111.......");
    with_file(text, "8,@%s", "111.....1.");
    with_file(text, "0-9,!@%s", "...1111111");
    with_file(text, "!@%s", "...1111111");
    with_file("!cat\n", "@%s", ".111111111");
    with_file("!cat\n", "0-3,@%s", ".111......");
}

static void test_file_errors_name_the_line(void **state)
{
    (void)state;
    char path[64], expression[128], part[128];
    snprintf(expression, sizeof expression, "@%s", write_file(path, "cat\n\ndogg\n"));
    snprintf(part, sizeof part, "%s:3: unknown class 'dogg'", path);
    refuse(expression, part);
    unlink(path);

    /* A file that names itself. */
    snprintf(expression, sizeof expression, "@%s", write_file(path, ""));
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "%s\n", expression);
    fclose(f);
    refuse(expression, "name each other");
    unlink(path);
}

static void test_subsets(void **state)
{
    (void)state;
    char path[64];
    struct error e = {""};
    int n = 0;
    struct subset *s =
        subset_read(write_file(path, "# two\npets = cat,dog\r\n\nrest=!0-6\n"), &names, &n, &e);
    unlink(path);
    assert_non_null(s);
    assert_int_equal(n, 2);
    assert_string_equal(s[0].name, "pets");
    assert_true(s[0].chosen[0] && s[0].chosen[1] && !s[0].chosen[2]);
    assert_string_equal(s[1].name, "rest");
    assert_true(s[1].chosen[9] && !s[1].chosen[6]);
    subset_free(s, n);
}

static void refuse_subsets(const char *text, const char *part)
{
    char path[64];
    struct error e = {""};
    int n = 0;
    assert_null(subset_read(write_file(path, text), &names, &n, &e));
    unlink(path);
    if (!strstr(e.text, part) || !strstr(e.text, path))
        fail_msg("'%s' does not hold '%s'", e.text, part);
}

static void test_subset_errors(void **state)
{
    (void)state;
    refuse_subsets("a = cat\nb dog\n", ":2: no '='");
    refuse_subsets("a = cat\na = dog\n", ":2: subset 'a' was already defined");
    refuse_subsets(" = cat\n", ":1: a subset without a name");
    refuse_subsets("a = cat\n\nb = dogg", ":3: unknown class 'dogg' (nearest: 'dog')");
    refuse_subsets("a =\n", ":1: an empty term");
    refuse_subsets("# nothing\n", "defines no subset");
}

/* From one name to another, where no class has such a name or fits such a glob. */
static void test_ranges_of_names(void **state)
{
    (void)state;
    static struct dataset_class some[] = {{0, "cat", "n-01", 0},     {1, "dog", "n-02", 0},
                                          {2, "cat-dog", "n-03", 0}, {3, "crane", "n-04", 0},
                                          {4, "a|b", "n-05", 0},     {5, "owl", "n-06", 0}};
    const struct subset_names before = names;
    names.classes = some;
    names.classes_n = 6;
    expect("cat-crane", "1111......");
    expect("cat - crane,owl", "1111.1....");
    expect("n-02-n-04", ".111......"); /* at whichever hyphen both are names */
    expect("cat-dog", "..1.......");
    expect("!dog-owl", "1.....1111");
    refuse("owl-cat", "class range owl-cat runs backwards");
    refuse("cat-cow", "unknown class 'cat-cow' (nearest: 'cat-dog')");
    names = before;
}

static void sides(const char *expression, const char *wanted)
{
    struct error e = {""};
    bool *chosen[SUBSET_SIDES];
    char got[128] = "";
    int n = subset_sides(expression, &names, chosen, &e);
    if (n < 0)
        snprintf(got, sizeof got, "%.127s", e.text);
    for (int s = 0; s < n; s++) {
        size_t used = strlen(got);
        for (int i = 0; i < names.outputs; i++)
            got[used++] = chosen[s][i] ? '1' : '.';
        got[used] = s < n - 1 ? ' ' : '\0';
        free(chosen[s]);
    }
    if (strcmp(got, wanted) != 0)
        fail_msg("'%s' gives %s (expected %s)", expression, got, wanted);
}

static void listed(const char *expression, const char *wanted)
{
    struct error e;
    char got[128] = "";
    int n;
    struct subset *subsets = subset_list(expression, &names, &n, &e);
    if (!subsets)
        snprintf(got, sizeof got, "%.127s", e.text);
    for (int s = 0; subsets && s < n; s++) {
        size_t used = strlen(got);
        used += (size_t)snprintf(got + used, sizeof got - used, "%s[%s] ", s ? " " : "", subsets[s].name);
        for (int i = 0; i < names.outputs; i++)
            got[used++] = subsets[s].chosen[i] ? '1' : '.';
        got[used] = '\0';
    }
    if (subsets)
        subset_free(subsets, n);
    if (strcmp(got, wanted) != 0)
        fail_msg("'%s' gives %s (expected %s)", expression, got, wanted);
}

static void test_list(void **state)
{
    (void)state;
    static struct dataset_class some[] = {{0, "cat", NULL, 0}, {1, "a|b", NULL, 0}, {2, "dog", NULL, 0}};
    const struct subset_names before = names;
    names = (struct subset_names){.classes = some, .classes_n = 3, .outputs = 3};
    listed("cat", "[cat] 1..");
    listed(" cat | a|b , dog", "[cat] 1.. [a|b , dog] .11");
    listed("cat,dog|", "[cat,dog] 1.1 [others] .1.");
    listed("cat|dog|", "[cat] 1.. [dog] ..1 [others] .1.");
    listed("cat|dog|cat ", "the subset 'cat' occurs twice");
    listed("cat|cow", "unknown class 'cow' (expected a name, a glob, or an index from 0 to 2)");
    names = before;
}

static void test_sides(void **state)
{
    (void)state;
    static struct dataset_class some[] = {
        {0, "cat", NULL, 0}, {1, "a|b", NULL, 0}, {2, "tench, Tinca tinca", NULL, 0}, {3, "a", NULL, 0}};
    const struct subset_names before = names;
    names = (struct subset_names){.classes = some, .classes_n = 4, .outputs = 4};
    sides("cat", "1...");
    sides("cat|a,2", "1... ..11");
    sides(" cat | tench, Tinca tinca |a", "1... ..1. ...1");
    sides("tench, Tinca tinca|cat", "..1. 1...");
    sides("cat,a|", "1..1 .11.");
    sides("cat|a|", "1... ...1 .11.");
    sides("a|b", ".1.."); /* a class comes first */
    sides("cat|a|b,a", "1... .1.1");
    sides("a\\|b|cat", ".1.. 1...");
    sides("\"a|b\"|cat", ".1.. 1...");
    sides("0|1|2|3|0", "1... .1.. ..1. ...1 1...");
    sides("0|1|2|3|0|1", "more than 5 subsets beside each other");
    sides("0-3|", "there are no other classes to compare with");
    sides("|cat", "an empty term in the list of classes");
    sides("cat||a", "an empty term in the list of classes");
    sides("cat|catt", "unknown class 'catt' (nearest: 'cat')");
    names = before;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terms),
        cmocka_unit_test(test_saved),
        cmocka_unit_test(test_ranges_of_names),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_sides),
        cmocka_unit_test(test_names_with_commas),
        cmocka_unit_test(test_exact_name_beats_index),
        cmocka_unit_test(test_left_to_right),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_barren_files),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_file_errors_name_the_line),
        cmocka_unit_test(test_subsets),
        cmocka_unit_test(test_subset_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
