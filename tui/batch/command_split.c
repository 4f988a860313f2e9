#include "batch/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "batch/job.h"
#include "batch/outputs.h"
#include "client/run.h"
#include "link/version.h"
#include "model/order.h"
#include "output/curve_file.h"
#include "output/provenance.h"
#include "split/place.h"
#include "split/split.h"

enum { INPUTS = 8 }; /* compared, where nothing else is asked for */

/* One run of `isplit split`. */
struct split {
    struct job job; /* the network, its images and, for best, what is measured of it */
    char *sheet;    /* DIR/split.csv */
    int layer;
    long *images; /* [images_n] in the order in which they are tried; none: made-up inputs */
    long images_n;
    char *chosen; /* by what, for the provenance */
};

static int usage(struct command *c, const char *text)
{
    console_say(&c->console, "%s (see isplit split --help)", text);
    return COMMAND_USAGE;
}

static bool wants_best(const struct options *o)
{
    return strcmp(o->at, "best") == 0;
}

/* CFG WEIGHTS alone will do: then the inputs are made up. */
static int find_files(struct split *s)
{
    const struct options *o = &s->job.c->options;
    struct error e;
    if (o->arguments_n == 2 && !o->data) {
        s->job.inputs.cfg = memory_copy(o->arguments[0]);
        s->job.inputs.weights = memory_copy(o->arguments[1]);
        s->job.inputs.named = memory_copy(o->arguments[0]);
        return COMMAND_DONE;
    }
    switch (inputs_find(o->arguments, o->arguments_n, o->data, &s->job.inputs, &e)) {
    case 0:
        return COMMAND_DONE;
    case -1:
        return command_fail(s->job.c, COMMAND_BAD_INPUT, &e);
    default:
        return usage(s->job.c, "no weights: expected CFG WEIGHTS, or a .data file");
    }
}

static int check_usage(struct split *s)
{
    const struct options *o = &s->job.c->options;
    if (!o->at)
        return usage(s->job.c, "--at is missing: where to cut");
    if (!o->output)
        return usage(s->job.c, "-o is missing: the folder for the halves");
    int status = find_files(s);
    if (status != COMMAND_DONE)
        return status;
    if (wants_best(o) && !o->curve_csv && !s->job.inputs.data)
        return usage(s->job.c, "--at best needs a curve: --curve FILE, or -d DATA to measure one");
    if (!wants_best(o) && o->curve_csv)
        return usage(s->job.c, "--curve is read for --at best only");
    if (!o->curve_csv && o->subset)
        return usage(s->job.c, "--subset says which curve of --curve FILE");
    return COMMAND_DONE;
}

/* What can be seen before anything is loaded; the worker looks again, at all files. */
static int check_outputs(struct split *s)
{
    const struct options *o = &s->job.c->options;
    const struct inputs *in = &s->job.inputs;
    const char *const inputs[] = {in->cfg,   in->weights,  in->named,   in->data,
                                  o->labels, o->curve_csv, o->plan_file};
    const char *const outputs[] = {s->sheet};
    struct stat st;
    struct error e;
    if (stat(o->output, &st) < 0)
        return COMMAND_DONE;
    if (!S_ISDIR(st.st_mode)) {
        error_at(&e, o->output, 0, "is no folder (expected one, or a new name)");
        return command_fail(s->job.c, COMMAND_BAD_INPUT, &e);
    }
    if (!o->force && access(s->sheet, F_OK) == 0) {
        error_at(&e, s->sheet, 0, "exists already (expected another folder, or --force)");
        return command_fail(s->job.c, COMMAND_BAD_INPUT, &e);
    }
    return outputs_check(s->job.c, outputs, 1, inputs, sizeof inputs / sizeof inputs[0]);
}

static int connect_worker(struct split *s)
{
    return job_connect(&s->job);
}

/* ---- Where ------------------------------------------------------------------------------------------ */

static int best_of_file(struct split *s, struct error *e)
{
    const struct options *o = &s->job.c->options;
    const struct engine *n = s->job.c->engine;
    struct curve_file *f = curve_file_read(o->curve_csv, o->subset, e);
    if (!f)
        return -1;
    const struct curve_file_row *best = NULL;
    if (curve_file_match(f, n->table, s->job.inputs.cfg, e) == 0) {
        best = curve_file_best(f);
        if (!best)
            error_at(e, f->path, 0,
                     "holds no candidate, no layer is a local maximum (expected one, or --at with a layer)");
    }
    if (best) {
        if (f->weights_xxh3[0] && strcmp(f->weights_xxh3, n->weights_xxh3) != 0)
            console_warn(&s->job.c->console, "%s: the curve was measured with other weights than %s", f->path,
                         s->job.inputs.weights);
        s->layer = best->layer;
        s->chosen = memory_format("best of %s", f->path);
    }
    curve_file_free(f);
    return best ? 0 : -1;
}

