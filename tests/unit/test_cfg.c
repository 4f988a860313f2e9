/* The text of a cfg: sections, keys, lines, and what is refused there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/cfg.h"

static struct cfg *parse(const char *text, struct error *e)
{
    return cfg_parse(text, strlen(text), "t.cfg", e);
}

static void refused(const char *text, const char *message)
{
    struct error e = {""};
    assert_null(parse(text, &e));
    assert_string_equal(e.text, message);
}

static void test_sections_keys_and_lines(void **state)
{
    (void)state;
    struct cfg *c = parse("# comment = 1\n"
                          "[net]\n"
                          "\n"
                          " width = 8 \n"
                          "; [other]\n"
                          "\tname=a=b\n"
                          " [conv] \n"
                          "filters=3",
                          NULL);
    assert_non_null(c);
    assert_int_equal(c->sections_n, 2);
    assert_string_equal(c->sections[0].type, "net");
    assert_int_equal(c->sections[0].line, 2);
    assert_int_equal(c->sections[0].options_n, 2);
    assert_string_equal(cfg_find(&c->sections[0], "width")->value, "8");
    assert_int_equal(cfg_find(&c->sections[0], "width")->line, 4);
    assert_string_equal(cfg_find(&c->sections[0], "name")->value, "a=b");
    assert_string_equal(c->sections[1].type, "conv");
    assert_int_equal(c->sections[1].line, 7);
    assert_string_equal(cfg_find(&c->sections[1], "filters")->value, "3");
    assert_null(cfg_find(&c->sections[1], "width"));
    assert_int_equal(c->warnings_n, 0);
    cfg_free(c);
}

static void test_crlf_and_byte_order_mark(void **state)
{
    (void)state;
    struct cfg *c = parse("\xef\xbb\xbf[net]\r\nwidth=8\r\n\r\n[conv]\r\nactivation=relu\r\n", NULL);
    assert_non_null(c);
    assert_string_equal(c->sections[0].type, "net");
    assert_string_equal(cfg_find(&c->sections[1], "activation")->value, "relu");
    assert_int_equal(cfg_find(&c->sections[1], "activation")->line, 5);
    cfg_free(c);
}

/* Darknet drops every space and tab, also those inside a value. */
static void test_inner_spaces_are_dropped(void **state)
{
    (void)state;
    struct cfg *c = parse("[net]\nst eps = 100, 200 ,\t300\n", NULL);
    assert_string_equal(cfg_find(&c->sections[0], "steps")->value, "100,200,300");
    cfg_free(c);
}

static void test_first_of_duplicates_wins(void **state)
{
    (void)state;
    struct cfg *c = parse("[net]\nwidth=8\nheight=9\nwidth=7\n[conv]\nwidth=1\n", NULL);
    assert_string_equal(cfg_find(&c->sections[0], "width")->value, "8");
    assert_int_equal(c->warnings_n, 1);
    assert_string_equal(c->warnings[0],
                        "t.cfg:4: key 'width' again in [net]; the first, in line 2, counts, as in Darknet");
    cfg_free(c);
}

static void test_warnings_are_limited(void **state)
{
    (void)state;
    char text[16 + 3000] = "[net]\n";
    for (int i = 0; i < 500; i++)
        strcat(text, "a=1\n");
    struct cfg *c = parse(text, NULL);
    assert_int_equal(c->warnings_n, 101);
    assert_non_null(strstr(c->warnings[100], "more warnings"));
    cfg_free(c);
}

/* Darknet's forks have such files. In a path they are letters. */
static void test_comments_behind(void **state)
{
    (void)state;
    struct cfg *c = parse("[net] # eight\nwidth=8#4\nheight = 9 ; was 8\n[soft];\ntree=a#b;c\n", NULL);
    assert_non_null(c);
    assert_string_equal(c->sections[0].type, "net");
    assert_string_equal(cfg_find(&c->sections[0], "width")->value, "8");
    assert_string_equal(cfg_find(&c->sections[0], "height")->value, "9");
    assert_string_equal(c->sections[1].type, "soft");
    assert_string_equal(cfg_find(&c->sections[1], "tree")->value, "a#b;c");
    cfg_free(c);
}

