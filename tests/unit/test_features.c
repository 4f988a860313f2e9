/* What is sent, as bytes: f16 against the definition of binary16, integers and how their bits lie against
 * worked cases, what coders made decoded again; and the intervals of what is measured.
 * (tests/reference/test_features.py compares with NumPy, xz and zstd.) */
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
#include "features/coder.h"
#include "features/encode.h"
#include "features/packing.h"
#include "features/range.h"
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

/* ---- int8 to int2
 * ------------------------------------------------------------------------------------------- */

static void check_affine(enum dtype type, float min, float max, float scale, int zero)
{
    struct encode_affine a = encode_affine_of(type, min, max);
    if (a.scale != scale || a.zero != zero)
        fail_msg("%g to %g: scale %.9g, zero point %d", (double)min, (double)max, (double)a.scale, a.zero);
}

static void test_affine(void **state)
{
    (void)state;
    check_affine(DTYPE_INT8, 0, 255, 1, 0);
    check_affine(DTYPE_INT8, -255, 0, 1, 255);
    check_affine(DTYPE_INT8, -1, 254, 1, 1);
    check_affine(DTYPE_INT8, 5, 510, 2, 0); /* widened to hold 0 */
    check_affine(DTYPE_INT8, -510, -5, 2, 255);
    check_affine(DTYPE_INT8, -64, 63.5f, 0.5f, 128);
    check_affine(DTYPE_INT8, 0, 0, 1, 0);
    check_affine(DTYPE_INT8, 0, FLT_MIN, 1, 0); /* no normal scale */
    check_affine(DTYPE_INT8, -FLT_MAX, FLT_MAX, (float)(2 * (double)FLT_MAX / 255), 128); /* 127.5, to even */
    check_affine(DTYPE_INT6, 0, 63, 1, 0);
    check_affine(DTYPE_INT4, -5, 10, 1, 5);
    check_affine(DTYPE_INT2, -1, 2, 1, 1);
    check_affine(DTYPE_INT2, -3, -1, 1, 3);
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
    const struct encode_affine a = encode_affine_of(DTYPE_INT8, -2.8f, 4.6f);
    assert_int_equal(encode_numbers(DTYPE_INT8, &a, x, N, bytes), 0);
    encode_back(DTYPE_INT8, &a, bytes, N, back);
    for (int i = 0; i < N; i++) {
        /* Both ends of the range may be off by another half: the zero point is rounded, too. */
        float capacity = x[i] < -2.8f + a.scale || x[i] > 4.6f - a.scale ? a.scale : a.scale / 2;
        assert_true(fabsf(back[i] - x[i]) <= capacity * 1.0001f);
        assert_true(x[i] != 0 || back[i] == 0);
    }
}

static void test_few_bits(void **state)
{
    (void)state;
    const struct encode_affine a = {0.5f, 2};
    const float x[] = {0, 0.5f, 0.25f, -1, -1.3f, 6.5f, 7, 1e30f};
    const unsigned char expected[] = {2, 3, 2, 0, 0, 15, 15, 15};
    enum { N = sizeof x / sizeof *x };
    unsigned char got[N];
    float back[N];
    assert_int_equal(encode_numbers(DTYPE_INT4, &a, x, N, got), 3);
    assert_memory_equal(got, expected, sizeof got);
    encode_back(DTYPE_INT4, &a, got, N, back);
    assert_true(back[0] == 0 && back[3] == -1 && back[7] == 6.5f);
}

/* What arrives, without codes, is what codes give: to the bit, in place too, and however many numbers there
 * are. */
static void test_through(void **state)
{
    enum { N = 1031 };
    static float x[N], y[N], back[N];
    static unsigned char codes[N * sizeof(float)];
    const float odd[] = {0, -0.0f, 1e30f, -1e30f, 65504, 65520, -65536, 0x1p-24f, 0x1p-26f, FLT_MIN};
    uint64_t random = 9;
    (void)state;
    for (int i = 0; i < N; i++)
        x[i] = i < (int)(sizeof odd / sizeof *odd) ? odd[i] : 3 * fixture_random(&random);
    for (int t = 0; t < DTYPES; t++)
        for (size_t n = N - 40; n <= N; n++) {
            const struct encode_affine a = dtype_bits((enum dtype)t) <= 8
                                               ? encode_affine_of((enum dtype)t, -1.7f, 2.9f)
                                               : (struct encode_affine){1, 0};
            size_t clipped = encode_numbers((enum dtype)t, &a, x, n, codes);
            encode_back((enum dtype)t, &a, codes, n, back);
            memset(y, 1, sizeof y);
            assert_int_equal(encode_through((enum dtype)t, &a, x, n, y), clipped);
            assert_memory_equal(y, back, n * sizeof *y);
            memcpy(y, x, sizeof y);
            assert_int_equal(encode_through((enum dtype)t, &a, y, n, y), clipped);
            assert_memory_equal(y, back, n * sizeof *y);
        }
}

