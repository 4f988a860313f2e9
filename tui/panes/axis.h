/* The frame of a plot over layers: positions of the list of layers across, values up. It maps positions and
 * values to cells, and draws ticks, names, bands, curves and markers; the curve, the bytes under it and
 * compared curves share it. Values are arrays by position in the list of layers; NaN leaves a gap. */
#ifndef ISPLIT_PANES_AXIS_H
#define ISPLIT_PANES_AXIS_H

#include <stdbool.h>

#include "screen/bitmap.h"
#include "screen/canvas.h"

struct axis {
    struct area dots; /* where curves are drawn, without the gutter */
    int gutter;       /* columns left of it: tick labels and the line */
    int first, last;  /* positions */
    int pitch;        /* columns a position, where that is the same for all; else 0 */
    double low, high; /* values at the lower and the upper edge */
    double step;      /* between ticks, which are so many rows apart everywhere */
    bool empty;       /* no values: no ticks */
    double left,
        right; /* of a picture of points (panes/scatter.h) in place of positions: numbers at its edges */
};

enum { AXIS_GUTTER = 8 }; /* "512 KiB" and the line */

/* Widens a range of values, which begins with INFINITY and -INFINITY; NaN and infinite values are ignored. */
void axis_widen(double *low, double *high, double value);

/* Rounds the range out (low > high: it is empty). `gutter`: columns for tick labels and line, AXIS_GUTTER or
 * more; it is left out where the area is too narrow. `zero`: includes zero (linear scales, differences). An
 * empty range becomes 0..1; a single value gets half a unit (zero: twice the value) around it. */
struct axis axis_make(struct area area, int gutter, int first, int last, double low, double high, bool zero);

/* Scales it anew for logarithms to base 2: ticks are whole ones, so that they are round numbers of bytes. */
void axis_octaves(struct axis *x, double low, double high);

/* The ticks from the lowest on (which = 0); NaN: there are no more. axis_row has its row. */
double axis_tick(const struct axis *x, int which);

/* Cells, from the corner of axis->dots. The column of a position that is not shown is outside the area. */
int axis_column(const struct axis *x, int position);
int axis_row(const struct axis *x, double value);    /* clamped to the area */
int axis_position(const struct axis *x, int column); /* the nearest position, clamped to first..last */

/* The vertical line with ticks and their labels. */
void axis_draw(const struct axis *x, struct canvas *c);

/* The same at the right of the plot, in an area of AXIS_RIGHT columns and as many rows. */
enum { AXIS_RIGHT = 6 };
void axis_draw_right(const struct axis *x, struct canvas *c, struct area area);

/* Later ones cover earlier ones, so the band comes first. It is filled sparsely, a curve never, so they
 * differ without colour. */
void axis_draw_curve(const struct axis *x, struct canvas *c, const double *values, enum role role);
void axis_draw_band(const struct axis *x, struct canvas *c, const double *low, const double *high,
                    enum role role);
/* A curve among others where there are no colours: dashed, or, in ASCII, all of its sign. */
void axis_draw_dashed(const struct axis *x, struct canvas *c, const double *values, enum role role,
                      enum bitmap_dash dash, enum glyph sign);
void axis_draw_marker(const struct axis *x, struct canvas *c, int position, double value, enum role role,
                      enum glyph glyph);
/* A dotted horizontal line (the zero of differences) and a dotted vertical one (the end of a zoom). */
void axis_draw_level(const struct axis *x, struct canvas *c, double value, enum role role);
void axis_draw_edge(const struct axis *x, struct canvas *c, int position, enum role role);

/* The cursor: a stem from a value down to the name under the plot. Moving a line of the whole height would
 * send each row of the plot twice. NaN: a short one, at the name. */
void axis_draw_stem(const struct axis *x, struct canvas *c, int position, double value, enum role role);

/* "0.05", "-1.5", "2e-07": a tick as short as its step allows. */
enum { AXIS_NUMBER = 24 };
void axis_number(char out[AXIS_NUMBER], double value, double step);

/* Names of the positions under the plot, in `area` (the same columns as axis->dots, 1 or 2 rows): in full
 * where they fit, staggered over two rows, shortened (block4_conv2: b4c2), or every n-th. The cursor's name
 * is always shown, with `role`. names[position]. */
void axis_draw_names(const struct axis *x, struct canvas *c, struct area area, const char *const *names,
                     int cursor, enum role role);
/* How many rows the names take, at most `rows`. */
int axis_names_rows(const struct axis *x, const char *const *names, int rows);

/* "block4_conv2" -> "b4c2". */
enum { AXIS_SHORT = 40 };
void axis_short_name(char out[AXIS_SHORT], const char *name);

#endif
