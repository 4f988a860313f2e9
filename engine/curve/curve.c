#include "curve/curve.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct curve_class {
    uint32_t *rows; /* row numbers; [0..sorted_n) by image number */
    long n, capacity, sorted_n;
    long summed_n; /* rows contained in the sums */
    long correct;
};

struct curve *curve_new(int layers, int classes, struct error *e)
{
    if (classes > CURVE_CLASSES_MAX) {
        error_set(e, "%d classes (expected at most %d)", classes, CURVE_CLASSES_MAX);
        return NULL;
    }
    struct curve *c = memory_new(1, sizeof *c);
    size_t cells = memory_product((size_t)classes, (size_t)layers);
    c->layers = layers;
    c->per_class = memory_new_try((size_t)classes, sizeof *c->per_class);
    c->sums = memory_new_try(cells, sizeof *c->sums);
    c->deviations = memory_new_try(cells, sizeof *c->deviations);
    c->zeros = memory_new_try(cells, sizeof *c->zeros);
    if (c->per_class && c->sums && c->deviations && c->zeros) {
        c->classes = classes;
        return c;
    }
    curve_free(c);
    error_set(e, "no memory for the importance of %d layers in %d classes", layers, classes);
    return NULL;
}

void curve_free(struct curve *c)
{
    if (!c)
        return;
    for (int i = 0; i < c->classes; i++)
        free(c->per_class[i].rows);
    free(c->per_class);
    free(c->sums);
    free(c->deviations);
    free(c->zeros);
    free(c->rows);
    free(c->values);
    free(c->row_of);
    free(c);
}

long curve_find(const struct curve *c, long image)
{
    return image >= 0 && image < c->row_of_n ? (long)c->row_of[image] - 1 : -1;
}

void curve_fetch(const struct curve *c, long image)
{
    if (image >= 0 && image < c->row_of_n)
        __builtin_prefetch(c->row_of + image, 1);
}

static void remember(struct curve *c, long image, long row)
{
    if (image >= c->row_of_n) {
        long n = image + 1 > 2 * c->row_of_n ? image + 1 : 2 * c->row_of_n;
        c->row_of = memory_grow(c->row_of, (size_t)n, sizeof *c->row_of);
        memset(c->row_of + c->row_of_n, 0, (size_t)(n - c->row_of_n) * sizeof *c->row_of);
        c->row_of_n = n;
    }
    c->row_of[image] = (uint32_t)row + 1;
}

int curve_add(struct curve *c, const struct curve_row *row, const float *values, struct error *e)
{
    bool unlabelled = row->class_index == CURVE_UNLABELLED;
    if (row->image < 0 || row->class_index < CURVE_UNLABELLED || row->class_index >= c->classes)
        return error_set(e, "image %d has class %d (expected 0 to %d)", row->image, row->class_index,
                         c->classes - 1);
    if (row->predicted < 0 || row->predicted >= c->classes)
        return error_set(e, "image %d: the winning class is %d (expected 0 to %d)", row->image,
                         row->predicted, c->classes - 1);
    if (c->rows_n == INT32_MAX)
        return error_set(e, "more than %ld rows", c->rows_n);
    if (curve_find(c, row->image) >= 0)
        return error_set(e, "image %d was measured already", row->image);
    for (int l = 0; l < c->layers; l++)
        if (isinf(values[l]) || values[l] < 0)
            return error_set(e, "image %d: importance %g (expected a finite number, not negative)",
                             row->image, (double)values[l]);

    size_t width = (size_t)c->layers;
    if (c->rows_n == c->rows_capacity) {
        c->rows_capacity = 2 * c->rows_capacity + 64;
        c->rows = memory_grow(c->rows, (size_t)c->rows_capacity, sizeof *c->rows);
        c->values =
            memory_grow(c->values, memory_product((size_t)c->rows_capacity, width), sizeof *c->values);
    }
    c->rows[c->rows_n] = *row;
    if (unlabelled)
        c->rows[c->rows_n].class_index = row->predicted;
    c->unlabelled = c->unlabelled || unlabelled;
    memcpy(c->values + (size_t)c->rows_n * width, values, width * sizeof *values);
    remember(c, row->image, c->rows_n);

    struct curve_class *k = &c->per_class[unlabelled ? row->predicted : row->class_index];
    if (k->n == k->capacity) {
        k->capacity = 2 * k->capacity + 8;
        k->rows = memory_grow(k->rows, (size_t)k->capacity, sizeof *k->rows);
    }
    k->rows[k->n++] = (uint32_t)c->rows_n++;
    k->correct += row->predicted == row->class_index;
    return 0;
}

void curve_copy_row(struct curve *to, const struct curve *from, long row)
{
    struct error e;
    struct curve_row copy = from->rows[row];
    copy.class_index = from->unlabelled ? CURVE_UNLABELLED : copy.class_index;
    if (curve_add(to, &copy, from->values + (size_t)row * (size_t)from->layers, &e) < 0)
        abort(); /* a row accepted by one curve is valid for another */
}

void curve_exchange(struct curve *a, struct curve *b)
{
    struct curve kept = *a;
    *a = *b;
    *b = kept;
}

