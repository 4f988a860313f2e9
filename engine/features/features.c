#include "features/features.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "curve/curve_stats.h"
#include "race/paired.h"

#define LEVEL 0.95

struct estimate feature_proportion(long k, long n)
{
    struct estimate v;
    v.value = paired_share((double)k, (double)n, LEVEL, &v.low, &v.high);
    return v;
}

struct estimate feature_mean_of(double mean, const struct feature_part *parts, int n)
{
    double variance = 0, weighed = 0, half = 0;
    for (int i = 0; i < n; i++) {
        if (!(parts[i].freedom > 0))
            return (struct estimate){mean, NAN, NAN};
        variance += parts[i].variance;
        weighed += parts[i].variance * parts[i].variance / parts[i].freedom;
    }
    if (variance > 0)
        half = curve_stats_student(LEVEL, variance * variance / weighed) * sqrt(variance);
    return (struct estimate){mean, fmax(mean - half, 0), mean + half};
}

struct estimate feature_mean(int64_t sum, double deviation, long n, double spread, int draws)
{
    const struct feature_part parts[] = {{deviation * deviation / (double)n, (double)n - 1},
                                         {spread * spread, draws - 1}};
    return feature_mean_of((double)sum / (double)n, parts, draws ? 2 : 1);
}

const struct feature *features_find(const struct features *f, int layer, enum dtype type, enum coder coder)
{
    for (int i = 0; f && i < f->rows_n; i++)
        if (f->rows[i].layer == layer && f->rows[i].type == type && f->rows[i].coder == coder)
            return &f->rows[i];
    return NULL;
}

const struct feature *features_find_dtype(const struct features *f, int layer, enum dtype type)
{
    const struct feature *found = NULL;
    for (int c = 0; c < CODERS && !found; c++)
        found = features_find(f, layer, type, (enum coder)c);
    return found;
}

bool features_find_layer(const struct features *f, int layer)
{
    bool found = false;
    for (int t = 0; t < DTYPES && !found; t++)
        found = features_find_dtype(f, layer, (enum dtype)t) != NULL;
    return found;
}

double features_whole(const struct features *f)
{
    for (int i = 0; f && i < f->rows_n; i++)
        if (f->rows[i].type == DTYPE_F32)
            return f->rows[i].correct.value;
    return NAN;
}

double features_right(const struct features *f, const struct feature *row)
{
    double whole = features_whole(f);
    if (row->images == f->images || row->lost < 0 || isnan(whole))
        return row->correct.value;
    return fmin(fmax(whole + (double)(row->gained - row->lost) / (double)row->images, 0), 1);
}

void features_free(struct features *f)
{
    free(f->rows);
    free(f->pictures);
    *f = (struct features){0};
}
