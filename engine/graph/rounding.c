#include "graph/rounding.h"

#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "base/number.h"

/* The distance of neighbours at a number, away from zero. */
static double step_at(uint16_t half)
{
    return (double)number_widen(half & 0x7f80) / 128;
}

static uint16_t other_side(uint16_t half, float weight)
{
    bool outwards = fabsf(weight) > fabsf(number_widen(half));
    return (uint16_t)(outwards ? half + 1 : half - 1);
}

/* Weights whose error is that part of a step or more are as many as are needed, half as many again to be
 * sure: errors are spread evenly over half a step to either side, and one side counts. */
static double least_share(double error, double steps)
{
    return 0.5 - 1.5 * fabs(error) / steps;
}

static void round_filter(size_t n, const float *weights, uint16_t *halves)
{
    double error = 0, steps = 0;
    for (size_t i = 0; i < n; i++) {
        halves[i] = number_round(weights[i]);
        error += (double)(number_widen(halves[i]) - weights[i]);
        steps += step_at(halves[i]);
    }
    double share = least_share(error, steps);
    for (size_t i = 0; i < n && isfinite(error); i++) {
        double step = step_at(halves[i]), own = (double)(number_widen(halves[i]) - weights[i]);
        bool helps = own * error > 0 && step <= 2 * fabs(error);
        if (!helps || fabs(own) < share * step)
            continue;
        halves[i] = other_side(halves[i], weights[i]);
        error += (double)(number_widen(halves[i]) - weights[i]) - own;
    }
}

uint16_t *rounding_halves(size_t filters, size_t n, const float *weights)
{
    uint16_t *halves = memory_try(memory_product(filters, n), sizeof *halves);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < (halves ? filters : 0); i++)
        round_filter(n, weights + i * n, halves + i * n);
    return halves;
}
