/* The curve as plain text: a table with a bar for each listed layer, for a terminal or a log. No cursor
 * movement, no colour. */
#ifndef ISPLIT_COMMANDS_CHART_H
#define ISPLIT_COMMANDS_CHART_H

#include <stdbool.h>
#include <stdio.h>

#include "report/report.h"

struct chart_style {
    bool utf8;   /* blocks and stars, else ASCII */
    int columns; /* of the screen, at least 60 are used */
};

/* From the locale and the terminal behind `out`; 80 columns where there is none. */
struct chart_style chart_style(FILE *out);

/* One chart for each subset of the report, or one for all classes. `title` is the first line. */
void chart_print(FILE *out, const struct report *r, const char *title, struct chart_style style);

#endif
