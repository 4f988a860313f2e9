/* The rows of the plan: their columns, their cells, and the time axis. */
#ifndef ISPLIT_PANES_PLAN_ROWS_H
#define ISPLIT_PANES_PLAN_ROWS_H

#include "app/model.h"

enum plan_column {
    PLAN_MARKS, /* Pareto front, recommended, candidate, mark: one place each */
    PLAN_NAME,
    PLAN_BAR,
    PLAN_METRIC, /* the first of enum metric, then the others */
    PLAN_COLUMNS = PLAN_METRIC + METRICS
};
enum { PLAN_MARKS_WIDTH = 4, PLAN_TEXT = 40 };

/* The cursor and the axis. */
struct plan_rows;
struct plan_rows *plan_rows_new(void);
void plan_rows_free(struct plan_rows *r);

/* Evaluates the cuts and fits the columns into a screen of that width. */
void plan_rows_refresh(struct app *a, int width);

/* The cell of a row; "" for marks and bar. A number that breaks its limit is followed by "!". */
void plan_rows_text(const struct app *a, int row, enum plan_column column, char out[PLAN_TEXT]);

/* "server only", "block3_pool", "device only". */
const char *plan_rows_name(const struct app *a, int row);

/* The row under the cursor, and moving it. */
int plan_rows_cursor(const struct app *a);
void plan_rows_go(struct app *a, int row);

/* End of the time axis, in ms. By default it includes every cut that meets the limits, up to three times
 * their median, so that a few do not make the others too short; and the limit of the time, if any cut comes
 * near it. */
double plan_rows_axis(const struct app *a);
void plan_rows_set_axis(struct app *a, double ms); /* 0: the default */

/* "12.3", with a sensible number of digits; "?" if not known. */
void plan_rows_ms(char out[16], double ms);

#endif
