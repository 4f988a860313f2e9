#include "panes/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/model.h"
#include "base/memory.h"
#include "curve/difference.h"
#include "panes/axis.h"
#include "panes/compare_legend.h"
#include "panes/list_pane.h"
#include "panes/pane.h"
#include "panes/plot.h"
#include "panes/states.h"

int compare_selected_pin(const struct app *a)
{
    int pin = a->states->lists[STATES_COMPARE].cursor - 1;
    return pin < a->pins.n ? pin : -1;
}

/* ---- Differences --------------------------------------------------------------------------------- */

/* Every pair once, those with the chosen classes first. */
static int compare_pairs_n(const struct app *a)
{
    int n = compare_curves(a);
    return n * (n - 1) / 2;
}

/* ---- Layout -------------------------------------------------------------------------------------- */

enum { PLOT_LEAST = 3, PLOT_USUAL = 4, COMPARE_NARROW = 72 }; /* rows; PLOT_USUAL: with the legend's head */

struct layout {
    struct area plot, names, legend;
    const char **texts; /* [layer_list.n] names of the layers; owned */
    double **values;    /* [curves_n][layer_list.n]; owned */
    double *low, *high; /* [layer_list.n] interval of values[0]; owned */
    int curves_n;       /* 1: a difference */
    bool empty;         /* no value to draw */
    struct axis axis;
};

static void layout_free(struct layout *l)
{
    for (int k = 0; k < l->curves_n; k++)
        free(l->values[k]);
    free(l->values);
    free(l->low);
    free(l->high);
    free(l->texts);
}

/* Of the chosen classes; below what a log scale can show, it has no end. */
static void compare_make_interval(const struct app *a, struct layout *l)
{
    for (int i = 0; i < a->study->layer_list.n; i++) {
        const struct curve_point *p = &a->shown.points[i];
        l->low[i] = p->low <= 0 && !a->settings.linear ? -INFINITY : app_value_of(a, i, p->low);
        l->high[i] = app_value_of(a, i, p->high);
    }
}

/* The size correction is the same factor for both: it cancels in a ratio. */
static void compare_make_difference(const struct app *a, struct layout *l)
{
    int one, other, n = a->study->layer_list.n;
    struct estimate *d = memory_new((size_t)n, sizeof *d);
    compare_pair(a, &one, &other);
    curve_difference(a->study->curve, compare_curve(a, one)->chosen, compare_curve(a, other)->chosen,
                     !a->settings.linear, d);
    for (int i = 0; i < n; i++) {
        double factor = a->settings.linear && a->settings.corrected ? a->study->layer_list.correction[i] : 1;
        l->values[0][i] = factor * d[i].value;
        l->low[i] = factor * d[i].low;
        l->high[i] = factor * d[i].high;
    }
    free(d);
}

static double *values_of(const struct app *a, int curve)
{
    double *values = memory_new((size_t)a->study->layer_list.n, sizeof *values);
    for (int i = 0; i < a->study->layer_list.n; i++)
        values[i] = app_value(a, compare_curve(a, curve), i);
    return values;
}

static void compare_make_values(const struct app *a, struct layout *l)
{
    bool difference = a->states->difference > 0;
    l->curves_n = difference ? 1 : compare_curves(a);
    l->values = memory_new((size_t)l->curves_n, sizeof *l->values);
    l->low = memory_new((size_t)a->study->layer_list.n, sizeof *l->low);
    l->high = memory_new((size_t)a->study->layer_list.n, sizeof *l->high);
    for (int k = 0; k < l->curves_n; k++)
        l->values[k] = values_of(a, k);
    if (difference)
        compare_make_difference(a, l);
    else
        compare_make_interval(a, l);
}

/* Rows of the legend, out of those under the title: while the plot is below its minimum, first the legend's
 * head is dropped, then curves (it is scrolled to the selected one); if no plot fits at all, the legend has
 * precedence, since it shows the numbers. */
static int compare_legend_height(const struct app *a, int rows)
{
    int curves = compare_curves(a), names = 1;
    if (rows >= curves + 1 + PLOT_USUAL + names)
        return curves + 1;
    int left = rows - PLOT_LEAST - names;
    if (left < 1)
        left = rows;
    return left < curves ? left : curves;
}

