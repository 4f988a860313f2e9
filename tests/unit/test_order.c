/* Measuring order: the generators give the published numbers, and the order keeps its promises. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/order.h"

static void test_splitmix_known_answers(void **state)
{
    (void)state;
    /* The authors' splitmix64.c, seed 1234567. */
    static const uint64_t expected[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),  UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431), UINT64_C(16408922859458223821),
    };
    uint64_t s = 1234567;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_true(order_splitmix(&s) == expected[i]);
}

static void test_xoshiro_known_answers(void **state)
{
    (void)state;
    /* The authors' xoshiro256starstar.c, state {1, 2, 3, 4}. */
    static const uint64_t expected[] = {
        UINT64_C(11520),
        UINT64_C(0),
        UINT64_C(1509978240),
        UINT64_C(1215971899390074240),
        UINT64_C(1216172134540287360),
        UINT64_C(607988272756665600),
        UINT64_C(16172922978634559625),
        UINT64_C(8476171486693032832),
        UINT64_C(10595114339597558777),
        UINT64_C(2904607092377533576),
    };
    struct order_random r = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_true(order_random_next(&r) == expected[i]);
}

static void test_streams_differ(void **state)
{
    (void)state;
    struct order_random a, b, c;
    order_random_seed(&a, 0, 1);
    order_random_seed(&b, 1, 0);
    order_random_seed(&c, 0, 0);
    uint64_t x = order_random_next(&a);
    assert_true(x != order_random_next(&b));
    assert_true(x != order_random_next(&c));
}

/* Each of 6 numbers 10,000 times on average; chi-square with 5 degrees of freedom, 0.001 point 20.5. */
static void test_below_is_even(void **state)
{
    (void)state;
    struct order_random r;
    order_random_seed(&r, 7, 7);
    long seen[6] = {0};
    for (int i = 0; i < 60000; i++)
        seen[order_random_below(&r, 6)]++;
    double chi = 0;
    for (int i = 0; i < 6; i++)
        chi += (double)(seen[i] - 10000) * (double)(seen[i] - 10000) / 10000;
    assert_true(chi < 20.5);
    /* Of a bound that a power of two does not fit, a plain remainder would give the lowest third half of
     * all draws. 2000 are right, with a standard deviation of 37. */
    const uint64_t third = UINT64_C(1) << 62;
    long low = 0;
    for (int i = 0; i < 6000; i++) {
        uint64_t x = order_random_below(&r, 3 * third);
        assert_true(x < 3 * third);
        low += x < third;
    }
    assert_in_range(low, 1800, 2200);
}

enum { IMAGES = 60, CLASSES = 4 };

/* Classes 0, 1, 3 with 30, 20 and 5 images, and 5 images of no class. */
static void fill(struct dataset_image *images)
{
    for (int i = 0; i < IMAGES; i++) {
        images[i].path = NULL;
        images[i].class_index = i < 30 ? 0 : i < 50 ? 1 : i < 55 ? 3 : DATASET_NO_CLASS;
    }
}

static void test_order_is_pinned(void **state)
{
    (void)state;
    struct dataset_image images[IMAGES];
    bool chosen[CLASSES] = {true, true, true, true};
    fill(images);
    long n;
    long *order = order_make(images, IMAGES, chosen, CLASSES, 1, &n);
    /* Computed by an independent Python version of the same algorithm. */
    static const long expected[] = {16, 43, 53, 10, 44, 51, 12, 30, 54, 13,
                                    41, 50, 20, 47, 52, 3,  36, 26, 38, 24};
    assert_int_equal(n, 55);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_int_equal(order[i], expected[i]);
    free(order);
}

static void test_order_is_a_permutation_that_takes_turns(void **state)
{
    (void)state;
    struct dataset_image images[IMAGES];
    bool chosen[CLASSES] = {true, true, true, true};
    fill(images);
    long n;
    long *order = order_make(images, IMAGES, chosen, CLASSES, 5, &n);
    bool seen[IMAGES] = {false};
    long count[CLASSES] = {0};
    for (long i = 0; i < n; i++) {
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
        int c = images[order[i]].class_index;
        assert_int_not_equal(c, DATASET_NO_CLASS);
        count[c]++;
        /* No class is more than one image ahead of another that still has some. */
        if (count[3] < 5)
            assert_true(count[c] - count[3] <= 1);
    }
    assert_int_equal(count[0], 30);
    assert_int_equal(count[1], 20);
    assert_int_equal(count[3], 5);
    free(order);
}

