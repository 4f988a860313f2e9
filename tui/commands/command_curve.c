#include "commands/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/job.h"
#include "commands/outputs.h"
#include "cli/option_rows.h"
#include "study/run.h"
#include "csv/provenance.h"
#include "curve/order.h"
#include "net/definition.h"

static const struct option_entry curve_entries[] = {
    ROW_DATA,
    ROW_CLASSES,
    {ROW_TEXT(
        0, "subsets", input.subsets, "FILE",
        "a curve for each line 'name = CLASSES' of the file,\nall from one run; adds the column subset")},
    ROWS_MEASURING,
    {ROW_SHARD(
        "shard", input.shard,
        "measure the I-th of N shares of these images; isplit\nstore merge joins what was measured of each")},
    ROWS_KEEPING,
    {ROW_TEXT('o', "output", output.path, "FILE", "the curve as CSV (default: standard output)")},
    {ROW_TEXT(0, "images-csv", output.images_csv, "FILE", "a row for each image, in measuring order")},
    {ROW_TEXT(0, "classes-csv", output.classes_csv, "FILE", "a row for each class")},
    {ROW_FLAG(0, "chart", output.chart, "a table with bars on standard output; CSV then only\nwith -o")},
    ROW_WORKER_COMMAND,
    ROW_HELP,
};

const struct option_command options_curve = {
    .name = "curve",
    .synopsis = "isplit curve CFG WEIGHTS -d DATA [OPTIONS]\nisplit curve FILE.data [OPTIONS]\n"
                "isplit curve --from FILE [OPTIONS]",
    .summary = "Measures the importance of every layer on labelled images and writes the\n"
               "curve as CSV. A .data file with the keys cfg and weights names everything.",
    .notes = "Beside every FILE of CSV stands FILE.meta.csv, which says how it was made.\n"
             "What was measured is kept, and not measured again (isplit store --help).\n"
             "Exit status: 0 done; 1 bad input; 2 wrong usage; 3 the worker was lost;\n"
             "130 interrupted (what was measured is written).",
    .entries = curve_entries,
    .entries_n = ROWS_COUNT(curve_entries),
    .arguments_min = 1,
    .arguments_max = 2,
};

static int command_curve_usage(struct command *c, const char *text)
{
    console_say(&c->console, "%s (see isplit curve --help)", text);
    return COMMAND_USAGE;
}

static int command_curve_find_files(struct job *j)
{
    const struct options *o = &j->c->options;
    struct error e;
    switch (inputs_find(o->arguments, o->arguments_n, o->input.data, &j->inputs, &e)) {
    case 0:
        return COMMAND_DONE;
    case -1:
        return command_fail(j->c, COMMAND_BAD_INPUT, &e);
    default:
        return command_curve_usage(j->c, e.text);
    }
}

int job_check_outputs(struct job *j, const char *const *outputs, int outputs_n, const char *const *others,
                      int others_n)
{
    const struct options *o = &j->c->options;
    const struct inputs *in = &j->inputs;
    char *meta = o->rows.from ? provenance_path(o->rows.from) : NULL;
    const char *own[] = {in->cfg,       in->weights,     in->named,
                         in->data,      o->input.labels, o->measure.tuning_file,
                         o->rows.store, o->rows.from,    meta};
    enum { OWN = sizeof own / sizeof own[0] };
    int n = 0;
    const char **inputs = memory_new((size_t)(OWN + DATA_FILE_PATHS + others_n), sizeof *inputs);
    for (int i = 0; i < OWN; i++)
        inputs[n++] = own[i];
    for (int i = 0; i < DATA_FILE_PATHS; i++)
        inputs[n++] = in->file.paths[i];
    for (int i = 0; i < others_n; i++)
        inputs[n++] = others[i];
    char *store = o->rows.no_store || o->rows.store ? NULL : store_default_path();
    const char *stores[] = {o->rows.store ? o->rows.store : store, o->rows.from};
    int status = outputs_check(j->c, outputs, outputs_n, inputs, n);
    for (int i = 0; i < 2 && status == COMMAND_DONE; i++)
        status = outputs_check_store(j->c, outputs, outputs_n, stores[i]);
    free(store);
    free(inputs);
    free(meta);
    return status;
}

static int command_curve_check_outputs(struct job *j)
{
    const struct options *o = &j->c->options;
    if (o->input.classes && o->input.subsets)
        return command_curve_usage(j->c, "-c and --subsets exclude each other");
    const char *outputs[] = {job_curve_path(o), o->output.images_csv, o->output.classes_csv,
                             o->output.chart ? "-" : NULL};
    return job_check_outputs(j, outputs, sizeof outputs / sizeof outputs[0], &o->input.subsets, 1);
}

int job_connect(struct job *j)
{
    const struct options *o = &j->c->options;
    struct error e;
    if (o->rows.store && store_check_place(o->rows.store, &e) < 0)
        return command_fail(j->c, COMMAND_BAD_INPUT, &e);
    int status = command_start(j->c);
    if (status == COMMAND_DONE)
        status = command_open(j->c, j->inputs.cfg, j->inputs.weights);
    if (status != COMMAND_DONE)
        return status;
    const struct connection *n = j->c->connection;
    j->table = n->table;
    j->versions = &n->versions;
    j->cfg_xxh3 = n->cfg_xxh3;
    j->weights_xxh3 = n->weights_xxh3;
    if (!j->inputs.data)
        return COMMAND_DONE;
    struct images_request request = run_images(o, j->inputs.data, !o->rows.no_store);
    status = command_list(j->c, &request);
    images_request_free(&request);
    j->dataset = n->dataset;
    return status;
}

