/* Reads a file of isplit features: what each cut sends in each dtype, and how accurate the network is with
 * it. */
#ifndef ISPLIT_REPORT_FEATURES_FILE_H
#define ISPLIT_REPORT_FEATURES_FILE_H

#include "base/error.h"
#include "features/features.h"
#include "net/table.h"

/* Every row must be a cut of this network, by number and name, none twice; other columns are ignored. `cfg`
 * names the network in messages. -1 ("FILE:LINE: ..." where it is about a row) leaves nothing to free. */
int features_file_read(const char *path, const struct table *table, const char *cfg,
                       struct features *features, struct error *e);

/* The columns that are read, NULL after the last; report/columns_csv.h describes them. */
extern const char *const features_file_columns[];

#endif
