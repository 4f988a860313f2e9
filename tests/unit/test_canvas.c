/* Texts that come from outside, on the screen's cells. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "screen/canvas.h"

/* A title, a control of 8-bit terminals, right-to-left, a line's end, and a byte that is no text. */
#define HOSTILE "a\033]0;x\007\xc2\x9b\xe2\x80\xae\n\xff"
#define SHOWN "a\\x1b]0;x\\x07\\u009b\\u202e\\n\\xff"

typedef void canvas_writer(struct canvas *c);

static void write_text(struct canvas *c)
{
    assert_int_equal(canvas_text(c, canvas_area(c), 0, 0, ROLE_TEXT, HOSTILE), strlen(SHOWN));
}

static void write_format(struct canvas *c)
{
    canvas_printf(c, canvas_area(c), 0, 0, ROLE_TEXT, "%s", HOSTILE);
}

static void write_field(struct canvas *c)
{
    canvas_field(c, canvas_area(c), 0, 0, 60, ROLE_TEXT, HOSTILE);
}

static void test_hostile_texts(void **state)
{
    (void)state;
    static canvas_writer *const writers[] = {write_text, write_format, write_field};
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++)
        for (int glyphs = 0; glyphs < GLYPHS_SETS; glyphs++) {
            char *text;
            size_t length;
            FILE *out = memory_stream(&text, &length);
            struct canvas *c = canvas_new(1, 60, (enum glyphs_set)glyphs);
            writers[i](c);
            canvas_print(c, out);
            fclose(out);
            assert_int_equal(strncmp(text, SHOWN, sizeof SHOWN - 1), 0);
            assert_int_equal(strspn(text + sizeof SHOWN - 1, " \n"), length - (sizeof SHOWN - 1));
            canvas_free(c);
            free(text);
        }
    assert_int_equal(canvas_width(HOSTILE), strlen(SHOWN));
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hostile_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
