#include <stdlib.h>

#include "report/columns_csv.h"
#include "report/report.h"

#define DATA_CELL(type, name, value)                                                                         \
    static void data_##name(struct sheet *s, const void *row)                                                \
    {                                                                                                        \
        const struct dataset_class *k = row;                                                                 \
        sheet_##type(s, value);                                                                              \
    }
DATA_CELL(integer, output, k->index)
DATA_CELL(text, class, k->name)
DATA_CELL(text, folder, k->folder ? k->folder : "")
DATA_CELL(integer, images, k->images)

static const struct csv_column data_columns[] = {
    {"output", "output of the network that is the class", data_output, NULL},
    {"class", "name of the class", data_class, NULL},
    {"folder", "where its images are; empty where the layout has no folders", data_folder, NULL},
    {"images", "images of the class", data_images, NULL},
};
const struct csv_table csv_table_data = CSV_TABLE("data", data_columns);

void report_data(FILE *out, const struct report *r)
{
    struct sheet *s = csv_table_begin(out, &csv_table_data, r, r->style);
    for (int i = 0; i < r->dataset->classes_n; i++)
        csv_table_row(s, &csv_table_data, &r->dataset->classes[i]);
    sheet_free(s);
}