/* Title, plot, names of the layers, legend, from above. */
static struct layout compare_lay_out(const struct app *a, struct area area)
{
    struct layout l = {0};
    int n = a->study->layer_list.n;
    compare_make_values(a, &l);
    l.texts = memory_new((size_t)n, sizeof *l.texts);
    for (int i = 0; i < n; i++)
        l.texts[i] = app_row(a, i)->name;
    double low = INFINITY, high = -INFINITY;
    for (int k = 0; k < l.curves_n; k++)
        for (int i = a->plot.first; i <= a->plot.last; i++)
            axis_widen(&low, &high, l.values[k][i]);
    for (int i = a->plot.first; i <= a->plot.last && a->states->difference > 0; i++) {
        axis_widen(&low, &high, l.low[i]);
        axis_widen(&low, &high, l.high[i]);
    }
    l.empty = low > high;
    struct area rest = area_below(area, 1);
    int legend = compare_legend_height(a, rest.rows);
    l.legend = area_below(rest, rest.rows - legend);
    l.plot = area_above(rest, rest.rows - legend);
    bool zero = a->states->difference > 0 || a->settings.linear;
    l.axis = axis_make(l.plot, AXIS_GUTTER, a->plot.first, a->plot.last, low, high, zero);
    int names = axis_names_rows(&l.axis, l.texts, l.plot.rows > 2 * PLOT_USUAL ? 2 : 1);
    if (names > l.plot.rows)
        names = l.plot.rows;
    struct area upper = area_above(l.plot, l.plot.rows - names);
    l.axis = axis_make(upper, AXIS_GUTTER, a->plot.first, a->plot.last, low, high, zero);
    l.names = area_below(l.plot, upper.rows);
    l.names.column = l.axis.dots.column;
    l.names.columns = l.axis.dots.columns;
    l.plot = upper;
    return l;
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

/* A pin's glyph on its curve, far enough apart that the line is visible between, and not where the others
 * have theirs. */
static void compare_draw_glyphs(const struct app *a, struct canvas *c, const struct layout *l, int curve)
{
    enum { APART = 6 };
    int last = -APART;
    for (int i = a->plot.first; i <= a->plot.last; i++) {
        int column = axis_column(&l->axis, i) - 2 * curve;
        if (column - last < APART && i > a->plot.first)
            continue;
        last = column;
        if (!isnan(l->values[curve][i]))
            axis_draw_marker(&l->axis, c, i, l->values[curve][i], compare_role(curve), compare_glyph(curve));
    }
}

static void compare_draw_curves(const struct app *a, struct canvas *c, const struct layout *l)
{
    bool colours = a->settings.theme != THEME_MONO && c->glyphs == GLYPHS_BRAILLE;
    for (int k = l->curves_n - 1; k >= 0; k--)
        if (!compare_is_twice(a, k) && (colours || k == 0))
            axis_draw_curve(&l->axis, c, l->values[k], compare_role(k));
        else if (!compare_is_twice(a, k))
            axis_draw_dashed(&l->axis, c, l->values[k], compare_role(k), compare_dash(k), compare_glyph(k));
    for (int k = l->curves_n - 1; k > 0; k--)
        if (!compare_is_twice(a, k))
            compare_draw_glyphs(a, c, l, k);
    for (int k = l->curves_n - 1; k >= 0; k--) {
        if (compare_is_twice(a, k))
            continue;
        int best = compare_curve(a, k)->best;
        if (best >= a->plot.first && best <= a->plot.last && !isnan(l->values[k][best]))
            axis_draw_marker(&l->axis, c, best, l->values[k][best], compare_role(k), GLYPH_BEST);
    }
}

/* Of the values at a position; NaN: there is none. */
static double compare_highest(const struct layout *l, int position)
{
    double highest = NAN;
    for (int k = 0; k < l->curves_n; k++)
        highest = fmax(highest, l->values[k][position]);
    return highest;
}

static void compare_draw_plot(const struct app *a, struct canvas *c, const struct layout *l)
{
    if (l->plot.rows < 1 || l->plot.columns < 1)
        return;
    axis_draw(&l->axis, c);
    axis_draw_band(&l->axis, c, l->low, l->high, ROLE_BAND);
    axis_draw_stem(&l->axis, c, a->plot.cursor, compare_highest(l, a->plot.cursor), ROLE_TEXT);
    if (a->states->difference > 0) {
        axis_draw_level(&l->axis, c, 0, ROLE_DIM);
        axis_draw_curve(&l->axis, c, l->values[0], ROLE_CURVE);
    } else {
        compare_draw_curves(a, c, l);
    }
    if (l->empty)
        canvas_text(c, l->axis.dots, l->axis.dots.rows / 2, 1, ROLE_DIM, app_unmeasured(a, a->shown.chosen));
    axis_draw_names(&l->axis, c, l->names, l->texts, a->plot.cursor, ROLE_CHOSEN);
}

/* The numbers first: names may be long. On a narrow screen the difference, and whether it is one. */
static char *compare_difference_text(const struct app *a, const struct canvas *c, const struct layout *l,
                                     bool narrow)
{
    int at = a->plot.cursor;
    double value = l->values[0][at];
    int one, other;
    char here[COMPARE_VALUE], times[COMPARE_VALUE + 8] = "";
    compare_pair(a, &one, &other);
    compare_value(a, value, here);
    if (!a->settings.linear && !isnan(value))
        snprintf(times, sizeof times, " (%s%.3g)", glyphs_text(c->glyphs, GLYPH_TIMES), pow(10, value));
    char low[COMPARE_VALUE], high[COMPARE_VALUE];
    compare_value(a, l->low[at], low);
    compare_value(a, l->high[at], high);
    const char *real = isnan(l->low[at])                   ? "no interval"
                       : l->low[at] > 0 || l->high[at] < 0 ? "real"
                                                           : "may be chance";
    if (narrow)
        return memory_format("%s%s, %s: %s", value > 0 ? "+" : "", here, real, app_row(a, at)->name);
    char *text = memory_format("A minus B at %s: %s%s%s, 95 %% %s..%s: %s; %s, A: %s, B: %s",
                               app_row(a, at)->name, value > 0 ? "+" : "", here, times, low, high, real,
                               a->settings.linear ? app_value_name(a) : "log10 CUI",
                               compare_curve(a, one)->name, compare_curve(a, other)->name);
    return text;
}

static void compare_draw_title(const struct app *a, struct canvas *c, struct area area,
                               const struct layout *l)
{
    char *title;
    if (a->states->difference > 0)
        title = compare_difference_text(a, c, l, area.columns < COMPARE_NARROW);
    else if (a->pins.n == 0 && a->shown.classes_n < a->study->table->classes)
        title =
            memory_copy("d: the difference from all classes; c pins this curve, to compare others with it");
    else if (a->pins.n == 0)
        title = memory_copy("c pins the curve of the chosen classes; choose others in view 3 and compare");
    else
        title = memory_format("%s of the chosen classes and %d pinned", app_value_name(a), a->pins.n);
    canvas_field(c, area, 0, 0, area.columns, ROLE_TITLE, title);
    free(title);
}

static void compare_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    struct layout l = compare_lay_out(a, area);
    compare_draw_title(a, c, area, &l);
    compare_draw_plot(a, c, &l);
    compare_legend_draw(a, c, l.legend, focused);
    layout_free(&l);
}

