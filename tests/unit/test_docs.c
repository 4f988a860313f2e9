/* What is made from the tables: that it is whole, and that the README's list of keys is the program's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "cli/docs.h"
#include "cli/docs_parts.h"

static char *document(const char *what)
{
    char *text = NULL;
    size_t size;
    struct error e;
    FILE *out = open_memstream(&text, &size);
    if (docs_print(out, what, &e) < 0)
        fail_msg("%s", e.text);
    fclose(out);
    return text;
}

static void check_holds(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not there", part);
}

static void test_readme_has_the_keys(void **state)
{
    (void)state;
    static const char begin[] = "<!-- keys: made by isplit docs markdown -->\n";
    static const char end[] = "<!-- end of keys -->\n";
    struct error e;
    size_t length;
    char *readme = file_read("README.md", 1 << 20, &length, &e);
    if (!readme)
        skip(); /* not started at the top of the source tree */
    char *table = document("markdown");
    const char *from = strstr(readme, begin);
    assert_non_null(from);
    from += strlen(begin);
    const char *to = strstr(from, end);
    assert_non_null(to);
    char *there = memory_copy_n(from, (size_t)(to - from));
    if (strcmp(there, table) != 0)
        fail_msg("the README's table is not what `isplit docs markdown` prints: make readme");
    free(there);
    free(table);
    free(readme);
}

static void test_every_key_is_told(void **state)
{
    (void)state;
    char *keys = document("keys");
    char *man = document("man");
    int lines = 0;
    for (const char *p = keys; *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, actions_n);
    for (int i = 0; i < actions_n; i++) {
        int groups = 0;
        for (int group = 0; docs_group(group); group++)
            groups += docs_is_in_group(&actions_table[i], group);
        assert_int_equal(groups, 1);
        char *part = memory_format("\t%s\t%s\t", actions_table[i].name, actions_table[i].help);
        check_holds(keys, part);
        free(part);
    }
    check_holds(keys, "x\tmark\tmark this split, or take the mark away\tCurve,Layers,");
    check_holds(keys, "q Ctrl-C\tquit\t");
    check_holds(man, "\n.TP\n\\fBq Ctrl\\-C\\fR\n");
    free(keys);
    free(man);
}

/* One name means the same in every command: completions rely on it. */
static void test_options_mean_one_thing(void **state)
{
    (void)state;
    for (int i = 0; docs_commands[i]; i++)
        for (int k = 0; k < docs_commands[i]->entries_n; k++)
            for (int j = 0; docs_commands[j]; j++)
                for (int l = 0; l < docs_commands[j]->entries_n; l++) {
                    const struct option_entry *a = &docs_commands[i]->entries[k];
                    const struct option_entry *b = &docs_commands[j]->entries[l];
                    if (strcmp(a->name, b->name) != 0)
                        continue;
                    assert_true(a->letter == b->letter && a->kind == b->kind && a->offset == b->offset);
                    assert_int_equal(docs_argument(a), docs_argument(b));
                }
}

static void test_every_option_is_told(void **state)
{
    (void)state;
    static const char *const kinds[] = {"man", "bash", "zsh"};
    for (int d = 0; d < 3; d++) {
        char *text = document(kinds[d]);
        for (int i = 0; docs_commands[i]; i++)
            for (int k = 0; k < docs_commands[i]->entries_n; k++) {
                const char *name = docs_commands[i]->entries[k].name;
                char *escaped = memory_new(2 * strlen(name) + 1, 1);
                for (const char *p = name, *dash = d ? "-" : "\\-"; *p; p++)
                    strcat(escaped, *p == '-' ? dash : (char[]){*p, '\0'});
                char *part = memory_format(d ? "--%s" : "\\-\\-%s", escaped);
                check_holds(text, part);
                free(escaped);
                free(part);
            }
        free(text);
    }
}

static void test_what_arguments_are(void **state)
{
    (void)state;
    struct option_entry flag = {.name = "x", .kind = OPTION_FLAG};
    struct option_entry file = {.name = "x", .kind = OPTION_TEXT, .argument = "FILE"};
    struct option_entry command = {.name = "x", .kind = OPTION_TEXT, .argument = "CMD"};
    struct option_entry number = {.name = "x", .kind = OPTION_NUMBER, .argument = "N"};
    struct option_entry split = {.name = "split", .kind = OPTION_TEXT, .argument = "NAME"};
    struct option_entry word = {.name = "x", .kind = OPTION_WORD, .argument = "W", .words = docs_words};
    assert_int_equal(docs_argument(&flag), DOCS_NONE);
    assert_int_equal(docs_argument(&file), DOCS_FILES);
    assert_int_equal(docs_argument(&command), DOCS_COMMAND);
    assert_int_equal(docs_argument(&number), DOCS_FREE);
    assert_int_equal(docs_argument(&split), DOCS_WORDS);
    assert_ptr_equal(docs_argument_words(&word), docs_words);
}

static void test_man_is_the_same_on_a_given_day(void **state)
{
    (void)state;
    setenv("SOURCE_DATE_EPOCH", "86400", 1);
    char *man = document("man");
    check_holds(man, ".TH ISPLIT 1 \"1970-01-02\" \"isplit ");
    free(man);
    unsetenv("SOURCE_DATE_EPOCH");
}

static void test_unknown_documents(void **state)
{
    (void)state;
    struct error e;
    assert_int_equal(docs_print(stdout, "ma\n", &e), -1);
    assert_string_equal(e.text, "no document 'ma\\n' (expected one of: man, bash, zsh, keys, markdown)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readme_has_the_keys),    cmocka_unit_test(test_every_key_is_told),
        cmocka_unit_test(test_options_mean_one_thing), cmocka_unit_test(test_every_option_is_told),
        cmocka_unit_test(test_what_arguments_are),     cmocka_unit_test(test_man_is_the_same_on_a_given_day),
        cmocka_unit_test(test_unknown_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