/* "best" is the best candidate of what isplit curve would write with these options. */
static int best_measured(struct split *s)
{
    struct job *j = &s->job;
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
    int best = j->curve->rows_n ? curve_pick(j->curve, j->chosen) : -1;
    if (best < 0) {
        error_at(&e, j->inputs.data, 0, "%s (expected --at with a layer)",
                 j->curve->rows_n ? "no layer is a local maximum on these images"
                                  : "no image could be measured");
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    }
    s->layer = j->listing.layers[best];
    s->chosen = memory_format("best of %ld images", j->curve->rows_n);
    return COMMAND_DONE;
}

static int find_layer(struct split *s)
{
    const struct options *o = &s->job.c->options;
    struct error e;
    if (wants_best(o) && !o->curve_csv)
        return best_measured(s);
    if (wants_best(o))
        return best_of_file(s, &e) < 0 ? command_fail(s->job.c, COMMAND_BAD_INPUT, &e) : COMMAND_DONE;
    if (split_find(s->job.table, o->at, &s->layer, &e) < 0)
        return command_fail(s->job.c, COMMAND_BAD_INPUT, &e);
    s->chosen = memory_copy("layer");
    return COMMAND_DONE;
}

static int choose_layer(struct split *s)
{
    const struct table *table = s->job.table;
    struct error e, why;
    int status = find_layer(s);
    if (status != COMMAND_DONE)
        return status;
    if (split_possible(table, s->layer, &why) == 0)
        return COMMAND_DONE;
    error_at(&e, s->job.inputs.cfg, 0, "%s", why.text);
    return command_fail(s->job.c, COMMAND_BAD_INPUT, &e);
}

/* Every class takes its turn, as where a curve is measured. */
static int choose_images(struct split *s)
{
    const struct engine *n = s->job.c->engine;
    if (!s->job.inputs.data)
        return COMMAND_DONE;
    bool *chosen = memory_new((size_t)n->table->classes, sizeof *chosen);
    memset(chosen, true, (size_t)n->table->classes * sizeof *chosen);
    s->images = order_make(n->dataset->images, n->dataset->images_n, chosen, n->table->classes,
                           (uint64_t)s->job.c->options.seed, &s->images_n);
    free(chosen);
    if (s->images_n > 0)
        return COMMAND_DONE;
    struct error e;
    error_at(&e, s->job.inputs.data, 0, "holds no image of a class of the network");
    return command_fail(s->job.c, COMMAND_BAD_INPUT, &e);
}

/* ---- The cut ---------------------------------------------------------------------------------------- */

static int wait_split(struct split *s)
{
    struct command *c = s->job.c;
    struct error why;
    enum engine_end end = command_wait(c, &why);
    if (end == ENGINE_DONE || (end == ENGINE_INTERRUPTED && c->engine->split_done))
        return COMMAND_DONE; /* what came too late to stop it is complete */
    if (end == ENGINE_INTERRUPTED) {
        console_say(&c->console, "interrupted: nothing is written");
        return COMMAND_INTERRUPTED;
    }
    return command_fail(c, end == ENGINE_REFUSED ? COMMAND_BAD_INPUT : COMMAND_LOST, &why);
}

static int cut(struct split *s)
{
    struct command *c = s->job.c;
    const struct options *o = &c->options;
    struct error e;
    struct split_request r = {
        .layer = s->layer,
        .folder = memory_copy(o->output),
        .force = o->force,
        .inputs = o->compared ? (int)o->compared : INPUTS,
        .images = s->images,
        .images_n = s->images_n,
        .pixels = run_of_options(o).pixels,
    };
    snprintf(c->what, sizeof c->what, "cutting the network");
    int status = engine_split(c->engine, &r, &e);
    free(r.folder);
    return status < 0 ? command_fail(c, COMMAND_LOST, &e) : wait_split(s);
}

/* ---- What came of it -------------------------------------------------------------------------------- */

