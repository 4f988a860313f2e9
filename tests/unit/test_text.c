/* Texts from outside: what a terminal may be given, and how wide it is then. */
#include <locale.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/text_list.h"
#include "csv/sheet.h"
#include "screen/cells.h"

static void escapes(const char *text, const char *wanted)
{
    char *shown = text_escape(text);
    assert_string_equal(shown, wanted);
    char *again = text_escape(shown);
    assert_string_equal(again, wanted);
    free(again);
    free(shown);
}

static void test_controls(void **state)
{
    (void)state;
    escapes("", "");
    escapes("plain text_1", "plain text_1");
    escapes("a\nb\tc\rd", "a\\nb\\tc\\rd");
    escapes("\x01\x1b[31m\x7f", "\\x01\\x1b[31m\\x7f");
    for (int c = 1; c < 0x20; c++) {
        const char text[] = {(char)c, '\0'};
        char *shown = text_escape(text);
        assert_true(shown[0] == '\\' && strlen(shown) >= 2);
        free(shown);
    }
    for (int c = 0x80; c < 0xa0; c++) { /* C1, as UTF-8 and as bytes */
        char text[5], wanted[8];
        text_encode(c, text);
        snprintf(wanted, sizeof wanted, "\\u%04x", (unsigned)c);
        escapes(text, wanted);
        snprintf(wanted, sizeof wanted, "\\x%02x", (unsigned)c);
        escapes((const char[]){(char)c, '\0'}, wanted);
    }
}

static void test_unseen(void **state)
{
    (void)state;
    static const int ranges[][2] = {{0x200b, 0x200f}, {0x202a, 0x202e}, {0x2028, 0x2029},
                                    {0x2066, 0x2069}, {0xfeff, 0xfeff}, {0x061c, 0x061c}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        for (int c = ranges[i][0]; c <= ranges[i][1]; c++) {
            char text[5], wanted[8];
            text_encode(c, text);
            snprintf(wanted, sizeof wanted, "\\u%04x", (unsigned)c);
            escapes(text, wanted);
        }
    /* Their neighbours, and letters of several alphabets, stay. */
    static const char *const kept[] = {"\u00a0",     "\u200a",       "\u2010",    "\u2027",
                                       "\u202f",     "\u2065",       "\u206a",    "\ufefe",
                                       "gr\u00e4te", "\u06db\u732b", "\U0001f600"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        escapes(kept[i], kept[i]);
}

static void test_broken_utf8(void **state)
{
    (void)state;
    escapes("\xff\xfe", "\\xff\\xfe");
    escapes("a\xc3", "a\\xc3");
    escapes("\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80", "\\xc0\\xaf\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80");
}

static void prints(const char *text, const char *wanted)
{
    char *shown = text_printable(text);
    assert_string_equal(shown, wanted);
    free(shown);
}

static void test_locale(void **state)
{
    (void)state;
    assert_non_null(setlocale(LC_CTYPE, "C"));
    prints("b\u06db31m \U0001f600 \xff \x1b", "b\\u06db31m \\U0001f600 \\xff \\x1b");
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    prints("b\u06db31m \U0001f600 \xff \x1b", "b\u06db31m \U0001f600 \\xff \\x1b");
}

static void cut(const char *text, int width, const char *wanted)
{
    char copy[32];
    snprintf(copy, sizeof copy, "%s", text);
    cells_cut(copy, width);
    assert_string_equal(copy, wanted);
}

static void test_cut(void **state)
{
    (void)state;
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    cut("measuring", 20, "measuring");
    cut("measuring", 4, "meas");
    cut("measuring", 0, "");
    cut("\u00e4\u00e4\u00e4", 2, "\u00e4\u00e4");
    cut("\u732b\u732b", 3, "\u732b"); /* two columns each */
    cut("\u732b", 1, "");
}

/* What a stream of the descriptor gets as the cell. */
static void sheet_writes(int to, int from, const char *text, const char *wanted)
{
    char got[64];
    FILE *out = fdopen(dup(to), "w");
    assert_non_null(out);
    struct sheet *s = sheet_new(out);
    sheet_text(s, text);
    sheet_free(s);
    assert_int_equal(fclose(out), 0);
    ssize_t n = read(from, got, sizeof got - 1);
    assert_true(n >= 0);
    got[n] = '\0';
    assert_string_equal(got, wanted);
}

static void test_cells_on_a_terminal(void **state)
{
    (void)state;
    int terminal, shown, ends[2];
    static const char hostile[] = "a\x1b]0;x\x07\u202e\xff,b";
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    assert_int_equal(openpty(&shown, &terminal, NULL, NULL, NULL), 0);
    assert_int_equal(pipe(ends), 0);
    sheet_writes(terminal, shown, hostile, "\"a\\x1b]0;x\\x07\\u202e\\xff,b\"");
    sheet_writes(terminal, shown, "gr\u00e4te", "gr\u00e4te");
    sheet_writes(ends[1], ends[0], hostile, "\"a\x1b]0;x\x07\u202e\xff,b\"");
    close(terminal);
    close(shown);
    close(ends[0]);
    close(ends[1]);
}

/* Commas stand between, wherever it begins. */
static void test_append(void **state)
{
    (void)state;
    char *none = NULL, *empty = strdup("");
    text_list_append(&none, "%s %d", "cat", 61);
    assert_string_equal(none, "cat 61");
    text_list_append(&empty, "%s", "a");
    text_list_append(&empty, "b%%");
    text_list_append(&empty, "%s, c", empty);
    assert_string_equal(empty, "a, b%, a, b%, c");
    free(none);
    free(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_controls),
        cmocka_unit_test(test_unseen),
        cmocka_unit_test(test_broken_utf8),
        cmocka_unit_test(test_locale),
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_cells_on_a_terminal),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
