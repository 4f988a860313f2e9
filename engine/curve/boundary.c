#include "curve/boundary.h"

#include <math.h>

/* The density of the standardised difference is kept at NODES places between LOWEST and the boundary; below
 * that it is too far to come back. An even number of steps, for Simpson's rule, none wider than half of the
 * narrowest kernel (BOUNDARY_GROWTH). HALVINGS: of the interval in which the boundary is sought, less than 1
 * wide. */
enum { NODES = 65, HALVINGS = 13 };
#define LOWEST (-5.0)

static double tail(double z)
{
    return erfc(z / sqrt(2)) / 2;
}

static double density(double z)
{
    return exp(-z * z / 2) / sqrt(2 * acos(-1.0));
}

static double simpson_weight(int i, double step)
{
    return (i == 0 || i == NODES - 1 ? 1 : i % 2 ? 4 : 2) * step / 3;
}

/* Of a difference that has not crossed `boundary` before, with density at the nodes: the chance that it has
 * at the next look, with which it is correlated by rho; `at` becomes its density among those that have not.
 */
static double look_once(double boundary, double rho, double at[NODES])
{
    double step = (boundary - LOWEST) / (NODES - 1), spread = sqrt(1 - rho * rho), crossed = 0;
    double next[NODES] = {0};
    for (int i = 0; i < NODES; i++) {
        double mean = rho * (LOWEST + i * step), weight = at[i] * simpson_weight(i, step);
        crossed += weight * tail((boundary - mean) / spread);
        for (int k = 0; k < NODES; k++)
            next[k] += weight / spread * density((LOWEST + k * step - mean) / spread);
    }
    for (int k = 0; k < NODES; k++)
        at[k] = next[k];
    return crossed;
}

static double crossing(const long *points, int n, double boundary)
{
    double at[NODES], crossed = tail(boundary);
    for (int i = 0; i < NODES; i++)
        at[i] = density(LOWEST + i * (boundary - LOWEST) / (NODES - 1));
    for (int k = 1; k < n; k++)
        crossed += look_once(boundary, sqrt((double)points[k - 1] / (double)points[k]), at);
    return crossed;
}

/* Where tail() is `probability`, below a half. */
static double boundary_of(double probability)
{
    double low = 0, high = 40;
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        *(tail(middle) > probability ? &low : &high) = middle;
    }
    return high;
}

double boundary_error(const long *points, int n, double error)
{
    if (n < 2)
        return error;
    double low = boundary_of(error), high = boundary_of(error / n);
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        *(crossing(points, n, middle) > error ? &low : &high) = middle;
    }
    return tail(high);
}
