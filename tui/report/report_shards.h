/* The shares of runs that were divided, as CSV or in another style: a row for each. */
#ifndef ISPLIT_REPORT_REPORT_SHARDS_H
#define ISPLIT_REPORT_REPORT_SHARDS_H

#include <stdint.h>
#include <stdio.h>

#include "csv/sheet.h"

struct report_share {
    int64_t study;
    long share, shares, images, measured; /* its number, from 1, of how many; its images; those with a row */
    const char *again;                    /* the command that measures what is missing, or "" */
};

struct sheet *report_shards_begin(FILE *out, const struct sheet_style *style); /* sheet_free ends it */
void report_shards_row(struct sheet *s, const struct report_share *share);

#endif
