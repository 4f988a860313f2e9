#include "panes/plot_parts.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "panes/card.h"

/* Heights from which a part is shown. */
enum {
    ROWS_NAMES = 4,
    ROWS_TITLE = 7,
    ROWS_STRIP = 10,
    ROWS_STRIP_TITLE = 13,
    ROWS_STAGGERED = 18, /* names may take two rows */
};
/* Width from which accuracies have an axis of their own. */
enum { COLUMNS_RIGHT = 60 };

void plot_values(const struct app *a, const struct shown *s, double *values, double *low, double *high)
{
    for (int i = 0; i < a->study->layer_list.n; i++) {
        const struct curve_point *point = &s->points[i];
        values[i] = app_value(a, s, i);
        low[i] = app_value_of(a, i, point->low);
        high[i] = app_value_of(a, i, point->high);
        if (isnan(low[i]) && !isnan(point->low) && !isnan(values[i]))
            low[i] = -INFINITY;
    }
}

void plot_shown_values(const struct app *a, double *values, double *low, double *high)
{
    if (!a->plot.trapped) {
        plot_values(a, &a->shown, values, low, high);
        return;
    }
    for (int i = 0; i < a->study->layer_list.n; i++) {
        values[i] = app_trapped_value(a, i);
        low[i] = high[i] = NAN;
    }
}

const char *plot_shown_name(const struct app *a)
{
    return a->plot.trapped ? "trapped energy, -log10(T + 1e-9)" : app_value_name(a);
}

/* The curve fills the plot: of a wide band (few images measured), only half the curve's height is shown above
 * and below. */
static void plot_range(const struct app *a, const struct plot_parts *p, double *low, double *high)
{
    double lowest = INFINITY, highest = -INFINITY;
    for (int i = a->plot.first; i <= a->plot.last; i++)
        axis_widen(&lowest, &highest, p->values[i]);
    *low = lowest;
    *high = highest;
    if (lowest > highest)
        return;
    double most = fmax((highest - lowest) / 2, fabs(highest) * 0.01);
    for (int i = a->plot.first; i <= a->plot.last; i++) {
        if (isnan(p->low[i]) || isnan(p->high[i]))
            continue;
        axis_widen(low, high, fmax(p->low[i], lowest - most));
        axis_widen(low, high, fmin(p->high[i], highest + most));
    }
}

/* Cuts `rows` off the bottom. */
static struct area take_below(struct area *rest, int rows)
{
    struct area part = area_below(*rest, rest->rows - rows);
    rest->rows -= part.rows;
    return part;
}

static struct area take_above(struct area *rest, int rows)
{
    struct area part = area_above(*rest, rows);
    *rest = area_below(*rest, rows);
    return part;
}

static struct area take_right(struct area *rest, int columns)
{
    rest->columns -= columns;
    return (struct area){rest->row, rest->column + rest->columns, rest->rows, columns};
}

/* Parts under the curve, from the bottom up. */
static void take_strip(struct plot_parts *p, struct area *rest, int rows)
{
    bool there = rows >= ROWS_STRIP;
    int bars = rows >= 16 ? rows / 5 : rows >= 12 ? 2 : 1;
    p->signs = take_below(rest, there);
    p->bars = take_below(rest, there ? bars : 0);
    p->strip_title = take_below(rest, rows >= ROWS_STRIP_TITLE);
}

static struct area next_to_gutter(struct area area, int gutter)
{
    return (struct area){area.row, area.column + gutter, area.rows, area.columns - gutter};
}

struct plot_parts plot_parts_make(const struct app *a, struct area area)
{
    size_t n = (size_t)a->study->layer_list.n;
    struct plot_parts p = {.values = memory_new(n, sizeof *p.values),
                           .low = memory_new(n, sizeof *p.low),
                           .high = memory_new(n, sizeof *p.high),
                           .layers = memory_new(n, sizeof *p.layers)};
    plot_shown_values(a, p.values, p.low, p.high);
    for (int i = 0; i < a->study->layer_list.n; i++)
        p.layers[i] = app_row(a, i)->name;
    struct area rest = area;
    p.words = take_above(&rest, !card_is_shown(a));
    p.title = take_above(&rest, area.rows >= ROWS_TITLE);
    double low, high, accuracy_low, accuracy_high;
    plot_range(a, &p, &low, &high);
    plot_measured_range(a, &accuracy_low, &accuracy_high);
    bool measured = accuracy_low <= accuracy_high;
    p.right = take_right(&rest, measured && area.columns >= COLUMNS_RIGHT ? AXIS_RIGHT : 0);
    take_strip(&p, &rest, area.rows);
    bool zero = a->settings.linear && !a->plot.trapped;
    p.axis = axis_make(rest, AXIS_GUTTER, a->plot.first, a->plot.last, low, high, zero);
    int names = area.rows < ROWS_NAMES ? 0 : area.rows < ROWS_STAGGERED ? 1 : 2;
    names = axis_names_rows(&p.axis, p.layers, names);
    p.names = next_to_gutter(take_below(&rest, names), p.axis.gutter);
    p.axis = axis_make(rest, AXIS_GUTTER, a->plot.first, a->plot.last, low, high, zero);
    p.accuracy =
        axis_make(rest, AXIS_GUTTER, a->plot.first, a->plot.last, accuracy_low, accuracy_high, false);
    p.right.rows = rest.rows;
    p.bars = next_to_gutter(p.bars, p.axis.gutter);
    p.signs = next_to_gutter(p.signs, p.axis.gutter);
    return p;
}

void plot_parts_free(struct plot_parts *p)
{
    free(p->values);
    free(p->low);
    free(p->high);
    free(p->layers);
}
