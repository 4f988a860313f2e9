/* isplit features: what each cut sends on real images, and what that does to the network's answers. */
#include "commands/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/text_list.h"
#include "commands/features_cheapest.h"
#include "commands/features_measure.h"
#include "commands/features_pictures.h"
#include "commands/job.h"
#include "commands/outputs.h"
#include "cli/option_rows.h"
#include "commands/conclusion.h"
#include "commands/format.h"
#include "study/run.h"
#include "csv/provenance.h"
#include "features/features.h"
#include "report/curve_meta.h"
#include "report/report.h"

static const struct option_entry features_entries[] = {
    ROW_DATA,
    ROW_CLASSES,
    ROW_IMAGES,
    {ROW_NUMBER(0, "calibrate", features.calibrate, 1, LONG_MAX,
                "the first N images give the ranges of integers, and\nare not measured (default: 64, at most "
                "a quarter)")},
    {ROW_TEXT(
        0, "dtypes", features.dtypes, "LIST",
        "number types, as in f32,int8,int4 (default: all: f32,\nf16, int8, int6, int5, int4, int3, int2)")},
    {ROW_TEXT(0, "coders", features.coders, "LIST", "as in none,zstd (default: all: none, zstd, lzma)")},
    {ROW_NUMBER(0, "sample", features.sample, 1, LONG_MAX,
                "images whose bytes are measured, and f16's answers;\nthe other dtypes' answers are of all "
                "(default: 64)")},
    {ROW_NUMBER(0, "level", features.level, 1, 19, "of zstd (default: 11)")},
    {ROW_FLAG(0, "no-jpeg", features.no_jpeg,
              "do not measure what the pictures themselves take, as\nJPEG too, and how accurate the network "
              "is on them")},
    ROW_SEED,
    ROW_SPLIT,
    ROWS_LABELS,
    {ROW_WORD("layers", measure.layers, "LIST", options_clean_words,
              "backbone: clean cuts before the classifier\n(default); clean: all clean cuts"),
     .measures = true, .words_formerly = options_list_formerly},
    ROWS_PIXELS,
    ROW_BATCH,
    ROW_THREADS,
    ROW_EXACT,
    ROW_EPSILON,
    ROW_MEMORY,
    ROW_STORE,
    ROW_NO_STORE,
    {ROW_TEXT('o', "output", output.path, "FILE", "the table as CSV (default: standard output)")},
    ROWS_FORMAT,
    ROW_WORKER_COMMAND,
    ROW_HELP,
};

const struct option_command options_features = {
    .name = "features",
    .synopsis = "isplit features CFG WEIGHTS -d DATA [OPTIONS]\nisplit features FILE.data [OPTIONS]",
    .summary = "Measures on images what each cut sends: bytes as f32, f16 and int8 to int2,\n"
               "plain, with zstd and with LZMA, and how often the network is right, and answers\n"
               "as before, when its tail is given what arrives. Every tensor is decoded again\n"
               "and compared.",
    .notes = "Beside FILE stands FILE.meta.csv, which says how it was made. Exit status:\n"
             "0 done; 1 bad input; 2 wrong usage; 3 the worker was lost; 130 interrupted (what\n"
             "was measured is written). What was measured is kept, and not measured again\n"
             "(isplit store --help).",
    .entries = features_entries,
    .entries_n = ROWS_COUNT(features_entries),
    .tables = "features",
    .arguments_min = 1,
    .arguments_max = 2,
};

/* Where nothing else is asked for: so many images give the ranges, but no more than one of so many. */
enum { CALIBRATE = 64, CALIBRATE_PART = 4, SAMPLE = 64 };

struct run {
    struct job job; /* the network, its images in order, its layers */
    long calibration_n, images_n;
    struct features_pictures each; /* picture */
    struct measured_pictures
        pictures;               /* of the images that the cuts were measured on; of none: not measured, */
    struct error pictures_lost; /* and why; "": not asked for */
    struct features_outcome outcome;
    bool dtypes[DTYPES], coders[CODERS]; /* which are measured */
};

