/* The rows of the plan: their columns, their cells, and the time axis. */
#ifndef ISPLIT_PANES_PLAN_ROWS_H
#define ISPLIT_PANES_PLAN_ROWS_H

#include "app/model.h"

enum plan_column {
    PLAN_MARKS, /* pareto, recommended, candidate, the user's: a place each */
    PLAN_NAME,
    PLAN_BAR,
    PLAN_METRIC, /* of enum metric the first, then the others */
    PLAN_COLUMNS = PLAN_METRIC + METRICS
};
enum { PLAN_MARKS_WIDTH = 4, PLAN_TEXT = 40 };

/* Weighs the cuts and fits the columns into so many columns of the screen. */
void plan_rows_refresh(struct app *a, int width);

/* The cell of a row; "" for marks and bar. A number that breaks its limit has a "!" behind it. */
void plan_rows_text(const struct app *a, int row, enum plan_column column, char out[PLAN_TEXT]);

/* "server only", "block3_pool", "device only". */
const char *plan_rows_name(const struct app *a, int row);

/* The row under the cursor. */
int plan_rows_cursor(const struct app *a);

/* Where the time axis ends, in ms. The usual one holds every cut that keeps the limits, but nothing longer
 * than three times the middle one of them, so that a few do not make the others too short to be seen; and the
 * limit of the time, where any cut comes near. */
double plan_rows_axis(const struct app *a);

/* "12.3", with as many digits as are worth reading; "?" where it is not known. */
void plan_rows_ms(char out[16], double ms);

#endif
