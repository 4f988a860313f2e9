#include "panes/matrix_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/model.h"
#include "base/memory.h"
#include "panes/matrix.h"
#include "panes/states.h"

struct matrix_rows {
    /* One row for each class that has measured images and passes the filter. */
    int *classes; /* [n of the list] */
    int *best;    /* [classes_n] by class index */
    int classes_n;
    int measured_n;
    int name_width;
    double low, high;

    /* What it depends on. */
    const struct curve *curve;
    long version;
    int sort;
    bool descending;
    char filter[LIST_TEXT];
};

struct matrix_rows *matrix_rows_new(void)
{
    return memory_new(1, sizeof(struct matrix_rows));
}

void matrix_rows_free(struct matrix_rows *r)
{
    free(r->classes);
    free(r->best);
    free(r);
}

int matrix_rows_at(const struct app *a, int row)
{
    return a->states->matrix->classes[row];
}

int matrix_rows_class(const struct app *a)
{
    const struct list *l = &a->states->lists[STATES_MATRIX];
    return l->cursor < l->n ? matrix_rows_at(a, l->cursor) : -1;
}

int matrix_rows_best(const struct app *a, int class_index)
{
    return a->states->matrix->best[class_index];
}

int matrix_rows_measured(const struct app *a)
{
    return a->states->matrix->measured_n;
}

int matrix_rows_name_width(const struct app *a)
{
    return a->states->matrix->name_width;
}

void matrix_rows_range(const struct app *a, double *low, double *high)
{
    *low = a->states->matrix->low;
    *high = a->states->matrix->high;
}

void matrix_rows_select(struct app *a, int class_index)
{
    struct list *l = &a->states->lists[STATES_MATRIX];
    if (class_index >= 0)
        l->cursor = list_nearest(a->states->matrix->classes, l->n, class_index);
}

static bool is_current(const struct app *a)
{
    const struct matrix_rows *v = a->states->matrix;
    const struct columns_table *cs = &a->states->columns[STATES_MATRIX];
    return v->curve == a->study->curve && v->version == a->shown_version && v->sort == cs->sort &&
           v->descending == cs->descending && strcmp(v->filter, a->states->lists[STATES_MATRIX].filter) == 0;
}

/* Returns the number of that `rank` in sorted order (Hoare's quickselect: sorting all cells of 1,000 classes
 * would be noticeable). */
static double select_rank(double *numbers, int n, int rank)
{
    int from = 0, to = n - 1;
    while (from < to) {
        double pivot = numbers[from + (to - from) / 2];
        int i = from, j = to;
        while (i <= j) {
            while (numbers[i] < pivot)
                i++;
            while (numbers[j] > pivot)
                j--;
            if (i > j)
                break; /* they have met */
            double swapped = numbers[i];
            numbers[i++] = numbers[j];
            numbers[j--] = swapped;
        }
        if (rank <= j)
            to = j;
        else if (rank >= i)
            from = i;
        else
            break;
    }
    return numbers[rank];
}

static void matrix_rows_set_range(struct matrix_rows *v, double *logs, int n)
{
    enum { OUTSIDE = 20 }; /* a 20th of the cells on either side */
    v->low = n > 0 ? select_rank(logs, n, n / OUTSIDE) : NAN;
    v->high = n > 0 ? select_rank(logs, n, n - 1 - n / OUTSIDE) : NAN;
}

/* Computes the range, and each class's best candidate. */
static void matrix_rows_measure(struct app *a)
{
    struct matrix_rows *v = a->states->matrix;
    const struct curve *curve = a->study->curve;
    double *cui = memory_new((size_t)curve->layers, sizeof *cui);
    bool *peaks = memory_new((size_t)curve->layers, sizeof *peaks);
    double *logs = memory_new(memory_product((size_t)curve->classes, (size_t)curve->layers), sizeof *logs);
    int logs_n = 0;
    v->measured_n = 0;
    for (int k = 0; k < curve->classes; k++) {
        v->best[k] = -1;
        v->measured_n += curve_class_images(curve, k) > 0;
        for (int l = 0; l < curve->layers; l++) {
            cui[l] = curve_class_mean(curve, k, l);
            if (cui[l] > 0)
                logs[logs_n++] = log10(cui[l]);
        }
        curve_peaks(cui, curve->layers, peaks);
        for (int l = 0; l < curve->layers; l++)
            if (peaks[l] && (v->best[k] < 0 || cui[l] > cui[v->best[k]]))
                v->best[k] = l;
    }
    matrix_rows_set_range(v, logs, logs_n);
    free(logs);
    free(peaks);
    free(cui);
}

static struct columns_key matrix_rows_key_of(const struct app *a, int class_index, int row)
{
    const struct matrix_rows *v = a->states->matrix;
    int sort = a->states->columns[STATES_MATRIX].sort;
    struct columns_key key = {.number = class_index, .row = row};
    if (sort == MATRIX_NAME)
        key.text = app_class_name(a, class_index);
    else if (sort == MATRIX_IMAGES)
        key.number = (double)curve_class_images(a->study->curve, class_index);
    else if (sort == MATRIX_BEST)
        key.number = v->best[class_index] < 0 ? NAN : v->best[class_index];
    return key;
}

static void list_classes(struct app *a)
{
    struct matrix_rows *v = a->states->matrix;
    struct list *l = &a->states->lists[STATES_MATRIX];
    int *found = memory_new((size_t)v->classes_n, sizeof *found);
    struct columns_key *keys = memory_new((size_t)v->classes_n, sizeof *keys);
    int n = 0;
    v->name_width = 0;
    for (int k = 0; k < v->classes_n; k++) {
        const char *name = app_class_name(a, k);
        if (curve_class_images(a->study->curve, k) == 0 || !list_passes(l, name))
            continue;
        int width = canvas_width(name);
        v->name_width = width > v->name_width ? width : v->name_width;
        found[n] = k;
        keys[n] = matrix_rows_key_of(a, k, n);
        n++;
    }
    columns_order(&a->states->columns[STATES_MATRIX], keys, n);
    for (int row = 0; row < n; row++)
        v->classes[row] = found[keys[row].row];
    l->n = n;
    free(keys);
    free(found);
}

static void matrix_rows_begin(struct app *a)
{
    struct matrix_rows *v = a->states->matrix;
    struct columns_table *cs = &a->states->columns[STATES_MATRIX];
    free(v->classes);
    free(v->best);
    v->curve = a->study->curve;
    v->classes_n = v->curve->classes;
    v->classes = memory_new((size_t)v->classes_n, sizeof *v->classes);
    v->best = memory_new((size_t)v->classes_n, sizeof *v->best);
    a->states->lists[STATES_MATRIX].n = 0;
    cs->n = MATRIX_SORTS;
    cs->columns[MATRIX_IMAGES].down = true;
    for (int i = 0; i < MATRIX_SORTS; i++)
        cs->columns[i].width = 1; /* none is dropped */
}

void matrix_rows_refresh(struct app *a)
{
    struct matrix_rows *v = a->states->matrix;
    if (is_current(a))
        return;
    if (v->curve != a->study->curve)
        matrix_rows_begin(a);
    int class_index = matrix_rows_class(a);
    matrix_rows_measure(a);
    list_classes(a);
    matrix_rows_select(a, class_index);
    v->version = a->shown_version;
    v->sort = a->states->columns[STATES_MATRIX].sort;
    v->descending = a->states->columns[STATES_MATRIX].descending;
    memcpy(v->filter, a->states->lists[STATES_MATRIX].filter, sizeof v->filter);
}
