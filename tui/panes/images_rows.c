#include "panes/images_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "panes/states.h"

void images_reset(struct images_view *v)
{
    free(v->rows);
    *v = (struct images_view){0};
}

int images_rows_number(const struct app *a)
{
    const struct images_view *v = &a->states->images;
    return v->list.cursor < v->list.n ? v->rows[v->list.cursor] : -1;
}

const struct curve_row *images_rows_chosen(const struct app *a)
{
    int row = images_rows_number(a);
    return row >= 0 && row < a->study->curve->rows_n ? &a->study->curve->rows[row] : NULL;
}

void images_rows_select(struct app *a, int row)
{
    struct images_view *v = &a->states->images;
    if (row >= 0)
        v->list.cursor = list_nearest(v->rows, v->list.n, row);
}

double images_rows_importance(const struct app *a, int row, int position)
{
    const struct curve *curve = a->study->curve;
    return (double)curve->values[(size_t)row * (size_t)curve->layers + (size_t)position];
}

const char *images_rows_file(const struct app *a, int row)
{
    const char *path = a->study->dataset->images[a->study->curve->rows[row].image].path;
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static struct images_key images_rows_key_of(const struct app *a)
{
    const struct images_view *v = &a->states->images;
    struct images_key key = {
        .curve = a->study->curve,
        .rows_n = a->study->curve->rows_n,
        .chosen_version = a->chosen_version,
        .position = v->columns.sort == IMAGES_IMPORTANCE ? a->plot.cursor : -1,
        .answers = v->answers,
        .sort = v->columns.sort,
        .descending = v->columns.descending,
    };
    snprintf(key.filter, sizeof key.filter, "%s", v->list.filter);
    return key;
}

static bool same_key(const struct images_key *a, const struct images_key *b)
{
    return a->curve == b->curve && a->rows_n == b->rows_n && a->chosen_version == b->chosen_version &&
           a->position == b->position && a->answers == b->answers && a->sort == b->sort &&
           a->descending == b->descending && strcmp(a->filter, b->filter) == 0;
}

/* Rows of the curve, to be sorted. */
struct rows {
    const struct app *a;
    const int *rows;
};

static struct columns_key sort_key(const void *data, int i)
{
    const struct rows *of = data;
    const struct app *a = of->a;
    int row = of->rows[i], sort = a->states->images.columns.sort;
    const struct curve_row *r = &a->study->curve->rows[row];
    struct columns_key key = {.number = row};
    if (sort == IMAGES_ANSWER)
        key.number = r->predicted == r->class_index;
    else if (sort == IMAGES_CLASS)
        key.number = r->class_index;
    else if (sort == IMAGES_PREDICTED)
        key.number = r->predicted;
    else if (sort == IMAGES_SCORE)
        key.number = (double)r->score;
    else if (sort == IMAGES_IMPORTANCE)
        key.number = images_rows_importance(a, row, a->plot.cursor);
    else if (sort == IMAGES_FILE)
        key.text = a->study->dataset->images[r->image].path;
    return key;
}

/* The wanted rows in measuring order. Names are matched once a class, not once an image. */
static int images_rows_collect(struct app *a, int *rows)
{
    struct images_view *v = &a->states->images;
    const struct curve *curve = a->study->curve;
    bool *named = memory_new((size_t)curve->classes, sizeof *named);
    for (int k = 0; k < curve->classes; k++)
        named[k] = a->shown.chosen[k] && list_passes(&v->list, app_class_name(a, k));
    int n = 0;
    v->of = 0;
    for (int row = 0; row < curve->rows_n; row++) {
        const struct curve_row *r = &curve->rows[row];
        if (!a->shown.chosen[r->class_index])
            continue;
        v->of++;
        bool right = r->predicted == r->class_index;
        if (v->answers != IMAGES_ALL && right != (v->answers == IMAGES_RIGHT))
            continue;
        if (named[r->class_index] || list_passes(&v->list, a->study->dataset->images[r->image].path))
            rows[n++] = row;
    }
    free(named);
    return n;
}

/* Takes ownership of rows[n]. */
static int *images_rows_sort(const struct app *a, int *rows, int n)
{
    const struct images_view *v = &a->states->images;
    if (v->columns.sort == IMAGES_ORDER && !v->columns.descending)
        return rows;
    const struct rows of = {a, rows};
    int *order = memory_new((size_t)n, sizeof *order);
    columns_order_many(&v->columns, sort_key, &of, n, order);
    for (int i = 0; i < n; i++)
        order[i] = rows[order[i]];
    free(rows);
    return order;
}

void images_rows_refresh(struct app *a)
{
    struct images_view *v = &a->states->images;
    struct images_key key = images_rows_key_of(a);
    if (same_key(&key, &v->key))
        return;
    int under = v->key.curve == key.curve ? images_rows_number(a) : -1;
    int *rows = memory_new((size_t)key.rows_n, sizeof *rows);
    int n = images_rows_collect(a, rows);
    free(v->rows);
    v->rows = images_rows_sort(a, rows, n);
    v->list.n = n;
    v->key = key;
    images_rows_select(a, under);
}