static void test_subset_keeps_the_order_inside_a_class(void **state)
{
    (void)state;
    struct dataset_image images[IMAGES];
    bool all[CLASSES] = {true, true, true, true};
    bool some[CLASSES] = {false, true, false, true};
    fill(images);
    long n, m;
    long *whole = order_make(images, IMAGES, all, CLASSES, 3, &n);
    long *part = order_make(images, IMAGES, some, CLASSES, 3, &m);
    assert_int_equal(m, 25);
    for (int c = 1; c < CLASSES; c += 2) {
        long at = 0;
        for (long i = 0; i < n; i++) {
            if (images[whole[i]].class_index != c)
                continue;
            while (images[part[at]].class_index != c)
                at++;
            assert_int_equal(part[at++], whole[i]);
        }
    }
    free(whole);
    free(part);
}

static void test_nothing_chosen(void **state)
{
    (void)state;
    struct dataset_image images[IMAGES];
    bool none[CLASSES] = {false};
    fill(images);
    long n = -1;
    long *order = order_make(images, IMAGES, none, CLASSES, 0, &n);
    assert_int_equal(n, 0);
    free(order);
}

static void test_shards(void **state)
{
    (void)state;
    long whole[11], seen[11] = {0};
    for (long of = 1; of <= 13; of++) {
        long total = 0;
        for (long number = 1; number <= of; number++) {
            for (long i = 0; i < 11; i++)
                whole[i] = 100 + i;
            long n = order_shard(whole, 11, number, of);
            for (long i = 0; i < n; i++) {
                assert_int_equal(whole[i], 100 + number - 1 + i * of);
                seen[whole[i] - 100]++;
            }
            total += n;
        }
        assert_int_equal(total, 11);
        for (long i = 0; i < 11; i++)
            assert_int_equal(seen[i], of);
    }
    assert_int_equal(order_shard(whole, 11, LONG_MAX, LONG_MAX), 0);
    assert_int_equal(order_shard(whole, 11, 3, LONG_MAX), 1);
}

/* However small the slices are. */
static void test_order_in_slices(void **state)
{
    (void)state;
    enum { COUNT = 700, OUTPUTS = 5 };
    struct dataset_image images[COUNT] = {0};
    for (int i = 0; i < COUNT; i++)
        images[i].class_index = i % 11 == 3 ? DATASET_NO_CLASS : i * i % 7 % (OUTPUTS + 1);
    const bool chosen[OUTPUTS] = {true, true, false, true, true};
    long n;
    long *whole = order_make(images, COUNT, chosen, OUTPUTS, 5, &n);
    for (long most = 1; most < COUNT; most = most * 3 + 1) {
        long steps = 1, m;
        struct order_maker *maker = order_begin(images, COUNT, chosen, OUTPUTS, 5);
        while (!order_step(maker, most))
            steps++;
        assert_true(steps >= (2 * COUNT + 2 * n - OUTPUTS) / most);
        long *order = order_end(maker, &m);
        assert_int_equal(m, n);
        assert_memory_equal(order, whole, (size_t)n * sizeof *whole);
        free(order);
    }
    struct order_maker *unwanted = order_begin(images, COUNT, chosen, OUTPUTS, 5);
    for (int i = 0; i < 9; i++)
        order_step(unwanted, 200);
    order_free(unwanted);
    free(whole);
}

/* All are wanted whatever classes are chosen, once each; among labelled ones none of them is. */
static void test_images_without_labels(void **state)
{
    (void)state;
    enum { COUNT = 50, OUTPUTS = 3 };
    struct dataset_image images[COUNT] = {0};
    bool chosen[OUTPUTS] = {false, true, false}, seen[COUNT] = {false};
    for (int i = 0; i < COUNT; i++)
        images[i].class_index = DATASET_NO_CLASS;
    long n;
    long *order = order_make(images, COUNT, chosen, OUTPUTS, 0, &n);
    assert_int_equal(n, COUNT);
    bool moved = false;
    for (int i = 0; i < COUNT; i++) {
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
        moved = moved || order[i] != i;
    }
    assert_true(moved);
    free(order);
    images[7].class_index = 1;
    order = order_make(images, COUNT, chosen, OUTPUTS, 0, &n);
    assert_int_equal(n, 1);
    assert_int_equal(order[0], 7);
    free(order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_splitmix_known_answers),
        cmocka_unit_test(test_xoshiro_known_answers),
        cmocka_unit_test(test_streams_differ),
        cmocka_unit_test(test_below_is_even),
        cmocka_unit_test(test_order_is_pinned),
        cmocka_unit_test(test_order_is_a_permutation_that_takes_turns),
        cmocka_unit_test(test_subset_keeps_the_order_inside_a_class),
        cmocka_unit_test(test_nothing_chosen),
        cmocka_unit_test(test_shards),
        cmocka_unit_test(test_order_in_slices),
        cmocka_unit_test(test_images_without_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
