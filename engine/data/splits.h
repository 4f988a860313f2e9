/* The names of the parts of a data set, in capitals or not: val (valid, validation, dev, eval), test
 * (testing, t10k) and train (training); also as one word of a longer name, as in seg_train, test_set or
 * val2017. */
#ifndef ISPLIT_DATA_SPLITS_H
#define ISPLIT_DATA_SPLITS_H

#include <stdbool.h>

/* Whether it is such a name: one of these words, and beside it only words that say nothing (set, images,
 * 2017). */
bool splits_known(const char *name);

/* Whether two such names mean the same part. */
bool splits_same(const char *a, const char *b);

/* The one of `n` names that `wanted` means: the same name, else one of the same group. Without `wanted`: val,
 * else test, else train. -1 where there is none. */
int splits_choose(const char *const *names, int n, const char *wanted);

#endif
