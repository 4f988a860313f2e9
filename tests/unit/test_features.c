/* What is sent, as bytes: f16 against the definition of binary16, int8 against worked cases, zstd's frames
 * opened again; and the intervals of what is measured. (tests/reference/test_features.py compares with
 * NumPy.) */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "features/compressor.h"
#include "features/encode.h"
#include "graph_fixture.h"
#include "net/definition.h"
#include "worker/sender.h"

/* ---- f16 -------------------------------------------------------------------------------------------- */

/* IEEE 754-2019, 3.4: sign, 5 bits of exponent with bias 15, 10 of fraction. */
static double value_of(unsigned half)
{
    int exponent = half >> 10 & 31, fraction = half & 1023;
    double size = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return half & 0x8000 ? -size : size;
}

static bool is_finite_half(unsigned half)
{
    return (half & 0x7c00) != 0x7c00;
}

static void test_every_half(void **state)
{
    (void)state;
    for (unsigned half = 0; half < 65536; half++) {
        float wide = encode_widen((uint16_t)half);
        if (!is_finite_half(half)) {
            assert_true((half & 1023) ? isnan(wide) : isinf(wide));
            continue;
        }
        assert_true((double)wide == value_of(half));
        assert_int_equal(encode_half(wide), half);
    }
    assert_true(signbit(encode_widen(0x8000)));
}

/* Between two neighbours: the nearer one; in the middle the even one. */
static void test_rounding(void **state)
{
    (void)state;
    for (unsigned half = 0; half < 0x7bff; half++) {
        float low = encode_widen((uint16_t)half), high = encode_widen((uint16_t)(half + 1));
        float middle = low + (high - low) / 2;
        unsigned even = half & 1 ? half + 1 : half;
        for (unsigned sign = 0; sign <= 0x8000; sign += 0x8000) {
            float s = sign ? -1 : 1;
            assert_int_equal(encode_half(s * middle), sign | even);
            assert_int_equal(encode_half(s * nextafterf(middle, 0)), sign | half);
            assert_int_equal(encode_half(s * nextafterf(middle, INFINITY)), sign | (half + 1));
        }
    }
}

static void test_beyond_f16(void **state)
{
    (void)state;
    const float x[] = {65504, nextafterf(65504, INFINITY), 65520, 1e30f, INFINITY, -65536, -INFINITY, 1e-30f,
                       -0.0f};
    const uint16_t expected[] = {0x7bff, 0x7bff, 0x7bff, 0x7bff, 0x7bff, 0xfbff, 0xfbff, 0, 0x8000};
    enum { N = sizeof x / sizeof *x };
    uint16_t got[N];
    assert_int_equal(encode_numbers(DTYPE_F16, NULL, x, N, (unsigned char *)got), 6);
    assert_memory_equal(got, expected, sizeof got);
    assert_true(isnan(encode_widen(encode_half(NAN))));
    assert_true(isnan(encode_widen(encode_half(-NAN))));
}

/* ---- int8 ------------------------------------------------------------------------------------------- */

static void check_affine(float min, float max, float scale, int zero)
{
    struct encode_affine a = encode_affine_of(min, max);
    if (a.scale != scale || a.zero != zero)
        fail_msg("%g to %g: scale %.9g, zero point %d", (double)min, (double)max, (double)a.scale, a.zero);
}

static void test_affine(void **state)
{
    (void)state;
    check_affine(0, 255, 1, 0);
    check_affine(-255, 0, 1, 255);
    check_affine(-1, 254, 1, 1);
    check_affine(5, 510, 2, 0); /* widened to hold 0 */
    check_affine(-510, -5, 2, 255);
    check_affine(-64, 63.5f, 0.5f, 128);
    check_affine(0, 0, 1, 0);
    check_affine(0, FLT_MIN, 1, 0);                                           /* no normal scale */
    check_affine(-FLT_MAX, FLT_MAX, (float)(2 * (double)FLT_MAX / 255), 128); /* 127.5, to even */
}

static void test_int8(void **state)
{
    (void)state;
    const struct encode_affine a = {0.5f, 10};
    const float x[] = {0, 0.5f, 0.25f, 0.75f, -5, -5.3f, 122.5f, 123, -INFINITY, 1e30f};
    const unsigned char expected[] = {10, 11, 10, 12, 0, 0, 255, 255, 0, 255};
    const float decoded[] = {0, 0.5f, 0, 1, -5, -5, 122.5f, 122.5f, -5, 122.5f};
    enum { N = sizeof x / sizeof *x };
    unsigned char got[N];
    float back[N];
    assert_int_equal(encode_numbers(DTYPE_INT8, &a, x, N, got), 4); /* -5.3 is -11 steps, 123 is 246 */
    assert_memory_equal(got, expected, sizeof got);
    encode_back(DTYPE_INT8, &a, got, N, back);
    assert_memory_equal(back, decoded, sizeof back);
}

