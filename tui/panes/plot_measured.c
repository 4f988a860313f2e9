/* In the plot: the accuracies measured after retraining, each with its interval, on an axis of their own at
 * the right. They stand beside the curve's points, so that both are seen. */
#include <math.h>

#include "panes/measures.h"
#include "panes/plot_parts.h"

/* Columns between two positions from which there is space beside the curve's point. */
enum { MEASURED_APART = 3 };

void plot_measured_range(const struct app *a, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (int i = a->plot.first; i <= a->plot.last; i++) {
        const struct measured_cut *cut = evaluating_cut(a, i);
        if (!cut)
            continue;
        axis_widen(low, high, 100 * cut->accuracy);
        axis_widen(low, high, 100 * cut->low);
        axis_widen(low, high, 100 * cut->high);
    }
}

static int measured_column(const struct axis *x, int position)
{
    bool beside = x->dots.columns / (x->last - x->first + 1) >= MEASURED_APART;
    return axis_column(x, position) + beside;
}

void plot_draw_intervals(const struct app *a, struct canvas *c, const struct plot_parts *p)
{
    const struct axis *x = &p->accuracy;
    for (int i = x->first; i <= x->last; i++) {
        const struct measured_cut *cut = evaluating_cut(a, i);
        if (!cut || isnan(cut->low) || isnan(cut->high))
            continue;
        for (int row = axis_row(x, 100 * cut->high); row <= axis_row(x, 100 * cut->low); row++)
            canvas_glyph(c, x->dots, row, measured_column(x, i), ROLE_MEASURED, GLYPH_INTERVAL);
    }
}

void plot_draw_accuracies(const struct app *a, struct canvas *c, const struct plot_parts *p)
{
    const struct axis *x = &p->accuracy;
    for (int i = x->first; i <= x->last; i++) {
        const struct measured_cut *cut = evaluating_cut(a, i);
        if (cut)
            canvas_glyph(c, x->dots, axis_row(x, 100 * cut->accuracy), measured_column(x, i),
                         measures_role(cut), measures_glyph(cut));
    }
    if (p->right.columns > 0)
        axis_draw_right(x, c, p->right);
}
