/* Links as people write them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "deploy/link_text.h"

static void write_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void test_one(void **state)
{
    (void)state;
    struct link l;
    struct error e;
    assert_int_equal(link_parse("wifi", NULL, &l, &e), 0);
    assert_memory_equal(&l, link_preset("wifi"), sizeof l);
    assert_int_equal(link_parse(" wifi , rtt = 40, loss=1e-2,energy=2.5e-6", NULL, &l, &e), 0);
    assert_string_equal(l.name, "wifi");
    assert_float_equal(l.rtt_ms, 40, 0);
    assert_float_equal(l.loss, 0.01, 0);
    assert_float_equal(l.joule_byte, 2.5e-6, 0);
    assert_float_equal(l.mbit_s, link_preset("wifi")->mbit_s, 0);
    assert_int_equal(link_parse("bandwidth=2,mtu=100,header=9,transport=resent,slow_start=1", NULL, &l, &e),
                     0);
    assert_string_equal(l.name, "own");
    assert_float_equal(l.mbit_s, 2, 0);
    assert_float_equal(l.rtt_ms, 0, 0);
    assert_int_equal(l.mtu, 100);
    assert_int_equal(l.header, 9);
    assert_int_equal(l.transport, LINK_RESENT);
    assert_true(l.slow_start);
}

static void check_wrong(const char *text, const char *expected)
{
    struct link l;
    struct error e;
    assert_int_equal(link_parse(text, NULL, &l, &e), -1);
    if (!strstr(e.text, expected))
        fail_msg("'%s' gives '%s' (expected '%s')", text, e.text, expected);
}

static void test_wrong(void **state)
{
    (void)state;
    check_wrong("pigeon", "there is no link 'pigeon' (expected lora, ble, lte, 5g, wifi, ethernet)");
    check_wrong("", "there is no link ''");
    check_wrong("wifi,fast", "'fast' is no key=value of a link");
    check_wrong("wifi,rt=3", "a link has no 'rt' (nearest: rtt)");
    check_wrong("wifi,rtt=soon", "rtt is 'soon' (expected a number)");
    check_wrong("wifi,rtt=inf", "rtt is 'inf'");
    check_wrong("wifi,mtu=1.5", "mtu is '1.5' (expected bytes");
    check_wrong("wifi,mtu=40", "header is 52 bytes (expected 0 to below the mtu, 40)");
    check_wrong("wifi,transport=udp", "transport is 'udp' (expected tcp or resent)");
    check_wrong("wifi,slow_start=yes", "slow_start is 'yes' (expected 0 or 1)");
    check_wrong("rtt=3", "bandwidth is missing (expected bandwidth=MBIT, in Mbit/s)");
    check_wrong("bandwidth=0", "bandwidth is 0 Mbit/s (expected above 0");
    check_wrong("bandwidth=1e-300", "bandwidth is 1e-300 Mbit/s (expected above 0");
    check_wrong("wifi,bandwidth=1e10", "bandwidth is 1e+10 Mbit/s (expected above 0");
    check_wrong("wifi,rtt=1e308", "round trip is 1e+308 ms (expected 0 to 1e+09)");
    check_wrong("wifi,energy=-1", "energy is -1 J a byte (expected 0 to 1e+09)");
    check_wrong("wifi,loss=0.99999999999999999999", "loss is 1 (expected from 0 to below 1)");
    check_wrong("like=wifi", "like stands in files only");
    check_wrong("wi\033[31mfi", "there is no link 'wi\\x1b[31mfi'");
}

static void test_file(void **state)
{
    (void)state;
    char path[] = "/tmp/isplit_links_XXXXXX";
    struct link l;
    struct error e = {""};
    write_file(
        path,
        "# mine\n[barn]\nlike=lte\nrtt = 120\n\n[field]\nbandwidth=0.25\n[wifi]\nlike=barn\nbandwidth=9\n");
    struct link_list *list = link_list_read(path, &e);
    assert_non_null(list);
    assert_int_equal(link_list_n(list), 3);
    assert_string_equal(link_list_at(list, 0)->name, "barn");
    assert_float_equal(link_list_at(list, 0)->mbit_s, link_preset("lte")->mbit_s, 0);
    assert_string_equal(link_list_at(list, 0)->source, path);
    assert_int_equal(link_parse("wifi,loss=0.5", list, &l, &e), 0); /* ours hides the preset */
    assert_float_equal(l.mbit_s, 9, 0);
    assert_float_equal(l.rtt_ms, 120, 0);
    assert_float_equal(l.loss, 0.5, 0);
    assert_int_equal(link_parse("barns", list, &l, &e), -1);
    assert_non_null(strstr(e.text, "ethernet, barn, field)"));
    link_list_free(list);
    unlink(path);
}

