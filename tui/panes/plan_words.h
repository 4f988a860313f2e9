/* Texts of the plan. All new strings. */
#ifndef ISPLIT_PANES_PLAN_WORDS_H
#define ISPLIT_PANES_PLAN_WORDS_H

#include "app/model.h"

/* The values in effect: devices, link, dtype of the tensor; within `width` columns if possible. */
char *plan_words_values(const struct app *a, int width);
/* "limits: at most 100 ms (|), 64.0 KiB sent, at least 90.0 % right: 4 of 8 hold them"; the latency's line is
 * in the bars. */
char *plan_words_limits(const struct app *a);
/* The recommended cut and the runner-up, after the signs that mark them. */
char *plan_words_pick(const struct app *a);
/* A row: why it is not feasible, or its times, bytes, memory, energy, importance, accuracy, and its
 * status. */
char *plan_words_row(const struct app *a, int row);

#endif
