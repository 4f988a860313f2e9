/* The known links, and the transfer of a number of bytes over one of them, as CSV or in another style (NULL:
 * CSV). */
#ifndef ISPLIT_REPORT_REPORT_LINK_H
#define ISPLIT_REPORT_REPORT_LINK_H

#include <stdint.h>
#include <stdio.h>

#include "csv/sheet.h"
#include "deploy/link_fit.h"
#include "deploy/link_text.h"

/* `own` and the presets after them, or where it is not NULL `one` alone. */
void report_links(FILE *out, const struct link_list *own, const struct link *one,
                  const struct sheet_style *style);

/* What was measured of a link (deploy/link_fit.h), one row: by so many small messages, and as many of `large`
 * bytes. */
void report_measured_link(FILE *out, const char *name, const double mbit_s[LINK_PARTS],
                          const double rtt_ms[LINK_PARTS], long messages, int64_t large,
                          const struct sheet_style *style);
void report_transfer(FILE *out, const struct link *l, int64_t bytes, const struct sheet_style *style);

#endif