static int choose_classes(struct job *j, struct error *e)
{
    const struct options *o = &j->c->options;
    const struct dataset *d = j->dataset;
    const struct subset_names names = {d->classes, d->classes_n, j->table->classes};
    if (o->input.classes) {
        j->chosen = subset_parse(o->input.classes, &names, e);
        return j->chosen ? 0 : -1;
    }
    j->chosen = memory_new((size_t)names.outputs, sizeof *j->chosen);
    if (!o->input.subsets) {
        memset(j->chosen, true, (size_t)names.outputs * sizeof *j->chosen);
        return 0;
    }
    j->subsets = subset_read(o->input.subsets, &names, &j->report.subsets_n, e);
    for (int s = 0; s < j->report.subsets_n; s++)
        for (int i = 0; i < names.outputs; i++)
            j->chosen[i] = j->chosen[i] || j->subsets[s].chosen[i];
    return j->subsets ? 0 : -1;
}

static int command_curve_choose_images(struct job *j, struct error *e)
{
    const struct options *o = &j->c->options;
    const struct dataset *d = j->dataset;
    long n;
    j->order = order_make(d->images, d->images_n, j->chosen, j->table->classes, (uint64_t)o->input.seed, &n);
    if (n == 0)
        return error_at(e, j->inputs.data, 0, "holds no image of the chosen classes");
    n = o->input.images && o->input.images < n ? o->input.images : n;
    long share = o->input.shard[1] ? order_shard(j->order, n, o->input.shard[0], o->input.shard[1]) : n;
    if (share == 0)
        return error_set(e, "no image is left for share %ld of %ld images in %ld shares", o->input.shard[0],
                         n, o->input.shard[1]);
    j->report.order = j->order;
    j->report.order_n = share;
    return 0;
}

static int choose_layers(struct job *j, struct error *e)
{
    const struct options *o = &j->c->options;
    const struct saved_rows *a = j->saved_rows;
    struct error why;
    if (a)
        j->layer_list = layer_list_of_layers(a->table, a->run.layers, a->run.layers_n, a->run.reduce);
    else if (layer_list_make(j->table, (enum table_list)o->measure.layers, (enum reduce)o->measure.reduce,
                             &j->layer_list, &why) < 0)
        return error_at(e, j->inputs.cfg, 0, "%s", why.text);
    j->report.listed_n = j->layer_list.n;
    return 0;
}

/* What came of the run: everything that was measured is written, whatever ended it. */
static int command_curve_finish(struct job *j, enum connection_end end, bool stable, const struct error *why)
{
    struct command *c = j->c;
    static const char *const states[] = {"complete", "ended by an error", "worker lost", "interrupted"};
    static const int exits[] = {COMMAND_DONE, COMMAND_BAD_INPUT, COMMAND_LOST, COMMAND_INTERRUPTED};
    if (stable) {
        job_tell_until(j);
        return job_write(j, "stable");
    }
    long done = j->study->curve->rows_n;
    if (end == CONNECTION_REFUSED || end == CONNECTION_GONE)
        console_say(&c->console, "%s", why->text);
    if (done == 0) {
        if (end == CONNECTION_DONE)
            console_say(&c->console, "none of %ld images could be measured", j->report.order_n);
        else if (end == CONNECTION_INTERRUPTED)
            console_say(&c->console, "interrupted: nothing was measured, nothing is written");
        return end == CONNECTION_DONE ? COMMAND_BAD_INPUT : exits[end];
    }
    if (end == CONNECTION_DONE)
        job_tell_until(j);
    int status = job_write(j, states[end]);
    if (end != CONNECTION_DONE)
        console_say(&c->console, "%sthe results stand on %ld of %ld images",
                    end == CONNECTION_INTERRUPTED ? "interrupted: " : "", done, j->report.order_n);
    return end == CONNECTION_DONE ? status : exits[end];
}

/* Of a file of rows. */
static int finish_saved_rows(struct job *j)
{
    const char *state;
    int status = job_settle_saved_rows(j, &state);
    return status == COMMAND_DONE ? job_write(j, state) : status;
}

static int command_curve_measure(struct job *j)
{
    struct error e;
    bool stable;
    enum connection_end end = job_measure(j, &stable, &e);
    return command_curve_finish(j, end, stable, &e);
}

int job_choose(struct job *j)
{
    struct command *c = j->c;
    struct error e;
    if (choose_classes(j, &e) < 0 || command_curve_choose_images(j, &e) < 0 || choose_layers(j, &e) < 0)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    j->report.table = j->table;
    j->report.dataset = j->dataset;
    j->report.chosen = j->chosen;
    j->report.subsets = j->subsets;
    job_begin_study(j);
    return COMMAND_DONE;
}

void job_free(struct job *j)
{
    study_free(j->study);
    store_close(j->store);
    inputs_free(&j->inputs);
    subset_free(j->subsets, j->report.subsets_n);
    free(j->chosen);
    layer_list_free(&j->layer_list);
    free(j->order);
    saved_rows_free(j->saved_rows);
}

int command_curve(struct command *c)
{
    struct job j = {.c = c};
    bool from = c->options.rows.from != NULL;
    int status = from ? COMMAND_DONE : command_curve_find_files(&j);
    if (status == COMMAND_DONE)
        status = command_curve_check_outputs(&j);
    if (status == COMMAND_DONE)
        status = from ? job_open_saved_rows(&j) : job_connect(&j);
    if (status == COMMAND_DONE)
        status = job_choose(&j);
    if (status == COMMAND_DONE)
        status = from ? finish_saved_rows(&j) : command_curve_measure(&j);
    job_free(&j);
    return status;
}
