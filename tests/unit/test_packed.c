/* The integers of a packed field: in any order, of any length, and what is no such field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "onnx/onnx_packed.h"

enum { N = 1000, LENGTH = 10 };

/* Of 1, 2, ... 10 bytes in turn. */
static uint64_t number(size_t i)
{
    const unsigned bits = 7 * (unsigned)(i % LENGTH + 1);
    return (UINT64_MAX - i * 0x9e3779b97f4a7c15u) >> (bits < 64 ? 64 - bits : 0);
}

static size_t write_number(unsigned char *at, uint64_t value)
{
    size_t n = 0;
    for (; value > 127; value >>= 7)
        at[n++] = (unsigned char)(value | 128);
    at[n++] = (unsigned char)value;
    return n;
}

/* As many bytes as they take, so that a byte read behind them is seen by the sanitizer. */
static unsigned char *write_all(size_t *size)
{
    unsigned char bytes[N * LENGTH];
    *size = 0;
    for (size_t i = 0; i < N; i++)
        *size += write_number(bytes + *size, number(i));
    unsigned char *exact = malloc(*size);
    assert_non_null(exact);
    memcpy(exact, bytes, *size);
    return exact;
}

static void in_any_order(void **state)
{
    (void)state;
    static const size_t steps[] = {1, N - 1, 63, 64, 65, 7};
    size_t size;
    unsigned char *bytes = write_all(&size);
    struct onnx_packed *p = onnx_packed_new(bytes, size);
    assert_non_null(p);
    assert_int_equal(onnx_packed_count(p), N);
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        for (size_t i = 0, at = 0; i < N; i++, at = (at + steps[s]) % N)
            assert_true(onnx_packed_number(p, at) == number(at));
    onnx_packed_free(p);
    free(bytes);
}

static void what_is_no_field(void **state)
{
    (void)state;
    static const unsigned char ends[] = {1, 0x80},
                               longest[] = {1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0};
    assert_null(onnx_packed_new(ends, 2));
    assert_null(onnx_packed_new(longest, 12));
    struct onnx_packed *p = onnx_packed_new(longest + 1, 1); /* 0x80 */
    assert_null(p);
    p = onnx_packed_new(longest + 2, 10); /* zero, as long as it can be */
    assert_non_null(p);
    assert_int_equal(onnx_packed_count(p), 1);
    assert_true(onnx_packed_number(p, 0) == 0);
    onnx_packed_free(p);
    p = onnx_packed_new(ends, 0);
    assert_non_null(p);
    assert_int_equal(onnx_packed_count(p), 0);
    onnx_packed_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_any_order),
        cmocka_unit_test(what_is_no_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
