/* The manual's Markdown: what is read of it, as text for a terminal, and as a page for man(1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/markdown.h"

static void check_spans(const char *text, const char *expected)
{
    static const char styles[] = {[MARKDOWN_PLAIN] = 'p',
                                  [MARKDOWN_TYPED] = 't',
                                  [MARKDOWN_BOLD] = 'b',
                                  [MARKDOWN_EMPHASIS] = 'e',
                                  [MARKDOWN_LINK] = 'l'};
    char got[400] = "";
    char *plain, *url;
    enum markdown_style style;
    while ((plain = markdown_next(&text, &style, &url))) {
        size_t used = strlen(got);
        snprintf(got + used, sizeof got - used, "%c{%s}%s", styles[style], plain, url ? url : "");
        free(plain);
        free(url);
    }
    assert_string_equal(got, expected);
}

static void test_spans(void **state)
{
    (void)state;
    check_spans("", "");
    check_spans("plain", "p{plain}");
    check_spans("`--all` **is** *one*", "t{--all}p{ }b{is}p{ }e{one}");
    check_spans("**`-c`**, x", "b{-c}p{, x}");
    check_spans("`a * b` c", "t{a * b}p{ c}");
    check_spans("`\\`", "t{\\}");
    check_spans("[isplit plan](plan.md) and <https://a.b/c>",
                "l{isplit plan}plan.mdp{ and }l{https://a.b/c}https://a.b/c");
    check_spans("![A picture](x.png)", "l{A picture}x.png");
    /* What only looks like a mark. */
    check_spans("2 * 3 * 4, n0\\*,!n02 a_b_c", "p{2 * 3 * 4, n0*,!n02 a_b_c}");
    check_spans("a `b", "p{a `b}");
    check_spans("[a] (b) \\[c](d) <e>", "p{[a] (b) [c](d) <e>}");
    check_spans("**a * b**", "b{a  b}");
}

static char *text_of(const char *markdown, int width)
{
    char *text = NULL;
    size_t size;
    struct markdown *m = markdown_read(markdown);
    FILE *out = open_memstream(&text, &size);
    markdown_print_text(out, m, width);
    fclose(out);
    markdown_free(m);
    return text;
}

static void check_text(const char *markdown, int width, const char *expected)
{
    char *text = text_of(markdown, width);
    assert_string_equal(text, expected);
    free(text);
}

static void test_text(void **state)
{
    (void)state;
    check_text("", 80, "");
    check_text(
        "# isplit x\n\nOne line\nand another.\n\n## Synopsis\n\n    isplit x [-a]\n\n        deep\n\nText.\n",
        80,
        "isplit x\n\n    One line and another.\n\nSynopsis\n        isplit x [-a]\n\n            deep\n\n    "
        "Text.\n");
    check_text("- one two three\n  four\n- five\n\n12. six\n", 16,
               "    - one two\n      three four\n    - five\n    12. six\n");
    check_text("```\n# no heading\n```\n<!-- a remark\nof two lines -->\n### Third\n", 80,
               "        # no heading\n\n  Third\n");
    check_text("See [this](https://a.b) and [isplit plan](plan.md).\n", 80,
               "    See this (https://a.b) and isplit plan.\n");
    /* Control characters do not reach the terminal. */
    check_text("a\x1b[1m\n", 80, "    a\\x1b[1m\n");
}

static void test_wrapping(void **state)
{
    (void)state;
    check_text("aaa bbb ccc\n", 11, "    aaa bbb\n    ccc\n");
    check_text("aaa bbb ccc\n", 10, "    aaa\n    bbb\n    ccc\n");
    check_text("abcdefghij\n", 8, "    abcd\n    efgh\n    ij\n");
    check_text("abc\n", 0, "    a\n    b\n    c\n");
}

static void test_tables(void **state)
{
    (void)state;
    check_text("| a | b |\n|---|:-:|\n| `x` | one \\| two |\n| y |\n", 80,
               "    a  b\n    -  ---------\n    x  one | two\n    y\n");
    check_text("| key | meaning |\n|---|---|\n| `--long` | several words that wrap |\n", 26,
               "    key     meaning\n    ------  --------------\n    --long  several words\n            that "
               "wrap\n");
    /* A word is cut where nothing else helps. */
    check_text("| a | b |\n|--|--|\n| abcdefghijklmnop | qr |\n", 16,
               "    a         b\n    --------  --\n    abcdefgh  qr\n    ijklmnop\n");
}