static void describe(const struct split *s, struct provenance *p)
{
    const struct options *o = &s->job.c->options;
    const struct engine *n = s->job.c->engine;
    provenance_add(p, "program", "isplit split");
    provenance_add(p, "version", "%s", ISPLIT_VERSION);
    provenance_add_arguments(p, s->job.c->argc, s->job.c->argv);
    provenance_add(p, "cfg", "%s", s->job.inputs.cfg);
    provenance_add(p, "cfg_xxh3", "%s", n->cfg_xxh3);
    provenance_add(p, "weights", "%s", s->job.inputs.weights);
    provenance_add(p, "weights_xxh3", "%s", n->weights_xxh3);
    provenance_add(p, "chosen_by", "%s", s->chosen);
    provenance_add(p, "data", "%s", s->job.inputs.data ? s->job.inputs.data : "");
    if (s->job.inputs.data) {
        provenance_add(p, "split", "%s", n->dataset->split);
        provenance_add(p, "seed", "%ld", o->seed);
        provenance_add(p, "fit", "%s", run_fit_words[o->fit]);
        provenance_add(p, "scale", "%d", o->scale ? 255 : 1);
        provenance_add(p, "mean", "%.9g,%.9g,%.9g", (double)o->mean[0], (double)o->mean[1],
                       (double)o->mean[2]);
        provenance_add(p, "std", "%.9g,%.9g,%.9g", (double)o->std[0], (double)o->std[1], (double)o->std[2]);
        provenance_add(p, "bgr", "%d", o->bgr);
    }
    provenance_add(p, "engine", "%s", n->versions.version);
    provenance_add(p, "darknet", "%s", n->versions.darknet);
    provenance_add_time(p);
}

/* The worker may have made the folder on another machine. */
static int write_sheet(struct split *s)
{
    struct error e;
    struct provenance p = {0};
    const struct report r = {.table = s->job.c->engine->table, .split = &s->job.c->engine->split};
    describe(s, &p);
    mkdir(s->job.c->options.output, 0777);
    int status = provenance_write(&p, s->sheet, report_split, &r, &e);
    provenance_free(&p);
    return status < 0 ? command_fail(s->job.c, COMMAND_BAD_INPUT, &e) : COMMAND_DONE;
}

static void print_half(const struct split *s, const char *name, int64_t params, int64_t macs,
                       enum split_file weights)
{
    char size[16];
    char *folder = text_escape(s->job.c->options.output);
    text_bytes(size, s->job.c->engine->split.files[weights].bytes);
    printf("%s  %.3g M params, %.3g M multiply-adds, %s of weights: %s/%s.cfg\n", name, (double)params / 1e6,
           (double)macs / 1e6, size, folder, name);
    free(folder);
}

static int tell(struct split *s)
{
    const struct engine *n = s->job.c->engine;
    const struct table_row *row = &n->table->rows[s->layer];
    char bytes[16];
    text_bytes(bytes, row->cut_bytes);
    command_become_filter();
    printf("cut after layer %d (%s): %dx%dx%d, %s are sent\n", row->layer, row->name, row->out.c, row->out.h,
           row->out.w, bytes);
    print_half(s, "head", row->head_params, row->head_macs, SPLIT_HEAD_WEIGHTS);
    print_half(s, "tail", row->tail_params, row->tail_macs, SPLIT_TAIL_WEIGHTS);
    char *data = text_escape(s->job.inputs.data ? s->job.inputs.data : "");
    printf("head then tail give the bits of the whole network on %d %s%s\n", n->split.inputs,
           n->split.images ? "images of " : "made-up inputs", n->split.images ? data : "");
    free(data);
    if (fflush(stdout) == 0)
        return COMMAND_DONE;
    console_say(&s->job.c->console, "standard output: cannot write");
    return COMMAND_BAD_INPUT;
}

int command_split(struct command *c)
{
    struct split s = {.job.c = c};
    int status = check_usage(&s);
    if (status == COMMAND_DONE) {
        s.sheet = place_name(c->options.output, SPLIT_SHEET);
        status = check_outputs(&s);
    }
    int (*const steps[])(struct split *) = {connect_worker, choose_layer, choose_images, cut,
                                            write_sheet,    tell};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && status == COMMAND_DONE; i++)
        status = steps[i](&s);
    job_free(&s.job);
    free(s.sheet);
    free(s.images);
    free(s.chosen);
    return status;
}
