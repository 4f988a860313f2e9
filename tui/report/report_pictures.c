#include "report/report_pictures.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "features/features.h"
#include "report/columns_csv.h"

struct picture_line {
    const struct measured_picture *picture;
    const struct table *table;
    long images;
    struct estimate bytes, correct, agrees;
};

static void picture_name(struct sheet *s, const void *row)
{
    (void)row;
    sheet_text(s, REPORT_PICTURES_NAME);
}

static void picture_dtype(struct sheet *s, const void *row)
{
    (void)row;
    sheet_text(s, REPORT_PICTURES_DTYPE);
}

static void picture_coder(struct sheet *s, const void *row)
{
    int quality = ((const struct picture_line *)row)->picture->quality;
    char *text = quality == PICTURES_STORED ? memory_copy(REPORT_PICTURES_STORED)
                                            : memory_format(REPORT_PICTURES_JPEG "%d", quality);
    sheet_text(s, text);
    free(text);
}

static void picture_plain(struct sheet *s, const void *row)
{
    sheet_integer(s, net_shape_size(((const struct picture_line *)row)->table->in));
}

static void picture_images(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct picture_line *)row)->images);
}

#define PICTURE_VALUE(member, part)                                                                          \
    static void picture_##member##_##part(struct sheet *s, const void *row)                                  \
    {                                                                                                        \
        sheet_real(s, ((const struct picture_line *)row)->member.part);                                      \
    }
PICTURE_VALUE(bytes, value)
PICTURE_VALUE(bytes, low)
PICTURE_VALUE(bytes, high)
PICTURE_VALUE(correct, value)
PICTURE_VALUE(correct, low)
PICTURE_VALUE(correct, high)
PICTURE_VALUE(agrees, value)
PICTURE_VALUE(agrees, low)
PICTURE_VALUE(agrees, high)

/* The columns that a picture has; the others are empty. */
static const struct {
    const char *name;
    void (*cell)(struct sheet *s, const void *row);
} picture_cells[] = {
    {"name", picture_name},
    {"dtype", picture_dtype},
    {"coder", picture_coder},
    {"bytes", picture_plain},
    {"coded_bytes", picture_bytes_value},
    {"coded_low", picture_bytes_low},
    {"coded_high", picture_bytes_high},
    {"accuracy", picture_correct_value},
    {"accuracy_low", picture_correct_low},
    {"accuracy_high", picture_correct_high},
    {"agreement", picture_agrees_value},
    {"agreement_low", picture_agrees_low},
    {"agreement_high", picture_agrees_high},
    {"images", picture_images},
};

static void picture_cell(struct sheet *s, const char *column, const struct picture_line *line)
{
    for (size_t i = 0; i < sizeof picture_cells / sizeof picture_cells[0]; i++)
        if (strcmp(column, picture_cells[i].name) == 0) {
            picture_cells[i].cell(s, line);
            return;
        }
    sheet_empty(s);
}

void report_picture(struct sheet *s, const struct measured_pictures *all, const struct measured_picture *row,
                    const struct table *table)
{
    const struct picture_line line = {
        .picture = row,
        .table = table,
        .images = all->images,
        .bytes = feature_mean(row->bytes, (double)row->deviation, all->images, 0, 0),
        .correct = feature_proportion(row->correct, all->images),
        .agrees = feature_proportion(row->agrees, all->images),
    };
    int n;
    const int *chosen = sheet_chosen(s, &n);
    for (int i = 0; i < n; i++)
        picture_cell(s, csv_table_features.columns[chosen[i]].name, &line);
    sheet_end_row(s);
}
