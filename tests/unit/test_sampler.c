/* Which images make a batch: every epoch has each once, any step can be asked for at any time, and the
 * variations are what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "train/sampler.h"

enum { N = 23, BATCH = 5, STEPS = 5 }; /* the last step of an epoch has 3 */

static void check_epoch(struct sampler *s, long epoch)
{
    int seen[N] = {0};
    long items[BATCH];
    for (long step = epoch * STEPS; step < (epoch + 1) * STEPS; step++) {
        int used = sampler_batch(s, step, items);
        assert_int_equal(used, step % STEPS == STEPS - 1 ? 3 : BATCH);
        for (int i = 0; i < used; i++)
            seen[items[i]]++;
        for (int i = used; i < BATCH; i++)
            assert_in_range(items[i], 0, N - 1);
    }
    for (int i = 0; i < N; i++)
        assert_int_equal(seen[i], 1);
}

static void test_epochs(void **state)
{
    (void)state;
    assert_int_equal(sampler_epoch_steps(N, BATCH), STEPS);
    assert_int_equal(sampler_epoch_steps(10, 5), 2);
    struct sampler *s = sampler_new(N, BATCH, 7);
    for (long epoch = 0; epoch < 20; epoch++)
        check_epoch(s, epoch);
    sampler_free(s);
}

/* From the seed and the step alone: what was asked before does not count, and the slots that do not count are
 * filled alike. */
static void test_any_step(void **state)
{
    (void)state;
    struct sampler *all = sampler_new(N, BATCH, 7);
    int differ = 0;
    long before[BATCH] = {0};
    for (long step = 0; step < 3 * STEPS; step++) {
        long a[BATCH], b[BATCH];
        struct sampler *one = sampler_new(N, BATCH, 7);
        assert_int_equal(sampler_batch(all, step, a), sampler_batch(one, step, b));
        assert_memory_equal(a, b, sizeof a);
        differ += memcmp(a, before, sizeof a) != 0;
        memcpy(before, a, sizeof a);
        sampler_free(one);
    }
    assert_int_equal(differ, 3 * STEPS);
    sampler_free(all);
}

static void test_seeds_differ(void **state)
{
    (void)state;
    long a[BATCH], b[BATCH], c[BATCH];
    struct sampler *one = sampler_new(N, BATCH, 7), *other = sampler_new(N, BATCH, 8);
    sampler_batch(one, 0, a);
    sampler_batch(other, 0, b);
    sampler_batch(one, STEPS, c);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
    sampler_free(one);
    sampler_free(other);
}

/* More slots than images. */
static void test_few_images(void **state)
{
    (void)state;
    long items[BATCH];
    struct sampler *s = sampler_new(2, BATCH, 0);
    assert_int_equal(sampler_batch(s, 4, items), 2);
    assert_true(items[0] != items[1]);
    for (int i = 2; i < BATCH; i++)
        assert_int_equal(items[i], items[i - 2]);
    sampler_free(s);
}

/* ---- Variations ------------------------------------------------------------------------------------------
 */

static const struct net_shape shape = {2, 3, 4};
enum { PIXELS = 2 * 3 * 4 };
static const float fill[] = {-1, -2};

static float at(const float *pixels, int c, int y, int x)
{
    return y >= 0 && y < 3 && x >= 0 && x < 4 ? pixels[(c * 3 + y) * 4 + x] : fill[c];
}

static void make_image(float image[PIXELS])
{
    for (int i = 0; i < PIXELS; i++)
        image[i] = (float)(i + 1);
}

static bool is_moved(const float *varied, bool mirror, int dx, int dy)
{
    float image[PIXELS], wanted[PIXELS];
    make_image(image);
    for (int c = 0; c < 2; c++)
        for (int y = 0; y < 3; y++)
            for (int x = 0; x < 4; x++) {
                bool inside = x - dx >= 0 && x - dx < 4;
                int source = mirror && inside ? 3 - (x - dx) : x - dx;
                wanted[(c * 3 + y) * 4 + x] = at(image, c, y - dy, source);
            }
    return memcmp(wanted, varied, sizeof wanted) == 0;
}

/* Finds what was done to it; fails where that is nothing allowed. */
static int find_variation(const float *varied, bool flip, int shift)
{
    for (int mirror = 0; mirror <= flip; mirror++)
        for (int dx = -shift; dx <= shift; dx++)
            for (int dy = -shift; dy <= shift; dy++)
                if (is_moved(varied, mirror, dx, dy))
                    return (mirror * 3 + dx + 1) * 3 + dy + 1;
    fail_msg("an image was varied in another way");
    return -1;
}

static void test_variations(void **state)
{
    (void)state;
    enum { MANY = 3600, KINDS = 18 };
    int counts[KINDS] = {0};
    for (long step = 0; step < MANY; step++) {
        float pixels[PIXELS], again[PIXELS], room[PIXELS];
        make_image(pixels);
        make_image(again);
        sampler_vary(3, step, 1, true, 1, shape, fill, pixels, room);
        sampler_vary(3, step, 1, true, 1, shape, fill, again, room);
        assert_memory_equal(pixels, again, sizeof pixels);
        counts[find_variation(pixels, true, 1)]++;
    }
    for (int k = 0; k < KINDS; k++) /* 200 each; 5 standard deviations */
        assert_in_range(counts[k], 200 - 69, 200 + 69);
}

static void test_no_variation(void **state)
{
    (void)state;
    for (long step = 0; step < 50; step++) {
        float pixels[PIXELS], image[PIXELS], room[PIXELS];
        make_image(pixels);
        make_image(image);
        sampler_vary(3, step, 0, false, 0, shape, fill, pixels, room);
        assert_memory_equal(pixels, image, sizeof pixels);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_epochs),       cmocka_unit_test(test_any_step),
        cmocka_unit_test(test_seeds_differ), cmocka_unit_test(test_few_images),
        cmocka_unit_test(test_variations),   cmocka_unit_test(test_no_variation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
