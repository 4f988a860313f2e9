#include "report/columns_csv.h"

#include <stddef.h>
#include <string.h>

const struct csv_table *const csv_tables[] = {
    &csv_table_curve,
    &csv_table_layers,
    &csv_table_images,
    &csv_table_classes,
    &csv_table_marks,
    &csv_table_features,
    &csv_table_profile,
    &csv_table_split,
    &csv_table_link,
    &csv_table_transfer,
    &csv_table_measured_link,
    &csv_table_plan,
    &csv_table_store,
    &csv_table_store_features,
    &csv_table_shards,
    &csv_table_retrain,
    &csv_table_evaluate,
    &csv_table_predictors,
    &csv_table_compare,
    &csv_table_data,
    &csv_table_run,
    &csv_table_run_images,
    &csv_table_difference,
    &csv_table_meta,
    NULL,
};

const struct csv_table *csv_table_find(const char *name)
{
    for (int i = 0; csv_tables[i]; i++)
        if (strcmp(csv_tables[i]->name, name) == 0)
            return csv_tables[i];
    return NULL;
}
