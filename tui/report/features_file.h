/* What isplit features wrote, read back: what each cut sends in each number type, and how well the network
 * does with it. */
#ifndef ISPLIT_REPORT_FEATURES_FILE_H
#define ISPLIT_REPORT_FEATURES_FILE_H

#include "base/error.h"
#include "features/features.h"
#include "net/table.h"

/* Every row must be a cut of this network, by number and name, none twice; other columns are passed over.
 * `cfg` names the network in messages. -1 ("FILE:LINE: ..." where it is about a row) leaves nothing to free.
 */
int features_file_read(const char *path, const struct table *table, const char *cfg,
                       struct features *features, struct error *e);

/* The columns that are looked for, NULL after the last; report/columns_csv.h tells them. */
extern const char *const features_file_columns[];

#endif
