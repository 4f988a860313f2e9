#include "commands/store_export.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "commands/conclusion.h"
#include "csv/provenance.h"
#include "curve/order.h"
#include "report/curve_meta.h"
#include "report/report.h"
#include "report/report_store_parts.h"
#include "store/row_key.h"
#include "store/store_features.h"

static int store_export_part(void *data, const struct content *content, const char *name,
                             const uint32_t *words, size_t n, struct error *e)
{
    (void)e;
    store_parts_add(data, content, name, words, n);
    return 0;
}

static int store_export_parts(struct store *store, const struct store_study *study, FILE *out,
                              struct error *e)
{
    struct run_options run;
    struct table *table;
    char cfg[17], weights[17];
    int status = row_key_read_texts(study->row_key, study->layers, &run, &table, cfg, weights, e);
    if (status == 0) {
        struct store_parts *p = store_parts_begin(out, run.layers, run.layers_n);
        status = store_features_each(store, study->id, store_export_part, p, e);
        store_parts_end(p);
    }
    run_options_free(&run);
    table_free(table);
    return status;
}

int store_export_features(struct command *c, struct store *store, const struct store_study *study)
{
    struct error e;
    struct file_out f;
    if (file_out_open(&f, c->options.output.path, &e) < 0)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    if (store_export_parts(store, study, f.stream, &e) < 0) {
        file_out_abandon(&f);
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    }
    if (file_out_commit(&f, &e) < 0)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    conclusion_set(c, "all parts of study f%ld", study->id);
    conclusion_made(c, c->options.output.path);
    return COMMAND_DONE;
}

int store_export_rows(struct command *c, const struct saved_rows *a)
{
    struct error e;
    bool *chosen = memory_new((size_t)a->table->classes, sizeof *chosen);
    memset(chosen, true, (size_t)a->table->classes * sizeof *chosen);
    struct report report = {.listed = a->run.layers, .listed_n = a->run.layers_n, .dataset = a->dataset};
    long *order =
        order_make(a->dataset->images, a->dataset->images_n, chosen, a->table->classes, 0, &report.order_n);
    struct excluded lost;
    bool whole = saved_rows_is_whole(a, a->curve, order, report.order_n, &lost);
    report.order = order;
    report.curve = a->curve;
    const struct curve_meta meta = {.program = "isplit store export",
                                    .versions = &a->versions,
                                    .tuning = &a->tuning,
                                    .cfg_xxh3 = a->cfg_xxh3,
                                    .weights_xxh3 = a->weights_xxh3,
                                    .table = a->table,
                                    .dataset = a->dataset,
                                    .run = &a->run,
                                    .saved_rows = a,
                                    .options = &c->options,
                                    .cfg = a->cfg,
                                    .weights = a->weights,
                                    .data = a->data,
                                    .state = whole ? "complete" : "incomplete",
                                    .asked = report.order_n,
                                    .excluded = &lost};
    struct provenance *p = provenance_new();
    curve_meta_describe(&meta, a->curve, chosen, p);
    curve_meta_describe_rows(&meta, p);
    int status = provenance_write(p, c->options.output.path, report_images, &report, &e);
    provenance_free(p);
    if (status == 0) {
        conclusion_set(c, "%s, the rows of %ld images", whole ? "complete" : "incomplete", a->curve->rows_n);
        conclusion_written(c, c->options.output.path);
    }
    excluded_free(&lost);
    free(order);
    free(chosen);
    return status < 0 ? command_fail(c, COMMAND_BAD_INPUT, &e) : COMMAND_DONE;
}