/* Inside the range nothing is off by more than half a step, and 0 stays 0. */
static void test_half_a_step(void **state)
{
    (void)state;
    enum { N = 4099 };
    static float x[N], back[N];
    static unsigned char bytes[N];
    uint64_t random = 5;
    for (int i = 0; i < N; i++)
        x[i] = i % 7 ? 3.7f * fixture_random(&random) + 0.9f : 0;
    const struct encode_affine a = encode_affine_of(-2.8f, 4.6f);
    assert_int_equal(encode_numbers(DTYPE_INT8, &a, x, N, bytes), 0);
    encode_back(DTYPE_INT8, &a, bytes, N, back);
    for (int i = 0; i < N; i++) {
        /* Both ends of the range may be off by another half: the zero point is rounded, too. */
        float capacity = x[i] < -2.8f + a.scale || x[i] > 4.6f - a.scale ? a.scale : a.scale / 2;
        assert_true(fabsf(back[i] - x[i]) <= capacity * 1.0001f);
        assert_true(x[i] != 0 || back[i] == 0);
    }
}

/* ---- zstd ------------------------------------------------------------------------------------------- */

static void test_frames(void **state)
{
    (void)state;
    struct error e = {""};
    enum { MOST = 100000 };
    unsigned char *bytes = memory_new(MOST, 1);
    uint64_t random = 9;
    for (int i = 0; i < MOST; i++)
        bytes[i] = i % 3 ? 7 : (unsigned char)(100 * fixture_random(&random));
    for (int level = 1; level <= 19; level += 9) {
        struct compressor *p = compressor_new(MOST, level, &e);
        assert_non_null(p);
        const size_t sizes[] = {MOST, 1, 777};
        for (int i = 0; i < 3; i++) {
            assert_int_equal(compressor_run(p, bytes, sizes[i], &e), 0);
            assert_true(compressor_size(p) < sizes[i] + 20);
            assert_int_equal(compressor_check(p, bytes, sizes[i], &e), 0);
        }
        assert_true(compressor_size(p) < 700);
        compressor_free(p);
    }
    free(bytes);
}

static void test_frames_that_do_not_come_back(void **state)
{
    (void)state;
    struct error e = {""};
    unsigned char bytes[500];
    uint64_t random = 9;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(127 * fixture_random(&random));
    struct compressor *p = compressor_new(sizeof bytes, 3, &e);
    assert_int_equal(compressor_run(p, bytes, sizeof bytes, &e), 0);
    ((unsigned char *)compressor_frame(p))[compressor_size(p) - 1] ^=
        1; /* stored as it is: decodes, but to others */
    assert_int_equal(compressor_check(p, bytes, sizeof bytes, &e), -1);
    assert_string_equal(e.text, "zstd gives other bytes back than it was given (500 of 500)");
    ((unsigned char *)compressor_frame(p))[0] ^= 1;
    assert_int_equal(compressor_check(p, bytes, sizeof bytes, &e), -1);
    assert_non_null(strstr(e.text, "zstd cannot decompress what it compressed: "));
    assert_int_equal(compressor_run(p, bytes, 300, &e), 0);
    assert_int_equal(compressor_check(p, bytes, 299, &e), -1);
    compressor_free(p);
}

/* ---- A batch ---------------------------------------------------------------------------------------- */

static const char net_text[] = "[net]\nchannels=3\nheight=12\nwidth=10\n"
                               "[convolutional]\nfilters=17\nsize=3\npad=1\nactivation=leaky\n"
                               "[avgpool]\n[connected]\noutput=4\nactivation=linear\n[softmax]\n";

