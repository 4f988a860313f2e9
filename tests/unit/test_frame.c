/* Frames of features: what they look like byte for byte, that every tensor comes back, and with which words
 * anything else is refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include <cmocka.h>

#include "base/memory.h"
#include "features/coder.h"
#include "features/frame.h"
#include "features/packing.h"

enum { NUMBERS = 333 };
static float x[NUMBERS];

static int set_up(void **state)
{
    (void)state;
    for (int i = 0; i < NUMBERS; i++)
        x[i] = (float)(i * i % 37) / 8 - 1;
    return 0;
}

static struct frame_format format_of(enum dtype type, enum coder coder)
{
    struct frame_format f = {
        .split = UINT64_C(0x0123456789abcdef), .type = type, .coder = coder, .level = 3, .numbers = NUMBERS};
    if (dtype_is_affine(type))
        f.affine = encode_affine_of(type, -1, 3.5f);
    return f;
}

static struct frames *begin(enum dtype type, enum coder coder)
{
    struct error e = {""};
    const struct frame_format f = format_of(type, coder);
    struct frames *frames = frames_new(&f, &e);
    if (!frames)
        fail_msg("%s", e.text);
    return frames;
}

/* A frame of our own to damage. */
static unsigned char *written(struct frames *f, size_t *n)
{
    struct error e = {""};
    const unsigned char *frame = frames_write(f, 77, x, n, &e);
    if (!frame)
        fail_msg("%s", e.text);
    unsigned char *copy = memory_new(*n + 8, 1);
    memcpy(copy, frame, *n);
    return copy;
}

static void sum_up(unsigned char *frame, size_t n)
{
    uint64_t sum = XXH3_64bits(frame, n - 8);
    memcpy(frame + n - 8, &sum, 8);
}

static void test_bytes(void **state)
{
    (void)state;
    struct error e = {""};
    struct frame_format format = format_of(DTYPE_INT4, CODER_NONE);
    format.affine = (struct encode_affine){0.5f, 2};
    format.numbers = 3;
    struct frames *f = frames_new(&format, &e);
    const float three[] = {-0.5f, 0, 3};
    size_t n;
    const unsigned char *frame = frames_write(f, 0x0a0b, three, &n, &e);
    const unsigned char expected[] = {'I',  'S',  'F',  1, 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23,
                                      0x01, 0x0b, 0x0a, 0, 0,    2,    0,    0,    0,    0x21, 0x08};
    assert_int_equal(n, sizeof expected + 8);
    assert_memory_equal(frame, expected, sizeof expected);
    uint64_t sum = XXH3_64bits(expected, sizeof expected);
    assert_memory_equal(frame + sizeof expected, &sum, 8);
    frames_free(f);
}

/* Every dtype by every coder: what encoding gives back, whatever came before. */
static void test_back(void **state)
{
    (void)state;
    struct error e = {""};
    for (int t = 0; t < DTYPES; t++)
        for (int c = 0; c < CODERS; c++) {
            struct frames *f = begin(t, c);
            const struct frame_format format = format_of(t, c);
            unsigned char codes[4 * NUMBERS];
            float expected[NUMBERS];
            encode_numbers(t, &format.affine, x, NUMBERS, codes);
            encode_back(t, &format.affine, codes, NUMBERS, expected);
            for (int again = 0; again < 2; again++) {
                size_t n;
                uint32_t image = 0;
                unsigned char *frame = written(f, &n);
                assert_true(n <= frames_most(f));
                assert_int_equal(frames_length(f, frame, FRAME_HEADER - 1, &e), 0);
                assert_int_equal(frames_length(f, frame, FRAME_HEADER, &e), n);
                const float *got = frames_read(f, frame, n, &image, &e);
                if (!got)
                    fail_msg("%s by %s: %s", dtype_words[t], coder_words[c], e.text);
                assert_memory_equal(got, expected, sizeof expected);
                assert_int_equal(image, 77);
                free(frame);
            }
            frames_free(f);
        }
}

