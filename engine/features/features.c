#include "features/features.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "curve/curve_stats.h"
#include "race/paired.h"

#define LEVEL 0.95

const char *const dtype_words[] = {"f32", "f16", "int8", NULL};

int64_t dtype_bytes(enum dtype type, int64_t bytes_f32)
{
    return bytes_f32 >> type;
}

struct feature_value feature_proportion(long k, long n)
{
    struct feature_value v;
    v.value = paired_share((double)k, (double)n, LEVEL, &v.low, &v.high);
    return v;
}

struct feature_value feature_mean(int64_t sum, double deviation, long n)
{
    double mean = (double)sum / (double)n;
    if (n < 2)
        return (struct feature_value){mean, NAN, NAN};
    double half = curve_stats_student(LEVEL, (double)n - 1) * deviation / sqrt((double)n);
    return (struct feature_value){mean, fmax(mean - half, 0), mean + half};
}

int64_t dtype_compressed_max(int64_t bytes)
{
    return bytes + bytes / 128 + 1024;
}

const struct feature *features_find(const struct features *f, int layer, enum dtype type)
{
    for (int i = 0; f && i < f->rows_n; i++)
        if (f->rows[i].layer == layer && f->rows[i].type == type)
            return &f->rows[i];
    return NULL;
}

void features_free(struct features *f)
{
    free(f->rows);
    *f = (struct features){0};
}