static void check_wrong_file(const char *text, const char *expected)
{
    char path[] = "/tmp/isplit_links_XXXXXX";
    struct error e;
    write_file(path, text);
    assert_null(link_list_read(path, &e));
    if (!strstr(e.text, expected))
        fail_msg("'%s' gives '%s' (expected '%s')", text, e.text, expected);
    unlink(path);
}

/* The names that are told end between two of them. */
static void test_many(void **state)
{
    (void)state;
    char text[3000] = "", path[] = "/tmp/isplit_links_XXXXXX";
    for (int i = 100; i < 200; i++)
        sprintf(text + strlen(text), "[barn%d]\nlike=wifi\n", i);
    struct link l;
    struct error e;
    write_file(path, text);
    struct link_list *list = link_list_read(path, &e);
    assert_non_null(list);
    assert_int_equal(link_parse("shed", list, &l, &e), -1);
    const char *end = strrchr(e.text, ',');
    assert_string_equal(end, ", ...)");
    assert_true(strncmp(end - 9, ", barn1", 7) == 0);
    link_list_free(list);
    unlink(path);
}

static void test_wrong_file(void **state)
{
    (void)state;
    check_wrong_file("[a]\nbandwidth=1\n[b]\nlike=c\n", ":4: there is no link 'c'");
    check_wrong_file("[a]\nbandwidth=1\nspeed=3\n", ":3: a link has no 'speed'");
    check_wrong_file("[a]\nbandwidth=1\n\n[b]\nrtt=1\n", ":4: bandwidth is missing (expected bandwidth=MBIT");
    check_wrong_file("bandwidth=1\n",
                     ":1: key 'bandwidth' stands before any section (expected the [name] of a "
                     "link first)");
    check_wrong_file("# none\n", ": has no sections (expected links, each with its [name])");
    check_wrong_file("[a\n", ":1: '[a' is no section header (expected [name] and nothing after it)");
    check_wrong_file("[a]\nbandwidth=1\nrtt=2\nbandwidth=3\n",
                     ":4: 'bandwidth' again in [a] (expected once; line 2 has it)");
    check_wrong_file("[b]\nbandwidth=1\n[a]\nbandwidth=1\n[b]\nbandwidth=3\n",
                     ":5: there is a link 'b' already, in line 1");
    check_wrong_file("[a,b]\nbandwidth=1\n", ":1: the name is 'a,b' (expected UTF-8 without");
    check_wrong_file("[a=b]\nbandwidth=1\n", ":1: the name is 'a=b'");
    check_wrong_file("[\xff]\nbandwidth=1\n", ":1: the name is '\\xff'");
    check_wrong_file("[a]\nbandwidth=1\nloss=2\n", ":3: loss is 2");
    check_wrong_file("[a]\nbandwidth=1\nrtt=-1\n", ":3: round trip is -1 ms");
    check_wrong_file("[a]\nlike=a\n", ":2: there is no link 'a'");
    check_wrong_file("[a-very-long-name-that-nobody-would-type]\nbandwidth=1\n", ":1: the name is too long");
    struct error e;
    assert_null(link_list_read("/nowhere/links", &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one),        cmocka_unit_test(test_wrong), cmocka_unit_test(test_file),
        cmocka_unit_test(test_wrong_file), cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