/* What each slot sends, whoever works it out, and that the tail gets it; slots that are not wanted stay. */
static void test_sender(void **state)
{
    (void)state;
    enum { BATCH = 5, NUMBERS = 17 * 12 * 10 };
    struct error e = {""};
    struct fixture f = fixture_make(net_text, "net", BATCH, TAP_POST, 1);
    struct sender *s = sender_new(NUMBERS + 3, 3, 3, &e);
    assert_non_null(s);
    assert_int_equal(sender_batch(s, BATCH, &e), 0);
    static float x[BATCH][NUMBERS], got[NUMBERS], expected[NUMBERS];
    static unsigned char bytes[4 * NUMBERS];
    const bool wanted[BATCH] = {true, false, true, true, false};
    const struct encode_affine affine = encode_affine_of(-0.5f, 2);
    uint64_t random = 4;
    for (int slot = 0; slot < BATCH; slot++) {
        for (int i = 0; i < NUMBERS; i++)
            x[slot][i] = 2 * fixture_random(&random) + (float)slot / 4;
        graph_put(f.graph, 0, slot, x[slot]);
    }
    size_t sizes[BATCH][DTYPES] = {{0}}, clipped[BATCH][DTYPES] = {{0}};
    assert_int_equal(sender_encode(s, f.graph, 0, NUMBERS, &affine, wanted, 4, sizes, clipped, &e), 0);
    struct compressor *p = compressor_new(sizeof bytes, 3, &e);
    for (int t = DTYPES - 1; t >= 0; t--) {
        sender_put(s, f.graph, 0, NUMBERS, t, &affine, wanted, 4);
        for (int slot = 0; slot < BATCH; slot++) {
            size_t outside = encode_numbers(t, &affine, x[slot], NUMBERS, bytes);
            assert_int_equal(compressor_run(p, bytes, NUMBERS * (4u >> t), &e), 0);
            assert_int_equal(sizes[slot][t], wanted[slot] ? compressor_size(p) : 0);
            assert_int_equal(clipped[slot][t], wanted[slot] ? outside : 0);
            encode_back(t, &affine, bytes, NUMBERS, expected);
            graph_get(f.graph, 0, slot, got);
            assert_memory_equal(got, wanted[slot] ? expected : x[slot], sizeof got);
        }
    }
    float min, max;
    assert_true(sender_range(s, f.graph, 0, NUMBERS, 2, &min, &max));
    assert_true(min < -1.4f && max > 2.4f && max <= 2.5f);
    x[2][NUMBERS - 1] = NAN;
    graph_put(f.graph, 0, 2, x[2]);
    assert_false(sender_range(s, f.graph, 0, NUMBERS, 2, &min, &max));
    compressor_free(p);
    sender_free(s);
    fixture_free(&f);
}

/* ---- Intervals -------------------------------------------------------------------------------------- */

static void check_value(struct feature_value v, double value, double low, double high, double tolerance)
{
    if (!(fabs(v.value - value) <= tolerance) || !(fabs(v.low - low) <= tolerance) ||
        !(fabs(v.high - high) <= tolerance))
        fail_msg("%.9g (%.9g to %.9g)", v.value, v.low, v.high);
}

/* Newcombe, Statistics in Medicine 1998, table I, method 3: four digits. */
static void test_shares(void **state)
{
    (void)state;
    check_value(feature_proportion(81, 263), 81 / 263.0, 0.2553, 0.3662, 5e-5);
    check_value(feature_proportion(15, 148), 15 / 148.0, 0.0624, 0.1605, 5e-5);
    check_value(feature_proportion(0, 20), 0, 0, 0.1611, 5e-5);
    check_value(feature_proportion(1, 29), 1 / 29.0, 0.0061, 0.1718, 5e-5);
    struct feature_value all = feature_proportion(20, 20), none = feature_proportion(0, 20);
    assert_true(all.value == 1 && all.high == 1 && none.low == 0 && none.value == 0);
    assert_true(fabs(all.low - (1 - none.high)) < 1e-12);
    for (long k = 0; k <= 7; k++) {
        struct feature_value v = feature_proportion(k, 7);
        assert_true(0 <= v.low && v.low <= v.value && v.value <= v.high && v.high <= 1);
    }
}

/* t(0.975) is 12.7062 with one degree of freedom, 2.26216 with nine. */
static void test_means(void **state)
{
    (void)state;
    check_value(feature_mean(2000, 3, 10), 200, 200 - 2.26216 * 3 / sqrt(10), 200 + 2.26216 * 3 / sqrt(10),
                1e-4);
    check_value(feature_mean(200, 10, 2), 100, 100 - 12.7062 * 10 / sqrt(2), 100 + 12.7062 * 10 / sqrt(2),
                1e-3);
    check_value(feature_mean(20, 10, 2), 10, 0, 10 + 12.7062 * 10 / sqrt(2),
                1e-3); /* no less than no bytes */
    struct feature_value one = feature_mean(7, 0, 1);
    assert_true(one.value == 7 && isnan(one.low) && isnan(one.high));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_half), cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_beyond_f16), cmocka_unit_test(test_affine),
        cmocka_unit_test(test_int8),       cmocka_unit_test(test_half_a_step),
        cmocka_unit_test(test_frames),     cmocka_unit_test(test_frames_that_do_not_come_back),
        cmocka_unit_test(test_sender),     cmocka_unit_test(test_shares),
        cmocka_unit_test(test_means),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
