/* The line at the bottom of the screen: editing by characters, completion, questions, and how it is drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/app.h"
#include "base/memory.h"
#include "screen/keys.h"

/* What came back: "done:TEXT" or "left", and the texts that `live` saw. */
static char answer[300], seen[300];

static void remember(struct app *a, const char *text)
{
    assert_false(a->prompt.open);
    snprintf(answer, sizeof answer, "%s%s", text ? "done:" : "left", text ? text : "");
}

/* Without what was answered before. */
static void take(struct app *a, const char *text)
{
    remember(a, text);
    prompt_free(&a->prompt);
}

static void watch(struct app *a, const char *text)
{
    (void)a;
    size_t used = strlen(seen);
    snprintf(seen + used, sizeof seen - used, "%s|", text);
}

static void ask(struct app *a, enum prompt_kind kind, const char *text, const char *const *words)
{
    *a = (struct app){0};
    answer[0] = seen[0] = '\0';
    prompt_open(&a->prompt, kind, "Label:", text, words, take, watch);
}

static void press(struct app *a, const char *script)
{
    int n;
    struct error e;
    int *keys = keys_script(script, &n, &e);
    if (!keys)
        fail_msg("%s", e.text);
    for (int i = 0; i < n; i++) {
        if (!a->prompt.open)
            fail_msg("the prompt was left before key %d of %s", i, script);
        prompt_key(a, &a->prompt, keys[i]);
    }
    free(keys);
}

/* The text after some keys, with '|' where the cursor stands. */
static void check(const char *text, const char *script, const char *expected)
{
    struct app a;
    ask(&a, PROMPT_TEXT, text, NULL);
    press(&a, script);
    char *got = memory_format("%.*s|%s", a.prompt.cursor, a.prompt.text, a.prompt.text + a.prompt.cursor);
    if (strcmp(got, expected) != 0)
        fail_msg("%s after '%s': '%s', expected '%s'", text, script, got, expected);
    free(got);
    prompt_close(&a.prompt);
}

static void test_editing(void **state)
{
    (void)state;
    check("", "'ab c'", "ab c|");
    check("abc", "Left X", "abX|c");
    check("abc", "Home Delete Delete Delete Delete", "|");
    check("abc", "Home Backspace End Right Backspace", "ab|");
    check("abc", "Ctrl-A Right Ctrl-E Left", "ab|c");
    check("abc def", "Left Ctrl-U", "|f");
    check("abc def", "Home Right Ctrl-K", "a|");
    check("abc def", "Ctrl-W", "abc |");
    check("abc def  ", "Ctrl-W", "abc |");
    check("a,bc", "Ctrl-W", "a,|");
    check("abc", "Up Down F1 Insert Tab Ctrl-G", "abc|");
}

static void test_characters_of_many_bytes(void **state)
{
    (void)state;
    check("größe", "Left Left Left", "gr|öße");
    check("größe", "Left Left Backspace Backspace", "g|ße");
    check("größe", "Home Right Right Delete", "gr|ße");
    check("", "'日本' Left '語'", "日語|本");
    check("e\xcc\x81x", "Left Backspace", "|x"); /* with its accent */
    check("e\xcc\x81x", "Home Right", "e\xcc\x81|x");
    check("a\xff\xfe"
          "b",
          "Left Left Left",
          "a|\xff\xfe"
          "b"); /* a path need not be UTF-8 */
    check("a\xc3", "Backspace Backspace", "|");
}

static void test_what_is_no_character(void **state)
{
    (void)state;
    struct app a;
    ask(&a, PROMPT_TEXT, "", NULL);
    const int keys[] = {0, 1000000000, -1, 0x85, 0x7f, 0xd800, KEYS_F12, KEYS_INSERT, 0x1c};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        prompt_key(&a, &a.prompt, keys[i]);
    assert_string_equal(a.prompt.text, "");
    for (int i = 0; i < 5000; i++)
        prompt_key(&a, &a.prompt, 0x1f600);
    assert_int_equal(strlen(a.prompt.text), 4096);
    prompt_close(&a.prompt);
}

