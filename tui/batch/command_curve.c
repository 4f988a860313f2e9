#include "batch/command.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "batch/chart.h"
#include "batch/early.h"
#include "client/inputs.h"
#include "client/listing.h"
#include "client/run.h"
#include "output/curve_meta.h"
#include "model/order.h"
#include "batch/outputs.h"
#include "output/provenance.h"

/* One run of `isplit curve`, from the command line to the files. */
struct job {
    struct command *c;
    struct inputs inputs;
    struct report report;
    struct run_options run;
    struct curve *curve; /* what is measured goes here */
    bool *chosen;
    struct subset *subsets;
    struct listing listing;
    struct early early;
    long *order; /* of all chosen images; the run takes the first of them */
};

static int usage(struct command *c, const char *text)
{
    console_say(&c->console, "%s (see isplit curve --help)", text);
    return COMMAND_USAGE;
}

static int find_files(struct job *j)
{
    const struct options *o = &j->c->options;
    struct error e;
    switch (inputs_find(o->arguments, o->arguments_n, o->data, &j->inputs, &e)) {
    case 0:
        return COMMAND_DONE;
    case -1:
        return command_fail(j->c, COMMAND_BAD_INPUT, &e);
    default:
        return usage(j->c, e.text);
    }
}

/* Where the curve goes; NULL: nowhere but the chart. */
static const char *curve_path(const struct options *o)
{
    return o->output ? o->output : o->chart ? NULL : "-";
}

static int check_outputs(struct job *j)
{
    const struct options *o = &j->c->options;
    if (o->classes && o->subsets)
        return usage(j->c, "-c and --subsets exclude each other");
    const char *outputs[] = {curve_path(o), o->images_csv, o->classes_csv, o->chart ? "-" : NULL};
    /* What the .data file names comes last. */
    enum { NAMED = 7 };
    const struct inputs *in = &j->inputs;
    const char *inputs[NAMED + DATA_FILE_PATHS] = {in->cfg,   in->weights, in->named,   in->data,
                                                   o->labels, o->subsets,  o->plan_file};
    for (int i = 0; i < DATA_FILE_PATHS; i++)
        inputs[NAMED + i] = in->file.paths[i];
    return outputs_check(j->c, outputs, sizeof outputs / sizeof outputs[0], inputs, NAMED + DATA_FILE_PATHS);
}

static int connect_worker(struct job *j)
{
    const struct options *o = &j->c->options;
    int status = command_start(j->c);
    if (status == COMMAND_DONE)
        status = command_open(j->c, j->inputs.cfg, j->inputs.weights);
    if (status != COMMAND_DONE)
        return status;
    struct message_images request = {.data = memory_copy(j->inputs.data)};
    request.split = o->split ? memory_copy(o->split) : NULL;
    request.labels = o->labels ? memory_copy(o->labels) : NULL;
    status = command_list(j->c, &request);
    message_images_free(&request);
    return status;
}

static int choose_classes(struct job *j, struct error *e)
{
    const struct options *o = &j->c->options;
    const struct dataset *d = j->c->engine->dataset;
    const struct subset_names names = {d->classes, d->classes_n, j->c->engine->table->classes};
    if (o->classes) {
        j->chosen = subset_parse(o->classes, &names, e);
        return j->chosen ? 0 : -1;
    }
    j->chosen = memory_new((size_t)names.outputs, sizeof *j->chosen);
    if (!o->subsets) {
        memset(j->chosen, true, (size_t)names.outputs * sizeof *j->chosen);
        return 0;
    }
    j->subsets = subset_read(o->subsets, &names, &j->report.subsets_n, e);
    for (int s = 0; s < j->report.subsets_n; s++)
        for (int i = 0; i < names.outputs; i++)
            j->chosen[i] = j->chosen[i] || j->subsets[s].chosen[i];
    return j->subsets ? 0 : -1;
}

static int choose_images(struct job *j, struct error *e)
{
    const struct options *o = &j->c->options;
    const struct dataset *d = j->c->engine->dataset;
    long n;
    j->order =
        order_make(d->images, d->images_n, j->chosen, j->c->engine->table->classes, (uint64_t)o->seed, &n);
    if (n == 0)
        return error_at(e, j->inputs.data, 0, "holds no image of the chosen classes");
    j->report.order = j->order;
    j->report.order_n = o->images && o->images < n ? o->images : n;
    return 0;
}

