/* The known links, and the transfer of a number of bytes over one of them, as CSV. */
#ifndef ISPLIT_REPORT_REPORT_LINK_H
#define ISPLIT_REPORT_REPORT_LINK_H

#include <stdint.h>
#include <stdio.h>

#include "deploy/link_fit.h"
#include "deploy/link_text.h"

/* `own` and the presets after them, or where it is not NULL `one` alone. */
void report_links(FILE *out, const struct link_list *own, const struct link *one);

/* What was measured of a link, one row. */
void report_measured_link(FILE *out, const char *name, const struct link_fit *fit);
void report_transfer(FILE *out, const struct link *l, int64_t bytes);

#endif
