#include "curve/difference.h"

#include <math.h>

#include "curve/curve_stats.h"

/* Of one subset: its images, whether each of its classes has two, and its mean in a layer. */
struct side {
    const bool *chosen;
    double images;
    bool pairs;
    double mean;
};

static struct side difference_side(const struct curve *c, const bool *chosen)
{
    struct side s = {.chosen = chosen, .pairs = true};
    for (int k = 0; k < c->classes; k++) {
        long n = chosen[k] ? curve_class_summed(c, k) : 0;
        s.images += (double)n;
        s.pairs = s.pairs && n != 1;
    }
    return s;
}

static double difference_mean(const struct curve *c, const struct side *s, int layer)
{
    double sum = 0;
    for (int k = 0; k < c->classes; k++)
        if (s->chosen[k] && curve_class_summed(c, k) > 0)
            sum += c->sums[(size_t)k * (size_t)c->layers + (size_t)layer];
    return s->images > 0 ? sum / s->images : NAN;
}

/* What a class's mean counts for. */
static double difference_weight(const struct side *s, int class_index, double images, bool logarithm)
{
    double share = s->chosen[class_index] && s->images > 0 ? images / s->images : 0;
    return logarithm ? share / (s->mean * log(10)) : share;
}

static double difference_half(const struct curve *c, const struct side *one, const struct side *other,
                              int layer, bool logarithm)
{
    double variance = 0, below = 0;
    for (int k = 0; k < c->classes; k++) {
        double n = (double)curve_class_summed(c, k);
        double weight = difference_weight(one, k, n, logarithm) - difference_weight(other, k, n, logarithm);
        if (n < 2 || weight == 0)
            continue;
        double squares = c->deviations[(size_t)k * (size_t)c->layers + (size_t)layer];
        double g = weight * weight * squares / (n - 1) / n;
        variance += g;
        below += g * g / (n - 1);
    }
    return below > 0 ? sqrt(variance) * curve_stats_student(0.95, variance * variance / below) : 0;
}

void curve_difference(const struct curve *c, const bool *one, const bool *other, bool logarithm,
                      struct estimate *out)
{
    struct side a = difference_side(c, one), b = difference_side(c, other);
    for (int l = 0; l < c->layers; l++) {
        a.mean = difference_mean(c, &a, l);
        b.mean = difference_mean(c, &b, l);
        out[l] = (struct estimate){NAN, NAN, NAN};
        if (isnan(a.mean) || isnan(b.mean) || (logarithm && (a.mean <= 0 || b.mean <= 0)))
            continue;
        out[l].value = logarithm ? log10(a.mean) - log10(b.mean) : a.mean - b.mean;
        if (!a.pairs || !b.pairs)
            continue;
        double half = difference_half(c, &a, &b, l, logarithm);
        out[l].low = out[l].value - half;
        out[l].high = out[l].value + half;
    }
}
