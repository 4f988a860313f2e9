/* Losses: their gradients against finite differences, and scores that are huge. PyTorch's values are compared
 * in tests/reference/test_training_pieces.py. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "curve/order.h"
#include "train/loss.h"

enum { BATCH = 4, USED = 3, OUTPUTS_MAX = 5 };
static const double temperature = 2;

static void assert_near(double got, double wanted, double tolerance)
{
    if (!(fabs(got - wanted) <= tolerance))
        fail_msg("%.17g is not %.17g", got, wanted);
}

static float number(struct order_random *r)
{
    return (float)order_random_below(r, 2000) / 250 - 4;
}

static void check_gradient(enum retrain_loss kind, int outputs)
{
    struct order_random r;
    float scores[BATCH * OUTPUTS_MAX], teacher[BATCH * OUTPUTS_MAX], gradient[BATCH * OUTPUTS_MAX];
    const int labels[BATCH] = {1, 0, outputs > 1 ? outputs - 1 : 1, 0};
    order_random_seed(&r, 5, (uint64_t)outputs);
    for (int i = 0; i < BATCH * outputs; i++) {
        scores[i] = number(&r);
        teacher[i] = number(&r);
    }
    loss_of(kind, temperature, outputs, USED, scores, labels, teacher, gradient, BATCH);
    for (int i = 0; i < BATCH * outputs; i++) {
        const float step = 0x1p-8f, kept = scores[i];
        scores[i] = kept + step;
        double up = loss_of(kind, temperature, outputs, USED, scores, labels, teacher, NULL, BATCH);
        scores[i] = kept - step;
        double down = loss_of(kind, temperature, outputs, USED, scores, labels, teacher, NULL, BATCH);
        scores[i] = kept;
        assert_near((double)gradient[i], (up - down) / (2 * (double)step), 1e-5);
    }
}

static void test_gradients(void **state)
{
    (void)state;
    for (int outputs = 1; outputs <= OUTPUTS_MAX; outputs++)
        for (int kind = RETRAIN_LABELS; kind <= RETRAIN_BOTH; kind++)
            check_gradient((enum retrain_loss)kind, outputs);
}

/* Where both networks say the same there is nothing to learn. */
static void test_same_as_teacher(void **state)
{
    (void)state;
    const float scores[] = {3, -1, 0.5F, 2, 2, 2};
    float gradient[6];
    assert_near(loss_of(RETRAIN_DISTILL, temperature, 3, 2, scores, NULL, scores, gradient, 2), 0, 1e-12);
    for (int i = 0; i < 6; i++)
        assert_near((double)gradient[i], 0, 1e-7);
}

static void check_huge(enum retrain_loss kind, int outputs, const float *scores, double expected)
{
    const float teacher[] = {-3e38F, 3e38F, 0};
    const int label = 0;
    float gradient[3];
    double loss = loss_of(kind, 1, outputs, 1, scores, &label, teacher, gradient, 1);
    assert_true(isfinite(loss));
    assert_near(loss, expected, 1e-6 * expected);
    for (int k = 0; k < outputs; k++)
        assert_true(isfinite(gradient[k]) && fabsf(gradient[k]) <= 1);
}

/* The largest floats: exp of them is no number. */
static void test_huge_scores(void **state)
{
    (void)state;
    check_huge(RETRAIN_LABELS, 3, (const float[]){-3e38F, 3e38F, 0}, 6e38);
    check_huge(RETRAIN_LABELS, 3, (const float[]){3e38F, -3e38F, 0}, 0);
    check_huge(RETRAIN_DISTILL, 3, (const float[]){3e38F, -3e38F, 0}, 6e38);
    check_huge(RETRAIN_LABELS, 1, (const float[]){3e38F}, 3e38);
    check_huge(RETRAIN_LABELS, 1, (const float[]){-3e38F}, 0);
    check_huge(RETRAIN_DISTILL, 1, (const float[]){3e38F}, 3e38);
    check_huge(RETRAIN_BOTH, 1, (const float[]){3e38F}, 3e38);
}

/* So that a training that went astray is noticed. */
static void test_not_finite(void **state)
{
    (void)state;
    const int label = 0;
    const float bad[] = {NAN, 0, 1}, teacher[] = {0, 0, 0};
    for (int kind = RETRAIN_LABELS; kind <= RETRAIN_BOTH; kind++)
        for (int outputs = 1; outputs <= 3; outputs += 2)
            assert_false(
                isfinite(loss_of((enum retrain_loss)kind, 1, outputs, 1, bad, &label, teacher, NULL, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_same_as_teacher),
        cmocka_unit_test(test_huge_scores),
        cmocka_unit_test(test_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