void curve_copy_images(struct curve *to, const struct curve *from, const long *images, long n)
{
    for (long i = 0; i < n; i++) {
        long row = curve_find(from, images[i]);
        if (row >= 0)
            curve_copy_row(to, from, row);
    }
}

/* Image numbers are sorted themselves, which needs no context. */
struct sort_key {
    uint32_t image, row;
};

static int compare_keys(const void *a, const void *b)
{
    uint32_t x = ((const struct sort_key *)a)->image;
    uint32_t y = ((const struct sort_key *)b)->image;
    return (x > y) - (x < y);
}

/* Large classes by digits, the lowest first: much quicker than by comparison. spare[n] */
static void sort_by_image(struct sort_key *keys, struct sort_key *spare, long n)
{
    enum { DIGIT = 8, FEW = 128 };
    if (n < FEW) {
        qsort(keys, (size_t)n, sizeof *keys, compare_keys);
        return;
    }
    for (int shift = 0; shift < 32; shift += DIGIT) {
        long starts[(1 << DIGIT) + 1] = {0};
        for (long i = 0; i < n; i++)
            starts[(keys[i].image >> shift & ((1 << DIGIT) - 1)) + 1]++;
        for (int d = 0; d < 1 << DIGIT; d++)
            starts[d + 1] += starts[d];
        for (long i = 0; i < n; i++)
            spare[starts[keys[i].image >> shift & ((1 << DIGIT) - 1)]++] = keys[i];
        struct sort_key *sorted = spare; /* after an even number of passes they are in `keys` again */
        spare = keys;
        keys = sorted;
    }
}

/* Sorts the rows added since the last call and merges them, from the back, into the earlier ones. */
static void sort_class(const struct curve *c, struct curve_class *k)
{
    long fresh_n = k->n - k->sorted_n;
    struct sort_key *fresh = memory_new(memory_product((size_t)fresh_n, 2), sizeof *fresh);
    for (long i = 0; i < fresh_n; i++) {
        uint32_t row = k->rows[k->sorted_n + i];
        fresh[i] = (struct sort_key){(uint32_t)c->rows[row].image, row};
    }
    sort_by_image(fresh, fresh + fresh_n, fresh_n);
    long old = k->sorted_n - 1;
    long next = fresh_n - 1;
    for (long to = k->n - 1; next >= 0; to--) {
        bool take_old = old >= 0 && (uint32_t)c->rows[k->rows[old]].image > fresh[next].image;
        k->rows[to] = take_old ? k->rows[old--] : fresh[next--].row;
    }
    free(fresh);
    k->sorted_n = k->n;
}

/* Row i of a class. The rows are scattered in memory, so the next ones are prefetched. */
static const float *values_at(const struct curve *c, const struct curve_class *k, long i)
{
    enum { AHEAD = 8 };
    size_t width = (size_t)c->layers;
    if (i + AHEAD < k->n)
        __builtin_prefetch(c->values + (size_t)k->rows[i + AHEAD] * width);
    return c->values + (size_t)k->rows[i] * width;
}

static void sum_class(struct curve *c, int class_index)
{
    struct curve_class *k = &c->per_class[class_index];
    if (k->summed_n == k->n)
        return;
    sort_class(c, k);
    size_t width = (size_t)c->layers;
    double *sum = c->sums + (size_t)class_index * width;
    double *deviation = c->deviations + (size_t)class_index * width;
    long *zeros = c->zeros + (size_t)class_index * width;
    for (size_t l = 0; l < width; l++) {
        sum[l] = deviation[l] = 0;
        zeros[l] = 0;
    }
    for (long i = 0; i < k->n; i++) {
        const float *values = values_at(c, k, i);
        for (size_t l = 0; l < width; l++) {
            sum[l] += (double)values[l];
            zeros[l] += values[l] == 0;
        }
    }
    /* A second pass: the difference of two large sums would lose the variance. */
    for (long i = 0; i < k->n; i++) {
        const float *values = values_at(c, k, i);
        for (size_t l = 0; l < width; l++) {
            double d = (double)values[l] - sum[l] / (double)k->n;
            deviation[l] += d * d;
        }
    }
    k->summed_n = k->n;
}

bool curve_refresh_some(struct curve *c, int *next, long rows)
{
    for (; *next < c->classes; ++*next) {
        const struct curve_class *k = &c->per_class[*next];
        if (k->summed_n == k->n)
            continue;
        if (rows <= 0)
            return false;
        rows -= k->n;
        sum_class(c, *next);
    }
    *next = 0;
    return true;
}

void curve_refresh(struct curve *c)
{
    int next = 0;
    curve_refresh_some(c, &next, LONG_MAX);
}

long curve_class_images(const struct curve *c, int class_index)
{
    return c->per_class[class_index].n;
}

long curve_class_summed(const struct curve *c, int class_index)
{
    return c->per_class[class_index].summed_n;
}

long curve_class_correct(const struct curve *c, int class_index)
{
    return c->per_class[class_index].correct;
}

const uint32_t *curve_class_rows(const struct curve *c, int class_index)
{
    return c->per_class[class_index].rows;
}

double curve_class_mean(const struct curve *c, int class_index, int layer)
{
    long n = c->per_class[class_index].summed_n;
    return n ? c->sums[(size_t)class_index * (size_t)c->layers + (size_t)layer] / (double)n : NAN;
}