static int choose_layers(struct job *j, struct error *e)
{
    const struct options *o = &j->c->options;
    struct error why;
    if (listing_make(j->c->engine->table, (enum table_list)o->layers, (enum run_reduce)o->reduce, &j->listing,
                     &why) < 0)
        return error_at(e, j->inputs.cfg, 0, "%s", why.text);
    j->report.listed_n = j->listing.n;
    return 0;
}

static void fill_run(struct job *j)
{
    j->run = run_of_options(&j->c->options);
    j->run.layers = j->listing.layers;
    j->run.layers_n = j->listing.n;
    j->run.images = j->order;
    j->run.images_n = j->report.order_n;
}

/* Whether the accuracy is told without a line of its own: on a terminal by a chart's title that stands there
 * too, elsewhere (where only warnings are wanted) by the title or the provenance of any file. */
static bool accuracy_is_told(const struct job *j)
{
    const struct options *o = &j->c->options;
    if (j->c->console.terminal)
        return o->chart && isatty(STDOUT_FILENO) == 1;
    return o->chart || outputs_has_meta(o->output) || outputs_has_meta(o->images_csv) ||
           outputs_has_meta(o->classes_csv);
}

/* "400 images, accuracy 97.3 %". */
static void tell_accuracy(struct job *j, char *out, size_t room)
{
    struct curve_accuracy a = curve_accuracy(j->report.curve, j->chosen);
    double percent = a.images ? 100 * (double)a.correct / (double)a.images : 0;
    snprintf(out, room, "%ld image%s, accuracy %.1f %%", a.images, a.images == 1 ? "" : "s", percent);
    if (!accuracy_is_told(j))
        console_say(&j->c->console, "%s", out);
    if (a.near_chance)
        console_warn(
            &j->c->console,
            "accuracy %.1f %% is no better than chance (%.1f %%): labels or preprocessing look wrong",
            percent, 100 * a.chance);
}

static void print_chart(struct job *j, const char *accuracy)
{
    const char *classes = j->c->options.classes;
    char *title = memory_format("%s on %s: %s", inputs_name(&j->inputs), j->inputs.data, accuracy);
    char *shown = text_escape(title);
    char *chosen = text_escape(classes ? classes : "");
    if (classes)
        printf("classes %s\n", chosen);
    chart_print(stdout, &j->report, shown, chart_style(stdout));
    free(title);
    free(shown);
    free(chosen);
}

static void describe(const struct job *j, const char *state, struct provenance *p)
{
    const struct engine *n = j->c->engine;
    const struct until *u = j->early.until;
    bool stable = u && u->stable;
    const struct curve_meta meta = {
        .program = "isplit curve",
        .argc = j->c->argc,
        .argv = j->c->argv,
        .engine = n,
        .plan = &n->plan,
        .options = &j->c->options,
        .cfg = j->inputs.cfg,
        .weights = j->inputs.weights,
        .data = j->inputs.data,
        .classes = j->c->options.classes,
        .state = state,
        .asked = j->report.order_n,
        .skipped = stable ? until_lost(u, UNTIL_UNDECODABLE) : n->skipped,
        .nonfinite = stable ? until_lost(u, UNTIL_NONFINITE) : n->nonfinite,
        .until = u,
    };
    curve_meta_describe(&meta, j->report.curve, j->chosen, p);
}

