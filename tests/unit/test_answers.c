/* What a terminal says about itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "screen/answers.h"

static void expect(const char *text, enum answers_background wanted)
{
    struct answers a = {.owed = true, .asked = clock_ms()};
    answers_note(&a, text);
    assert_int_equal(a.background, wanted);
    assert_true(answers_owed(&a));
}

static void test_backgrounds(void **state)
{
    (void)state;
    expect("]11;rgb:ffff/ffff/ffff", ANSWERS_LIGHT);
    expect("]11;rgb:0000/0000/0000", ANSWERS_DARK);
    expect("]11;rgb:ff/ff/ff", ANSWERS_LIGHT);
    expect("]11;rgb:f/f/f", ANSWERS_LIGHT);
    expect("]11;rgb:1c/1c/1c", ANSWERS_DARK);
    expect("]11;rgba:fdfd/f6f6/e3e3/ffff", ANSWERS_LIGHT);
    expect("]11;rgb:0000/2b2b/3636", ANSWERS_DARK);
    expect("]11;rgb:0000/0000/ffff", ANSWERS_DARK); /* blue is dark to the eye, yellow light */
    expect("]11;rgb:ffff/ffff/0000", ANSWERS_LIGHT);
}

static void test_others(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "]11;",
                                        "]11;rgb:",
                                        "]11;rgb:ffff",
                                        "]11;rgb:ffff/ffff",
                                        "]11;rgb:ffff/ffff/",
                                        "]11;rgb:x/y/z",
                                        "]11;white",
                                        "]10;rgb:ffff/ffff/ffff",
                                        "]1"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect(texts[i], ANSWERS_UNKNOWN);
}

static void test_pictures(void **state)
{
    (void)state;
    struct answers a = {.owed = true, .asked = clock_ms()};
    static const char *const others[] = {"_Gi=1;ENOTSUPPORTED:no", "_G", "[6;20t", "[?1;3;0S",
                                         "[?2;0;800;600S"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        answers_note(&a, others[i]);
    assert_false(a.kitty || a.sixel || a.registers || a.cell_w || a.cell_h);
    assert_true(answers_owed(&a));
    answers_note(&a, "_Gi=1;OK");
    answers_note(&a, "[6;20;10t");
    answers_note(&a, "[?1;0;256S");
    assert_true(a.kitty && answers_owed(&a));
    assert_int_equal(a.registers, 256);
    assert_int_equal(a.cell_w, 10);
    assert_int_equal(a.cell_h, 20);
    answers_note(&a, "[?4;6c"); /* a VT132, which has no pictures */
    assert_false(a.sixel);
    answers_note(&a, "[?62;14;22c");
    assert_false(a.sixel);
    answers_note(&a, "[?62;1;4c");
    assert_true(a.sixel);
}

/* The last answer; nothing is waited for forever. */
static void test_the_last(void **state)
{
    (void)state;
    struct answers a = {.owed = true, .asked = clock_ms()};
    answers_note(&a, "[?62;4;22c");
    assert_false(answers_owed(&a));
    struct answers old = {.owed = true, .asked = clock_ms() - 60000};
    assert_false(answers_owed(&old));
}

static void test_kinds(void **state)
{
    (void)state;
    static const char *const asked[] = {"xterm",       "xterm-256color", "tmux-256color", "screen",
                                        "xterm-kitty", "alacritty",      "foot"};
    static const char *const not_asked[] = {"linux",  "dumb", "vt100",    "ansi",
                                            "cons25", "",     "xtermish", "unknown"};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        assert_true(answers_may_ask(asked[i]));
    for (size_t i = 0; i < sizeof not_asked / sizeof not_asked[0]; i++)
        assert_false(answers_may_ask(not_asked[i]));
    assert_false(answers_may_ask(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backgrounds), cmocka_unit_test(test_others), cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_the_last),    cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
