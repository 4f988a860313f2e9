#include "panes/table_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "panes/measures.h"
#include "panes/states.h"

/* In narrow tables columns about the cut are kept, and those about the layer are dropped first. */
static const struct columns_column columns[TABLE_COLUMNS] = {
    [TABLE_INDEX] = {"#", .number = true, .drop = 6},
    [TABLE_NAME] = {"name", .least = 12},
    [TABLE_TYPE] = {"type", .drop = 1},
    [TABLE_SHAPE] = {"shape", .drop = 4, .down = true},
    [TABLE_CUT] = {"cut", .number = true, .drop = 8}, /* the dtype of its bytes is shown there too */
    [TABLE_MACS] = {"head MACs %", .brief = "MACs %", .number = true, .drop = 5},
    [TABLE_CUI] = {"CUI", .number = true, .drop = 10, .down = true},
    [TABLE_INTERVAL] = {"95 % interval", .brief = "interval", .number = true, .drop = 2, .down = true},
    [TABLE_RANK] = {"rank", .number = true, .drop = 7},
    [TABLE_PICK] = {"pick %", .number = true, .drop = 3, .down = true},
    [TABLE_TRAPPED] = {"trapped", .number = true, .drop = 7},
    [TABLE_ACCURACY] = {"accuracy %", .brief = "acc %", .number = true, .drop = 9, .down = true},
    [TABLE_ACCURACY_INTERVAL] = {"its 95 %", .number = true, .drop = 3, .down = true},
    [TABLE_MARKS] = {"marks", .drop = 9, .down = true},
};

/* ---- Cells --------------------------------------------------------------------------------------- */

/* A value of the linear scale, shown by the settings. */
static void table_rows_value_text(const struct app *a, int position, double cui, char out[TABLE_TEXT])
{
    double value = app_value_of(a, position, cui);
    if (isnan(cui))
        snprintf(out, TABLE_TEXT, "-");
    else if (isnan(value))
        snprintf(out, TABLE_TEXT, "zero");
    else
        snprintf(out, TABLE_TEXT, a->settings.linear ? "%.4g" : "%.3f", value);
}

static void table_rows_interval_text(const struct app *a, int position, char out[TABLE_TEXT])
{
    const struct curve_point *p = app_point(a, position);
    char low[TABLE_TEXT], high[TABLE_TEXT];
    if (isnan(p->low) || isnan(p->high)) {
        snprintf(out, TABLE_TEXT, "-");
        return;
    }
    table_rows_value_text(a, position, p->low, low);
    table_rows_value_text(a, position, p->high, high);
    snprintf(out, TABLE_TEXT, "%.32s..%.32s", low, high);
}

/* Share of the resamples; none differs from nearly none, and all from nearly all. */
static void share_text(double share, char out[TABLE_TEXT])
{
    if (isnan(share))
        snprintf(out, TABLE_TEXT, "-");
    else
        snprintf(out, TABLE_TEXT, share == 0 || share == 1 ? "%.0f" : "%.1f", 100 * share);
}

/* "@ 93.1": after retraining. */
static void table_rows_accuracy_text(const struct app *a, int position, char out[TABLE_TEXT])
{
    const struct measured_cut *cut = evaluating_cut(a, position);
    char accuracy[MEASURES_TEXT];
    measures_accuracy(cut, accuracy);
    if (cut)
        snprintf(out, TABLE_TEXT, "%s %5s", glyphs_text(a->settings.glyphs, measures_glyph(cut)), accuracy);
    else
        snprintf(out, TABLE_TEXT, "-");
}

static void table_rows_accuracy_interval_text(const struct app *a, int position, char out[TABLE_TEXT])
{
    char interval[MEASURES_TEXT];
    measures_interval(evaluating_cut(a, position), interval);
    snprintf(out, TABLE_TEXT, "%s", *interval ? interval : "-");
}

/* Fraction of all multiply-adds; NaN for a network without any. */
static double head_fraction(const struct table_row *row)
{
    double all = (double)row->head_macs + (double)row->tail_macs;
    return all > 0 ? 100 * (double)row->head_macs / all : NAN;
}

/* The columns of what is promised and measured. */
static void table_rows_worth_text(const struct app *a, int position, int column, char out[TABLE_TEXT])
{
    const struct curve_point *p = app_point(a, position);
    double trapped = study_trapped_nats(a->study, position);
    switch (column) {
    case TABLE_CUI:
        table_rows_value_text(a, position, p->cui, out);
        break;
    case TABLE_INTERVAL:
        table_rows_interval_text(a, position, out);
        break;
    case TABLE_RANK:
        snprintf(out, TABLE_TEXT, p->rank > 0 ? "%d" : "-", p->rank);
        break;
    case TABLE_PICK:
        share_text(shares_pick(a, position), out);
        break;
    case TABLE_TRAPPED:
        snprintf(out, TABLE_TEXT, isnan(trapped) ? "-" : "%.3g", trapped);
        break;
    case TABLE_ACCURACY:
        table_rows_accuracy_text(a, position, out);
        break;
    case TABLE_ACCURACY_INTERVAL:
        table_rows_accuracy_interval_text(a, position, out);
        break;
    }
}

