/* Bytes against accuracy as a vector figure for a paper, as report/figure.h: one line a cut, the pictures as
 * a line of their own, the front, and what was chosen. */
#ifndef ISPLIT_REPORT_RATE_FIGURE_H
#define ISPLIT_REPORT_RATE_FIGURE_H

#include <stdio.h>

#include "features/rate_curves.h"
#include "net/table.h"

/* `chosen` (or NULL) is ringed; `description` as in struct figure. */
void rate_figure_write(FILE *out, const struct rate_curves *curves, const struct table *table,
                       const struct tradeoff *chosen, const char *description);

#endif
