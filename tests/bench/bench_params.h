/* Random parameters, for timing. */
#ifndef ISPLIT_BENCH_PARAMS_H
#define ISPLIT_BENCH_PARAMS_H

#include <stdint.h>

#include "net/params.h"

/* From a weights file in memory; NULL on error. */
struct params *bench_params(const struct net *net, struct error *e);

/* n numbers in middle +- spread; free() them. */
float *bench_numbers(int64_t n, float middle, float spread);

#endif
