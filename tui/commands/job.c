/* A job on the way from the command line to what is to be measured: files, worker, images. */
#include "commands/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/outputs.h"
#include "study/run.h"
#include "study/saved_subsets.h"

/* ---- Files -------------------------------------------------------------------------------------------- */

int job_check_outputs(struct job *j, const char *const *outputs, int outputs_n, const char *const *others,
                      int others_n)
{
    const struct options *o = &j->c->options;
    const struct inputs *in = &j->inputs;
    char *meta = o->from ? provenance_path(o->from) : NULL;
    enum { OWN = 8 + RUN_LABEL_FILES };
    const char *own[OWN] = {in->cfg,  in->weights, in->named, in->data, o->measure.tuning_file,
                            o->store, o->from,     meta};
    run_label_files(o, own + 8);
    int n = 0;
    const char **inputs = memory_new((size_t)OWN + DATA_FILE_PATHS + (size_t)others_n, sizeof *inputs);
    for (int i = 0; i < OWN; i++)
        inputs[n++] = own[i];
    for (int i = 0; i < DATA_FILE_PATHS; i++)
        inputs[n++] = data_file_at(in->file, (enum data_file_key)i);
    for (int i = 0; i < others_n; i++)
        inputs[n++] = others[i];
    char *store = o->no_store || o->store ? NULL : store_default_path();
    const char *stores[] = {o->store ? o->store : store, o->from};
    int status = outputs_check(j->c, outputs, outputs_n, inputs, n);
    for (int i = 0; i < 2 && status == COMMAND_DONE; i++)
        status = outputs_check_store(j->c, outputs, outputs_n, stores[i]);
    free(store);
    free(inputs);
    free(meta);
    return status;
}

enum { SLICE_MS = 50 };

int job_load_saved_rows(struct command *c, struct saved_rows *a)
{
    struct error e;
    long done = 0, of = 0;
    int status;
    while ((status = saved_rows_step(a, SLICE_MS, &done, &of, &e)) == 2) {
        console_progress(c->console, "reading rows", 0, 0, 0);
        if (*c->signals > 0) {
            return command_end(c, CONNECTION_INTERRUPTED, NULL, command_unwritten);
        }
    }
    console_clear(c->console);
    return status < 0 ? command_fail(c, COMMAND_BAD_INPUT, &e) : COMMAND_DONE;
}

int job_open_saved_rows(struct job *j)
{
    const struct study_reporter reporter = job_reporter(j);
    struct error e;
    j->study = study_open_saved_rows(&j->c->options, &reporter, &e);
    if (!j->study)
        return command_fail(j->c, COMMAND_BAD_INPUT, &e);
    int status = job_load_saved_rows(j->c, j->study->saved_rows);
    free(j->study->inputs.data);
    j->study->inputs.data =
        memory_copy(j->study->saved_rows->data); /* as it was called when it was measured */
    study_show(j->study);
    return status;
}

/* ---- The worker --------------------------------------------------------------------------------------- */

int job_connect(struct job *j)
{
    const struct options *o = &j->c->options;
    const struct study_reporter reporter = job_reporter(j);
    struct error e;
    if (o->store && store_check_place(o->store, &e) < 0)
        return command_fail(j->c, COMMAND_BAD_INPUT, &e);
    int status = j->c->connection ? COMMAND_DONE : command_start(j->c);
    if (status == COMMAND_DONE && !j->c->connection->table)
        status = command_open(j->c, j->inputs.cfg, j->inputs.weights);
    if (status == COMMAND_DONE && j->inputs.data && !j->c->connection->dataset) {
        struct images_request request = run_images(o, j->inputs.data, true);
        status = command_list(j->c, &request);
        images_request_free(&request);
    }
    if (status == COMMAND_DONE) {
        j->study = study_new_lent(j->c->connection, &j->inputs, o, &reporter);
        j->study->told = &j->told;
    }
    return status;
}

/* ---- The choice --------------------------------------------------------------------------------------- */

/* The subsets, a curve each, that the options name; NULL: they name none, or cannot be read. */
static struct subset *choose_subsets(struct job *j, int *n, struct error *e)
{
    const struct options_input *o = &j->c->options.input;
    const struct study *s = j->study;
    const struct dataset *d = s->dataset;
    const struct subset_names names = {
        .classes = d->classes, .classes_n = d->classes_n, .outputs = s->table->classes};
    return o->subsets ? subset_read(o->subsets, &names, n, e)
                      : saved_subsets_list(o->classes, names, s->cfg_xxh3, n, e);
}