static void test_leaving(void **state)
{
    (void)state;
    struct app a;
    ask(&a, PROMPT_TEXT, "x", NULL);
    press(&a, "End y Enter");
    assert_string_equal(answer, "done:xy");
    assert_true(a.dirty);
    ask(&a, PROMPT_TEXT, "x", NULL);
    press(&a, "Esc");
    assert_string_equal(answer, "left");
    ask(&a, PROMPT_TEXT, "x", NULL);
    press(&a, "Ctrl-C");
    assert_string_equal(answer, "left");
}

static void test_live(void **state)
{
    (void)state;
    struct app a;
    ask(&a, PROMPT_TEXT, "", NULL);
    press(&a, "a b Left Backspace Home Backspace Enter");
    assert_string_equal(seen, "a|ab|b|");
}

static void again(struct app *a, const char *text)
{
    prompt_open(&a->prompt, PROMPT_TEXT, "Again:", text, NULL, take, NULL);
}

static void test_one_after_the_other(void **state)
{
    (void)state;
    struct app a = {0};
    prompt_open(&a.prompt, PROMPT_TEXT, "First:", "one", NULL, again, NULL);
    press(&a, "Enter");
    assert_true(a.prompt.open);
    assert_string_equal(a.prompt.label, "Again:");
    assert_string_equal(a.prompt.text, "one");
    press(&a, "2 Enter");
    assert_string_equal(answer, "done:2"); /* in place of what was offered */
    prompt_free(&a.prompt);
}

/* A text that is offered goes at the first character; whoever moves or edits keeps it. */
static void test_an_offered_text(void **state)
{
    (void)state;
    check("abc", "x y", "xy|");
    check("abc", "End x", "abcx|");
    check("abc", "Backspace x", "abx|");
    check("abc", "Tab x", "abcx|");
    check("abc", "Space", " |");
}

static void test_earlier_answers(void **state)
{
    (void)state;
    struct app a = {0};
    static const char *const given[] = {"o n e", "t w o", "o n e", ""};
    for (int i = 0; i < 4; i++) {
        prompt_open(&a.prompt, PROMPT_TEXT, i % 2 ? "save 3 as: " : "save 12 as: ", "", NULL, remember, NULL);
        press(&a, *given[i] ? given[i] : "Enter");
        if (*given[i])
            press(&a, "Enter");
    }
    prompt_open(&a.prompt, PROMPT_TEXT, "link: ", "", NULL, remember, NULL);
    press(&a, "Up Up");
    assert_string_equal(a.prompt.text, ""); /* another question */
    prompt_open(&a.prompt, PROMPT_TEXT, "save 5 as: ", "", NULL, remember, NULL);
    press(&a, "n e w Up");
    assert_string_equal(a.prompt.text, "one");
    press(&a, "Up Up Up"); /* each answer once */
    assert_string_equal(a.prompt.text, "two");
    press(&a, "Down Down Down");
    assert_string_equal(a.prompt.text, "new");
    press(&a, "Up ! Enter");
    assert_string_equal(answer, "done:one!");
    prompt_free(&a.prompt);
}

static void refuse(struct app *a, const char *text)
{
    remember(a, text);
    app_say(a, JOURNAL_ERROR, "'%s' is no number", text);
}

