#include "predict/trapped.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* The ratio's patches and places, in pixels; channels that a number of its code stands for. */
enum { SIDE = 4, SHARE = 4 };

int trapped_rate_read(const char *text, long *floats, struct error *e)
{
    static const char prefix[] = "floats:";
    size_t length = sizeof prefix - 1;
    *floats = TRAPPED_RATIO;
    if (strcmp(text, "ratio") == 0)
        return 0;
    const char *digits = text + length;
    if (strncmp(text, prefix, length) == 0 && *digits >= '0' && *digits <= '9') {
        char *end;
        errno = 0;
        *floats = strtol(digits, &end, 10);
        if (errno == 0 && *end == '\0' && *floats > 0)
            return 0;
    }
    *floats = TRAPPED_RATIO;
    return error_set(e, "'%s' is not a bottleneck (expected ratio, or floats:N with N from 1 to %ld)", text,
                     LONG_MAX);
}

char *trapped_rate_text(long floats)
{
    return floats == TRAPPED_RATIO ? memory_copy("ratio") : memory_format("floats:%ld", floats);
}

static int64_t at_least_one(int64_t n)
{
    return n > 1 ? n : 1;
}

struct trapped_geometry trapped_geometry(struct net_shape a, long floats)
{
    int h = a.h < SIDE ? a.h : SIDE, w = a.w < SIDE ? a.w : SIDE;
    bool ratio = floats == TRAPPED_RATIO;
    struct trapped_geometry g = {.k_h = ratio ? h : a.h / h, .k_w = ratio ? w : a.w / w};
    g.across = a.w / g.k_w;
    g.patches = (int64_t)(a.h / g.k_h) * g.across;
    g.numbers = (int64_t)a.c * g.k_h * g.k_w;
    g.rank = at_least_one(ratio ? a.c / SHARE : floats / ((int64_t)h * w));
    return g;
}

double trapped_energy(const struct trapped_geometry *g, int64_t rank, const double *lambda, int n)
{
    double sum = 0;
    if (rank >= g->numbers)
        return 0;
    for (int i = n - 1; i >= rank; i--) /* the smallest first */
        sum += lambda[i];
    return (double)g->patches / 2 * sum;
}

double trapped_shown(double nats)
{
    return -log10(nats + 1e-9);
}

void trapped_make(struct trapped *t, int layers_n)
{
    *t = (struct trapped){.layers_n = layers_n};
    t->lambda = memory_new((size_t)layers_n, sizeof *t->lambda);
    t->lambda_n = memory_new((size_t)layers_n, sizeof *t->lambda_n);
}

void trapped_free(struct trapped *t)
{
    for (int l = 0; l < t->layers_n; l++)
        free(t->lambda[l]);
    free(t->lambda);
    free(t->lambda_n);
    *t = (struct trapped){0};
}