/* ---- Keys ---------------------------------------------------------------------------------------- */

/* A pin may have been removed. The legend is scrolled only as far as the selected row needs. */
static void compare_prepare(struct app *a, struct area area)
{
    struct list *l = &a->states->lists[STATES_COMPARE];
    (void)area;
    l->n = compare_curves(a);
    l->first = 0;
    if (a->states->difference > compare_pairs_n(a))
        a->states->difference = 0;
}

static void compare_next_difference(struct app *a)
{
    if (a->pins.n == 0 && !app_pin_all(a)) /* else that is what a subset differs from */
        app_say(a, JOURNAL_NOTE, "a difference needs another curve: choose classes (:)");
    else
        a->states->difference = (a->states->difference + 1) % (compare_pairs_n(a) + 1);
}

static bool compare_act(struct app *a, enum action action, struct area area)
{
    (void)area;
    int pin = compare_selected_pin(a);
    if (action == ACTION_DIFFERENCE)
        compare_next_difference(a);
    else if (action == ACTION_ONLY && pin >= 0)
        app_choose(a, a->pins.curves[pin].chosen, a->pins.curves[pin].name);
    else if (action == ACTION_UNPIN && pin >= 0)
        app_unpin(a, pin);
    else
        return plot_leave_zoom(a, action);
    return true;
}

static void compare_click(struct app *a, struct area area, int row, int column)
{
    struct layout l = compare_lay_out(a, area);
    int y = area.row + row, x = area.column + column;
    if (area_holds(l.axis.dots, y, x) && !area_holds(l.legend, y, x))
        app_move(a, axis_position(&l.axis, x - l.axis.dots.column));
    layout_free(&l);
}

/* ---- As a list ------------------------------------------------------------------------------------- */

static struct columns_rows compare_rows_of(const struct app *a, struct area area)
{
    struct layout l = compare_lay_out(a, area);
    struct columns_rows rows = compare_legend_rows(a, l.legend);
    rows.first += l.legend.row - area.row;
    layout_free(&l);
    return rows;
}

static const struct list_pane compare_as_list = {.list = STATES_COMPARE, .rows = compare_rows_of};

const struct pane compare_pane = {
    .name = "compare",
    .shows = PANE_CURVE | PANE_VALUES,
    .rows = &compare_as_list,
    .prepare = compare_prepare,
    .draw = compare_draw,
    .act = compare_act,
    .click = compare_click,
};
