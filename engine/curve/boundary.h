/* How sure each of several looks at the same growing data must be, so that all of them together are wrong
 * seldom enough. Looking k times at the error itself would err far more often (Armitage, McPherson, Rowe:
 * Repeated significance tests on accumulating data, JRSS A 1969). */
#ifndef ISPLIT_CURVE_BOUNDARY_H
#define ISPLIT_CURVE_BOUNDARY_H

/* points[n]: numbers of images at the looks, ascending, each at least BOUNDARY_GROWTH times the one before;
 * error: below a half. Returns the error that each look may make: where two layers are equal in truth the
 * chance that one of them, the wrong one, seems better by so much at any look is `error`. Their difference is
 * taken to be normal, a sum over images that are alike (the same probability at each look: Pocock, Biometrika
 * 1977; integrated recursively as in Armitage, McPherson, Rowe). `error` itself where n < 2. */
double boundary_error(const long *points, int n, double error);

#define BOUNDARY_GROWTH 1.1

#endif