static int command_features_bad_word(const char *option, const char *word, const char *const *words,
                                     struct error *e)
{
    char *shown = text_escape(word), *listed = memory_copy("");
    for (int i = 0; words[i]; i++)
        text_list_append(&listed, "%s", words[i]);
    error_set(e, "--%s '%.100s' (expected a list of: %s)", option, shown, listed);
    free(shown);
    free(listed);
    return -1;
}

/* Marks the words of a list that are named in `text`; NULL: all. */
static int features_take_words(const char *option, const char *text, const char *const *words, bool *wanted,
                               struct error *e)
{
    char *copy = memory_copy(text ? text : "");
    int status = 0;
    for (char *next = copy; next && status == 0 && text;) {
        char *word = next;
        int at = 0;
        next = strchr(word, ',');
        if (next)
            *next++ = '\0';
        while (words[at] && strcmp(words[at], word) != 0)
            at++;
        if (words[at])
            wanted[at] = true;
        else
            status = command_features_bad_word(option, word, words, e);
    }
    for (int i = 0; words[i] && !text; i++)
        wanted[i] = true;
    free(copy);
    return status;
}

static int command_features_take_lists(struct run *r)
{
    struct command *c = r->job.c;
    struct error e;
    const struct options *o = &c->options;
    if (features_take_words("dtypes", o->features.dtypes, dtype_words, r->dtypes, &e) < 0 ||
        features_take_words("coders", o->features.coders, coder_words, r->coders, &e) < 0)
        return command_fail(c, COMMAND_USAGE, &e);
    return COMMAND_DONE;
}

/* The order is that of all chosen images: its first ones calibrate, the next -n are measured. */
static int command_features_choose(struct run *r)
{
    struct command *c = r->job.c;
    const struct options *o = &c->options;
    struct error e;
    long wanted = o->input.images;
    r->job.study->options.input.images = 0;
    int status = job_choose(&r->job);
    if (status != COMMAND_DONE)
        return status;
    long all = r->job.report.order_n, part = all / CALIBRATE_PART;
    long usual = part < 1 ? 1 : part < CALIBRATE ? part : CALIBRATE;
    r->calibration_n = o->features.calibrate ? o->features.calibrate : usual;
    r->images_n = all - r->calibration_n;
    if (wanted && wanted < r->images_n)
        r->images_n = wanted;
    if (r->images_n > 0)
        return COMMAND_DONE;
    error_at(&e, r->job.study->inputs.data, 0,
             "holds %ld image%s of the chosen classes: with %ld to find the ranges none is left to "
             "measure",
             all, all == 1 ? "" : "s", r->calibration_n);
    return command_fail(c, COMMAND_BAD_INPUT, &e);
}

static int command_features_level(const struct options *o)
{
    return o->features.level ? (int)o->features.level : FEATURES_LEVEL;
}

static long command_features_sample(const struct options *o)
{
    return o->features.sample ? o->features.sample : SAMPLE;
}

static int command_features_measure(struct run *r)
{
    struct command *c = r->job.c;
    const struct options *o = &c->options;
    const struct run_options run = run_of_options(o);
    const struct study_reporter reporter = job_reporter(&r->job);
    struct features_request request = {
        .layers = r->job.study->layer_list.layers,
        .layers_n = r->job.study->layer_list.n,
        .images = r->job.study->order + r->calibration_n,
        .images_n = r->images_n,
        .calibration = r->job.study->order,
        .calibration_n = r->calibration_n,
        .level = command_features_level(o),
        .sample = command_features_sample(o),
        .pixels = run.pixels,
        .batch = run.batch,
        .threads = run.threads,
        .exact = run.exact,
        .memory = run.memory,
    };
    memcpy(request.dtypes, r->dtypes, sizeof r->dtypes);
    memcpy(request.coders, r->coders, sizeof r->coders);
    return features_measure_cuts(c, r->job.study, r->job.store, &reporter, &request, &r->outcome);
}

/* Interrupted before any image was measured at the cuts: pictures alone make no file, but need not be
 * measured again. */
