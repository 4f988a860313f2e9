/* What is made from the tables and the manual: that it is whole, and that the tables in the files are the
 * program's own. */
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
#include "commands/commands.h"
#include "commands/docs.h"
#include "commands/docs_fill.h"
#include "commands/docs_parts.h"
#include "cli/glossary.h"
#include "cli/manual.h"

/* `page`: of the manual, for "man". */
static char *document_of(const char *what, const char *page)
{
    char *text = NULL;
    size_t size;
    struct error e;
    FILE *out = open_memstream(&text, &size);
    if (docs_print(out, what, page, &e) < 0)
        fail_msg("%s", e.text);
    fclose(out);
    return text;
}

static char *document(const char *what)
{
    return document_of(what, NULL);
}

static void check_holds(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not there", part);
}

static void check_is_filled(const char *path, const char *folder)
{
    struct error e;
    size_t length;
    char *text = file_read(path, 1 << 20, &length, &e);
    if (!text)
        skip(); /* not started at the top of the source tree */
    char *filled = docs_fill(text, folder);
    if (strcmp(text, filled) != 0)
        fail_msg("the tables in %s are not the program's: make manual", path);
    free(filled);
    free(text);
}

static void test_tables_in_files_are_the_programs(void **state)
{
    (void)state;
    check_is_filled("README.md", "tui/manual/");
    for (int i = 0; i < manual_pages_n; i++) {
        char *path = memory_format("tui/manual/%s.md", manual_names[i]);
        check_is_filled(path, "");
        free(path);
    }
}

static void test_pages_are_the_files(void **state)
{
    (void)state;
    for (int i = 0; i < manual_pages_n; i++) {
        struct error e;
        size_t length;
        char *path = memory_format("tui/manual/%s.md", manual_names[i]);
        char *file = file_read(path, 1 << 20, &length, &e);
        if (!file)
            skip();
        char *page = manual_text(i);
        assert_string_equal(page, file);
        assert_int_equal(manual_find(manual_names[i]), i);
        free(page);
        free(file);
        free(path);
    }
    assert_null(manual_names[manual_pages_n]);
    assert_int_equal(manual_find("no such page"), -1);
}

/* Each begins with its name and a paragraph that sums it up. */
/* The help of the screen explains terms in the words of the glossary's page. */
static void test_one_glossary(void **state)
{
    (void)state;
    char *page = manual_text(manual_find("glossary")), *to = page;
    for (const char *from = page; *from; from++)
        if (*from != '`' && *from != '\\')
            *to++ = *from;
    *to = '\0';
    assert_true(glossary_n > 10);
    for (int i = 0; i < glossary_n; i++) {
        char *row = memory_format("| %s | %s |\n", glossary[i][GLOSSARY_TERM], glossary[i][GLOSSARY_MEANING]);
        check_holds(page, row);
        free(row);
    }
    free(page);
}

static void test_form_of_pages(void **state)
{
    (void)state;
    for (int i = 0; i < manual_pages_n; i++) {
        const char *name = manual_names[i];
        bool program = strcmp(name, "isplit") == 0;
        char *title = memory_format("# isplit%s%s", program ? "" : " ", program ? "" : name);
        char *summary = manual_summary(i);
        assert_string_equal(manual_lines[i][0], title);
        assert_string_equal(manual_lines[i][1], "");
        if (strlen(summary) < 20 || summary[strlen(summary) - 1] != '.')
            fail_msg("%s: '%s' does not sum the page up", name, summary);
        free(summary);
        free(title);
    }
}

static void test_fill(void **state)
{
    (void)state;
    /* Where the end is missing, it is put there; what stood before it goes. */
    char *filled = docs_fill("# isplit layers\n<!-- options -->\nText.\n<!-- no such mark -->\n", "");
    check_holds(filled,
                "# isplit layers\n<!-- options -->\n| option | meaning |\n|---|---|\n| `--layers LIST` | ");
    check_holds(filled, "\n| `-h`, `--help` | this text |\n<!-- end -->\nText.\n<!-- no such mark -->\n");
    char *again = docs_fill(filled, "");
    assert_string_equal(again, filled);
    free(again);
    free(filled);
    filled = docs_fill("<!-- options -->\nnot of a command\n", "");
    assert_string_equal(filled, "<!-- options -->\nnot of a command\n");
    free(filled);
    filled = docs_fill("<!-- commands -->\nold\n<!-- end -->", "tui/manual/");
    check_holds(filled, "\n| [isplit plan](tui/manual/plan.md) | ");
    assert_null(strstr(filled, "old"));
    free(filled);
    filled = docs_fill("<!-- columns: no such kind -->\nstays\n<!-- end -->\n", "");
    assert_string_equal(filled, "<!-- columns: no such kind -->\nstays\n<!-- end -->\n");
    free(filled);
}

static void test_every_command_is_reported(void **state)
{
    (void)state;
    char *bash = document("bash"), *zsh = document("zsh"), *first = document_of("man", "isplit");
    for (int i = 0; i < commands_n; i++) {
        const char *name = commands_name(i);
        assert_string_equal(name, commands_options(i)->name);
        assert_int_equal(commands_find(name), i);
        assert_ptr_equal(docs_command(i + 1), commands_options(i));
        char *man = document_of("man", name);
        char *parts[] = {memory_format(".SH NAME\nisplit\\-%s \\- ", name),
                         memory_format("        %s) options='", name), memory_format("    '%s:", name),
                         memory_format("isplit\\-%s", name)};
        check_holds(man, parts[0]);
        check_holds(bash, parts[1]);
        check_holds(zsh, parts[2]);
        check_holds(first, parts[3]);
        for (int k = 0; k < 4; k++)
            free(parts[k]);
        free(man);
    }
    assert_null(docs_command(commands_n + 1));
    free(bash);
    free(zsh);
    free(first);
}

