/* Every CSV file that the program writes, as a table of its columns (csv/csv_table.h), from which the
 * manual's tables are made. */
#ifndef ISPLIT_REPORT_COLUMNS_CSV_H
#define ISPLIT_REPORT_COLUMNS_CSV_H

#include "csv/csv_table.h"

/* The name is that of the command, or for isplit curve and the screen's export that of the file: "curve",
 * "images", "classes", "marks", "difference". "transfer" is what isplit link LINK BYTES writes, "store" what
 * isplit store ls -o writes. */
extern const struct csv_table csv_table_curve, csv_table_layers, csv_table_images, csv_table_classes,
    csv_table_marks, csv_table_plan, csv_table_features, csv_table_profile, csv_table_split, csv_table_link,
    csv_table_transfer, csv_table_store, csv_table_store_features, csv_table_shards, csv_table_retrain,
    csv_table_evaluate, csv_table_predictors, csv_table_compare, csv_table_data, csv_table_run,
    csv_table_run_images, csv_table_measured_link, csv_table_difference;

/* The keys of their .meta.csv files, "meta": documentation only, its columns have no cells. A limit's key is
 * its option's name (deploy/metric.h). */
extern const struct csv_table csv_table_meta;

/* All of them, NULL after the last. */
extern const struct csv_table *const csv_tables[];

/* NULL: there is none of that name. */
const struct csv_table *csv_table_find(const char *name);

#endif