/* What is refused stays as it was typed, with the reason above it until the next key. */
static void test_refused(void **state)
{
    (void)state;
    struct app a = {0};
    prompt_open(&a.prompt, PROMPT_TEXT, "Number:", "", NULL, refuse, NULL);
    press(&a, "1 2 x Enter");
    assert_string_equal(answer, "done:12x");
    assert_true(a.prompt.open);
    assert_string_equal(a.prompt.text, "12x");
    assert_string_equal(a.prompt.refused, "'12x' is no number");
    press(&a, "Backspace 3");
    assert_null(a.prompt.refused);
    assert_string_equal(a.prompt.text, "123");
    a.prompt.done = take;
    press(&a, "Enter");
    assert_false(a.prompt.open);
    assert_string_equal(answer, "done:123");
    prompt_open(&a.prompt, PROMPT_KEY, "sure?", NULL, NULL, refuse, NULL);
    press(&a, "y");
    assert_false(a.prompt.open); /* a question is answered once */
    prompt_free(&a.prompt);
    journal_free(&a.journal);
}

static void test_questions(void **state)
{
    (void)state;
    struct app a;
    static const struct {
        const char *keys, *answer;
    } cases[] = {{"y", "done:y"}, {"Y", "done:y"}, {"n", "left"},     {"N", "left"},
                 {"q", "left"},   {"Esc", "left"}, {"Ctrl-C", "left"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ask(&a, PROMPT_KEY, "", NULL);
        press(&a, "x Enter Tab Left Backspace Space");
        assert_true(a.prompt.open);
        press(&a, cases[i].keys);
        assert_string_equal(answer, cases[i].answer);
        assert_string_equal(seen, "");
    }
}

static void test_words(void **state)
{
    (void)state;
    static const char *const words[] = {"vowels", "consonants", "vow", "round letters", NULL};
    struct app a;
    ask(&a, PROMPT_WORD, "r", words);
    press(&a, "Tab");
    assert_string_equal(a.prompt.text, "round letters");
    assert_null(a.prompt.candidates);
    prompt_close(&a.prompt);

    /* What is common first, then one after the other, and round the end. */
    ask(&a, PROMPT_WORD, "v", words);
    press(&a, "Tab");
    assert_string_equal(a.prompt.text, "vow");
    assert_string_equal(a.prompt.candidates, "vow  vowels");
    press(&a, "Tab");
    assert_string_equal(a.prompt.text, "vowels");
    press(&a, "Tab");
    assert_string_equal(a.prompt.text, "vow");
    press(&a, "BackTab Enter");
    assert_string_equal(answer, "done:vowels");

    ask(&a, PROMPT_WORD, "", words);
    press(&a, "Tab Tab");
    assert_string_equal(a.prompt.text, "round letters");
    press(&a, "Tab Tab Tab");
    assert_string_equal(a.prompt.text, "consonants");
    press(&a, "Backspace Tab");
    assert_string_equal(a.prompt.text, "consonants");
    press(&a, "x Tab");
    assert_string_equal(a.prompt.text, "consonantsx");
    assert_string_equal(a.prompt.candidates, "no name begins like this");
    press(&a, "Left");
    assert_null(a.prompt.candidates);
    prompt_close(&a.prompt);

    ask(&a, PROMPT_WORD, "", (const char *const[]){NULL});
    press(&a, "Tab BackTab Enter");
    assert_string_equal(answer, "done:");
}

/* A folder of its own for every test of paths. */
static char folder[64];

static void put(const char *name)
{
    char *path = memory_format("%s/%s", folder, name);
    if (name[strlen(name) - 1] == '/')
        assert_int_equal(mkdir(path, 0700), 0);
    else
        close(open(path, O_CREAT | O_WRONLY, 0600));
    free(path);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/isplit-prompt-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    put("data/");
    put("data/train/");
    put("datb.cfg");
    put("größe-1");
    put("größe-2");
    put("gräte");
    put(".hidden");
    put("new\nline");
    put("bytes\xff\xfe");
    put("with space/");
    char *link = memory_format("%s/zlink", folder);
    int status = symlink("data", link);
    free(link);
    return status;
}

static int remove_folder(void **state)
{
    (void)state;
    char *command = memory_format("rm -rf '%s'", folder);
    int status = system(command);
    free(command);
    return status;
}

/* Types a path below the folder, presses keys, and compares text and candidates. */
static void complete(const char *typed, const char *keys, const char *expected, const char *candidates)
{
    struct app a;
    char *text = memory_format("%s/%s", folder, typed);
    char *whole = memory_format("%s/%s", folder, expected);
    ask(&a, PROMPT_PATH, text, NULL);
    press(&a, keys);
    if (strcmp(a.prompt.text, whole) != 0)
        fail_msg("'%s': '%s', expected '%s'", typed, a.prompt.text, whole);
    if (candidates)
        assert_string_equal(a.prompt.candidates, candidates);
    else
        assert_null(a.prompt.candidates);
    prompt_close(&a.prompt);
    free(text);
    free(whole);
}

static void test_paths(void **state)
{
    (void)state;
    /* As for words: one after the other; a / goes on from there. */
    complete("dat", "Tab", "data/", "data/  datb.cfg");
    complete("dat", "Tab Tab", "datb.cfg", "data/  datb.cfg");
    complete("dat", "Tab Tab Tab", "data/", "data/  datb.cfg");
    complete("dat", "BackTab", "datb.cfg", "data/  datb.cfg");
    complete("dat", "Tab /", "data/", NULL);
    complete("dat", "Tab / Tab", "data/train/", NULL);
    complete("data", "Tab", "data/", NULL);
    complete("data", "Tab Tab", "data/train/", NULL);
    complete("datb", "Tab", "datb.cfg", NULL);
    complete("z", "Tab", "zlink/", NULL);
    complete("with", "Tab", "with space/", NULL);
    complete("nothing", "Tab", "nothing", "nothing there begins like this");
    complete("no/such/", "Tab", "no/such/", "nothing there begins like this");
    complete(".", "Tab", ".hidden", NULL);
    complete("", "Tab Tab", "data/",
             "bytes\\xff\\xfe  data/  datb.cfg  gräte  größe-1  größe-2  new\\nline  with space/  zlink/");
    complete("new", "Tab", "new\nline", NULL);
    complete("byt", "Tab", "bytes\xff\xfe", NULL);
    /* ä and ö begin with the same byte: half a character is never put in. */
    complete("g", "Tab", "gr", "gräte  größe-1  größe-2");
    complete("grö", "Tab", "größe-", "größe-1  größe-2");
    /* Only what stands before the cursor counts. */
    complete("daXX", "Left Left t a Tab", "data/XX", NULL);
    complete("data/train", "Ctrl-W", "data/", NULL);
    complete("data/train/", "Ctrl-W", "data/", NULL);
}

static void test_home(void **state)
{
    (void)state;
    struct app a;
    setenv("HOME", folder, 1);
    ask(&a, PROMPT_PATH, "~/data", NULL);
    press(&a, "Tab");
    char *expected = memory_format("%s/data/", folder);
    assert_string_equal(a.prompt.text, expected);
    free(expected);
    prompt_close(&a.prompt);

    ask(&a, PROMPT_PATH, "~", NULL);
    press(&a, "Enter");
    assert_string_equal(answer + 5, folder);
    ask(&a, PROMPT_PATH, "~x", NULL);
    press(&a, "Enter");
    assert_string_equal(answer, "done:~x");
    ask(&a, PROMPT_TEXT, "~/x", NULL);
    press(&a, "Enter");
    assert_string_equal(answer, "done:~/x");
    unsetenv("HOME");
    ask(&a, PROMPT_PATH, "~/x", NULL);
    press(&a, "Tab Enter");
    assert_string_equal(answer, "done:~/x");
}

/* The two lowest rows as text, and where the cursor stands. */
static void draw(const struct prompt *p, int columns, char *above, char *line, int *cursor)
{
    struct canvas *c = canvas_new(2, columns, GLYPHS_BRAILLE);
    char *text = NULL;
    size_t size;
    prompt_draw(p, c, (struct area){1, 0, 1, columns}, (struct area){0, 0, 1, columns});
    FILE *out = open_memstream(&text, &size);
    canvas_print(c, out);
    fclose(out);
    char *newline = strchr(text, '\n');
    snprintf(above, 300, "%.*s", (int)(newline - text), text);
    snprintf(line, 300, "%.*s", (int)strcspn(newline + 1, "\n"), newline + 1);
    *cursor = c->cursor_column;
    assert_int_equal(c->cursor_row, 1);
    free(text);
    canvas_free(c);
}

static void test_drawing(void **state)
{
    (void)state;
    struct app a;
    char above[300], line[300];
    int cursor;
    ask(&a, PROMPT_TEXT, "größe", NULL);
    draw(&a.prompt, 30, above, line, &cursor);
    assert_string_equal(line, "Label: größe");
    assert_string_equal(above, "");
    assert_int_equal(cursor, 12);
    press(&a, "Home");
    draw(&a.prompt, 30, above, line, &cursor);
    assert_int_equal(cursor, 7);
    prompt_close(&a.prompt);

    /* Scrolled: the cursor is on the screen wherever it stands. */
    ask(&a, PROMPT_TEXT, "0123456789abcdefghijklmnopqrstuvwxyz", NULL);
    draw(&a.prompt, 20, above, line, &cursor);
    assert_string_equal(line, "Label: ◂pqrstuvwxyz");
    assert_int_equal(cursor, 19);
    for (int i = 0; i < 36; i++) {
        prompt_key(&a, &a.prompt, KEYS_LEFT);
        draw(&a.prompt, 20, above, line, &cursor);
        assert_in_range(cursor, 7, 19);
        assert_true(canvas_width(line) <= 20);
    }
    assert_string_equal(line, "Label: 0123456789ab▸");
    prompt_close(&a.prompt);

    ask(&a, PROMPT_TEXT, "", NULL);
    a.prompt.candidates = memory_copy("one  two  three");
    draw(&a.prompt, 10, above, line, &cursor);
    assert_string_equal(above, "one  two …");
    assert_string_equal(line, "Labe…");
    for (int columns = 1; columns < 10; columns++)
        draw(&a.prompt, columns, above, line, &cursor);
    prompt_close(&a.prompt);

    struct canvas *c = canvas_new(1, 4, GLYPHS_ASCII);
    prompt_draw(&a.prompt, c, (struct area){0, 0, 1, 4}, (struct area){0, 0, 0, 0}); /* not open */
    canvas_free(c);
}

static void test_drawing_questions(void **state)
{
    (void)state;
    struct app a = {0};
    char above[300], line[300];
    int cursor;
    prompt_open(&a.prompt, PROMPT_KEY, "overwrite a.csv, b.csv? (y/n)", NULL, NULL, take, NULL);
    draw(&a.prompt, 40, above, line, &cursor);
    assert_string_equal(above, "");
    assert_string_equal(line, "overwrite a.csv, b.csv? (y/n)");
    assert_int_equal(cursor, 29);
    draw(&a.prompt, 20, above, line, &cursor);
    assert_string_equal(above, "overwrite a.csv,");
    assert_string_equal(line, "b.csv? (y/n)");
    draw(&a.prompt, 8, above, line, &cursor);
    assert_string_equal(line, "? (y/n)");
    prompt_close(&a.prompt);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_editing),
        cmocka_unit_test(test_characters_of_many_bytes),
        cmocka_unit_test(test_what_is_no_character),
        cmocka_unit_test(test_leaving),
        cmocka_unit_test(test_live),
        cmocka_unit_test(test_one_after_the_other),
        cmocka_unit_test(test_an_offered_text),
        cmocka_unit_test(test_earlier_answers),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_words),
        cmocka_unit_test_setup_teardown(test_paths, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_home, make_folder, remove_folder),
        cmocka_unit_test(test_drawing),
        cmocka_unit_test(test_drawing_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
