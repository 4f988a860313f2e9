/* A number with its uncertainty, as curves, features and differences have them. */
#ifndef ISPLIT_CURVE_ESTIMATE_H
#define ISPLIT_CURVE_ESTIMATE_H

/* A mean, a fraction or a difference with its 95 % interval; NaN: not known, the interval where a class with
 * images has fewer than 2. */
struct estimate {
    double value, low, high;
};

#endif
