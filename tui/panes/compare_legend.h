/* The legend of the compared curves: one row a curve, with its classes, its best layer and its value at the
 * cursor. Curve 0 is the one of the chosen classes, 1.. are the pins. */
#ifndef ISPLIT_PANES_COMPARE_LEGEND_H
#define ISPLIT_PANES_COMPARE_LEGEND_H

#include "app/model.h"
#include "panes/columns.h"
#include "screen/bitmap.h"

int compare_curves(const struct app *a); /* how many */
const struct shown *compare_curve(const struct app *a, int curve);
enum role compare_role(int curve);
enum glyph compare_glyph(int curve);      /* of a pin; curve 0 has none */
enum bitmap_dash compare_dash(int curve); /* how it is drawn where there are no colours */

/* The curves whose difference is shown: one minus the other. Every pair once, those with the chosen classes
 * first. */
void compare_pair(const struct app *a, int *one, int *other);

/* A head row and compare_curves() rows; without the head where the area is too low. */
void compare_legend_draw(const struct app *a, struct canvas *c, struct area area, bool focused);

/* Which of the legend's rows are curves; scrolled by the list. */
struct columns_rows compare_legend_rows(const struct app *a, struct area area);

/* Whether a pinned curve is that of the chosen classes: it is drawn once. */
bool compare_is_twice(const struct app *a, int curve);

/* The value with the digits that the scale needs; "-" for NaN. */
enum { COMPARE_VALUE = 24 };
void compare_value(const struct app *a, double value, char out[COMPARE_VALUE]);

#endif
