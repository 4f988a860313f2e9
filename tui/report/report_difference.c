#include <stdlib.h>

#include "base/memory.h"
#include "curve/difference.h"
#include "report/columns_csv.h"
#include "report/columns_layer.h"
#include "report/report.h"

struct difference_line {
    const struct table_row *layer;
    const char *one, *other;
    const struct estimate *plain, *logarithm;
};

static void difference_one(struct sheet *s, const void *row)
{
    sheet_text(s, ((const struct difference_line *)row)->one);
}

static void difference_other(struct sheet *s, const void *row)
{
    sheet_text(s, ((const struct difference_line *)row)->other);
}

#define DIFFERENCE_CELL(of, member)                                                                          \
    static void of##_##member(struct sheet *s, const void *row)                                              \
    {                                                                                                        \
        sheet_real(s, ((const struct difference_line *)row)->of->member);                                    \
    }
DIFFERENCE_CELL(plain, value)
DIFFERENCE_CELL(plain, low)
DIFFERENCE_CELL(plain, high)
DIFFERENCE_CELL(logarithm, value)
DIFFERENCE_CELL(logarithm, low)
DIFFERENCE_CELL(logarithm, high)

static const struct csv_column difference_columns[] = {
    {"subset", "name of one subset of classes", difference_one, NULL},
    {"minus", "name of the other, whose curve is taken from it", difference_other, NULL},
    COLUMN_LAYER,
    COLUMN_NAME,
    {"cui_difference", "difference of the two CUI; empty where one is not known", plain_value, NULL},
    {"ci95_low", "lower end of its 95 % interval: images that both have are pairs, the others two samples",
     plain_low, NULL},
    {"ci95_high", "upper end of it", plain_high, NULL},
    {"log10_ratio", "log10 of their ratio, as the screen draws it; empty where one is 0", logarithm_value,
     NULL},
    {"log10_ratio_low", "lower end of its 95 % interval", logarithm_low, NULL},
    {"log10_ratio_high", "upper end of it", logarithm_high, NULL},
};
const struct csv_table csv_table_difference = CSV_TABLE("difference", difference_columns);

static void report_pair(struct sheet *s, const struct report *r, const struct subset *one,
                        const struct subset *other)
{
    struct estimate *plain = memory_new((size_t)r->listed_n, sizeof *plain);
    struct estimate *logarithm = memory_new((size_t)r->listed_n, sizeof *logarithm);
    curve_difference(r->curve, one->chosen, other->chosen, false, plain);
    curve_difference(r->curve, one->chosen, other->chosen, true, logarithm);
    for (int i = 0; i < r->listed_n; i++) {
        const struct difference_line line = {&r->table->rows[r->listed[i]], one->name, other->name, &plain[i],
                                             &logarithm[i]};
        csv_table_row(s, &csv_table_difference, &line);
    }
    free(plain);
    free(logarithm);
}

void report_difference(FILE *out, const struct report *r)
{
    struct sheet *s = csv_table_begin(out, &csv_table_difference, r, NULL);
    curve_refresh(r->curve);
    for (int i = 0; i < r->subsets_n; i++)
        for (int k = i + 1; k < r->subsets_n; k++)
            report_pair(s, r, &r->subsets[i], &r->subsets[k]);
    sheet_free(s);
}
