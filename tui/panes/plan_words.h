/* Texts of the plan. All new strings. */
#ifndef ISPLIT_PANES_PLAN_WORDS_H
#define ISPLIT_PANES_PLAN_WORDS_H

#include "app/model.h"

/* The values in effect: devices, link, dtype of the tensor; within `width` columns if possible. The one that
 * + and - change stands in brackets. */
char *plan_words_values(const struct app *a, int width);
/* "limits: at most 100 ms (|), 64.0 KiB sent, at least 90.0 % right: 4 of 8 hold them"; the latency's line is
 * in the bars. */
char *plan_words_limits(const struct app *a);
/* The recommended cut and the runner-up, after the signs that mark them. */
char *plan_words_pick(const struct app *a);
/* Single values. */
char *plan_words_edge(const struct app *a);
char *plan_words_server(const struct app *a);
char *plan_words_link(const struct app *a);
char *plan_words_rate(const struct app *a);
char *plan_words_trip(const struct app *a);
/* What a key that changes a value has changed, and what is recommended now: "server 625 GFLOP/s: ...". */
char *plan_words_changed(const struct app *a, enum action action);
/* A row's value of the objective, and its time: "rank 9, 138 ms". */
char *plan_words_worth(const struct app *a, int row);
/* A row: why it is not feasible, or its times, bytes, memory, energy, importance, accuracy, and its
 * status. */
char *plan_words_row(const struct app *a, int row);

#endif
