/* The parts that the plot's area is divided into, from top to bottom: the chosen layer in words, a title, the
 * curve, the layers' names, and, if it fits, what each cut sends. Shared by the files of the plot. */
#ifndef ISPLIT_PANES_PLOT_PARTS_H
#define ISPLIT_PANES_PLOT_PARTS_H

#include "app/model.h"
#include "panes/axis.h"

struct plot_parts {
    /* All but `words` may have no rows. */
    struct area words, title, names, strip_title, bars, signs;
    struct area right; /* beside the axis, for the one of the accuracies; may have no columns */
    struct axis axis;
    struct axis accuracy; /* the same columns, in per cent; empty where nothing was measured */
    /* [layer_list.n] values on the axis; NaN: none */
    double *values, *low, *high;
    const char **layers; /* names, borrowed */
};

struct plot_parts plot_parts_make(const struct app *a, struct area area);
void plot_parts_free(struct plot_parts *p);

/* Values of a curve on the screen's scale; new arrays [layer_list.n], as chosen by the caller. The lower end
 * of an interval below what the scale can show is -INFINITY. */
void plot_values(const struct app *a, const struct shown *s, double *values, double *low, double *high);

/* The same for what is drawn: of the chosen classes, or trapped energy, which has no interval; and what the
 * values are. */
void plot_shown_values(const struct app *a, double *values, double *low, double *high);
const char *plot_shown_name(const struct app *a);

/* "block4_pool  layer 13  CUI 0.01083  ...": of the chosen layer, as much as fits, in fixed columns. */
void plot_draw_words(const struct app *a, struct canvas *c, struct area area);

/* The highest point of the curve where that is one of its ends, and so no candidate; -1: it is another, or
 * trapped energy is drawn. */
int plot_highest_end(const struct app *a);

/* What each cut sends, on a log scale, with the input as a dotted line, CDE points and cuts that several
 * tensors cross; optionally with the plan's limit of bytes as a line. */
void plot_draw_strip(const struct app *a, struct canvas *c, const struct plot_parts *p, bool limits);

/* plot_measured.c: accuracies after retraining, in per cent, and the range of those that are shown. The
 * intervals come under the curve, the accuracies above it. */
void plot_measured_range(const struct app *a, double *low, double *high);
void plot_draw_intervals(const struct app *a, struct canvas *c, const struct plot_parts *p);
void plot_draw_accuracies(const struct app *a, struct canvas *c, const struct plot_parts *p);

#endif
