#include "simulation.h"

#include <math.h>
#include <stdlib.h>

/* Inside (0, 1). */
static double uniform(struct order_random *r)
{
    return ((double)(order_random_next(r) >> 11) + 0.5) / 9007199254740992.0;
}

/* Box and Muller 1958. */
static double normal(struct order_random *r)
{
    double radius = sqrt(-2 * log(uniform(r)));
    return radius * cos(2 * acos(-1.0) * uniform(r));
}

static double class_mean(const struct simulation *s, int c, int layer)
{
    return s->mean[layer] * (1 + s->uneven * sin(3 * c + layer));
}

struct curve *simulation_make(const struct simulation *s, uint64_t set)
{
    struct order_random r;
    struct curve *c = curve_new(s->layers, s->classes, NULL);
    double shift = (s->common * s->common + s->own * s->own) / 2;
    order_random_seed(&r, 7, set);
    for (long i = 0; i < s->images * s->classes; i++) {
        float values[SIMULATION_LAYERS_MAX];
        struct error e;
        int k = (int)(i % s->classes);
        double common = s->common * normal(&r);
        for (int l = 0; l < s->layers; l++)
            values[l] = (float)(class_mean(s, k, l) * exp(common + s->own * normal(&r) - shift));
        const struct curve_row row = {.image = i, .class_index = k, .predicted = k, .score = 1};
        if (curve_add(c, &row, values, &e) < 0)
            abort();
    }
    return c;
}

double simulation_truth(const struct simulation *s, int layer)
{
    double sum = 0;
    for (int c = 0; c < s->classes; c++)
        sum += class_mean(s, c, layer);
    return sum / s->classes;
}
