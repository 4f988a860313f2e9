#include "panes/images_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "panes/states.h"

/* What a list of rows depends on: while equal, the list is kept. */
struct images_key {
    const struct curve *curve;
    long rows_n, chosen_version;
    int position; /* of the layer, where sorted by importance; else -1 */
    enum images_answers answers;
    int pair, truth, said;
    int sort;
    bool descending;
    char filter[LIST_TEXT];
};

struct images_rows {
    enum images_answers answers;
    bool pair; /* only images of class `truth` that were taken for `said` */
    int truth, said;
    int *rows;  /* [n of the list] of the curve; made by images_rows_refresh */
    long total; /* number of images of the chosen classes */
    struct images_key key;
};

struct images_rows *images_rows_new(void)
{
    return memory_new(1, sizeof(struct images_rows));
}

void images_rows_free(struct images_rows *r)
{
    free(r->rows);
    free(r);
}

int images_rows_at(const struct app *a, int at)
{
    return a->states->images->rows[at];
}

int images_rows_number(const struct app *a)
{
    const struct list *l = &a->states->lists[STATES_IMAGES];
    return l->cursor < l->n ? images_rows_at(a, l->cursor) : -1;
}

long images_rows_total(const struct app *a)
{
    return a->states->images->total;
}

enum images_answers images_rows_answers(const struct app *a)
{
    return a->states->images->answers;
}

enum images_answers images_rows_next_answers(struct app *a)
{
    struct images_rows *v = a->states->images;
    v->answers = v->pair ? IMAGES_ALL : (enum images_answers)((v->answers + 1) % IMAGES_ANSWERS);
    v->pair = false;
    return v->answers;
}

void images_rows_only(struct app *a, int truth, int said)
{
    struct images_rows *v = a->states->images;
    v->pair = true;
    v->truth = truth;
    v->said = said;
    v->answers = IMAGES_ALL;
}

bool images_rows_all(struct app *a)
{
    bool was = a->states->images->pair;
    a->states->images->pair = false;
    return was;
}

bool images_rows_pair(const struct app *a, int *truth, int *said)
{
    *truth = a->states->images->truth;
    *said = a->states->images->said;
    return a->states->images->pair;
}

const struct curve_row *images_rows_chosen(const struct app *a)
{
    int row = images_rows_number(a);
    return row >= 0 && row < a->study->curve->rows_n ? &a->study->curve->rows[row] : NULL;
}

void images_rows_select(struct app *a, int row)
{
    struct list *l = &a->states->lists[STATES_IMAGES];
    if (row >= 0)
        l->cursor = list_nearest(a->states->images->rows, l->n, row);
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
    const struct columns_table *cs = &a->states->columns[STATES_IMAGES];
    struct images_key key = {
        .curve = a->study->curve,
        .rows_n = a->study->curve->rows_n,
        .chosen_version = a->shown.version,
        .position = cs->sort == IMAGES_IMPORTANCE ? a->plot.cursor : -1,
        .answers = images_rows_answers(a),
        .pair = a->states->images->pair,
        .truth = a->states->images->truth,
        .said = a->states->images->said,
        .sort = cs->sort,
        .descending = cs->descending,
    };
    snprintf(key.filter, sizeof key.filter, "%s", a->states->lists[STATES_IMAGES].filter);
    return key;
}

static bool same_key(const struct images_key *a, const struct images_key *b)
{
    return a->curve == b->curve && a->rows_n == b->rows_n && a->chosen_version == b->chosen_version &&
           a->position == b->position && a->answers == b->answers && a->pair == b->pair &&
           a->truth == b->truth && a->said == b->said && a->sort == b->sort &&
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
    int row = of->rows[i], sort = a->states->columns[STATES_IMAGES].sort;
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
    struct images_rows *v = a->states->images;
    const struct list *l = &a->states->lists[STATES_IMAGES];
    const struct curve *curve = a->study->curve;
    bool *named = memory_new((size_t)curve->classes, sizeof *named);
    for (int k = 0; k < curve->classes; k++)
        named[k] = (v->pair || a->shown.chosen[k]) && list_passes(l, app_class_name(a, k));
    int n = 0;
    v->total = 0;
    for (int row = 0; row < curve->rows_n; row++) {
        const struct curve_row *r = &curve->rows[row];
        if (v->pair ? r->class_index != v->truth || r->predicted != v->said
                    : !a->shown.chosen[r->class_index])
            continue;
        v->total++;
        bool right = r->predicted == r->class_index;
        if (v->answers != IMAGES_ALL && right != (v->answers == IMAGES_RIGHT))
            continue;
        if (named[r->class_index] || list_passes(l, a->study->dataset->images[r->image].path))
            rows[n++] = row;
    }
    free(named);
    return n;
}

/* Takes ownership of rows[n]. */
static int *images_rows_sort(const struct app *a, int *rows, int n)
{
    const struct columns_table *cs = &a->states->columns[STATES_IMAGES];
    if (cs->sort == IMAGES_ORDER && !cs->descending)
        return rows;
    const struct rows of = {a, rows};
    int *order = memory_new((size_t)n, sizeof *order);
    columns_order_many(cs, sort_key, &of, n, order);
    for (int i = 0; i < n; i++)
        order[i] = rows[order[i]];
    free(rows);
    return order;
}

void images_rows_refresh(struct app *a)
{
    struct images_rows *v = a->states->images;
    struct images_key key = images_rows_key_of(a);
    if (same_key(&key, &v->key))
        return;
    int under = v->key.curve == key.curve ? images_rows_number(a) : -1;
    int *rows = memory_new((size_t)key.rows_n, sizeof *rows);
    int n = images_rows_collect(a, rows);
    free(v->rows);
    v->rows = images_rows_sort(a, rows, n);
    a->states->lists[STATES_IMAGES].n = n;
    v->key = key;
    images_rows_select(a, under);
}