/* Any bit of a frame. */
static void test_damaged(void **state)
{
    (void)state;
    for (int c = 0; c < CODERS; c++) {
        struct frames *f = begin(DTYPE_INT3, c);
        size_t n;
        unsigned char *frame = written(f, &n);
        for (size_t bit = 0; bit < 8 * n; bit++) {
            struct error e = {""};
            uint32_t image;
            frame[bit / 8] ^= (unsigned char)(1 << bit % 8);
            assert_null(frames_read(f, frame, n, &image, &e));
            assert_true(strncmp(e.text, "is ", 3) == 0);
            frame[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
        for (size_t less = 0; less < n; less++) {
            struct error e = {""};
            uint32_t image;
            unsigned char *part = memory_new(less + 1, 1);
            memcpy(part, frame, less);
            assert_null(frames_read(f, part, less, &image, &e));
            assert_non_null(strstr(e.text, "is a truncated frame: "));
            free(part);
        }
        free(frame);
        frames_free(f);
    }
}

static void refused(struct frames *f, const unsigned char *frame, size_t n, const char *why)
{
    struct error e = {""};
    uint32_t image;
    assert_null(frames_read(f, frame, n, &image, &e));
    if (!strstr(e.text, why))
        fail_msg("%s (expected %s)", e.text, why);
}

static void test_words(void **state)
{
    (void)state;
    struct frames *f = begin(DTYPE_INT6, CODER_ZSTD);
    size_t n;
    unsigned char *frame = written(f, &n);
    refused(f, frame, 0, "is a truncated frame: 0 bytes (expected 28)");
    refused(f, frame, n + 1, "is longer than its frame: ");
    frame[n - 1] ^= 1;
    refused(f, frame, n, "is a damaged frame: its checksum is ");
    frame[3] = 2;
    refused(f, frame, n, "is a frame of version 2 (expected 1)");
    frame[0] = 'J';
    refused(f, frame, n, "is no frame of features (expected it to begin with 'ISF')");
    memcpy(frame, "ISF\1", 4);
    frame[4] ^= 1;
    refused(f, frame, n, "is a frame of another split: 0123456789abcdee (expected 0123456789abcdef)");
    frame[4] ^= 1;
    memset(frame + 16, 255, 4);
    refused(f, frame, n, "is a frame with a payload of 4294967295 bytes (expected at most ");
    free(frame);
    frames_free(f);
}

/* Valid to the checksum, but with a payload of the sender's own. */
static void check_payload(enum dtype type, enum coder coder, const unsigned char *payload, size_t n,
                          const char *why)
{
    struct frames *f = begin(type, coder);
    size_t written_n;
    unsigned char *frame = memory_new(n + FRAME_EXTRA, 1), *own = written(f, &written_n);
    const uint32_t length = (uint32_t)n;
    memcpy(frame, own, FRAME_HEADER);
    memcpy(frame + 16, &length, 4);
    memcpy(frame + FRAME_HEADER, payload, n);
    sum_up(frame, n + FRAME_EXTRA);
    refused(f, frame, n + FRAME_EXTRA, why);
    free(frame);
    free(own);
    frames_free(f);
}

/* The tensor's bytes as two frames of zstd, and as one behind a frame without data, which the library would
 * skip. */
static void check_frames_of_zstd(void)
{
    struct error e = {""};
    static const unsigned char zeroes[NUMBERS], skipped[] = {0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 7};
    const char *why = "is a frame whose payload is not 333 bytes coded with zstd";
    static unsigned char two[4 * NUMBERS + 4096], behind[4 * NUMBERS + 4096];
    size_t first, second, n;
    struct coder_memory *coder = coder_new(CODER_ZSTD, 3, &e);
    assert_int_equal(coder_encode(coder, zeroes, 100, two, &first, &e), 0);
    assert_int_equal(coder_encode(coder, zeroes, NUMBERS - 100, two + first, &second, &e), 0);
    check_payload(DTYPE_INT8, CODER_ZSTD, two, first + second, why);
    memcpy(behind, skipped, sizeof skipped);
    assert_int_equal(coder_encode(coder, zeroes, NUMBERS, behind + sizeof skipped, &n, &e), 0);
    check_payload(DTYPE_INT8, CODER_ZSTD, behind, sizeof skipped + n, why);
    check_payload(DTYPE_INT8, CODER_ZSTD, skipped, sizeof skipped, why);
    coder_free(coder);
}

static void test_payloads(void **state)
{
    (void)state;
    struct error e = {""};
    static unsigned char bytes[64 * NUMBERS], coded[128 * NUMBERS];
    for (int c = CODER_ZSTD; c < CODERS; c++) {
        struct coder_memory *coder = coder_new(c, 3, &e);
        const size_t sizes[] = {1, NUMBERS, NUMBERS + 1, 64 * NUMBERS}; /* the last expands 64 times */
        for (int i = 0; i < 4; i++) {
            size_t n;
            assert_int_equal(coder_encode(coder, bytes, sizes[i], coded, &n, &e), 0);
            if (sizes[i] != NUMBERS)
                check_payload(DTYPE_INT8, c, coded, n,
                              "is a frame whose payload is not 333 bytes coded with ");
        }
        memset(coded, 0xff, 50);
        check_payload(DTYPE_INT8, c, coded, 50, "is a frame whose payload is not 333 bytes coded with ");
        check_payload(DTYPE_INT8, c, coded, 0, "is a frame whose payload is not 333 bytes coded with ");
        coder_free(coder);
    }
    check_frames_of_zstd();
    memset(bytes, 0xff, sizeof bytes);
    check_payload(DTYPE_INT8, CODER_NONE, bytes, NUMBERS - 1,
                  "is a frame whose payload is not 333 bytes coded");
    check_payload(DTYPE_INT3, CODER_NONE, bytes, packing_bytes(PACKING_BITS, DTYPE_INT3, NUMBERS),
                  "is a frame whose payload is not 333 codes of int3"); /* bits behind the last */
    check_payload(DTYPE_F16, CODER_NONE, bytes, 2 * NUMBERS, "is a frame whose number 0 is not finite");
    check_payload(DTYPE_F32, CODER_NONE, bytes, 4 * NUMBERS, "is a frame whose number 0 is not finite");
}

static void refused_format(struct frame_format f, const char *why)
{
    struct error e = {""};
    assert_null(frames_new(&f, &e));
    assert_string_equal(e.text, why);
}

static void test_formats(void **state)
{
    (void)state;
    struct error e = {""};
    struct frame_format f = format_of(DTYPE_INT4, CODER_NONE);
    f.affine.zero = 16;
    refused_format(f, "the zero point of int4 is 16 (expected 0 to 15)");
    f.affine = (struct encode_affine){NAN, 0};
    refused_format(f, "the scale of int4 is nan (expected a number above 0)");
    f.numbers = 0;
    refused_format(f, "a tensor of 0 numbers cannot be sent (expected 1 to 268435456)");
    f.numbers = (size_t)1 << 29;
    refused_format(f, "a tensor of 536870912 numbers cannot be sent (expected 1 to 268435456)");
    struct frames *frames = begin(DTYPE_F32, CODER_NONE);
    size_t n;
    x[5] = INFINITY;
    assert_null(frames_write(frames, 0, x, &n, &e));
    assert_string_equal(e.text, "number 5 of what is to be sent is not finite");
    frames_free(frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_bytes, set_up),    cmocka_unit_test_setup(test_back, set_up),
        cmocka_unit_test_setup(test_damaged, set_up),  cmocka_unit_test_setup(test_words, set_up),
        cmocka_unit_test_setup(test_payloads, set_up), cmocka_unit_test_setup(test_formats, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
