/* The studies of a store as CSV, or in another style. */
#ifndef ISPLIT_REPORT_REPORT_STORE_H
#define ISPLIT_REPORT_REPORT_STORE_H

#include <stdio.h>

#include "csv/sheet.h"
#include "store/store_study.h"

void report_store(FILE *out, const struct store_study *studies, int n, const struct sheet_style *style);

#endif
