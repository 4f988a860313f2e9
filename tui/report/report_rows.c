/* The rows of images and the means of classes: a column for each listed layer. */
#include <math.h>

#include "report/columns_csv.h"
#include "report/report.h"

/* L0, L3, ...: one column for each listed layer. */
static void layer_names(struct sheet *s, const void *data)
{
    const struct report *r = data;
    char name[16];
    for (int i = 0; i < r->listed_n; i++) {
        snprintf(name, sizeof name, "L%d", r->listed[i]);
        sheet_text(s, name);
    }
}

/* ---- Images ------------------------------------------------------------------------------------------ */

struct image_line {
    const struct report *report;
    const struct curve_row *row;
    const float *values; /* [listed_n] */
};

static void image_path(struct sheet *s, const void *row)
{
    const struct image_line *line = row;
    sheet_text(s, line->report->dataset->images[line->row->image].path);
}

static void image_class_index(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct image_line *)row)->row->class_index);
}

static void image_class(struct sheet *s, const void *row)
{
    const struct image_line *line = row;
    sheet_text(s, report_class_name(line->report->dataset, line->row->class_index));
}

static void image_top_index(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct image_line *)row)->row->predicted);
}

static void image_score(struct sheet *s, const void *row)
{
    sheet_real(s, (double)((const struct image_line *)row)->row->score);
}

static void image_values(struct sheet *s, const void *row)
{
    const struct image_line *line = row;
    for (int l = 0; l < line->report->listed_n; l++)
        sheet_real(s, (double)line->values[l]);
}

static void image_number(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct image_line *)row)->row->image);
}

static void image_top_class(struct sheet *s, const void *row)
{
    const struct image_line *line = row;
    sheet_text(s, report_class_name(line->report->dataset, line->row->predicted));
}

static void image_correct(struct sheet *s, const void *row)
{
    const struct image_line *line = row;
    sheet_known_integer(s, line->row->predicted == line->row->class_index, !line->report->curve->unlabelled);
}

/* study/saved_rows_csv.c reads them. */
static const struct csv_column images_columns[] = {
    {"image", "path of the image below DATA", image_path, NULL},
    {"class_index", "output of the network that is the image's class", image_class_index, NULL},
    {"class", "name of that class", image_class, NULL},
    {"top_index", "output of the predicted class, the one that wins", image_top_index, NULL},
    {"score", "score of the class before the softmax, whose gradient is taken (--score)", image_score, NULL},
    {"L<layer>", "importance of this layer for the image, a column for each listed layer", image_values,
     layer_names},
    {"number", "number of the image in the data set", image_number, NULL},
    {"top_class", "name of the predicted class", image_top_class, NULL},
    {"correct", "1 where that is the image's class, else 0; empty where images have no labels", image_correct,
     NULL},
};
const struct csv_table csv_table_images = CSV_TABLE("images", images_columns);

void report_images(FILE *out, const struct report *r)
{
    struct sheet *s = csv_table_begin(out, &csv_table_images, r, r->style);
    for (long i = 0; i < r->order_n; i++) {
        long found = curve_find(r->curve, r->order[i]);
        if (found < 0)
            continue;
        const struct image_line line = {r, &r->curve->rows[found],
                                        r->curve->values + (size_t)found * (size_t)r->listed_n};
        csv_table_row(s, &csv_table_images, &line);
    }
    sheet_free(s);
}

/* ---- Classes ----------------------------------------------------------------------------------------- */

struct class_line {
    const struct report *report;
    int class_index;
};

static void class_index(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct class_line *)row)->class_index);
}

static void report_row_class_name(struct sheet *s, const void *row)
{
    const struct class_line *line = row;
    sheet_text(s, report_class_name(line->report->dataset, line->class_index));
}

static void class_images(struct sheet *s, const void *row)
{
    const struct class_line *line = row;
    sheet_integer(s, curve_class_images(line->report->curve, line->class_index));
}

static void class_accuracy(struct sheet *s, const void *row)
{
    const struct class_line *line = row;
    const struct curve *c = line->report->curve;
    long images = curve_class_images(c, line->class_index);
    bool known = images && !c->unlabelled;
    sheet_real(s, known ? (double)curve_class_correct(c, line->class_index) / (double)images : NAN);
}

static void class_means(struct sheet *s, const void *row)
{
    const struct class_line *line = row;
    for (int l = 0; l < line->report->listed_n; l++)
        sheet_real(s, curve_class_mean(line->report->curve, line->class_index, l));
}

static const struct csv_column classes_columns[] = {
    {"class_index", "output of the network that is this class", class_index, NULL},
    {"class", "name of the class", report_row_class_name, NULL},
    {"images", "measured images of the class", class_images, NULL},
    {"accuracy", "fraction of them that are predicted right; empty where there are none", class_accuracy,
     NULL},
    {"L<layer>", "mean importance of this layer over them, a column for each listed layer", class_means,
     layer_names},
};
const struct csv_table csv_table_classes = CSV_TABLE("classes", classes_columns);

void report_classes(FILE *out, const struct report *r)
{
    struct sheet *s = csv_table_begin(out, &csv_table_classes, r, r->style);
    curve_refresh(r->curve);
    for (int c = 0; c < r->curve->classes; c++) {
        const struct class_line line = {r, c};
        if (r->chosen[c])
            csv_table_row(s, &csv_table_classes, &line);
    }
    sheet_free(s);
}
