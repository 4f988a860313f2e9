/* Messages between halves, and split.csv as a device reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <xxhash.h>

#include "base/memory.h"
#include "half/sheet.h"
#include "half/talk.h"

/* Whole messages are read back; each part of one asks for more; each changed byte is noticed. */
static void test_messages(void **state)
{
    (void)state;
    unsigned char bytes[TALK_HEADER + 8];
    struct talk_message m;
    struct error e;
    memcpy(bytes + TALK_HEADER, "payload!", 8);
    talk_header(bytes, TALK_SKIPPED, 1234567890123, "pay", 3, "load!", 5);
    assert_int_equal(talk_parse(bytes, sizeof bytes, 8, &m, &e), sizeof bytes);
    assert_int_equal(m.kind, TALK_SKIPPED);
    assert_true(m.number == 1234567890123 && m.length == 8);
    assert_memory_equal(m.payload, "payload!", 8);
    char *text = talk_text(&m);
    assert_string_equal(text, "payload!");
    free(text);
    for (size_t n = 1; n < sizeof bytes; n++)
        assert_int_equal(talk_parse(bytes, n, 8, &m, &e), 0);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] ^= 1;
        int64_t got = talk_parse(bytes, sizeof bytes, 9, &m, &e);
        assert_true(got <= 0); /* a length that grew by one asks for more */
        assert_true(got < 0 || i == 16);
        bytes[i] ^= 1;
    }
    assert_int_equal(talk_parse(bytes, sizeof bytes, 7, &m, &e), -1);
    assert_string_equal(e.text, "a message of 8 bytes (expected at most 7)");
}

/* What its checksum proves is not what it may be. */
static void test_headers(void **state)
{
    (void)state;
    enum { VERSION = 4, KIND = 5, ZERO = 6, ZEROS = 20, SUM = 24 };
    static const struct {
        int at;
        const char *says;
    } wrong[] = {{VERSION, "a message of version"}, {KIND, "of an unknown kind"},
                 {ZERO, "of an unknown kind"},      {ZERO + 1, "of an unknown kind"},
                 {ZEROS, "of an unknown kind"},     {ZEROS + 3, "of an unknown kind"}};
    unsigned char bytes[TALK_HEADER];
    struct talk_message m;
    struct error e;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        talk_header(bytes, TALK_BYE, 1, NULL, 0, NULL, 0);
        bytes[wrong[i].at] += 40;
        uint64_t sum = XXH3_64bits(bytes, SUM);
        memcpy(bytes + SUM, &sum, sizeof sum);
        assert_int_equal(talk_parse(bytes, sizeof bytes, 8, &m, &e), -1);
        if (!strstr(e.text, wrong[i].says))
            fail_msg("%d: %s", wrong[i].at, e.text);
    }
    assert_int_equal(talk_parse((const unsigned char *)"ISPX", 4, 8, &m, &e), -1);
    assert_non_null(strstr(e.text, "is no message of isplit-half"));
}

/* No byte is looked at that is not there: the sanitizers see the end of each. */
static void test_beginnings(void **state)
{
    (void)state;
    unsigned char whole[2][TALK_HEADER] = {{0}, {'I', 'S', 'F', FRAME_VERSION}};
    struct talk_message m;
    struct error e;
    talk_header(whole[0], TALK_BYE, 1, NULL, 0, NULL, 0);
    for (int kind = 0; kind < 2; kind++)
        for (size_t n = 1; n < FRAME_HEADER; n++) {
            unsigned char *part = memory_new(n, 1);
            memcpy(part, whole[kind], n);
            assert_int_equal(talk_parse(part, n, 100, &m, &e), 0);
            free(part);
        }
}

static void test_frames(void **state)
{
    (void)state;
    unsigned char bytes[FRAME_EXTRA + 5] = {'I', 'S', 'F', FRAME_VERSION};
    struct talk_message m;
    struct error e;
    bytes[12] = 77;
    bytes[16] = 5;
    assert_int_equal(talk_parse(bytes, sizeof bytes, sizeof bytes, &m, &e), sizeof bytes);
    assert_true(m.kind == TALK_FRAME && m.number == 77 && m.payload == bytes && m.length == sizeof bytes);
    for (size_t n = 1; n < sizeof bytes; n++)
        assert_int_equal(talk_parse(bytes, n, sizeof bytes, &m, &e), 0);
    assert_int_equal(talk_parse(bytes, sizeof bytes, sizeof bytes - 1, &m, &e), -1);
    bytes[3] = 9;
    assert_int_equal(talk_parse(bytes, sizeof bytes, sizeof bytes, &m, &e), -1);
    assert_non_null(strstr(e.text, "a frame of version 9"));
}