/* ---- How codes lie ---------------------------------------------------------------------------------- */

static void check_packing(enum packing packing, enum dtype type, const unsigned char *codes, size_t n,
                          const unsigned char *bytes, size_t bytes_n)
{
    unsigned char got[64], back[64];
    assert_int_equal(packing_bytes(packing, type, n), bytes_n);
    packing_put(packing, type, codes, n, got);
    assert_memory_equal(got, bytes, bytes_n);
    assert_int_equal(packing_get(packing, type, got, n, back), 0);
    assert_memory_equal(back, codes, n);
}

static void test_packings(void **state)
{
    (void)state;
    const unsigned char codes[] = {1, 2, 3, 7, 0, 5, 4, 6, 3};
    check_packing(PACKING_BITS, DTYPE_INT4, codes, 3, (const unsigned char[]){0x21, 0x03}, 2);
    check_packing(PACKING_BITS, DTYPE_INT3, codes, 9, (const unsigned char[]){0xd1, 0x8e, 0xd2, 0x03}, 4);
    check_packing(PACKING_BITS, DTYPE_INT5, codes, 2, (const unsigned char[]){0x41, 0x00}, 2);
    check_packing(PACKING_PLANES, DTYPE_INT3, codes, 9,
                  (const unsigned char[]){0x2d, 0x01, 0x8e, 0x01, 0xe8, 0x00}, 6);
    check_packing(PACKING_BYTES, DTYPE_INT3, codes, 9, codes, 9);
    check_packing(PACKING_BITS, DTYPE_INT8, codes, 9, codes, 9);
    check_packing(PACKING_PLANES, DTYPE_F16, codes, 4, codes, 8);
}

/* Of every dtype, layout and some lengths. */
static void test_packing_back(void **state)
{
    (void)state;
    enum { MOST = 40 };
    unsigned char codes[4 * MOST], bytes[4 * MOST], back[4 * MOST];
    uint64_t random = 3;
    for (int i = 0; i < MOST * 3 * DTYPES; i++) {
        enum dtype type = i % DTYPES;
        enum packing packing = i / DTYPES % 3;
        size_t n = (size_t)(i / DTYPES / 3) + 1, width = encode_width(type);
        for (size_t k = 0; k < n * width; k++)
            codes[k] = (unsigned char)((unsigned)(1000 * (fixture_random(&random) + 1)) &
                                       (dtype_bits(type) >= 8 ? 255 : (1u << dtype_bits(type)) - 1));
        assert_true(packing_bytes(packing, type, n) <= n * width + 8);
        packing_put(packing, type, codes, n, bytes);
        assert_int_equal(packing_get(packing, type, bytes, n, back), 0);
        assert_memory_equal(back, codes, n * width);
    }
}

static void test_packings_refused(void **state)
{
    (void)state;
    unsigned char codes[16];
    assert_int_equal(
        packing_get(PACKING_BITS, DTYPE_INT3, (const unsigned char[]){0xd1, 0x8e, 0xd2, 0x0b}, 9, codes), -1);
    assert_int_equal(packing_get(PACKING_BITS, DTYPE_INT4, (const unsigned char[]){0x21, 0x13}, 3, codes),
                     -1);
    assert_int_equal(packing_get(PACKING_BYTES, DTYPE_INT4, (const unsigned char[]){3, 16}, 2, codes), -1);
    assert_int_equal(
        packing_get(PACKING_PLANES, DTYPE_INT2, (const unsigned char[]){0x2d, 0x03, 0x8e, 0x01}, 9, codes),
        -1);
    assert_int_equal(packing_get(PACKING_BYTES, DTYPE_INT8, (const unsigned char[]){255}, 1, codes), 0);
}