void table_rows_text(const struct app *a, int position, int column, char out[TABLE_TEXT])
{
    const struct table_row *row = app_row(a, position);
    const char *times = glyphs_text(a->settings.glyphs, GLYPH_TIMES);
    char bytes[16];
    out[0] = '\0';
    switch (column) {
    case TABLE_INDEX:
        snprintf(out, TABLE_TEXT, "%d", row->layer);
        break;
    case TABLE_NAME:
        snprintf(out, TABLE_TEXT, "%s", row->name);
        break;
    case TABLE_TYPE:
        snprintf(out, TABLE_TEXT, "%s", row->type);
        break;
    case TABLE_SHAPE:
        snprintf(out, TABLE_TEXT, "%d%s%d%s%d", row->out.c, times, row->out.h, times, row->out.w);
        break;
    case TABLE_CUT:
        text_bytes(bytes, app_bytes(a, row->cut_bytes));
        snprintf(out, TABLE_TEXT, "%s", bytes);
        break;
    case TABLE_MACS:
        snprintf(out, TABLE_TEXT, isnan(head_fraction(row)) ? "-" : "%.1f", head_fraction(row));
        break;
    default:
        table_rows_worth_text(a, position, column, out);
    }
}

/* ---- Order --------------------------------------------------------------------------------------- */

/* Sort key of marks: the more in favour of a cut, the higher; the user's mark counts most. */
static double marks_weight(const struct app *a, int position)
{
    return 8 * (marks_find(a->marks, app_layer(a, position)) != NULL) + 4 * (position == a->shown.best) +
           2 * app_is_peak(a, &a->shown, position) + a->study->layer_list.cde[position];
}

/* Zero is the lowest value, even on a log scale. */
static double value_key(const struct app *a, int position, double cui)
{
    return cui == 0 ? -INFINITY : app_value_of(a, position, cui);
}

/* Of what is promised and measured. */
static double worth_key(const struct app *a, int position, int column)
{
    const struct curve_point *p = app_point(a, position);
    const struct measured_cut *measured = evaluating_cut(a, position);
    switch (column) {
    case TABLE_CUI:
        return value_key(a, position, p->cui);
    case TABLE_INTERVAL:
        return isnan(p->low) ? NAN : value_key(a, position, fmax(p->low, 0));
    case TABLE_RANK:
        return p->rank > 0 ? p->rank : NAN;
    case TABLE_PICK:
        return shares_pick(a, position);
    case TABLE_TRAPPED:
        return study_trapped_nats(a->study, position);
    case TABLE_ACCURACY:
        return measured ? measured->accuracy : NAN;
    case TABLE_ACCURACY_INTERVAL:
        return measured ? measured->low : NAN;
    case TABLE_MARKS:
        return marks_weight(a, position);
    default:
        return NAN;
    }
}

static struct columns_key table_rows_key_of(const struct app *a, int position, int column)
{
    const struct table_row *row = app_row(a, position);
    struct columns_key key = {NAN, NULL, position};
    switch (column) {
    case TABLE_INDEX:
        key.number = row->layer;
        break;
    case TABLE_NAME:
        key.text = row->name;
        break;
    case TABLE_TYPE:
        key.text = row->type;
        break;
    case TABLE_SHAPE:
        key.number = (double)net_shape_size(row->out);
        break;
    case TABLE_CUT:
        key.number = (double)row->cut_bytes;
        break;
    case TABLE_MACS:
        key.number = head_fraction(row);
        break;
    default:
        key.number = worth_key(a, position, column);
        break;
    }
    return key;
}

bool table_rows_cursor_is_shown(const struct app *a)
{
    const struct list *l = &a->states->lists[STATES_TABLE];
    return l->cursor < l->n && a->states->table_order[l->cursor] == a->plot.cursor;
}

/* Some hundred layers at most: recomputed on every use, so it is never out of date. */
static void table_rows_make_order(struct app *a)
{
    struct pane_states *s = a->states;
    struct list *l = &s->lists[STATES_TABLE];
    const struct columns_table *cs = &s->columns[STATES_TABLE];
    size_t layers = (size_t)a->study->layer_list.n;
    struct columns_key *keys = memory_new(layers, sizeof *keys);
    int n = 0;
    for (int i = 0; i < a->study->layer_list.n; i++) {
        const struct table_row *row = app_row(a, i);
        if (list_passes(l, row->name) || list_passes(l, row->type))
            keys[n++] = table_rows_key_of(a, i, cs->sort);
    }
    columns_order(cs, keys, n);
    s->table_order = memory_grow(s->table_order, layers, sizeof *s->table_order);
    for (int i = 0; i < n; i++)
        s->table_order[i] = keys[i].row;
    free(keys);
    l->n = n;
    l->cursor = list_nearest(s->table_order, n, a->plot.cursor);
}

static void table_rows_make_columns(struct app *a, int width)
{
    struct columns_table *cs = &a->states->columns[STATES_TABLE];
    memcpy(cs->columns, columns, sizeof columns);
    cs->n = TABLE_COLUMNS;
    cs->columns[TABLE_TRAPPED].absent = a->study->trapped.answer.images == 0;
    cs->columns[TABLE_ACCURACY].absent = cs->columns[TABLE_ACCURACY_INTERVAL].absent =
        measured_known(evaluating_measured(a)) == 0;
    snprintf(cs->columns[TABLE_CUT].title, COLUMNS_TITLE, "cut %s", dtype_words[a->settings.bytes]);
    snprintf(cs->columns[TABLE_CUI].title, COLUMNS_TITLE, "%s", app_value_name(a));
    for (int k = 0; k < TABLE_COLUMNS; k++)
        for (int i = 0; i < a->study->layer_list.n; i++) {
            char text[TABLE_TEXT];
            table_rows_text(a, i, k, text);
            int content = canvas_width(text);
            if (content > cs->columns[k].content)
                cs->columns[k].content = content;
        }
    cs->columns[TABLE_MARKS].content = TABLE_MARKS_WIDTH;
    columns_fit(cs, width);
}

void table_rows_refresh(struct app *a, int width)
{
    table_rows_make_columns(a, width);
    table_rows_make_order(a);
}
