/* Subsampling, its gradient and gradients that are added at the end, against the plain definition: in every
 * layout and type, on sides that are no multiple of the step. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "graph/kernels.h"
#include "graph/onednn.h"
#include "graph_fixture.h"

enum { BATCH = 2 };

struct geometry {
    struct tensor in, out;
    int step;
};

typedef void check_call(const struct geometry *g);

static int coarse_side(int side, int step)
{
    return (side + step - 1) / step;
}

/* A graph keeps the only pixel of a map without blocks. */
static struct tensor coarse_of(struct tensor in, int step)
{
    struct tensor out = in;
    out.h = coarse_side(in.h, step);
    out.w = coarse_side(in.w, step);
    out.block = out.h * out.w > 1 ? in.block : 1;
    return out;
}

static void each_geometry(check_call *check)
{
    static const int sides[][2] = {{1, 2}, {2, 2}, {5, 4}, {3, 7}, {8, 9}}, channels[] = {1, 8, 19, 32};
    for (size_t s = 0; s < sizeof sides / sizeof *sides; s++)
        for (size_t c = 0; c < sizeof channels / sizeof *channels; c++)
            for (int step = 1; step <= 3; step++)
                for (int kind = 0; kind < 4; kind++) { /* blocks of 1, 8, 16, and halves */
                    struct tensor in = {.c = channels[c], .h = sides[s][0], .w = sides[s][1]};
                    in.type = kind == 3 ? NUMBER_BF16 : NUMBER_F32;
                    in.block = kind == 3 ? in.c : kind == 0 ? 1 : 4 << kind;
                    const struct geometry g = {in, coarse_of(in, step), step};
                    check(&g);
                }
}

/* [BATCH][...] of made-up numbers, some of them zero, with zeroes in the padding; new. */
static void *made_up(struct tensor t, uint64_t seed)
{
    void *p = memory_new(BATCH * tensor_numbers(t), number_size(t.type));
    for (size_t n = 0; n < BATCH; n++)
        for (size_t i = 0; i < (size_t)t.c * tensor_pixels(t); i++) {
            float v = fixture_random(&seed);
            number_put(t.type, p, n * tensor_numbers(t) + tensor_at_index(t, i), v < -0.8f ? 0.0f : v);
        }
    return p;
}

static float get(struct tensor t, const void *p, size_t n, int c, int y, int x)
{
    return number_get(t.type, p, n * tensor_numbers(t) + tensor_at(t, c, y, x));
}

/* What lies beyond a tensor's channels is never other than zero. */
static void assert_padded(struct tensor t, const void *p)
{
    void *cleared = memory_new(BATCH * tensor_numbers(t), number_size(t.type));
    memcpy(cleared, p, BATCH * tensor_numbers(t) * number_size(t.type));
    kernels_clear_padding(t, BATCH, cleared);
    assert_memory_equal(cleared, p, BATCH * tensor_numbers(t) * number_size(t.type));
    free(cleared);
}

static void check_subsample(const struct geometry *g)
{
    void *x = made_up(g->in, 5), *y = memory_new(BATCH * tensor_numbers(g->out), number_size(g->out.type));
    memset(y, 0x55, BATCH * tensor_numbers(g->out) * number_size(g->out.type));
    number_put(g->in.type, x, 0, NAN); /* the first pixel is always taken */
    kernels_subsample(g->in, g->out, g->step, BATCH, x, y);
    for (size_t n = 0; n < BATCH; n++)
        for (int c = 0; c < g->out.c; c++)
            for (int i = 0; i < g->out.h; i++)
                for (int k = 0; k < g->out.w; k++) {
                    float expected = get(g->in, x, n, c, i * g->step, k * g->step),
                          got = get(g->out, y, n, c, i, k);
                    assert_memory_equal(&got, &expected, sizeof got);
                }
    assert_true(isnan(get(g->out, y, 0, 0, 0, 0)));
    assert_padded(g->out, y);
    free(x);
    free(y);
}

static void subsampling_takes_every_nth_pixel(void **state)
{
    (void)state;
    each_geometry(check_subsample);
}