/* ---- Ranges ----------------------------------------------------------------------------------------- */

static void test_ranges(void **state)
{
    (void)state;
    struct range *r = range_new(true);
    float min, max, x[2000];
    range_of(r, DTYPE_INT4, &min, &max);
    assert_true(min == 0 && max == 0);
    for (int i = 0; i < 2000; i++)
        x[i] = (float)((i * 7) % 2000 + 1); /* each of 1 to 2000 once */
    x[0] = -90;                             /* for 1 */
    range_add(r, x, 1000);
    range_add(r, x + 1000, 1000);
    range_of(r, DTYPE_INT5, &min, &max);
    assert_true(min == -90 && max == 2000);
    range_of(r, DTYPE_INT4, &min,
             &max); /* two are left out at most at each end, and bfloat16's bins hold several */
    assert_true(max > 1999.9f && max < 2000 && min >= 3 && min < 3.1f);
    for (int i = 0; i < 8; i++)
        range_add(r, (const float[]){1e6f}, 1);
    range_of(r, DTYPE_INT4, &min, &max);
    assert_true(max == 1e6f); /* more than a thousandth */
    for (int i = 0; i < 5; i++)
        range_add(r, x, 2000);
    range_of(r, DTYPE_INT4, &min, &max);
    assert_true(max >= 2000 && max < 2008); /* 8 of 12008, then 6 of 2000 */
    range_of(r, DTYPE_INT3, &min, &max);
    assert_true(max >= 1976 && max < 1984); /* 8, 6, and six of each from there on, eight in a bin */
    assert_true(range_affine(r, DTYPE_INT3).scale == encode_affine_of(DTYPE_INT3, min, max).scale);
    range_free(r);
}

/* ---- Coders ----------------------------------------------------------------------------------------- */

enum { CODED = 100000 };

static void check_coded(struct coder_memory *c, const unsigned char *bytes, size_t n, size_t most)
{
    struct error e = {""};
    static unsigned char back[CODED];
    unsigned char *coded = memory_new(coder_room(CODED), 1);
    size_t size = 0;
    assert_int_equal(coder_encode(c, bytes, n, coded, &size, &e), 0);
    if (size > most)
        fail_msg("%zu bytes became %zu", n, size);
    assert_int_equal(coder_decode(c, coded, size, back, n, &e), 0);
    assert_memory_equal(back, bytes, n);
    assert_int_equal(coder_decode(c, coded, size - 1, back, n, &e), -1);
    assert_int_equal(coder_decode(c, coded, size, back, n - 1, &e), -1);
    if (n < CODED)
        assert_int_equal(coder_decode(c, coded, size, back, n + 1, &e), -1);
    assert_non_null(strstr(e.text, " bytes coded with "));
    coded[size] = 0;
    assert_int_equal(coder_decode(c, coded, size + 1, back, n, &e), -1);
    free(coded);
}

static void test_coders(void **state)
{
    (void)state;
    struct error e = {""};
    unsigned char *bytes = memory_new(CODED, 1);
    uint64_t random = 9;
    for (int i = 0; i < CODED; i++)
        bytes[i] = i % 3 ? 7 : (unsigned char)(100 * fixture_random(&random));
    for (int kind = 0; kind < CODERS; kind++) {
        for (int level = 1; level <= 19; level += 18) {
            struct coder_memory *c = coder_new(kind, level, &e);
            assert_non_null(c);
            const size_t sizes[] = {CODED, 2, 777};
            for (int i = 0; i < 3; i++)
                check_coded(c, bytes, sizes[i], kind == CODER_NONE ? sizes[i] : sizes[i] * 2 / 3 + 20);
            coder_free(c);
        }
    }
    free(bytes);
}

/* What cannot be compressed grows by little. */
static void test_incompressible(void **state)
{
    (void)state;
    struct error e = {""};
    unsigned char *bytes = memory_new(CODED, 1);
    uint64_t random = 11;
    for (int i = 0; i < CODED; i++)
        bytes[i] = (unsigned char)(int)(1e6f * (1 + fixture_random(&random)));
    for (int kind = 0; kind < CODERS; kind++) {
        struct coder_memory *c = coder_new(kind, 3, &e);
        check_coded(c, bytes, CODED, CODED + CODED / 32);
        check_coded(c, bytes, 2, 2 + 12);
        coder_free(c);
    }
    free(bytes);
}

