#include "report/curve_file.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "csv/provenance.h"
#include "csv/sheet_rows.h"

/* SUBSET and what follows may be missing. */
enum column {
    LAYER,
    NAME,
    OUT_C,
    OUT_H,
    OUT_W,
    CUI,
    LOCAL_MAX,
    RANK,
    SUBSET,
    LOG10_CUI,
    PICK_SHARE,
    COLUMNS
};
const char *const curve_file_columns[] = {"layer",     "name", "out_c",  "out_h",     "out_w",      "cui",
                                          "local_max", "rank", "subset", "log10_cui", "pick_share", NULL};
static_assert(sizeof curve_file_columns / sizeof curve_file_columns[0] == COLUMNS + 1,
              "a name for every column");

struct curve_file_row {
    long line; /* line of the file */
    int layer;
    char name[40];
    struct net_shape out;
    double cui, log10_cui; /* NaN: an empty cell; log10 also where there is no such column */
    bool local_max;
    int rank;          /* 0: an empty cell */
    double pick_share; /* as log10_cui */
};

struct curve_file {
    char *path;
    struct curve_file_row *rows; /* [rows_n] in the file's order */
    int rows_n;
    char weights_xxh3[17];
    int resamples;
};

struct reading {
    struct curve_file *f;
    const char *wanted; /* subset, or NULL */
    char *first;        /* the first subset of the file, or NULL */
    bool found;         /* the requested one */
};

static int curve_file_begin(void *data, char **cells, long line, struct error *e)
{
    const struct reading *r = data;
    (void)line;
    if (r->wanted && !cells[SUBSET])
        return error_set(e, "has no column 'subset' (expected the curves of several for --subset)");
    return 0;
}

static int curve_file_bad_cell(char **cells, enum column c, const char *expected, struct error *e)
{
    return sheet_rows_bad_cell(e, curve_file_columns, cells, c, expected);
}

static int curve_file_take_number(char **cells, enum column c, long min, long max, int *out, struct error *e)
{
    long value;
    if (!text_to_long(cells[c], &value) || value < min || value > max)
        return curve_file_bad_cell(cells, c, max == 1 ? "0 or 1" : "a whole number", e);
    *out = (int)value;
    return 0;
}

static int curve_file_take_real(char **cells, enum column c, double *out, struct error *e)
{
    const char *text = cells[c];
    float checked;
    *out = NAN;
    if (*text && !text_to_float(text, &checked))
        return curve_file_bad_cell(cells, c, "a number", e);
    if (*text)
        *out = strtod(text, NULL);
    return 0;
}

static int curve_file_take_cells(char **cells, long line, struct curve_file_row *row, struct error *e)
{
    int local_max = 0;
    bool ranked = *cells[RANK] != '\0';
    if (curve_file_take_number(cells, LAYER, 0, INT_MAX - 1, &row->layer, e) < 0 ||
        curve_file_take_number(cells, OUT_C, 1, INT_MAX, &row->out.c, e) < 0 ||
        curve_file_take_number(cells, OUT_H, 1, INT_MAX, &row->out.h, e) < 0 ||
        curve_file_take_number(cells, OUT_W, 1, INT_MAX, &row->out.w, e) < 0 ||
        curve_file_take_real(cells, CUI, &row->cui, e) < 0 ||
        curve_file_take_real(cells, LOG10_CUI, &row->log10_cui, e) < 0 ||
        curve_file_take_real(cells, PICK_SHARE, &row->pick_share, e) < 0 ||
        curve_file_take_number(cells, LOCAL_MAX, 0, 1, &local_max, e) < 0 ||
        (ranked && curve_file_take_number(cells, RANK, 1, INT_MAX, &row->rank, e) < 0))
        return -1;
    if (row->cui < 0)
        return curve_file_bad_cell(cells, CUI, "a number, 0 or more", e);
    if (row->pick_share < 0 || row->pick_share > 1)
        return curve_file_bad_cell(cells, PICK_SHARE, "a share from 0 to 1", e);
    row->local_max = local_max;
    snprintf(row->name, sizeof row->name, "%s", cells[NAME]);
    row->line = line;
    return 0;
}

/* 1: the row belongs to the requested subset. */
static int curve_file_choose(struct reading *r, char **cells, struct error *e)
{
    const char *subset = cells[SUBSET];
    if (!r->first)
        r->first = memory_copy(subset);
    if (r->wanted) {
        bool is_it = strcmp(subset, r->wanted) == 0;
        r->found = r->found || is_it;
        return is_it;
    }
    if (strcmp(r->first, subset) == 0)
        return 1;
    char *a = text_escape(r->first), *b = text_escape(subset);
    error_set(e, "holds curves of several subsets, '%.60s', '%.60s' (expected --subset with one of them)", a,
              b);
    free(a);
    free(b);
    return -1;
}

static int curve_file_take_row(void *data, char **cells, long line, struct error *e)
{
    struct reading *r = data;
    int chosen = curve_file_choose(r, cells, e);
    if (chosen <= 0)
        return chosen;
    struct curve_file_row row = {0};
    if (curve_file_take_cells(cells, line, &row, e) < 0)
        return -1;
    struct curve_file *f = r->f;
    f->rows = memory_grow(f->rows, (size_t)f->rows_n + 1, sizeof *f->rows);
    f->rows[f->rows_n++] = row;
    return 0;
}

