/* The link against cases worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "deploy/link.h"

#define NEAR 1e-9

/* 8 Mbit/s: a byte every microsecond. */
static struct link plain(void)
{
    return (struct link){.mbit_s = 8, .rtt_ms = 10, .mtu = 1500, .header = 100, .transport = LINK_TCP};
}

static void test_packets(void **state)
{
    (void)state;
    struct link l = plain();
    assert_int_equal(link_packets(&l, 0), 0);
    assert_int_equal(link_packets(&l, 1), 1);
    assert_int_equal(link_packets(&l, 1400), 1);
    assert_int_equal(link_packets(&l, 1401), 2);
    assert_int_equal(link_wire_bytes(&l, 0), 0);
    assert_int_equal(link_wire_bytes(&l, 2800), 3000);
    assert_int_equal(link_wire_bytes(&l, INT64_C(1400) << 32), INT64_C(1500) << 32);
}

/* No number of bytes is too large to be told. */
static void test_most_bytes(void **state)
{
    (void)state;
    struct link l = plain();
    assert_int_equal(link_packets(&l, INT64_MAX), INT64_MAX / 1400 + 1);
    assert_int_equal(link_wire_bytes(&l, INT64_MAX), INT64_MAX);
    l.header = l.mtu - 1;
    assert_int_equal(link_packets(&l, INT64_MAX), INT64_MAX);
    assert_int_equal(link_wire_bytes(&l, INT64_MAX), INT64_MAX);
    struct link worst = {.mbit_s = 1e-9, .rtt_ms = 1e9, .loss = 1 - 1e-16, .mtu = 1, .slow_start = true};
    struct error e;
    assert_int_equal(link_check(&worst, &e), 0);
    assert_true(isfinite(link_send_ms(&worst, INT64_MAX)) && link_send_ms(&worst, INT64_MAX) > 0);
}

static void test_words(void **state)
{
    (void)state;
    for (int i = 0; i < link_presets_n; i++)
        assert_string_equal(link_preset_words[i], link_presets[i].name);
    assert_null(link_preset_words[link_presets_n]);
}

static void test_send(void **state)
{
    (void)state;
    struct link l = plain();
    assert_float_equal(link_send_ms(&l, 2800), 5 + 3, NEAR);
    /* 40 bytes of answer are a packet of 140. */
    assert_float_equal(link_exchange_ms(&l, 2800, 40), 5 + 3 + 5 + 0.14, NEAR);
    assert_float_equal(link_exchange_ms(&l, 0, 0), 10, NEAR);
}

static void test_resent(void **state)
{
    (void)state;
    struct link l = plain();
    l.transport = LINK_RESENT;
    l.loss = 0.5; /* every packet goes twice on average */
    assert_float_equal(link_rate(&l), 4, NEAR);
    assert_float_equal(link_send_ms(&l, 2800), 5 + 6, NEAR);
    l.slow_start = true; /* is TCP's */
    assert_float_equal(link_send_ms(&l, 2800), 5 + 6, NEAR);
}

static void test_tcp_loss(void **state)
{
    (void)state;
    struct link l = plain();
    l.rtt_ms = 100;
    l.loss = 0.015; /* sqrt(1.5 / 0.015) = 10 packets of 12,000 bits each tenth of a second */
    assert_float_equal(link_rate(&l), 1.2, NEAR);
    l.rtt_ms = 1; /* 120 Mbit/s could be: the link is the limit */
    assert_float_equal(link_rate(&l), 8 * 0.985, NEAR);
    l.rtt_ms = 0;
    assert_float_equal(link_rate(&l), 8 * 0.985, NEAR);
}

/* A packet takes a millisecond and a round trip fifty: windows of 10, 20 and 40 leave the sender idle for 40,
 * 30 and 10, the next one would be 80. */
static void test_slow_start(void **state)
{
    (void)state;
    struct link l = {
        .mbit_s = 8, .rtt_ms = 50, .mtu = 1000, .header = 0, .slow_start = true, .transport = LINK_TCP};
    assert_float_equal(link_send_ms(&l, 10 * 1000), 25 + 10, NEAR);
    assert_float_equal(link_send_ms(&l, 11 * 1000), 25 + 11 + 40, NEAR);
    assert_float_equal(link_send_ms(&l, 30 * 1000), 25 + 30 + 40, NEAR);
    assert_float_equal(link_send_ms(&l, 31 * 1000), 25 + 31 + 40 + 30, NEAR);
    assert_float_equal(link_send_ms(&l, 100 * 1000), 25 + 100 + 40 + 30 + 10, NEAR);
    assert_float_equal(link_send_ms(&l, 1000 * 1000), 25 + 1000 + 40 + 30 + 10, NEAR);
    assert_float_equal(link_exchange_ms(&l, 11 * 1000, 20 * 1000), 25 + 11 + 40 + 25 + 20, NEAR);
}

static void test_joules(void **state)
{
    (void)state;
    struct link l = plain();
    assert_true(isnan(link_joules(&l, 1400)));
    l.joule_byte = 1e-6;
    assert_float_equal(link_joules(&l, 1400), 1500e-6, NEAR);
    l.loss = 0.25;
    assert_float_equal(link_joules(&l, 1400), 2000e-6, NEAR);
}

static void test_check(void **state)
{
    (void)state;
    struct error e;
    struct link good = plain(), l;
    assert_int_equal(link_check(&good, &e), 0);
#define BAD(change, expected)                                                                                \
    l = good;                                                                                                \
    change;                                                                                                  \
    assert_int_equal(link_check(&l, &e), -1);                                                                \
    assert_non_null(strstr(e.text, expected))
    BAD(l.mbit_s = 0, "bandwidth is 0");
    BAD(l.mbit_s = NAN, "bandwidth");
    BAD(l.rtt_ms = -1, "round trip is -1");
    BAD(l.loss = 1, "loss is 1");
    BAD(l.mtu = 0, "mtu is 0");
    BAD(l.header = 1500, "header is 1500");
    BAD(l.joule_byte = -1, "energy is -1");
}

static void test_presets(void **state)
{
    (void)state;
    struct error e;
    const char *const expected[] = {"ble", "lora", "lte", "5g", "wifi", "ethernet"};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_non_null(link_preset(expected[i]));
    assert_null(link_preset("pigeon"));
    for (int i = 0; i < link_presets_n; i++) {
        assert_int_equal(link_check(&link_presets[i], &e), 0);
        assert_true(strlen(link_presets[i].source) > 20);
    }
    /* 222 bytes of payload are a packet of 235 at 5470 bit/s: 343.7 ms, after half of RX1's second. */
    assert_float_equal(link_send_ms(link_preset("lora"), 222), 500 + 235 * 8 / 5.47, 1e-6);
    /* 244 bytes every 2.468 ms. */
    assert_float_equal(link_send_ms(link_preset("ble"), 2440), 15 + 10 * 2.468, 1e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets),    cmocka_unit_test(test_most_bytes), cmocka_unit_test(test_words),
        cmocka_unit_test(test_send),       cmocka_unit_test(test_resent),     cmocka_unit_test(test_tcp_loss),
        cmocka_unit_test(test_slow_start), cmocka_unit_test(test_joules),     cmocka_unit_test(test_check),
        cmocka_unit_test(test_presets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