/* ---- A batch ---------------------------------------------------------------------------------------- */

static const char net_text[] = "[net]\nchannels=3\nheight=12\nwidth=10\n"
                               "[convolutional]\nfilters=17\nsize=3\npad=1\nactivation=leaky\n"
                               "[avgpool]\n[connected]\noutput=4\nactivation=linear\n[softmax]\n";

enum { SENDER_BATCH = 5, SENDER_NUMBERS = 17 * 12 * 10 };

/* What a coder makes of a tensor in a dtype. */
static size_t size_of(struct coder_memory *c, enum coder kind, enum dtype type, const unsigned char *codes)
{
    static unsigned char bytes[4 * SENDER_NUMBERS], coded[8 * SENDER_NUMBERS];
    struct error e;
    size_t size;
    enum packing packing = packing_of(type, kind);
    packing_put(packing, type, codes, SENDER_NUMBERS, bytes);
    assert_int_equal(coder_encode(c, bytes, packing_bytes(packing, type, SENDER_NUMBERS), coded, &size, &e),
                     0);
    return size;
}

/* The bytes of an item, with its own scale and with the second of two others, whoever works them out. */
static void check_item(struct coder_memory *c, const struct sender_item *item, const float *x)
{
    static unsigned char codes[4 * SENDER_NUMBERS];
    encode_numbers(item->type, item->affine, x, SENDER_NUMBERS, codes);
    assert_int_equal(item->coded[CODER_ZSTD], size_of(c, CODER_ZSTD, item->type, codes));
    assert_int_equal(item->coded[CODER_NONE], dtype_bytes(item->type, 4 * SENDER_NUMBERS));
    assert_int_equal(item->coded[CODER_LZMA], 0);
    if (item->draws) {
        encode_numbers(item->type, item->drawn + item->step, x, SENDER_NUMBERS, codes);
        assert_int_equal(item->others[1][CODER_ZSTD], size_of(c, CODER_ZSTD, item->type, codes));
    }
}

/* What arrives of each kept tensor, in another slot; then all is as it was. */
static void check_arrived(struct sender *s, struct graph *graph, float (*x)[SENDER_NUMBERS],
                          const struct encode_affine *affines)
{
    static float got[SENDER_NUMBERS], expected[SENDER_NUMBERS];
    static unsigned char codes[4 * SENDER_NUMBERS];
    sender_keep(s, graph, 0, SENDER_BATCH);
    for (int t = DTYPES - 1; t >= 0; t--)
        for (int slot = 0; slot < SENDER_BATCH; slot++) {
            int to = (slot + 1) % SENDER_BATCH;
            size_t outside = encode_numbers(t, &affines[t], x[slot], SENDER_NUMBERS, codes);
            encode_back(t, &affines[t], codes, SENDER_NUMBERS, expected);
            assert_int_equal(sender_put(s, graph, 0, slot, t, &affines[t], to), outside);
            graph_get(graph, 0, to, got);
            assert_memory_equal(got, expected, sizeof got);
        }
    sender_restore(s, graph, 0, SENDER_BATCH);
    for (int slot = 0; slot < SENDER_BATCH; slot++) {
        graph_get(graph, 0, slot, got);
        assert_memory_equal(got, x[slot], sizeof got);
    }
}

