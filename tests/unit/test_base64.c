/* Base64: RFC 4648's own examples, every byte there and back, and what is no encoding of anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"

static void examples_of_the_rfc(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (size_t n = 0; n <= 6; n++) {
        char *text = base64_encode((const unsigned char *)"foobar", n);
        assert_string_equal(text, texts[n]);
        unsigned char bytes[6];
        assert_int_equal(base64_decode(text, bytes, n), 0);
        assert_memory_equal(bytes, "foobar", n);
        free(text);
    }
}

static void every_byte_at_every_place(void **state)
{
    (void)state;
    unsigned char bytes[259], back[259];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    for (size_t from = 0; from < 3; from++) {
        char *text = base64_encode(bytes + from, sizeof bytes - from);
        assert_int_equal(base64_decode(text, back, sizeof bytes - from), 0);
        assert_memory_equal(back, bytes + from, sizeof bytes - from);
        free(text);
    }
}

static void what_is_no_encoding(void **state)
{
    (void)state;
    unsigned char bytes[6];
    assert_int_equal(base64_decode("Zg==", bytes, 2), -1); /* fewer bytes than wanted, more, and more text */
    assert_int_equal(base64_decode("Zm8=", bytes, 1), -1);
    assert_int_equal(base64_decode("Zm9vYg==", bytes, 3), -1);
    assert_int_equal(base64_decode("", bytes, 1), -1);
    assert_int_equal(base64_decode("Zh==", bytes, 1), -1); /* bits left over */
    assert_int_equal(base64_decode("Zm9=", bytes, 2), -1);
    assert_int_equal(base64_decode("Zg", bytes, 1), -1);
    assert_int_equal(base64_decode("Z===", bytes, 1), -1);
    assert_int_equal(base64_decode("Zm v", bytes, 3), -1);
    assert_int_equal(base64_decode("Zm-v", bytes, 3), -1);
    assert_int_equal(base64_decode("=m9v", bytes, 3), -1);
    assert_int_equal(base64_decode("Zm\xc3\xa9", bytes, 3), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_rfc),
        cmocka_unit_test(every_byte_at_every_place),
        cmocka_unit_test(what_is_no_encoding),
    };
    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
