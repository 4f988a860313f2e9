#include "batch/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "batch/job.h"
#include "batch/outputs.h"
#include "client/run.h"
#include "model/order.h"
#include "output/provenance.h"

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

int job_check_outputs(struct job *j, const char *const *outputs, int outputs_n, const char *const *others,
                      int others_n)
{
    const struct options *o = &j->c->options;
    const struct inputs *in = &j->inputs;
    char *meta = o->from ? provenance_path(o->from) : NULL;
    const char *own[] = {in->cfg,      in->weights, in->named, in->data, o->labels,
                         o->plan_file, o->store,    o->from,   meta};
    enum { OWN = sizeof own / sizeof own[0] };
    int n = 0;
    const char **inputs = memory_new((size_t)(OWN + DATA_FILE_PATHS + others_n), sizeof *inputs);
    for (int i = 0; i < OWN; i++)
        inputs[n++] = own[i];
    for (int i = 0; i < DATA_FILE_PATHS; i++)
        inputs[n++] = in->file.paths[i];
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

static int check_outputs(struct job *j)
{
    const struct options *o = &j->c->options;
    if (o->classes && o->subsets)
        return usage(j->c, "-c and --subsets exclude each other");
    const char *outputs[] = {job_curve_path(o), o->images_csv, o->classes_csv, o->chart ? "-" : NULL};
    return job_check_outputs(j, outputs, sizeof outputs / sizeof outputs[0], &o->subsets, 1);
}

int job_connect(struct job *j)
{
    const struct options *o = &j->c->options;
    struct error e;
    if (o->store && store_check_place(o->store, &e) < 0)
        return command_fail(j->c, COMMAND_BAD_INPUT, &e);
    int status = command_start(j->c);
    if (status == COMMAND_DONE)
        status = command_open(j->c, j->inputs.cfg, j->inputs.weights);
    if (status != COMMAND_DONE)
        return status;
    const struct engine *n = j->c->engine;
    j->table = n->table;
    j->versions = &n->versions;
    j->cfg_xxh3 = n->cfg_xxh3;
    j->weights_xxh3 = n->weights_xxh3;
    if (!j->inputs.data)
        return COMMAND_DONE;
    struct message_images request = {.data = memory_copy(j->inputs.data), .stamps = !o->no_store};
    request.split = o->split ? memory_copy(o->split) : NULL;
    request.labels = o->labels ? memory_copy(o->labels) : NULL;
    status = command_list(j->c, &request);
    message_images_free(&request);
    j->dataset = n->dataset;
    return status;
}

static int choose_classes(struct job *j, struct error *e)
{
    const struct options *o = &j->c->options;
    const struct dataset *d = j->dataset;
    const struct subset_names names = {d->classes, d->classes_n, j->table->classes};
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
    const struct dataset *d = j->dataset;
    long n;
    j->order = order_make(d->images, d->images_n, j->chosen, j->table->classes, (uint64_t)o->seed, &n);
    if (n == 0)
        return error_at(e, j->inputs.data, 0, "holds no image of the chosen classes");
    n = o->images && o->images < n ? o->images : n;
    long share = o->shard.of ? order_shard(j->order, n, o->shard.number, o->shard.of) : n;
    if (share == 0)
        return error_set(e, "no image is left for share %ld of %ld images in %ld shares", o->shard.number, n,
                         o->shard.of);
    j->report.order = j->order;
    j->report.order_n = share;
    return 0;
}

static int choose_layers(struct job *j, struct error *e)
{
    const struct options *o = &j->c->options;
    const struct archive *a = j->archive;
    struct error why;
    if (a)
        j->listing = listing_of_layers(a->table, a->run.layers, a->run.layers_n, a->run.reduce);
    else if (listing_make(j->table, (enum table_list)o->layers, (enum run_reduce)o->reduce, &j->listing,
                          &why) < 0)
        return error_at(e, j->inputs.cfg, 0, "%s", why.text);
    j->report.listed_n = j->listing.n;
    return 0;
}

static void fill_run(struct job *j)
{
    j->run = j->archive ? j->archive->run : run_of_options(&j->c->options);
    j->run.layers = j->listing.layers;
    j->run.layers_n = j->listing.n;
    j->run.images = j->order;
    j->run.images_n = j->report.order_n;
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

/* What came of the run: everything that was measured is written, whatever ended it. */
static int finish(struct job *j, enum engine_end end, bool stable, const struct error *why)
{
    struct command *c = j->c;
    static const char *const states[] = {"complete", "ended by an error", "worker lost", "interrupted"};
    static const int exits[] = {COMMAND_DONE, COMMAND_BAD_INPUT, COMMAND_LOST, COMMAND_INTERRUPTED};
    if (stable) {
        early_tell(&j->early);
        return job_write(j, "stable");
    }
    long done = j->curve->rows_n;
    if (end == ENGINE_REFUSED || end == ENGINE_GONE)
        console_say(&c->console, "%s", why->text);
    if (done == 0) {
        if (end == ENGINE_DONE)
            console_say(&c->console, "none of %ld images could be measured", j->report.order_n);
        else if (end == ENGINE_INTERRUPTED)
            console_say(&c->console, "interrupted: nothing was measured, nothing is written");
        return end == ENGINE_DONE ? COMMAND_BAD_INPUT : exits[end];
    }
    if (end == ENGINE_DONE)
        early_tell(&j->early);
    int status = job_write(j, states[end]);
    if (end != ENGINE_DONE)
        console_say(&c->console, "%sthe results stand on %ld of %ld images",
                    end == ENGINE_INTERRUPTED ? "interrupted: " : "", done, j->report.order_n);
    return end == ENGINE_DONE ? status : exits[end];
}

int job_settle_archive(struct job *j, const char **state)
{
    struct command *c = j->c;
    const struct archive *a = j->archive;
    struct archive_part part = archive_part(a, j->curve, j->report.order, j->report.order_n);
    losses_free(&part.lost);
    if (part.rows == 0) {
        console_say(&c->console, "%s: holds no row of the chosen images", a->path);
        return COMMAND_BAD_INPUT;
    }
    bool stable = early_is_stable(&j->early);
    if (stable)
        keep_stable_rows(j);
    early_tell(&j->early);
    if (!stable && !part.whole)
        console_warn(&c->console, "%s has rows of %ld of these %ld images", a->path, part.rows,
                     j->report.order_n);
    *state = stable ? "stable" : part.whole ? "complete" : "incomplete";
    return COMMAND_DONE;
}

/* Of a file of rows. */
static int finish_archive(struct job *j)
{
    const char *state;
    int status = job_settle_archive(j, &state);
    return status == COMMAND_DONE ? job_write(j, state) : status;
}

enum engine_end job_measure(struct job *j, bool *stable, struct error *why)
{
    j->measure = (struct measure){
        .c = j->c, .inputs = &j->inputs, .run = &j->run, .curve = j->curve, .early = &j->early};
    enum engine_end end = measure_rows(&j->measure, why);
    j->plan = j->measure.plan;
    *stable = early_is_stable(&j->early);
    if (*stable)
        keep_stable_rows(j);
    return end;
}

int job_measure_whole(struct job *j, const char **state)
{
    struct command *c = j->c;
    struct error e;
    bool stable;
    int status = job_choose(j);
    if (status != COMMAND_DONE)
        return status;
    enum engine_end end = job_measure(j, &stable, &e);
    if (end == ENGINE_REFUSED || end == ENGINE_GONE)
        return command_fail(c, end == ENGINE_REFUSED ? COMMAND_BAD_INPUT : COMMAND_LOST, &e);
    if (end == ENGINE_INTERRUPTED && !stable) {
        console_say(&c->console, "interrupted: nothing is written");
        return COMMAND_INTERRUPTED;
    }
    early_tell(&j->early);
    *state = stable ? "stable" : "complete";
    if (j->curve->rows_n > 0)
        return COMMAND_DONE;
    console_say(&c->console, "none of %ld images could be measured", j->report.order_n);
    return COMMAND_BAD_INPUT;
}

static int measure(struct job *j)
{
    struct error e;
    bool stable;
    enum engine_end end = job_measure(j, &stable, &e);
    return finish(j, end, stable, &e);
}

int job_choose(struct job *j)
{
    struct command *c = j->c;
    struct error e;
    if (choose_classes(j, &e) < 0 || choose_images(j, &e) < 0 || choose_layers(j, &e) < 0)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    fill_run(j);
    j->report.table = j->table;
    j->report.listed = j->listing.layers;
    j->report.cde = j->listing.cde;
    j->report.dataset = j->dataset;
    j->report.correction = j->listing.correction;
    j->report.chosen = j->chosen;
    j->report.subsets = j->subsets;
    early_begin(&j->early, c, &j->report);
    if (j->archive)
        job_take_archive(j);
    else
        j->curve = curve_new(j->report.listed_n, j->table->classes);
    j->report.curve = j->curve;
    return COMMAND_DONE;
}

void job_free(struct job *j)
{
    early_free(&j->early);
    measure_free(&j->measure);
    inputs_free(&j->inputs);
    subset_free(j->subsets, j->report.subsets_n);
    curve_free(j->curve);
    free(j->chosen);
    listing_free(&j->listing);
    free(j->order);
    archive_free(j->archive);
}

int command_curve(struct command *c)
{
    struct job j = {.c = c};
    bool from = c->options.from != NULL;
    int status = from ? COMMAND_DONE : find_files(&j);
    if (status == COMMAND_DONE)
        status = check_outputs(&j);
    if (status == COMMAND_DONE)
        status = from ? job_open_archive(&j) : job_connect(&j);
    if (status == COMMAND_DONE)
        status = job_choose(&j);
    if (status == COMMAND_DONE)
        status = from ? finish_archive(&j) : measure(&j);
    job_free(&j);
    return status;
}