static void test_sender(void **state)
{
    (void)state;
    struct error e = {""};
    struct fixture f = fixture_make(net_text, "net", SENDER_BATCH, TAP_POST, 1);
    int layer = 0, n = 0;
    struct features_request asked = {.level = 3, .layers = &layer, .layers_n = 1};
    asked.coders[CODER_NONE] = asked.coders[CODER_ZSTD] = true;
    struct sender *s = sender_new(&asked, f.net, 3, &e);
    assert_non_null(s);
    assert_int_equal(sender_batch(s, SENDER_BATCH, &e), 0);
    static float x[SENDER_BATCH][SENDER_NUMBERS];
    static struct encode_affine affines[3][DTYPES];
    for (int t = 0; t < DTYPES; t++)
        for (int i = 0; i < 3; i++)
            affines[i][t] =
                dtype_is_affine(t) ? encode_affine_of(t, -0.5f, 2 + (float)i) : (struct encode_affine){1, 0};
    static struct sender_item items[SENDER_BATCH * DTYPES];
    static size_t others[SENDER_BATCH * DTYPES][2][CODERS];
    uint64_t random = 4;
    for (int slot = 0; slot < SENDER_BATCH; slot++) {
        for (int i = 0; i < SENDER_NUMBERS; i++)
            x[slot][i] = 2 * fixture_random(&random) + (float)slot / 4;
        graph_put(f.graph, 0, slot, x[slot]);
        for (int t = 0; t < DTYPES; t++, n++)
            items[n] = (struct sender_item){.slot = slot,
                                            .type = (enum dtype)t,
                                            .coders = {true, true, false},
                                            .affine = &affines[0][t],
                                            .drawn = &affines[1][t],
                                            .step = DTYPES,
                                            .draws = dtype_is_affine(t) && slot < 2 ? 2 : 0,
                                            .drawn_by = {false, true, false},
                                            .others = others[n]};
    }
    assert_int_equal(sender_code(s, f.graph, 0, SENDER_NUMBERS, items, n, &e), 0);
    struct coder_memory *c = coder_new(CODER_ZSTD, 3, &e);
    for (int i = 0; i < n; i++)
        check_item(c, &items[i], x[items[i].slot]);
    check_arrived(s, f.graph, x, affines[0]);
    assert_int_equal(sender_not_finite(f.graph, &layer, 1, 2), -1);
    x[2][SENDER_NUMBERS - 1] = -INFINITY;
    graph_put(f.graph, 0, 2, x[2]);
    assert_int_equal(sender_not_finite(f.graph, &layer, 1, 2), 0);
    assert_int_equal(sender_not_finite(f.graph, &layer, 1, 3), -1);
    coder_free(c);
    sender_free(s);
    fixture_free(&f);
}

/* ---- Intervals -------------------------------------------------------------------------------------- */

static void check_value(struct estimate v, double value, double low, double high, double tolerance)
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
    struct estimate all = feature_proportion(20, 20), none = feature_proportion(0, 20);
    assert_true(all.value == 1 && all.high == 1 && none.low == 0 && none.value == 0);
    assert_true(fabs(all.low - (1 - none.high)) < 1e-12);
    for (long k = 0; k <= 7; k++) {
        struct estimate v = feature_proportion(k, 7);
        assert_true(0 <= v.low && v.low <= v.value && v.value <= v.high && v.high <= 1);
    }
}

/* t(0.975) is 12.7062 with one degree of freedom, 2.26216 with nine. */
static void test_means(void **state)
{
    (void)state;
    check_value(feature_mean(2000, 3, 10, 0, 0), 200, 200 - 2.26216 * 3 / sqrt(10),
                200 + 2.26216 * 3 / sqrt(10), 1e-4);
    check_value(feature_mean(200, 10, 2, 0, 0), 100, 100 - 12.7062 * 10 / sqrt(2),
                100 + 12.7062 * 10 / sqrt(2), 1e-3);
    check_value(feature_mean(20, 10, 2, 0, 0), 10, 0, 10 + 12.7062 * 10 / sqrt(2),
                1e-3); /* no less than no bytes */
    struct estimate one = feature_mean(7, 0, 1, 0, 0);
    assert_true(one.value == 7 && isnan(one.low) && isnan(one.high));
    /* Variances of 0.9 and 0.9 with nine degrees of freedom each: 1.8 with eighteen, of which t is 2.10092.
     */
    check_value(feature_mean(2000, 3, 10, sqrt(0.9), 10), 200, 200 - 2.10092 * sqrt(1.8),
                200 + 2.10092 * sqrt(1.8), 1e-4);
    struct estimate undivided = feature_mean(2000, 3, 10, 0, 1), constant = feature_mean(80, 0, 4, 0, 0);
    assert_true(undivided.value == 200 && isnan(undivided.low) && isnan(undivided.high));
    assert_true(constant.low == 20 && constant.high == 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_half),
        cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_beyond_f16),
        cmocka_unit_test(test_affine),
        cmocka_unit_test(test_int8),
        cmocka_unit_test(test_half_a_step),
        cmocka_unit_test(test_few_bits),
        cmocka_unit_test(test_through),
        cmocka_unit_test(test_packings),
        cmocka_unit_test(test_packing_back),
        cmocka_unit_test(test_packings_refused),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_coders),
        cmocka_unit_test(test_incompressible),
        cmocka_unit_test(test_sender),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_means),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