/* Also where a block is all channels of the tensor, more than any vector has. */
static void check_average(const struct geometry *g)
{
    struct tensor t = g->in;
    void *x = made_up(t, 10);
    float *y = memory_new((size_t)BATCH * (size_t)t.c, sizeof *y);
    kernels_average(t, NUMBER_F32, BATCH, x, y);
    for (size_t n = 0; n < BATCH; n++)
        for (int c = 0; c < t.c; c++) {
            double sum = 0;
            for (int i = 0; i < t.h; i++)
                for (int k = 0; k < t.w; k++)
                    sum += (double)get(t, x, n, c, i, k);
            assert_true(y[n * (size_t)t.c + (size_t)c] == (float)(sum / (t.h * t.w)));
        }
    free(x);
    free(y);
}

static void averages_are_those_of_the_pixels(void **state)
{
    (void)state;
    each_geometry(check_average);
}

/* As the type keeps it. */
static float kept(enum number type, float v)
{
    return type == NUMBER_F32 ? v : number_widen(number_round(v));
}

static void check_gradient(const struct geometry *g, bool add)
{
    struct tensor t = g->in;
    void *dy = made_up(g->out, 6), *dx = made_up(t, 7), *before = made_up(t, 7);
    kernels_subsample_gradient(t, g->out, g->step, BATCH, dy, dx, add);
    for (size_t n = 0; n < BATCH; n++)
        for (int c = 0; c < t.c; c++)
            for (int i = 0; i < t.h; i++)
                for (int k = 0; k < t.w; k++) {
                    bool taken = i % g->step == 0 && k % g->step == 0;
                    float expected = taken ? get(g->out, dy, n, c, i / g->step, k / g->step) : 0.0f;
                    if (add)
                        expected = kept(t.type, get(t, before, n, c, i, k) + expected);
                    assert_true(get(t, dx, n, c, i, k) == expected);
                }
    assert_padded(t, dx);
    free(dy);
    free(dx);
    free(before);
}

static void check_gradients(const struct geometry *g)
{
    check_gradient(g, false);
    check_gradient(g, true);
}

static void gradient_of_subsampling_goes_back_there(void **state)
{
    (void)state;
    each_geometry(check_gradients);
}

struct ended {
    void *dy;
    float *alpha;
};

/* Takes ownership of the gradient. */
static struct ended end_of(struct tensor t, struct kernels_ending ending, bool shown, void *dy)
{
    struct ended out = {dy, memory_new(BATCH * tensor_channels(t), sizeof(float))};
    void *y = made_up(t, 9);
    float *sums = memory_new(kernels_end_floats(t, BATCH), sizeof *sums);
    ending.y = y;
    ending.sums = sums;
    ending.alpha = shown ? out.alpha : NULL;
    kernels_end(t, BATCH, &ending, out.dy);
    free(sums);
    free(y);
    return out;
}

static struct ended end(struct tensor t, struct kernels_ending ending, bool shown)
{
    return end_of(t, ending, shown, made_up(t, 8));
}

static void free_ended(struct ended *e)
{
    free(e->dy);
    free(e->alpha);
}

/* A sparse gradient and the same one with all its zeroes end alike, bit by bit but for the sign of a zero. */
static void compare_ends(const struct geometry *g, enum net_act act, bool after, bool shown)
{
    struct tensor t = g->in;
    void *dy = made_up(g->out, 6), *whole = memory_new(BATCH * tensor_numbers(t), number_size(t.type));
    kernels_subsample_gradient(t, g->out, g->step, BATCH, dy, whole, false);
    struct kernels_ending ending = {.act = act, .after = after, .more = {dy, g->out, g->step, NULL}};
    struct ended sparse = end(t, ending, shown);
    ending.more = (struct kernels_more){whole, t, 1, NULL};
    struct ended full = end(t, ending, shown);
    ending.more = (struct kernels_more){0};
    struct ended none = end(t, ending, shown);
    bool differs = false;
    for (size_t i = 0; i < BATCH * tensor_numbers(t); i++) {
        float a = number_get(t.type, sparse.dy, i), b = number_get(t.type, full.dy, i);
        assert_true(a == b);
        differs = differs || a != number_get(t.type, none.dy, i);
    }
    assert_true(differs || tensor_numbers(g->out) < 40); /* it may all lie where the derivative is zero */
    for (size_t i = 0; i < BATCH * tensor_channels(t); i++)
        assert_true(sparse.alpha[i] == full.alpha[i]);
    free_ended(&sparse);
    free_ended(&full);
    free_ended(&none);
    free(dy);
    free(whole);
}