static void command_features_say_unmeasured(const struct run *r, bool kept)
{
    struct console *console = r->job.c->console;
    if (r->each.known == 0)
        console_say(console, "%s", command_unmeasured);
    else
        console_say(console,
                    "interrupted: %ld of %ld pictures were measured%s, but no cut: nothing is written",
                    r->each.known, r->images_n, kept ? ", which the store keeps" : "");
}

/* Where rows are kept, or none; what is known of pictures, and of the cuts. */
static int command_features_measure_all(struct run *r)
{
    struct command *c = r->job.c;
    const struct study_reporter reporter = job_reporter(&r->job);
    struct error unkept;
    int status = COMMAND_DONE;
    r->job.store = study_open_store(&c->options, &reporter, " (continuing without stored rows)");
    if (!c->options.features.no_jpeg)
        status = features_pictures_measure(c, r->job.study, r->job.store, &reporter,
                                           r->job.study->order + r->calibration_n, r->images_n, &r->each,
                                           &r->pictures_lost);
    if (status == COMMAND_DONE)
        status = command_features_measure(r);
    r->pictures =
        features_pictures_sum(&r->each, r->outcome.whole ? r->images_n : r->outcome.measured.images);
    bool kept = r->job.store && store_flush(r->job.store, &unkept) == 0;
    if (r->job.store && !kept && !r->job.troubled)
        console_warn(c->console, "%s (not all rows are kept)", unkept.text);
    if (r->job.store && store_renewed(r->job.store, &unkept))
        console_warn(c->console, "%s", unkept.text);
    if (status == COMMAND_INTERRUPTED)
        command_features_say_unmeasured(r, kept && !r->job.troubled);
    return status;
}

static void describe_measuring(const struct run *r, struct provenance *p)
{
    const struct options *o = &r->job.c->options;
    const struct connection *n = r->job.c->connection;
    const struct measured_features *m = &r->outcome.measured;
    const struct layer_list *list = &r->job.study->layer_list;
    const struct run_options run = run_of_options(o);
    const struct excluded *lost = &r->job.c->excluded;
    char *layers = layer_list_name(n->table, list->layers, list->n);
    provenance_add(p, "state", "%s", r->outcome.whole ? "complete" : "interrupted");
    provenance_add(p, "images_asked", "%ld", r->images_n);
    provenance_add(p, "images", "%ld", m->images);
    provenance_add(p, "calibration_images", "%ld", m->calibrated);
    provenance_add(p, "from_store", "%ld", r->outcome.recalled);
    provenance_add(p, "sample", "%ld", command_features_sample(o));
    provenance_add(p, "times", "%s", r->outcome.times);
    provenance_add(p, "images_undecodable", "%ld", excluded_count(lost, EXCLUDED_UNDECODABLE));
    provenance_add(p, "images_not_finite", "%ld", excluded_count(lost, EXCLUDED_NONFINITE));
    provenance_add(p, "accuracy", "%.9g", feature_proportion(m->correct, m->images).value);
    for (int i = CODER_ZSTD; i < CODERS; i++)
        if (m->coders[i])
            provenance_add(p, coder_words[i], "%s", m->versions[i]);
    if (m->coders[CODER_ZSTD])
        provenance_add(p, "level", "%d", command_features_level(o));
    provenance_add(p, "classes", "%s", o->input.classes ? o->input.classes : "");
    provenance_add(p, "seed", "%ld", o->input.seed);
    provenance_add(p, "layers", "%s", layers);
    curve_meta_describe_pixels(&run.pixels, p);
    free(layers);
}

static void command_features_describe(const struct run *r, struct provenance *p)
{
    const struct command *c = r->job.c;
    const struct connection *n = c->connection;
    command_describe(c, r->job.study->inputs.cfg, r->job.study->inputs.weights, p);
    provenance_add(p, "data", "%s", r->job.study->inputs.data);
    provenance_add(p, "layout", "%s", n->dataset->layout);
    provenance_add(p, "split", "%s", n->dataset->split);
    curve_meta_describe_labels(&c->options, p);
    describe_measuring(r, p);
    provenance_add(p, "tuning", "%s", r->outcome.tuning.hash);
    provenance_add(p, "batch", "%d", r->outcome.tuning.batch);
    provenance_add(p, "threads", "%d", r->outcome.tuning.threads);
    command_describe_worker(c, p);
}