/* The classes of each curve: of all images, or of each subset; and those of all curves. One subset of -c is
 * no more than the choice. */
static int choose_classes(struct job *j, struct error *e)
{
    const struct options *o = &j->c->options;
    int outputs = j->study->table->classes;
    if (!o->input.subsets && (!j->several || !o->input.classes)) {
        j->chosen = study_classes(j->study, e);
        return j->chosen ? 0 : -1;
    }
    j->subsets = choose_subsets(j, &j->report.subsets_n, e);
    if (!j->subsets)
        return -1;
    j->chosen = memory_new((size_t)outputs, sizeof *j->chosen);
    for (int s = 0; s < j->report.subsets_n; s++)
        for (int i = 0; i < outputs; i++)
            j->chosen[i] = j->chosen[i] || j->subsets[s].chosen[i];
    if (!o->input.subsets && j->report.subsets_n == 1) {
        subset_free(j->subsets, 1);
        j->subsets = NULL;
        j->report.subsets_n = 0;
    }
    return 0;
}

static int choose_rest(struct job *j, struct error *e)
{
    int n = j->report.subsets_n;
    const bool **curves = memory_new((size_t)n + 1, sizeof *curves);
    curves[0] = j->chosen;
    for (int i = 0; i < n; i++)
        curves[i] = j->subsets[i].chosen;
    int status = study_choose(j->study, j->chosen, curves, n ? n : 1, e);
    free(curves);
    return status;
}

static int choose(struct job *j, struct error *e)
{
    const struct study *s = j->study;
    if (choose_classes(j, e) < 0 || choose_rest(j, e) < 0)
        return -1;
    j->report.table = s->table;
    j->report.dataset = s->dataset;
    j->report.chosen = j->chosen;
    j->report.subsets = j->subsets;
    j->report.listed = s->layer_list.layers;
    j->report.listed_n = s->layer_list.n;
    j->report.cde = s->layer_list.cde;
    j->report.correction = s->layer_list.correction;
    j->report.curve = s->curve;
    j->report.order = s->order;
    j->report.order_n = s->order_n;
    return 0;
}

int job_choose(struct job *j)
{
    struct error e;
    return choose(j, &e) < 0 ? command_fail(j->c, COMMAND_BAD_INPUT, &e) : COMMAND_DONE;
}

int job_position(const struct job *j, int layer)
{
    for (int i = 0; i < j->report.listed_n; i++)
        if (j->report.listed[i] == layer)
            return i;
    return -1;
}

static void forget_choice(struct job *j)
{
    subset_free(j->subsets, j->report.subsets_n);
    free(j->chosen);
    j->report = (struct report){0};
    j->subsets = NULL;
    j->chosen = NULL;
}

int job_begin_anew(struct job *j, struct error *e)
{
    const struct study_reporter reporter = job_reporter(j);
    struct inputs inputs = inputs_copy(&j->study->inputs);
    study_free(j->study);
    forget_choice(j);
    j->study = study_new_lent(j->c->connection, &inputs, &j->c->options, &reporter);
    j->study->told = &j->told;
    return choose(j, e);
}

struct curve_file *job_read_curve(struct job *j)
{
    const struct options *o = &j->c->options;
    const struct study *s = j->study;
    struct error e;
    struct curve_file *f = curve_file_read(o->input.curve_csv, o->input.subset, &e);
    if (f && curve_file_match(f, s->table, s->inputs.cfg, &e) < 0) {
        curve_file_free(f);
        f = NULL;
    }
    if (!f)
        command_fail(j->c, COMMAND_BAD_INPUT, &e);
    return f;
}

void job_warn_of_results(const struct job *j, bool rows, const char *const files[RESULTS_KINDS])
{
    struct text_list warnings = {0};
    results_warn(j->study, rows, files, &warnings);
    for (int i = 0; i < warnings.n; i++)
        console_warn(j->c->console, "%s", warnings.texts[i]);
    text_list_free(&warnings);
}

void job_free(struct job *j)
{
    study_free(j->study);
    store_close(j->store);
    inputs_free(&j->inputs);
    forget_choice(j);
    excluded_free(&j->told);
    free(j->trapped);
}
