#include "report/report_store.h"

#include "study/saved_rows_words.h"
#include "store/row_key.h"
#include "report/columns_csv.h"

struct study_line {
    const struct store_study *study;
    const char *id, *options, *changed;
    struct message_tuning tuning; /* batch and threads */
};

#define STUDY_CELL(type, name, member)                                                                       \
    static void study_##name(struct sheet *s, const void *row)                                               \
    {                                                                                                        \
        sheet_##type(s, ((const struct study_line *)row)->member);                                           \
    }
STUDY_CELL(text, id, id)
STUDY_CELL(text, cfg, study->cfg)
STUDY_CELL(text, cfg_xxh3, study->cfg_xxh3)
STUDY_CELL(text, weights, study->weights)
STUDY_CELL(text, weights_xxh3, study->weights_xxh3)
STUDY_CELL(text, data, study->place)
STUDY_CELL(text, split, study->split)
STUDY_CELL(integer, images, study->images)
STUDY_CELL(integer, measured, study->rows)
STUDY_CELL(integer, undecodable, study->skipped)
STUDY_CELL(integer, not_finite, study->nonfinite)
STUDY_CELL(text, tuning, study->tuning)
STUDY_CELL(text, changed, changed)
STUDY_CELL(text, options, options)
STUDY_CELL(integer, batch, tuning.batch)
STUDY_CELL(integer, threads, tuning.threads)

static const struct csv_column store_columns[] = {
    {"id", "number of the study in the store; behind an f: of isplit features", study_id, NULL},
    {"cfg", "the network's cfg, as it was named", study_cfg, NULL},
    {"cfg_xxh3", "XXH3 of the cfg, 16 hexadecimal digits", study_cfg_xxh3, NULL},
    {"weights", "the network's weights, as they were named", study_weights, NULL},
    {"weights_xxh3", "XXH3 of the weights", study_weights_xxh3, NULL},
    {"data", "where the images are", study_data, NULL},
    {"split", "train, val or test, where the layout has one", study_split, NULL},
    {"images", "images of the data set", study_images, NULL},
    {"measured", "images that have a row", study_measured, NULL},
    {"undecodable", "images that cannot be decoded", study_undecodable, NULL},
    {"not_finite", "images that are left out because numbers overflow", study_not_finite, NULL},
    {"tuning", "hash of the choice of batch, threads and algorithms", study_tuning, NULL},
    {"changed", "when rows came last, UTC, ISO 8601", study_changed, NULL},
    {"options", "options that are not the default, as the command line has them", study_options, NULL},
    {"batch", "images computed at once", study_batch, NULL},
    {"threads", "threads of the worker", study_threads, NULL},
};
const struct csv_table csv_table_store = CSV_TABLE("store", store_columns);

void report_store(FILE *out, const struct store_study *studies, int n, const struct sheet_style *style)
{
    struct sheet *s = csv_table_begin(out, &csv_table_store, NULL, style);
    struct saved_rows_words *words = saved_rows_words_new(studies, n);
    for (int i = 0; i < n; i++) {
        struct study_line line = {.study = &studies[i],
                                  .id = saved_rows_word(words, i, SAVED_ID),
                                  .options = saved_rows_word(words, i, SAVED_OPTIONS),
                                  .changed = saved_rows_word(words, i, SAVED_CHANGED),
                                  .tuning = {.hash = ""}};
        struct message_versions versions;
        row_key_versions_read(studies[i].versions, &versions, &line.tuning);
        csv_table_row(s, &csv_table_store, &line);
    }
    saved_rows_words_free(words, n);
    sheet_free(s);
}