static void test_every_key_is_reported(void **state)
{
    (void)state;
    char *keys = document("keys");
    char *man = document_of("man", "screen");
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
    check_holds(keys, "x\tmark\tmark this split, or remove the mark\tCurve,Layers,");
    check_holds(keys, "Q Ctrl-C F10\tquit\t");
    check_holds(man, "\\fBQ\\fR \\fBCtrl\\-C\\fR \\fBF10\\fR\t");
    free(keys);
    free(man);
}

/* One name means the same in every command: completions rely on it. */
static void test_options_mean_one_thing(void **state)
{
    (void)state;
    for (int i = 0; docs_command(i); i++)
        for (int k = 0; k < docs_command(i)->entries_n; k++)
            for (int j = 0; docs_command(j); j++)
                for (int l = 0; l < docs_command(j)->entries_n; l++) {
                    const struct option_entry *a = &docs_command(i)->entries[k];
                    const struct option_entry *b = &docs_command(j)->entries[l];
                    if (strcmp(a->name, b->name) != 0)
                        continue;
                    assert_true(a->letter == b->letter && a->kind == b->kind && a->offset == b->offset);
                    assert_int_equal(docs_argument(a), docs_argument(b));
                    assert_true(a->measures == b->measures && !a->formerly == !b->formerly);
                }
}

/* The name with what stands before it, as roff has it. New string. */
static char *roff_option(const char *name)
{
    char *escaped = memory_new(2 * strlen(name) + 5, 1);
    char *to = stpcpy(escaped, "\\-\\-");
    for (const char *p = name; *p; p++)
        to = *p == '-' ? stpcpy(to, "\\-") : stpcpy(to, (char[]){*p, '\0'});
    return escaped;
}

/* Whether the whole word stands in the text. */
static bool holds_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = text; (p = strstr(p, word)); p++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz-", p[n]) || !p[n])
            return true;
    return false;
}

static void test_every_option_is_reported(void **state)
{
    (void)state;
    char *bash = document("bash"), *zsh = document("zsh");
    for (int i = 0; docs_command(i); i++) {
        char *man = document_of("man", docs_command(i)->name);
        for (int k = 0; k < docs_command(i)->entries_n; k++) {
            const struct option_entry *entry = &docs_command(i)->entries[k];
            char *roff = roff_option(entry->name), *name = memory_format("--%s", entry->name);
            assert_true(holds_word(man, roff) && holds_word(bash, name) && holds_word(zsh, name));
            free(roff);
            free(name);
        }
        free(man);
    }
    free(bash);
    free(zsh);
}

/* A name of old is read and never shown. */
static void test_names_of_old_are_not_reported(void **state)
{
    (void)state;
    int names = 0, words = 0;
    char *documents[] = {document("bash"), document("zsh")};
    for (int i = 0; docs_command(i); i++)
        for (int k = 0; k < docs_command(i)->entries_n; k++) {
            const struct option_entry *entry = &docs_command(i)->entries[k];
            char *name = memory_format("--%s", entry->formerly ? entry->formerly : "--");
            assert_false(holds_word(documents[0], name) || holds_word(documents[1], name));
            names += entry->formerly != NULL;
            words += entry->words_formerly != NULL;
            free(name);
        }
    assert_true(names >= 3 && words >= 1);
    free(documents[0]);
    free(documents[1]);
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
    check_holds(man, ".TH \"ISPLIT\" 1 \"1970-01-02\" \"isplit ");
    free(man);
    unsetenv("SOURCE_DATE_EPOCH");
}

static void test_unknown_documents(void **state)
{
    (void)state;
    struct error e;
    assert_int_equal(docs_print(stdout, "ma\n", NULL, &e), -1);
    assert_string_equal(
        e.text, "no document 'ma\\n' (expected one of: man, bash, zsh, fish, keys, markdown, subsets, fill)");
    assert_int_equal(docs_print(stdout, "man", "p\n", &e), -1);
    assert_string_equal(e.text, "no page 'p\\n' in the manual (isplit help lists them)");
    assert_int_equal(docs_print(stdout, "bash", "plan", &e), -1);
    assert_string_equal(e.text, "too many arguments for docs bash");
    assert_int_equal(docs_print(stdout, "fill", NULL, &e), -1);
    assert_string_equal(e.text, "fill needs a FILE");
    assert_int_equal(docs_print(stdout, "fill", "/no/such/file", &e), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_in_files_are_the_programs),
        cmocka_unit_test(test_pages_are_the_files),
        cmocka_unit_test(test_one_glossary),
        cmocka_unit_test(test_form_of_pages),
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_every_command_is_reported),
        cmocka_unit_test(test_every_key_is_reported),
        cmocka_unit_test(test_options_mean_one_thing),
        cmocka_unit_test(test_every_option_is_reported),
        cmocka_unit_test(test_names_of_old_are_not_reported),
        cmocka_unit_test(test_what_arguments_are),
        cmocka_unit_test(test_man_is_the_same_on_a_given_day),
        cmocka_unit_test(test_unknown_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