static void test_refused(void **state)
{
    (void)state;
    refused("", "t.cfg: has no sections (expected [net] and layers)");
    refused("\n# only\n; comments\n\n", "t.cfg: has no sections (expected [net] and layers)");
    refused("filters=3\n[net]\n", "t.cfg:1: key 'filters' stands before any section (expected [net] first)");
    refused("[net]\nwidth 8\n",
            "t.cfg:2: 'width8' has no '=' (expected key=value, [section] or a # comment)");
    refused("[net]\n=8\n", "t.cfg:2: '=8' has no key (expected key=value)");
    refused("[net]\nwidth=\n", "t.cfg:2: 'width=' has no value (expected key=value)");
    refused("[net\n", "t.cfg:1: '[net' is no section header (expected [type] and nothing after it)");
    refused("[net] x\n", "t.cfg:1: '[net]x' is no section header (expected [type] and nothing after it)");
    refused("[net # x]\n", "t.cfg:1: '[net' is no section header (expected [type] and nothing after it)");
    refused("[net]\nwidth= # 8\n", "t.cfg:2: 'width=' has no value (expected key=value)");
    refused("[]\n", "t.cfg:1: '[]' is no section header (expected [type] and nothing after it)");
    refused("[net]\nwid\x01th=8\n", "t.cfg:2: control character in 'wid\\x01th=8' (expected a text file)");
    refused("[net]\rwidth=8\r", "t.cfg:1: control character in '[net]\\rwidth=8' (expected a text file)");
}

static void test_nul_bytes(void **state)
{
    (void)state;
    struct error e = {""};
    assert_null(cfg_parse("[net]\nwi\0dth=8\n", 15, "t.cfg", &e));
    assert_string_equal(e.text, "t.cfg:2: NUL byte (expected a text file)");
    assert_null(cfg_parse("[net]\n# \0\n", 10, "t.cfg", &e));
    assert_string_equal(e.text, "t.cfg:2: NUL byte (expected a text file)");
}

static void test_limits(void **state)
{
    (void)state;
    struct error e = {""};
    assert_null(cfg_parse("", CFG_BYTES_MAX + 1, "t.cfg", &e)); /* refused before it is read */
    assert_string_equal(e.text, "t.cfg: has 16777217 bytes (expected at most 16777216)");

    size_t n = CFG_SECTIONS_MAX + 1;
    char *text = memory_new(n * 4 + 1, 1);
    for (size_t i = 0; i < n; i++)
        memcpy(text + 4 * i, "[a]\n", 4);
    assert_null(cfg_parse(text, n * 4, "t.cfg", &e));
    assert_string_equal(e.text, "t.cfg:4098: too many layers (expected at most 4096)");
    struct cfg *c = cfg_parse(text, (n - 1) * 4, "t.cfg", &e);
    assert_non_null(c);
    assert_int_equal(c->sections_n, CFG_SECTIONS_MAX);
    cfg_free(c);
    free(text);

    char *keys = memory_copy("[net]\n");
    for (int i = 0; i < CFG_KEYS_MAX + 1; i++) {
        char *more = memory_format("%sk%d=1\n", keys, i);
        free(keys);
        keys = more;
    }
    assert_null(parse(keys, &e));
    assert_string_equal(e.text, "t.cfg:258: more than 256 keys in one section");
    free(keys);
}

/* What a message quotes is one printable, short line, whatever the file holds. */
static void test_quotes(void **state)
{
    (void)state;
    char q[CFG_QUOTED];
    assert_string_equal(cfg_quote(q, "abc"), "'abc'");
    assert_string_equal(cfg_quote(q, "a\nb\x1b[31m\xff"), "'a\\nb\\x1b[31m\\xff'");
    char longer[300];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    cfg_quote(q, longer);
    assert_int_equal(strlen(q), 2 + 60 + 3);
    assert_non_null(strstr(q, "xxx...'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sections_keys_and_lines),
        cmocka_unit_test(test_crlf_and_byte_order_mark),
        cmocka_unit_test(test_inner_spaces_are_dropped),
        cmocka_unit_test(test_first_of_duplicates_wins),
        cmocka_unit_test(test_warnings_are_limited),
        cmocka_unit_test(test_comments_behind),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_nul_bytes),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