static void test_blocks(void **state)
{
    (void)state;
    struct markdown *m =
        markdown_read("| a | b | c |\n| not a rule | x |\n\n  - item\n\n|\ntext | with bar\n");
    int n;
    const struct markdown_block *blocks = markdown_blocks(m, &n);
    assert_int_equal(n, 3);
    assert_true(blocks[0].kind == MARKDOWN_TABLE && blocks[0].rows == 2 && blocks[0].columns == 3);
    assert_string_equal(blocks[0].cells[4], "x");
    assert_string_equal(blocks[0].cells[5], "");
    assert_true(blocks[1].kind == MARKDOWN_ITEM && blocks[1].level == 1);
    assert_string_equal(blocks[1].marker, "-");
    assert_string_equal(blocks[2].text, "| text | with bar");
    markdown_free(m);
    char wide[200] = "";
    for (int i = 0; i < 40; i++)
        strcat(wide, "|a");
    m = markdown_read(wide);
    assert_int_equal(markdown_blocks(m, &n)[0].columns, MARKDOWN_COLUMNS);
    markdown_free(m);
}

static char *man_of(const char *markdown)
{
    char *text = NULL;
    size_t size;
    struct markdown *m = markdown_read(markdown);
    FILE *out = open_memstream(&text, &size);
    markdown_print_man(out, m, "2024-12-31", "1.2");
    fclose(out);
    markdown_free(m);
    return text;
}

static void check_man(const char *markdown, const char *part)
{
    char *text = man_of(markdown);
    if (!strstr(text, part))
        fail_msg("'%s' is not in '%s'", part, text);
    free(text);
}

static void test_man(void **state)
{
    (void)state;
    static const char page[] =
        "# isplit plan\n\nWeighs cuts.\n\n## Exit status\n\n.5 and 'a-b' \\ ~ ^ \u00d7\n\nMore.\n\n"
        "    isplit --x\n    .y\n\n- `--all`\n";
    check_man(page, ".TH \"ISPLIT\\-PLAN\" 1 \"2024-12-31\" \"isplit 1.2\" \"User Commands\"\n");
    check_man(page, ".SH NAME\nisplit\\-plan \\- Weighs cuts\n.SH EXIT STATUS\n");
    check_man(page, "\n\\&.5 and \\(aqa\\-b\\(aq \\e \\(ti \\(ha \\[u00D7]\n.PP\nMore.\n");
    check_man(page, "\n.PP\n.RS 4\n.EX\nisplit \\-\\-x\n\\&.y\n.EE\n.RE\n");
    check_man(page, "\n.IP \\(bu 4\n\\fB\\-\\-all\\fR\n");
    check_man("# a\n\nb\n\nSee [isplit plan](plan.md), [x](y.md), [w](https://z).\n",
              "See \\fBisplit\\-plan\\fR(1), x, w (https://z).\n");
    check_man("# a\n\nb\n\n[isplit](isplit.md), [curve](curve.md)\n",
              "\n\\fBisplit\\fR(1), \\fBisplit\\-curve\\fR(1)\n");
    check_man("# a\n\nb\n\n| k | m |\n|-|-|\n| `-x` | text |\n", "\n.TP\n\\fB\\-x\\fR\ntext\n");
}

static void test_man_tables(void **state)
{
    (void)state;
    static const char page[] =
        "# a\n\nb\n\n| k | m | n |\n|-|-|-|\n| `-x` | text that is longer than the line of a "
        "manual page has room for, by far | z |\n";
    check_man(page, "'\\\" t\n");
    check_man(
        page,
        "\n.TS\nlBw(2n) lBw(57n) lBw(1n)\nlw(2n) lw(57n) lw(1n).\nk\tm\tn\n\\fB\\-x\\fR\tT{\ntext that");
    check_man(page, "by far\nT}\tz\n.TE\n");
    char *none = man_of("# a\n\nb\n\n| k | m |\n|-|-|\n| x | y |\n");
    assert_null(strstr(none, "'\\\" t"));
    free(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spans),      cmocka_unit_test(test_text),   cmocka_unit_test(test_wrapping),
        cmocka_unit_test(test_tables),     cmocka_unit_test(test_blocks), cmocka_unit_test(test_man),
        cmocka_unit_test(test_man_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