/* Standard output comes last: a reader that goes away must not cost the files. */
static int write_results(struct job *j, const char *state)
{
    const struct options *o = &j->c->options;
    char accuracy[80];
    struct error e;
    tell_accuracy(j, accuracy, sizeof accuracy);
    struct {
        const char *path;
        void (*report)(FILE *, const struct report *);
    } outputs[] = {
        {o->images_csv, report_images},
        {o->classes_csv, report_classes},
        {curve_path(o), report_curve},
    };
    struct provenance p = {0};
    describe(j, state, &p);
    int status = COMMAND_DONE;
    for (int to_stdout = 0; to_stdout < 2; to_stdout++) {
        if (to_stdout)
            command_become_filter();
        for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
            const char *path = outputs[i].path;
            if (path && outputs_is_stdout(path) == to_stdout &&
                provenance_write(&p, path, outputs[i].report, &j->report, &e) < 0)
                status = command_fail(j->c, COMMAND_BAD_INPUT, &e);
        }
    }
    provenance_free(&p);
    if (o->chart)
        print_chart(j, accuracy);
    if (fflush(stdout) != 0 && status == COMMAND_DONE) {
        console_say(&j->c->console, "standard output: cannot write");
        status = COMMAND_BAD_INPUT;
    }
    return status;
}

/* Only the images up to the point where the pick was stable, as if no more had been asked for: what came
 * after them depends on how fast the worker is. */
static void keep_stable_rows(struct job *j)
{
    curve_free(j->curve);
    j->curve = until_take(j->early.until);
    j->report.curve = j->curve;
    j->report.order_n = until_images(j->early.until);
}

static int finish_stable(struct job *j)
{
    keep_stable_rows(j);
    early_tell(&j->early);
    return write_results(j, "stable");
}

/* What came of the run: everything that was measured is written, whatever ended it. */
static int finish(struct job *j, enum engine_end end, const struct error *why)
{
    struct command *c = j->c;
    static const char *const states[] = {"complete", "ended by an error", "worker lost", "interrupted"};
    static const int exits[] = {COMMAND_DONE, COMMAND_BAD_INPUT, COMMAND_LOST, COMMAND_INTERRUPTED};
    if (early_is_stable(&j->early))
        return finish_stable(j);
    long done = j->curve->rows_n;
    if (end == ENGINE_REFUSED || end == ENGINE_GONE)
        console_say(&c->console, "%s", why->text);
    if (done == 0) {
        if (end == ENGINE_DONE)
            console_say(&c->console, "none of %ld images could be measured", c->engine->asked);
        else if (end == ENGINE_INTERRUPTED)
            console_say(&c->console, "interrupted: nothing was measured, nothing is written");
        return end == ENGINE_DONE ? COMMAND_BAD_INPUT : exits[end];
    }
    if (end == ENGINE_DONE)
        early_tell(&j->early);
    int status = write_results(j, states[end]);
    if (end != ENGINE_DONE)
        console_say(&c->console, "%sthe results stand on %ld of %ld images",
                    end == ENGINE_INTERRUPTED ? "interrupted: " : "", done, c->engine->asked);
    return end == ENGINE_DONE ? status : exits[end];
}

static int measure(struct job *j)
{
    struct command *c = j->c;
    struct error e;
    if (choose_classes(j, &e) < 0 || choose_images(j, &e) < 0 || choose_layers(j, &e) < 0)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    fill_run(j);
    snprintf(c->what, sizeof c->what, "preparing the network");
    j->curve = curve_new(j->report.listed_n, c->engine->table->classes);
    j->report.table = c->engine->table;
    j->report.listed = j->listing.layers;
    j->report.cde = j->listing.cde;
    j->report.dataset = c->engine->dataset;
    j->report.curve = j->curve;
    j->report.correction = j->listing.correction;
    j->report.chosen = j->chosen;
    j->report.subsets = j->subsets;
    early_begin(&j->early, c, &j->report);
    if (engine_run(c->engine, &j->run, j->curve, &e) < 0)
        return command_fail(c, COMMAND_LOST, &e);
    enum engine_end end = command_wait(c, &e);
    return finish(j, end, &e);
}

int command_curve(struct command *c)
{
    struct job j = {.c = c};
    int status = find_files(&j);
    if (status == COMMAND_DONE)
        status = check_outputs(&j);
    if (status == COMMAND_DONE)
        status = connect_worker(&j);
    if (status == COMMAND_DONE)
        status = measure(&j);
    early_free(&j.early);
    inputs_free(&j.inputs);
    subset_free(j.subsets, j.report.subsets_n);
    curve_free(j.curve);
    free(j.chosen);
    listing_free(&j.listing);
    free(j.order);
    return status;
}
