/* Values and slopes of activations, one number at a time, against formulas in double precision. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/activations.h"

static double reference_sigmoid(double z)
{
    return 1 / (1 + exp(-z));
}

static double reference_swish(double z)
{
    return z * reference_sigmoid(z);
}

static double reference_mish(double z)
{
    return z * tanh(log1p(exp(z)));
}

static double reference_hard_mish(double z)
{
    return z > 0 ? z : z > -2 ? z * z / 2 + z : 0;
}

static double reference_relu6(double z)
{
    return fmin(fmax(z, 0), 6);
}

static double reference_hard_sigmoid(double z)
{
    return reference_relu6(z + 3) / 6;
}

static double reference_hard_swish(double z)
{
    return z * reference_hard_sigmoid(z);
}

static const struct {
    enum net_act act;
    double (*value)(double z);
    double kinks[2]; /* where the slope jumps; the same twice: one */
} cases[] = {
    {NET_SWISH, reference_swish, {NAN, NAN}},
    {NET_MISH, reference_mish, {NAN, NAN}},
    {NET_RELU6, reference_relu6, {0, 6}},
    {NET_HARD_MISH, reference_hard_mish, {-2, -2}},
    {NET_HARD_SWISH, reference_hard_swish, {-3, 3}},
    {NET_HARD_SIGMOID, reference_hard_sigmoid, {-3, 3}},
    {NET_LOGISTIC, reference_sigmoid, {NAN, NAN}},
};
enum { CASES = sizeof cases / sizeof *cases };

static void values_are_exact(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        const struct activation *a = &activations[cases[i].act];
        for (int k = -3000; k <= 3000; k++) {
            float z = (float)k / 100;
            double expected = cases[i].value(z), got = a->value(z);
            if (fabs(got - expected) > 3e-6 * fabs(expected) + 1e-30)
                fail_msg("%s(%g) is %.9g (expected %.9g)", a->name, (double)z, got, expected);
        }
        assert_float_equal(a->value(0.0f), a->at_zero, 1e-7);
    }
}

/* The slope where it is tiny has digits of its own: no difference of near numbers is taken. */
static void slopes_are_exact_also_near_saturation(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        const struct activation *a = &activations[cases[i].act];
        for (int k = -3000; k <= 3000; k++) {
            double z = (double)(float)(k / 100.0), h = 1e-5;
            if (fabs(z - cases[i].kinks[0]) < 1e-3 || fabs(z - cases[i].kinks[1]) < 1e-3)
                continue;
            if (cases[i].act == NET_LOGISTIC && z > 5)
                continue; /* from its output, which has no digits there */
            double expected = (cases[i].value(z + h) - cases[i].value(z - h)) / (2 * h);
            double got = a->slope((float)z, a->value((float)z));
            double digits = 1e-9 + 2e-6 * fabs(expected) + (z < -5 ? 0 : 5e-7);
            if (fabs(got - expected) > digits)
                fail_msg("%s at %g: slope %.9g (expected %.9g)", a->name, z, got, expected);
        }
    }
}

/* Neither NaN nor infinity comes of a large input. */
static void large_inputs_give_numbers(void **state)
{
    (void)state;
    const float large[] = {-3e38f, -1e4f, -200.0f, -100.0f, 100.0f, 200.0f, 1e4f, 3e38f};
    for (int act = 0; act < NET_ACTS; act++)
        for (size_t k = 0; k < sizeof large / sizeof *large; k++) {
            const struct activation *a = &activations[act];
            float y = a->value(large[k]), slope = a->slope(large[k], y);
            if (!isfinite(slope) || (!isfinite(y) && act != NET_RAMP && act != NET_SELU))
                fail_msg("%s at %g is %g, slope %g", a->name, (double)large[k], (double)y, (double)slope);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_exact),
        cmocka_unit_test(slopes_are_exact_also_near_saturation),
        cmocka_unit_test(large_inputs_give_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
