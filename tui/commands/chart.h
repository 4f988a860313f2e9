/* The curve as plain text: a table with a bar for each listed layer, for a terminal or a log. No cursor
 * movement, no colour. */
#ifndef ISPLIT_COMMANDS_CHART_H
#define ISPLIT_COMMANDS_CHART_H

#include <stdio.h>

#include "report/report.h"

/* Of the terminal behind `out`, at least 60; 80 where there is none. */
int chart_columns(FILE *out);

/* One chart for each subset of the report, or one for all classes. `title` is the first line. Blocks and
 * stars where the locale has them, else ASCII. */
void chart_print(FILE *out, const struct report *r, const char *title);

#endif
