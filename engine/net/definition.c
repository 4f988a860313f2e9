#include "net/definition.h"

#include <stddef.h>

const char *const score_words[] = {[SCORE_TRUTH] = "truth", [SCORE_TOP] = "top", NULL};
const char *const reduce_words[] = {[REDUCE_MEAN] = "mean", [REDUCE_SUM] = "sum", NULL};
const char *const tap_words[] = {[TAP_POST] = "post", [TAP_PRE] = "pre", NULL};
const char *const precision_words[] = {[PRECISION_F32] = "f32", [PRECISION_BF16] = "bf16", NULL};
const char *const epsilon_words[] = {
    [EPSILON_HEADER] = "header", [EPSILON_FORK] = "fork", [EPSILON_DARKNET] = "darknet", NULL};
