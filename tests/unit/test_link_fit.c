/* A link that is known is found again from exchanges made by its formula, and in spite of some that were
 * disturbed. */
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

#include "curve/order.h"
#include "deploy/link_fit.h"
#include "deploy/link_text.h"

enum { N = 40, SMALL = 36, LARGE = 1 << 17, REPLY = 48 };

static struct link known(void)
{
    return (struct link){
        .name = "known", .mbit_s = 12, .rtt_ms = 25, .mtu = 1500, .header = 52, .transport = LINK_TCP};
}

static double exchange_ms(const struct link *l, int64_t bytes)
{
    return l->rtt_ms +
           8 * (double)(link_wire_bytes(l, bytes) + link_wire_bytes(l, REPLY)) / (l->mbit_s * 1000);
}

/* Delays by chance, up to `noise` ms; every tenth exchange takes ten times as long. */
static void measure(double noise, double small[N], double large[N])
{
    struct order_random random;
    const struct link l = known();
    order_random_seed(&random, 7, 0);
    for (int i = 0; i < N; i++) {
        double disturbed = noise > 0 && i % 10 == 3 ? 10 : 1;
        small[i] =
            disturbed * (exchange_ms(&l, SMALL) + noise * (double)order_random_below(&random, 1000) / 1000);
        large[i] =
            disturbed * (exchange_ms(&l, LARGE) + noise * (double)order_random_below(&random, 1000) / 1000);
    }
}

static void test_exact(void **state)
{
    (void)state;
    double small[N], large[N];
    double mbit_s[LINK_PARTS], rtt_ms[LINK_PARTS];
    struct error e;
    const struct link shape = known();
    measure(0, small, large);
    assert_int_equal(link_fit(small, N, large, N, SMALL, LARGE, REPLY, &shape, mbit_s, rtt_ms, &e), 0);
    const double *const values[] = {mbit_s, rtt_ms};
    const double expected[] = {12, 25};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < LINK_PARTS; k++)
            assert_true(fabs(values[i][k] / expected[i] - 1) < 1e-9);
}

static void test_disturbed(void **state)
{
    (void)state;
    double small[N], large[N];
    double mbit_s[LINK_PARTS], rtt_ms[LINK_PARTS];
    struct error e;
    const struct link shape = known();
    measure(4, small, large);
    assert_int_equal(link_fit(small, N, large, N, SMALL, LARGE, REPLY, &shape, mbit_s, rtt_ms, &e), 0);
    assert_true(fabs(rtt_ms[LINK_VALUE] - 27) < 1.5); /* the median delay is 2 ms, and belongs to both */
    assert_true(fabs(mbit_s[LINK_VALUE] / 12 - 1) < 0.03);
    assert_true(rtt_ms[LINK_LOW] <= rtt_ms[LINK_VALUE] && rtt_ms[LINK_VALUE] <= rtt_ms[LINK_HIGH]);
    assert_true(rtt_ms[LINK_HIGH] - rtt_ms[LINK_LOW] > 0.1 && rtt_ms[LINK_HIGH] - rtt_ms[LINK_LOW] < 4);
    assert_true(mbit_s[LINK_LOW] <= mbit_s[LINK_VALUE] && mbit_s[LINK_VALUE] <= mbit_s[LINK_HIGH]);
    assert_true(rtt_ms[LINK_P95] > 200); /* a tenth takes ten times as long */
    assert_true(mbit_s[LINK_P5] < 3);
}

static void test_refused(void **state)
{
    (void)state;
    double small[N], large[N];
    double mbit_s[LINK_PARTS], rtt_ms[LINK_PARTS];
    struct error e;
    const struct link shape = known();
    measure(0, small, large);
    assert_int_equal(link_fit(small, 2, large, N, SMALL, LARGE, REPLY, &shape, mbit_s, rtt_ms, &e), -1);
    assert_non_null(strstr(e.text, "are too few"));
    assert_int_equal(link_fit(small, N, small, N, SMALL, LARGE, REPLY, &shape, mbit_s, rtt_ms, &e), -1);
    assert_non_null(strstr(e.text, "take no longer than small ones"));
}

/* A link that was saved is read as it was; the others of the file stay. */
static void test_saved(void **state)
{
    (void)state;
    char path[] = "/tmp/isplit-links-XXXXXX";
    struct error e;
    struct link l = known(), read;
    close(mkstemp(path));
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("# mine\n[ known ]\nbandwidth=1\n\n[other]\n# kept\nbandwidth = 2\nrtt=3\n", f);
    fclose(f);
    l.mbit_range[0] = 11;
    l.mbit_range[1] = 13;
    l.rtt_range[0] = 24.5;
    l.rtt_range[1] = 26;
    assert_int_equal(link_list_save(path, &l, "how it\nwas found", &e), 0);
    struct link_list *list = link_list_read(path, &e);
    assert_non_null(list);
    assert_int_equal(link_list_n(list), 2);
    assert_string_equal(link_list_at(list, 0)->name, "other");
    assert_int_equal(link_parse("known", list, &read, &e), 0);
    assert_true(read.mbit_s == 12 && read.rtt_ms == 25 && read.mbit_range[0] == 11 &&
                read.rtt_range[1] == 26);
    assert_int_equal(link_parse("known,bandwidth=5", list, &read, &e), 0); /* which nobody measured */
    assert_true(read.mbit_range[1] == 0 && read.rtt_range[1] == 26);
    assert_int_equal(link_parse("known,rtt_low=26", list, &read, &e), -1);
    assert_non_null(strstr(e.text, "rtt_low and rtt_high are 26 and 26 (expected 25 between them)"));
    link_list_free(list);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs("no links\n", f);
    fclose(f);
    assert_int_equal(link_list_save(path, &l, "", &e), -1);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_disturbed),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