static void test_fixed_parts(void **state)
{
    (void)state;
    const unsigned char payload[20] = {1};
    const struct talk_message m = {.number = 3, .payload = payload, .length = sizeof payload};
    struct talk_stamps stamps;
    struct talk_answer answer;
    struct error e;
    assert_int_equal(talk_take(&m, &stamps, sizeof stamps, true, &e), 0);
    assert_int_equal(stamps.received, 1);
    assert_int_equal(talk_take(&m, &stamps, sizeof stamps, false, &e), -1);
    assert_string_equal(e.text, "message 3 has 20 bytes (expected 16)");
    assert_int_equal(talk_take(&m, &answer, sizeof answer, true, &e), -1);
}

#define HASHES "head_cfg_xxh3,head_weights_xxh3,tail_cfg_xxh3,tail_weights_xxh3"
#define OLD_HEADER "layer,name,head_layers,tail_layers," HASHES
#define OLD_ROW "13,block4_pool,14,10,cceb9afe8089b1c2,03a3ef9bb73ece07,c07853596de07e33,0b9bc9293dce94b6"

static int parse(const char *text, struct half_sheet *s, struct error *e)
{
    return half_sheet_parse(text, strlen(text), "split.csv", s, e);
}

static void test_sheet(void **state)
{
    (void)state;
    struct half_sheet s, same;
    struct error e;
    assert_int_equal(parse(OLD_HEADER "\n" OLD_ROW "\n", &s, &e), 0);
    assert_int_equal(s.layer, 13);
    assert_string_equal(s.name, "block4_pool");
    assert_string_equal(s.weights_xxh3[HALF_TAIL], "0b9bc9293dce94b6");
    assert_true(s.pixels.fit == PIXELS_CROP && s.pixels.scale == 1 && s.pixels.std[2] == 1 &&
                s.type == DTYPE_F32);
    assert_int_equal(parse("mean,std,fit,dtype,scale,zero," OLD_HEADER "\r\n"
                           "\"0.5,0.25,1\",\"1,2,3\",letterbox,int8,0.125,7," OLD_ROW "\r\n",
                           &same, &e),
                     0);
    assert_true(same.hash != s.hash && same.pixels.fit == PIXELS_LETTERBOX && same.type == DTYPE_INT8);
    assert_true(same.pixels.mean[1] == 0.25f && same.pixels.std[2] == 3);
    assert_true(same.affine.scale == 0.125f && same.affine.zero == 7);
}

static void test_sheets_that_are_none(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"", "has no row"},
        {OLD_HEADER "\n", "has no row"},
        {OLD_HEADER "\n1,2\n", "has 2 cells (expected 8)"},
        {"name\nx\n", "layer is '' (expected a whole number)"},
        {OLD_HEADER ",fit\n" OLD_ROW ",squeeze\n", "fit is 'squeeze'"},
        {OLD_HEADER ",mean\n" OLD_ROW ",\"1,2\"\n", "mean is '1,2' (expected three numbers)"},
        {OLD_HEADER ",std\n" OLD_ROW ",\"1,0,1\"\n", "std is '1,0,1' (expected numbers that are not 0)"},
        {OLD_HEADER ",dtype\n" OLD_ROW ",f64\n", "dtype is 'f64'"},
        {OLD_HEADER ",scale\n" OLD_ROW ",-1\n", "scale is '-1'"},
        {OLD_HEADER ",level\n" OLD_ROW ",20\n", "level is '20' (expected a whole number from 1 to 19)"},
        {OLD_HEADER ",level\n" OLD_ROW ",1.5\n", "level is '1.5'"},
        {OLD_HEADER ",zero\n" OLD_ROW ",2147483647\n",
         "zero is '2147483647' (expected a whole number from 0 to 255)"},
        {OLD_HEADER ",dtype,zero\n" OLD_ROW ",int4,16\n",
         "zero is '16' (expected a whole number from 0 to 15)"},
        {OLD_HEADER ",zero\n" OLD_ROW ",1.5\n", "zero is '1.5'"},
        {OLD_HEADER "\n13,x,14,10,cceb,a,b,c\n", "head_cfg_xxh3 is 'cceb' (expected 16 hexadecimal digits)"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct half_sheet s;
        struct error e;
        assert_int_equal(parse(wrong[i][0], &s, &e), -1);
        if (!strstr(e.text, wrong[i][1]))
            fail_msg("'%s' gives '%s' (expected '%s')", wrong[i][0], e.text, wrong[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_beginnings),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_fixed_parts),
        cmocka_unit_test(test_sheet),
        cmocka_unit_test(test_sheets_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
