#include "panes/matrix.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/model.h"
#include "base/memory.h"
#include "panes/axis.h"
#include "panes/list_pane.h"
#include "panes/matrix_rows.h"
#include "panes/pane.h"
#include "panes/states.h"

/* ---- Layout -------------------------------------------------------------------------------------- */

enum { NAME_AT = 3, LEVELS = 8 };

/* Columns: margin, chosen or not, name, strip, best layer; rows: title, names of the layers, classes, key. */
struct layout {
    int name_width;
    int strip, pitch, shown_n; /* first column, columns a layer, layers that fit */
    int best, best_width;      /* 0: no space */
    struct columns_rows rows;  /* its status row is the key's, or the filter's */
    struct axis axis;
    struct area names;
    const char **texts; /* [layer_list.n] owned */
};

static int matrix_between(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* Every layer gets the same number of columns; where even one each is too many, the strip is scrolled. */
static void lay_out_columns(const struct app *a, int columns, struct layout *l)
{
    enum { NAME_LEAST = 4, NAME_MOST = 60, STRIP_USUAL = 2, PITCH_MOST = 8, BEST = 14 };
    int n = a->study->layer_list.n;
    int usual = columns >= 100 ? 28 : columns >= 60 ? 16 : 8;
    int left = columns - NAME_AT - 2 - STRIP_USUAL * n - BEST - 2; /* by the rest of the row */
    l->name_width =
        matrix_between(matrix_rows_name_width(a), NAME_LEAST, matrix_between(left, usual, NAME_MOST));
    l->strip = NAME_AT + l->name_width + 1;
    int capacity = columns - l->strip - 1;
    l->pitch = matrix_between(capacity / n, 1, PITCH_MOST);
    int adjacent = (capacity - BEST - 2) / n; /* with the best layer next to it */
    if (adjacent >= 1 && adjacent >= l->pitch - 1) {
        l->pitch = matrix_between(adjacent, 1, PITCH_MOST);
        l->best = l->strip + l->pitch * n + 2;
        l->best_width = matrix_between(columns - l->best, 0, 24);
    }
    l->shown_n = matrix_between(capacity / l->pitch, 1, n);
}

/* `left` is the first layer shown. */
static struct layout matrix_lay_out(const struct app *a, struct area area, int left)
{
    enum { STATUS_FROM = 6 };
    struct layout l = {0};
    int n = a->study->layer_list.n;
    lay_out_columns(a, area.columns, &l);
    l.texts = memory_new((size_t)n, sizeof *l.texts);
    for (int i = 0; i < n; i++)
        l.texts[i] = app_row(a, i)->name;
    int last = left + l.shown_n - 1;
    l.axis = (struct axis){.first = left, .last = last, .pitch = l.pitch};
    int columns = matrix_between(area.columns - l.strip, 0, l.shown_n * l.pitch);
    l.axis.dots = (struct area){area.row, area.column + l.strip, area.rows, columns};
    l.rows.status = area.rows >= STATUS_FROM ? area.rows - 1 : -1;
    l.rows.title = 0;
    int names = axis_names_rows(&l.axis, l.texts, area.rows >= 2 * STATUS_FROM ? 2 : area.rows > 2 ? 1 : 0);
    l.names = area_above(area_below(l.axis.dots, 1), names);
    l.rows.first = 1 + names;
    l.rows.n = matrix_between(area.rows - l.rows.first - (l.rows.status >= 0), 0, area.rows);
    return l;
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

/* 0: no value; 1..LEVELS over the range, outside of which a few cells lie. */
static int level(const struct app *a, double mean)
{
    double low, high;
    if (!(mean > 0))
        return 0;
    matrix_rows_range(a, &low, &high);
    if (log10(mean) >= high)
        return LEVELS;
    if (log10(mean) <= low)
        return 1;
    return matrix_between(1 + (int)((log10(mean) - low) / (high - low) * LEVELS), 1, LEVELS);
}

static int highest(const struct curve *curve, int class_index)
{
    int found = -1;
    double most = 0;
    for (int l = 0; l < curve->layers; l++) {
        double mean = curve_class_mean(curve, class_index, l);
        if (mean > most) {
            most = mean;
            found = l;
        }
    }
    return found;
}

/* A layer's columns: its level, in the middle the sign of the best candidate or of the maximum. */
static void draw_cell(const struct app *a, struct canvas *c, struct area row, const struct layout *l,
                      int class_index, int position, bool crossing, bool is_highest)
{
    double mean = curve_class_mean(a->study->curve, class_index, position);
    int step = level(a, mean);
    int at = l->strip + (position - l->axis.first) * l->pitch;
    enum role role = step ? (enum role)(ROLE_HEAT_1 + step - 1) : ROLE_DIM;
    for (int i = 0; i < l->pitch; i++)
        if (step)
            canvas_glyph(c, row, 0, at + i, role, (enum glyph)(GLYPH_LEVEL_1 + step - 1));
        else
            canvas_put(c, row, 0, at + i, role, mean == 0 ? "0" : " ");
    int middle = at + l->pitch / 2;
    if (position == matrix_rows_best(a, class_index))
        canvas_glyph(c, row, 0, middle, ROLE_BEST, GLYPH_BEST);
    else if (is_highest)
        canvas_put(c, row, 0, middle, ROLE_CANDIDATE, "m");
    if (crossing)
        canvas_shade(c, (struct area){row.row, row.column + at, 1, l->pitch}, ROLE_SELECTED);
}

static void draw_class(const struct app *a, struct canvas *c, struct area row, const struct layout *l,
                       int class_index, bool selected, bool focused)
{
    enum role role = !selected ? ROLE_TEXT : focused ? ROLE_SELECTED : ROLE_CHOSEN;
    const char *name = app_class_name(a, class_index);
    if (list_matches(&a->states->lists[STATES_MATRIX], name) && !selected)
        role = ROLE_MATCH;
    canvas_glyph(c, row, 0, 1, ROLE_TEXT, a->shown.chosen[class_index] ? GLYPH_ON : GLYPH_OFF);
    canvas_field(c, row, 0, NAME_AT, l->name_width, role, name);
    int most = highest(a->study->curve, class_index);
    for (int p = l->axis.first; p <= l->axis.last; p++)
        draw_cell(a, c, row, l, class_index, p, selected && p == a->plot.cursor, p == most);
    int best = matrix_rows_best(a, class_index);
    if (l->best_width > 0)
        canvas_field(c, row, 0, l->best, l->best_width, ROLE_DIM, best < 0 ? "none" : l->texts[best]);
}

/* The numbers of the cell under both cursors. */
static char *title_text(const struct app *a)
{
    int class_index = matrix_rows_class(a);
    const char *layer = app_row(a, a->plot.cursor)->name;
    if (class_index < 0)
        return memory_format("classes by layers: %s",
                             matrix_rows_measured(a) ? "none matches the filter" : "nothing is measured yet");
    const char *name = app_class_name(a, class_index);
    long images = curve_class_images(a->study->curve, class_index);
    double mean = curve_class_mean(a->study->curve, class_index, a->plot.cursor);
    char value[64] = "zero";
    if (isnan(mean))
        snprintf(value, sizeof value, "none, no gradient of its own");
    else if (mean > 0)
        snprintf(value, sizeof value, "%.4g, log10 %.3f", mean, log10(mean));
    return memory_format("%s: CUI %s, %ld image%s of %s", layer, value, images, images == 1 ? "" : "s", name);
}

/* A sign and its meaning, if both fit. */
static int draw_sign(struct canvas *c, struct area area, int row, int at, enum role role, const char *sign,
                     const char *text)
{
    if (at + canvas_width(sign) + 1 + canvas_width(text) > area.columns)
        return at;
    at += canvas_text(c, area, row, at, role, sign) + 1;
    return at + canvas_text(c, area, row, at, ROLE_DIM, text) + 2;
}

/* The meaning of the signs and the sort order; or how many rows the filter leaves. */
static void draw_status(const struct app *a, struct canvas *c, struct area area, struct columns_rows rows)
{
    static const char *const sorts[] = {"index", "name", "images", "best layer"};
    const struct list *l = &a->states->lists[STATES_MATRIX];
    const struct columns_table *cs = &a->states->columns[STATES_MATRIX];
    double low, high;
    int row = rows.status;
    if (*l->filter) {
        columns_status(l, c, area, rows, matrix_rows_measured(a), "class", "classes");
        return;
    }
    int at = 1;
    matrix_rows_range(a, &low, &high);
    if (high >= low) {
        at += canvas_printf(c, area, row, at, ROLE_DIM, "log10 <=%.2f ", low);
        for (int i = 0; i < LEVELS; i++)
            at +=
                canvas_glyph(c, area, row, at, (enum role)(ROLE_HEAT_1 + i), (enum glyph)(GLYPH_LEVEL_1 + i));
        at += canvas_printf(c, area, row, at, ROLE_DIM, " >=%.2f", high) + 2;
    }
    at = draw_sign(c, area, row, at, ROLE_BEST, glyphs_text(c->glyphs, GLYPH_BEST), "best");
    at = draw_sign(c, area, row, at, ROLE_CANDIDATE, "m", "row's maximum");
    char sorted[32];
    snprintf(sorted, sizeof sorted, "sorted by %s", sorts[cs->sort]);
    draw_sign(c, area, row, at, ROLE_DIM, sorted,
              glyphs_text(c->glyphs, cs->descending ? GLYPH_DOWN : GLYPH_UP));
}

/* Signs for more layers to the left or right. */
static void draw_more(const struct app *a, struct canvas *c, struct area area, const struct layout *l)
{
    if (l->names.rows < 1)
        return;
    if (l->axis.first > 0)
        canvas_glyph(c, area, 1, l->strip - 1, ROLE_DIM, GLYPH_LEFT);
    if (l->axis.last < a->study->layer_list.n - 1)
        canvas_glyph(c, area, 1, l->strip + l->shown_n * l->pitch, ROLE_DIM, GLYPH_RIGHT);
}

static void matrix_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    const struct list *list = &a->states->lists[STATES_MATRIX];
    int left = a->states->matrix_left;
    struct layout l = matrix_lay_out(a, area, left);
    char *title = title_text(a);
    canvas_field(c, area, 0, 0, area.columns, ROLE_TITLE, title);
    free(title);
    axis_draw_names(&l.axis, c, l.names, l.texts, a->plot.cursor, focused ? ROLE_SELECTED : ROLE_CHOSEN);
    draw_more(a, c, area, &l);
    if (l.best_width > 0 && l.names.rows > 0)
        canvas_field(c, area, 1, l.best, l.best_width, ROLE_TITLE, "best layer");
    for (int i = 0; i < l.rows.n && list->first + i < list->n; i++) {
        struct area row = area_above(area_below(area, l.rows.first + i), 1);
        int at = list->first + i;
        draw_class(a, c, row, &l, matrix_rows_at(a, at), at == list->cursor, focused);
    }
    columns_margin(list, c, area, l.rows, list->n > 0);
    if (l.rows.status >= 0)
        draw_status(a, c, area, l.rows);
    if (focused && list->n > 0)
        canvas_cursor(c, area, l.rows.first + list->cursor - list->first,
                      l.strip + (a->plot.cursor - left) * l.pitch + l.pitch / 2);
    free(l.texts);
}

static void matrix_prepare(struct app *a, struct area area)
{
    int *left = &a->states->matrix_left;
    matrix_rows_refresh(a);
    struct layout l = matrix_lay_out(a, area, 0);
    if (*left > a->plot.cursor)
        *left = a->plot.cursor;
    if (*left < a->plot.cursor - l.shown_n + 1)
        *left = a->plot.cursor - l.shown_n + 1;
    *left = matrix_between(*left, 0, a->study->layer_list.n - l.shown_n);
    free(l.texts);
}

/* ---- Keys ---------------------------------------------------------------------------------------- */

/* Adds or removes one class; or chooses only that class, all, none, or the others. */
static void matrix_choose(struct app *a, enum action action)
{
    int classes = a->study->table->classes, class_index = matrix_rows_class(a);
    bool *chosen = memory_new((size_t)classes, sizeof *chosen);
    memcpy(chosen, a->shown.chosen, (size_t)classes * sizeof *chosen);
    for (int k = 0; k < classes; k++)
        if (action == ACTION_INVERT)
            chosen[k] = !chosen[k];
        else if (action != ACTION_TOGGLE)
            chosen[k] = action == ACTION_ALL || (action == ACTION_ONLY && k == class_index);
    if (action == ACTION_TOGGLE && class_index >= 0)
        chosen[class_index] = !chosen[class_index];
    app_choose(a, chosen, NULL);
    free(chosen);
}

/* To the next class, after one was toggled. */
static void matrix_go_on(struct app *a)
{
    struct list *l = &a->states->lists[STATES_MATRIX];
    if (l->cursor + 1 < l->n)
        l->cursor++;
}

static const char *matrix_row_text(const void *data, int row)
{
    const struct app *a = data;
    return app_class_name(a, matrix_rows_at(a, row));
}

static void matrix_back(struct app *a, int class_index)
{
    matrix_rows_refresh(a);
    matrix_rows_select(a, class_index);
}

static struct columns_rows matrix_rows_of(const struct app *a, struct area area)
{
    struct layout l = matrix_lay_out(a, area, a->states->matrix_left);
    free(l.texts);
    return l.rows;
}

static const struct list_pane matrix_as_list = {
    .list = STATES_MATRIX,
    .rows = matrix_rows_of,
    .sorts = true,
    .finder = {"classes (glob on name): ", "class", "name", matrix_row_text, matrix_rows_class, matrix_back},
};

static bool matrix_act(struct app *a, enum action action, struct area area)
{
    (void)area;
    switch (action) {
    case ACTION_TOGGLE:
    case ACTION_ONLY:
    case ACTION_ALL:
    case ACTION_CLEAR:
    case ACTION_INVERT:
        matrix_choose(a, action);
        if (action == ACTION_TOGGLE)
            matrix_go_on(a);
        return true;
    default:
        return false;
    }
}

/* A click in the strip also selects the layer; one on the sign before a class toggles it. */
static void matrix_click(struct app *a, struct area area, int row, int column)
{
    struct layout l = matrix_lay_out(a, area, a->states->matrix_left);
    if (column >= l.strip && column < l.strip + l.shown_n * l.pitch)
        app_move(a, axis_position(&l.axis, column - l.strip));
    else if (column < NAME_AT && list_pane_at(&matrix_as_list, a, area, row) >= 0)
        matrix_choose(a, ACTION_TOGGLE);
    free(l.texts);
}

const struct pane matrix_pane = {
    .name = "matrix",
    .rows = &matrix_as_list,
    .prepare = matrix_prepare,
    .draw = matrix_draw,
    .act = matrix_act,
    .click = matrix_click,
};