static void check_ends(const struct geometry *g)
{
    static const enum net_act acts[] = {NET_LINEAR, NET_RELU, NET_LEAKY, NET_ELU};
    bool plain = g->out.block != g->in.block; /* such a one is not left to the end */
    if (plain || (g->in.type == NUMBER_BF16 && !onednn_has_bf16()))
        return;
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        for (int k = 0; k < 4; k++)
            compare_ends(g, acts[i], k % 2, k / 2);
}

/* Under a max-pool, by its winners: as with the gradient that they make, written out. */
static void check_pooled(struct tensor in, enum net_act act, bool after, bool shown)
{
    struct tensor out = in;
    out.h = in.h / 2;
    out.w = in.w / 2;
    size_t n = BATCH * tensor_numbers(out);
    void *dy = made_up(out, 6), *whole = memory_new(BATCH * tensor_numbers(in), number_size(in.type));
    uint8_t *winners = memory_new(n, 1);
    uint64_t seed = 3;
    for (size_t i = 0; i < n; i++)
        winners[i] = (uint8_t)(2 + 1.99f * fixture_random(&seed));
    for (size_t image = 0; image < BATCH; image++)
        for (int c = 0; c < in.c; c++)
            for (int i = 0; i < in.h; i++)
                for (int k = 0; k < in.w; k++) {
                    size_t from = image * tensor_numbers(out) + tensor_at(out, c, i / 2, k / 2);
                    if (winners[from] == i % 2 * 2 + k % 2)
                        number_put(in.type, whole, image * tensor_numbers(in) + tensor_at(in, c, i, k),
                                   number_get(in.type, dy, from));
                }
    struct kernels_ending ending = {.act = act, .after = after, .more = {dy, out, 2, winners}};
    struct ended pooled = end(in, ending, shown);
    ending.more = (struct kernels_more){0};
    struct ended full = end_of(in, ending, shown, whole);
    for (size_t i = 0; i < BATCH * tensor_numbers(in); i++)
        assert_true(number_get(in.type, pooled.dy, i) == number_get(in.type, full.dy, i));
    for (size_t i = 0; shown && i < BATCH * tensor_channels(in); i++)
        assert_true(pooled.alpha[i] == full.alpha[i]);
    free_ended(&pooled);
    free_ended(&full);
    free(winners);
    free(dy);
}

static void gradients_of_pools_are_taken_by_their_winners(void **state)
{
    (void)state;
    static const enum net_act acts[] = {NET_LINEAR, NET_RELU, NET_LEAKY};
    const struct tensor layouts[] = {
        {20, 6, 8, 16, NUMBER_F32}, {16, 2, 2, 16, NUMBER_F32}, {20, 6, 8, 20, NUMBER_BF16}};
    for (size_t l = 0; l < (onednn_has_bf16() ? 3 : 2); l++)
        for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
            for (int k = 0; k < 4; k++) {
                assert_true(kernels_takes_winners(acts[i], layouts[l]));
                check_pooled(layouts[l], acts[i], k % 2, k / 2);
            }
    assert_false(kernels_takes_winners(NET_ELU, layouts[0]));
    assert_false(kernels_takes_winners(NET_RELU, (struct tensor){20, 5, 8, 16, NUMBER_F32}));
}

static void sparse_gradients_are_added_at_the_end(void **state)
{
    (void)state;
    each_geometry(check_ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(averages_are_those_of_the_pixels),
        cmocka_unit_test(subsampling_takes_every_nth_pixel),
        cmocka_unit_test(gradient_of_subsampling_goes_back_there),
        cmocka_unit_test(sparse_gradients_are_added_at_the_end),
        cmocka_unit_test(gradients_of_pools_are_taken_by_their_winners),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
