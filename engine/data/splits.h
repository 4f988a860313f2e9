/* The names of the parts of a data set: val (valid, validation), test (testing, t10k) and train
 * (training). */
#ifndef ISPLIT_DATA_SPLITS_H
#define ISPLIT_DATA_SPLITS_H

#include <stdbool.h>

/* Whether it is such a name. */
bool splits_known(const char *name);

/* The one of `n` names that `wanted` means: the same name, else one of the same group. Without `wanted`: val,
 * else test, else train. -1 where there is none. */
int splits_choose(const char *const *names, int n, const char *wanted);

#endif