static int curve_file_read_rows(struct curve_file *f, const char *subset, struct error *e)
{
    struct reading r = {.f = f, .wanted = subset};
    int status =
        sheet_rows_read(f->path, curve_file_columns, SUBSET, NULL, "a curve as isplit curve writes it",
                        curve_file_begin, curve_file_take_row, &r, e);
    if (status == 0 && subset && !r.found) {
        char *shown = text_escape(subset), *first = text_escape(r.first ? r.first : "");
        status = error_at(e, f->path, 0, "holds no subset '%.60s' (its first is '%.60s')", shown, first);
        free(first);
        free(shown);
    }
    free(r.first);
    if (status == 0 && f->rows_n == 0)
        status = error_at(e, f->path, 0, "holds no layers (expected a curve as isplit curve writes it)");
    return status;
}

/* Missing keys are unknown, and a file that is not a provenance is ignored without a message. */
static void curve_file_read_provenance(struct curve_file *f)
{
    struct provenance *p = provenance_of(f->path);
    if (p) {
        const char *weights = provenance_find(p, "weights_xxh3");
        snprintf(f->weights_xxh3, sizeof f->weights_xxh3, "%s", weights ? weights : "");
        const char *resamples = provenance_find(p, "resamples");
        long n;
        if (resamples && text_to_long(resamples, &n) && n > 0 && n <= INT_MAX)
            f->resamples = (int)n;
    }
    provenance_free(p);
}

struct curve_file *curve_file_read(const char *path, const char *subset, struct error *e)
{
    struct curve_file *f = memory_new(1, sizeof *f);
    f->path = memory_copy(path);
    if (curve_file_read_rows(f, subset, e) < 0) {
        curve_file_free(f);
        return NULL;
    }
    curve_file_read_provenance(f);
    return f;
}

void curve_file_free(struct curve_file *f)
{
    if (!f)
        return;
    free(f->path);
    free(f->rows);
    free(f);
}

int curve_file_match(const struct curve_file *f, const struct table *table, const char *cfg, struct error *e)
{
    bool *seen = memory_new((size_t)table->rows_n, sizeof *seen);
    int status = 0;
    for (int i = 0; i < f->rows_n && status == 0; i++) {
        const struct curve_file_row *a = &f->rows[i];
        if (a->layer >= table->rows_n) {
            status = error_at(e, f->path, a->line, "refers to layer %d, but %s has layers 0 to %d", a->layer,
                              cfg, table->rows_n - 1);
            break;
        }
        const struct table_row *b = &table->rows[a->layer];
        char *name = text_escape(a->name);
        if (strcmp(a->name, b->name) != 0 || a->out.c != b->out.c || a->out.h != b->out.h ||
            a->out.w != b->out.w)
            status = error_at(
                e, f->path, a->line,
                "layer %d is %s with %dx%dx%d here, but %s with %dx%dx%d in %s (expected the curve "
                "of this network)",
                a->layer, name, a->out.c, a->out.h, a->out.w, b->name, b->out.c, b->out.h, b->out.w, cfg);
        else if (seen[a->layer])
            status = error_at(e, f->path, a->line, "layer %d (%s) occurs a second time", a->layer, name);
        seen[a->layer] = true;
        free(name);
    }
    free(seen);
    return status;
}

const char *curve_file_path(const struct curve_file *f)
{
    return f->path;
}

const char *curve_file_weights(const struct curve_file *f)
{
    return f->weights_xxh3;
}

int curve_file_resamples(const struct curve_file *f)
{
    return f->resamples;
}

static int curve_file_by_layer(const void *a, const void *b)
{
    const struct curve_file_row *x = a, *y = b;
    return (x->layer > y->layer) - (x->layer < y->layer);
}

int curve_file_points(const struct curve_file *f, int **layers, struct curve_point **points,
                      double **pick_share)
{
    size_t n = (size_t)f->rows_n;
    struct curve_file_row *rows = memory_new(n, sizeof *rows);
    memcpy(rows, f->rows, n * sizeof *rows);
    qsort(rows, n, sizeof *rows, curve_file_by_layer);
    *layers = memory_new(n, sizeof **layers);
    *points = memory_new(n, sizeof **points);
    *pick_share = memory_new(n, sizeof **pick_share);
    for (size_t i = 0; i < n; i++) {
        const struct curve_file_row *row = &rows[i];
        (*layers)[i] = row->layer;
        (*points)[i] = (struct curve_point){
            .cui = row->cui, .log10_cui = row->log10_cui, .local_max = row->local_max, .rank = row->rank};
        (*pick_share)[i] = row->pick_share;
    }
    free(rows);
    return f->rows_n;
}

int curve_file_best(const struct curve_file *f)
{
    const struct curve_file_row *best = NULL;
    for (int i = 0; i < f->rows_n; i++) {
        const struct curve_file_row *row = &f->rows[i];
        if (row->local_max && row->rank && (!best || row->rank < best->rank))
            best = row;
    }
    return best ? best->layer : -1;
}