static int command_features_write_sheet(struct run *r)
{
    struct command *c = r->job.c;
    struct provenance *p = provenance_new();
    const struct report report = {
        .table = c->connection->table, .features = &r->outcome.measured, .pictures = &r->pictures};
    command_features_describe(r, p);
    return command_write(c, p, report_features, &report);
}

/* The accuracy, in each narrower type the cut that changes most answers, and what sends least. */
static void command_features_tell(const struct run *r)
{
    struct command *c = r->job.c;
    const struct measured_features *m = &r->outcome.measured;
    console_note(c->console, "%ld image%s, accuracy %.1f %%; %ld other%s gave the ranges", m->images,
                 m->images == 1 ? "" : "s", 100 * feature_proportion(m->correct, m->images).value,
                 m->calibrated, m->calibrated == 1 ? "" : "s");
    command_warn_guesses(c, m->images, m->correct, c->connection->table->classes);
    conclusion_set(c, "%d rows of %ld images, accuracy %.1f %%", m->rows_n, m->images,
                   100 * feature_proportion(m->correct, m->images).value);
    struct features rows = features_pictures_rows(m, &r->pictures);
    features_pictures_tell(c, &rows, &r->pictures, &r->pictures_lost);
    for (int t = DTYPE_F16; t < DTYPES; t++) {
        const struct measured_feature *worst = NULL;
        for (int i = 0; i < m->rows_n; i++)
            if (m->rows[i].type == (enum dtype)t && (!worst || m->rows[i].agrees < worst->agrees))
                worst = &m->rows[i];
        if (!worst)
            continue;
        if (worst->agrees == worst->images)
            console_note(c->console, "%s changes none of %ld answers", dtype_words[t], worst->images);
        else
            console_note(c->console, "%s changes at most %ld of %ld answers (cut after layer %d, %s)",
                         dtype_words[t], worst->images - worst->agrees, worst->images, worst->layer,
                         c->connection->table->rows[worst->layer].name);
    }
    char *cheapest = features_cheapest(&rows, c->connection->table);
    console_note(c->console, "%s", cheapest);
    free(cheapest);
    features_free(&rows);
}

static void command_features_tell_written(const struct run *r)
{
    struct command *c = r->job.c;
    const char *path = c->options.output.path;
    if (!outputs_has_meta(path) || console_is_terminal(c->console)) /* there the last line says it */
        return;
    char *meta = provenance_path(path), *shown = text_escape(path), *shown_meta = text_escape(meta);
    console_note(c->console, "written: %s, %s", shown, shown_meta);
    free(meta);
    free(shown);
    free(shown_meta);
}

static int command_features_finish(struct run *r)
{
    struct command *c = r->job.c;
    int status = command_features_write_sheet(r);
    if (status != COMMAND_DONE)
        return status;
    command_features_tell(r);
    command_features_tell_written(r);
    if (r->outcome.whole) /* also where a stop came too late */
        return COMMAND_DONE;
    console_say(c->console, "interrupted: the results are based on %ld of %ld images",
                r->outcome.measured.images, r->images_n);
    return COMMAND_INTERRUPTED;
}

int command_features(struct command *c)
{
    struct run r = {.job = {.c = c}};
    int status = command_features_take_lists(&r);
    if (status == COMMAND_DONE)
        status = command_find_inputs(c, true, &r.job.inputs);
    if (status == COMMAND_DONE)
        status = job_check_outputs(&r.job, &c->options.output.path, 1, NULL, 0);
    if (status == COMMAND_DONE)
        status = job_connect(&r.job);
    if (status == COMMAND_DONE)
        status = command_features_choose(&r);
    if (status == COMMAND_DONE)
        status = command_features_measure_all(&r);
    if (status == COMMAND_DONE)
        status = command_features_finish(&r);
    features_outcome_free(&r.outcome);
    features_pictures_free(&r.each);
    job_free(&r.job);
    return status;
}
