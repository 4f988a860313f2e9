/* isplit retrain: a bottleneck at a cut, trained, measured, and cut there. */
#include "commands/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "commands/conclusion.h"
#include "base/process.h"
#include "base/text.h"
#include "cli/option_rows.h"
#include "commands/format.h"
#include "commands/outputs.h"
#include "commands/retrain_images.h"
#include "commands/retrain_options.h"
#include "commands/retrain_sent.h"
#include "deployment/partition_job.h"
#include "features/features.h"
#include "net/possible.h"
#include "partition/partition_folder.h"
#include "report/curve_meta.h"
#include "study/folder_lock.h"
#include "study/retraining.h"
#include "study/run.h"
#include "train/retrain_request.h"

#define RETRAIN_CHECKPOINT "retrain.checkpoint"

static const struct option_entry retrain_entries[] = {
    {ROW_TEXT(0, "at", at, "LAYER", "where: a layer's number or name, as isplit layers\ntells them")},
    {ROW_TEXT('o', "output", output.path, "DIR",
              "where the network, its head and tail and the CSV\nfiles go; made where it does not exist")},
    ROWS_FORMAT_OF_FOLDER,
    {ROW_FLAG(0, "force", force, "replace what is in DIR, and begin anew")},
    {ROW_NUMBER(0, "epochs", retrain.epochs, 1, RETRAIN_EPOCHS_LIMIT,
                "how often each image is trained on (default: 20)")},
    ROWS_TRAINING,
    {ROW_FLAG(0, "flip", retrain.flip, "mirror half of the images; with --train all only")},
    {ROW_NUMBER(0, "shift", retrain.shift, 1, RETRAIN_SHIFT_LIMIT,
                "move them by up to N pixels; with --train all only")},
    {ROW_NUMBER(0, "check", compared, 1, PARTITION_INPUTS_LIMIT,
                "on how many inputs head and tail are compared with\nthe whole network (default: 8)")},
    {ROW_WORD("dtype", cost_model.type, "TYPE", dtype_words,
              "how split.csv says that the code is sent: f32\n(default; int8 for bytes:N), f16, int8, int6, "
              "int5,\n"
              "int4, int3 or int2; the range is that of training\nimages"),
     .formerly = "type"},
    {ROW_WORD("coder", cost_model.coder, "CODER", coder_words, "compressed by none (default), zstd or lzma"),
     .formerly = "zstd", .formerly_meant = "zstd"},
    {ROW_NUMBER(0, "level", features.level, 1, FEATURES_LEVEL_LIMIT, "of zstd (default: 11)")},
    ROW_DATA,
    ROW_CLASSES,
    {ROW_NUMBER('n', "images", input.images, 1, LONG_MAX, "take the first N of the order (default: all)")},
    {ROW_NUMBER(0, "seed", input.seed, 0, LONG_MAX,
                "of the first weights, the division of the images and\ntheir order (default: 0)")},
    ROW_SPLIT,
    ROWS_LABELS,
    ROWS_PIXELS,
    ROW_THREADS,
    {ROW_FLAG(0, "exact", measure.exact, "convolutions by the direct algorithm, the most exact\none"),
     .measures = true},
    ROW_EPSILON,
    ROW_MEMORY,
    ROW_WORKER_COMMAND,
    ROW_HELP,
};

const struct option_command options_retrain = {
    .name = "retrain",
    .synopsis = "isplit retrain CFG WEIGHTS -d DATA --at LAYER -o DIR [OPTIONS]\n"
                "isplit retrain FILE.data --at LAYER -o DIR [OPTIONS]",
    .summary = "Puts a bottleneck after a layer, trains it, measures the accuracy before and\n"
               "after on images that were not trained on, and cuts the network there: into a\n"
               "head and a tail that stock Darknet runs, verified as by isplit split.",
    .notes = "The same command again goes on where an interrupted one stopped. Exit status: 0\n"
             "done; 1 bad input; 2 wrong usage; 3 the worker was lost; 130 interrupted: the\n"
             "best so far is written, once the training has begun.",
    .entries = retrain_entries,
    .entries_n = ROWS_COUNT(retrain_entries),
    .tables = "retrain",
    .arguments_min = 1,
    .arguments_max = 2,
};

/* One run of `isplit retrain`. */
struct retrain {
    struct command *c;
    struct inputs inputs;
    char *sheet, *cfg, *weights; /* in DIR */
    struct folder_lock *lock;    /* of DIR */
    bool resumes;                /* there is a checkpoint */
    bool interrupted;            /* the training, which then has a result all the same */
    struct retrain_request request;
    struct frame_format sent; /* how the code is to be sent */
    struct table *table;      /* of the network as it was */
    char cfg_xxh3[17], weights_xxh3[17];
    struct retrain_check checks[RETRAIN_WHENS]; /* copies */
    long done, of, images;
    double seconds;
};

/* ---- Usage and files -------------------------------------------------------------------------------------
 */

static int retrain_check_usage(struct retrain *r)
{
    const struct options *o = &r->c->options;
    if (!o->at)
        return command_usage(r->c, "--at is missing: where the bottleneck comes");
    if (!o->output.path)
        return command_usage(r->c, "-o is missing: the folder for the network");
    if (o->retrain.trains != RETRAIN_ALL && (o->retrain.flip || o->retrain.shift))
        return command_usage(r->c,
                             "--flip and --shift need --train all: else images pass the head only once");
    int status = retrain_options_check(r->c);
    return status == COMMAND_DONE ? command_find_inputs(r->c, true, &r->inputs) : status;
}

static int retrain_read_bottleneck(struct retrain *r)
{
    return retrain_options_bottleneck(r->c, &r->request.bottleneck);
}

/* What can be seen before anything is loaded; the worker looks again, at its own files. */
static int retrain_check_outputs(struct retrain *r)
{
    const struct options *o = &r->c->options;
    const struct inputs *in = &r->inputs;
    const char *inputs[4 + RUN_LABEL_FILES] = {in->cfg, in->weights, in->named, in->data};
    run_label_files(o, inputs + 4);
    char *split = partition_folder_path(o->output.path, PARTITION_CSV);
    const char *const outputs[] = {r->sheet, split, r->cfg, r->weights};
    struct stat st;
    struct error e;
    int status = COMMAND_DONE;
    if (stat(o->output.path, &st) == 0 && !S_ISDIR(st.st_mode)) {
        error_at(&e, o->output.path, 0, "is no folder (expected one, or a new name)");
        status = command_fail(r->c, COMMAND_BAD_INPUT, &e);
    }
    r->resumes = access(r->request.checkpoint, F_OK) == 0;
    for (int i = 0; i < 4 && status == COMMAND_DONE && !o->force && !r->resumes; i++)
        if (access(outputs[i], F_OK) == 0) {
            error_at(&e, outputs[i], 0, "exists already (expected another folder, or --force)");
            status = command_fail(r->c, COMMAND_BAD_INPUT, &e);
        }
    if (status == COMMAND_DONE && access(o->output.path, F_OK) == 0)
        status = outputs_check(r->c, outputs, 4, inputs, sizeof inputs / sizeof inputs[0]);
    free(split);
    return status;
}

static int retrain_name_files(struct retrain *r)
{
    const char *folder = r->c->options.output.path;
    r->sheet = partition_folder_path(folder, RETRAIN_CSV);
    r->cfg = partition_folder_path(folder, PARTITION_WHOLE_CFG);
    r->weights = partition_folder_path(folder, PARTITION_WHOLE_WEIGHTS);
    r->request.folder = memory_copy(folder);
    r->request.checkpoint = partition_folder_path(folder, RETRAIN_CHECKPOINT);
    return COMMAND_DONE;
}

static int retrain_lock(struct retrain *r)
{
    struct error e;
    r->lock = folder_lock_take(r->c->options.output.path, 0, &e);
    return r->lock ? COMMAND_DONE : command_fail(r->c, COMMAND_BAD_INPUT, &e);
}

/* ---- The network and its images --------------------------------------------------------------------------
 */

static int retrain_open(struct retrain *r)
{
    struct error e, why;
    struct command *c = r->c;
    int status = command_start(c);
    if (status == COMMAND_DONE)
        status = command_open(c, r->inputs.cfg, r->inputs.weights);
    if (status != COMMAND_DONE)
        return status;
    const struct table *table = c->connection->table;
    if (partition_find_layer(table, c->options.at, &r->request.layer, &e) < 0)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    if (partition_possible(table, r->request.layer, &why) == 0)
        return COMMAND_DONE;
    error_at(&e, r->inputs.cfg, 0, "%s", why.text);
    return command_fail(c, COMMAND_BAD_INPUT, &e);
}

static int retrain_choose_images(struct retrain *r)
{
    return retrain_images(r->c, r->inputs.data, &r->request);
}

/* ---- The training ----------------------------------------------------------------------------------------
 */

static void retrain_describe_request(struct retrain *r)
{
    const struct options *o = &r->c->options;
    retraining_options(o, &r->request);
    r->request.epochs = o->retrain.epochs ? o->retrain.epochs : RETRAIN_EPOCHS;
    r->request.flip = o->retrain.flip;
    r->request.shift = (int)o->retrain.shift;
}

/* Copies what the answer says, since other requests follow. */
static void retrain_take_answer(struct retrain *r)
{
    const struct connection *n = r->c->connection;
    const struct retrain_check *checks = connection_retrain_checks(n);
    connection_retrain_answer(n, &r->done, &r->of, &r->seconds, &r->images);
    for (int i = 0; i < RETRAIN_WHENS; i++) {
        r->checks[i] = checks[i];
        r->checks[i].right = checks[i].right ? memory_copy(checks[i].right) : NULL;
    }
    r->table = r->c->connection->table;
    r->c->connection->table = NULL;
    memcpy(r->cfg_xxh3, n->cfg_xxh3, sizeof r->cfg_xxh3);
    memcpy(r->weights_xxh3, n->weights_xxh3, sizeof r->weights_xxh3);
}

/* What is left to do after Ctrl-C is short, and a signal that was counted would stop it at once. */
static const volatile sig_atomic_t retrain_no_signals = 0;

static int retrain_train(struct retrain *r)
{
    struct command *c = r->c;
    struct error why;
    retrain_describe_request(r);
    snprintf(c->what, sizeof c->what, "preparing the training");
    bool kept = c->options.retrain.validation_data != NULL;
    enum connection_end end = connection_retrain(c->connection, &r->request, kept, &why) < 0
                                  ? CONNECTION_GONE
                                  : command_wait(c, &why);
    c->trained[1] = 0;
    r->interrupted = end == CONNECTION_INTERRUPTED;
    if (r->interrupted && !connection_is_answered(c->connection))
        return command_end(c, end, &why, command_unwritten);
    if (end != CONNECTION_DONE && !r->interrupted)
        return command_end(c, end, &why, command_unwritten);
    if (r->interrupted)
        c->signals = &retrain_no_signals;
    retrain_take_answer(r);
    r->interrupted = r->done < r->of; /* else the signal came too late to stop anything */
    return COMMAND_DONE;
}

/* ---- The cut ---------------------------------------------------------------------------------------------
 */

/* The last layer of the encoder, as the whole network's table names it. */
static int retrain_code_layer(const struct retrain *r)
{
    const struct table *table = r->c->connection->table;
    int layer = r->request.layer;
    while (layer + 1 < table->rows_n &&
           strncmp(table->rows[layer + 1].name, "encoder", strlen("encoder")) == 0)
        layer++;
    return layer;
}

static struct partition_job retrain_partition(const struct retrain *r)
{
    return (struct partition_job){
        .program = "isplit retrain",
        .options = &r->c->options,
        .cfg = r->cfg,
        .weights = r->weights,
        .data = r->inputs.data,
        .folder = r->c->options.output.path,
        .chosen_by = "layer",
        .sent = r->sent,
    };
}

static int retrain_cut(struct retrain *r)
{
    struct command *c = r->c;
    struct error e;
    int status = command_open(c, r->cfg, r->weights);
    if (status == COMMAND_DONE)
        status = retrain_sent(c, &r->request, retrain_code_layer(r), &r->sent);
    if (status != COMMAND_DONE)
        return status;
    const struct partition_job h = retrain_partition(r);
    long n, *images = partition_job_images(c->connection, &h, &n, &e);
    bool replaces = c->options.force || r->resumes;
    snprintf(c->what, sizeof c->what, "cutting the network");
    int asked =
        images ? partition_job_ask(c->connection, &h, retrain_code_layer(r), replaces, images, n, &e) : 0;
    free(images);
    if (!images)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    if (asked < 0)
        return command_fail(c, COMMAND_LOST, &e);
    status = command_wait_saying(c, retrain_uncut);
    if (status == COMMAND_DONE && partition_job_write_csv(c->connection, &h, &e) < 0)
        status = command_fail(c, COMMAND_BAD_INPUT, &e);
    return status;
}

/* ---- What came of it -------------------------------------------------------------------------------------
 */

static void retrain_describe(const struct retrain *r, struct provenance *p)
{
    const struct command *c = r->c;
    const struct options *o = &c->options;
    const struct retrain_request *q = &r->request;
    const struct excluded *lost = &c->excluded;
    provenance_add(p, "program", "isplit retrain");
    provenance_add(p, "version", "%s", c->connection->versions.version);
    provenance_add_arguments(p, o->argc, o->argv);
    provenance_add(p, "cfg", "%s", r->inputs.cfg);
    provenance_add(p, "cfg_xxh3", "%s", r->cfg_xxh3);
    provenance_add(p, "weights", "%s", r->inputs.weights);
    provenance_add(p, "weights_xxh3", "%s", r->weights_xxh3);
    curve_meta_describe_epsilon(c->connection->epsilon, p);
    provenance_add(p, "data", "%s", r->inputs.data);
    provenance_add(p, "validation_data", "%s", o->retrain.validation_data ? o->retrain.validation_data : "");
    provenance_add(p, "layout", "%s", c->connection->dataset->layout);
    provenance_add(p, "split", "%s", c->connection->dataset->split);
    curve_meta_describe_labels(o, p);
    provenance_add(p, "state", "%s", r->interrupted ? "interrupted" : "complete");
    provenance_add(p, "images_undecodable", "%ld", excluded_count(lost, EXCLUDED_UNDECODABLE));
    provenance_add(p, "images_not_finite", "%ld", excluded_count(lost, EXCLUDED_NONFINITE));
    provenance_add(p, "classes", "%s", o->input.classes ? o->input.classes : "");
    provenance_add(p, "seed", "%ld", o->input.seed);
    provenance_add(p, "epochs", "%ld", q->epochs);
    provenance_add(p, "rate", "%.9g", q->rate);
    provenance_add(p, "temperature", "%.9g", q->temperature);
    provenance_add(p, "flip", "%d", q->flip);
    provenance_add(p, "shift", "%d", q->shift);
    curve_meta_describe_pixels(&q->pixels, p);
    provenance_add(p, "batch", "%d", q->batch);
    provenance_add(p, "threads", "%d", q->threads);
    command_describe_worker(c, p);
}

static struct report retrain_report(const struct retrain *r)
{
    struct report report = {.table = r->table};
    report.retrain.asked = &r->request;
    report.retrain.checks = r->checks;
    report.retrain.code = bottleneck_code(&r->request.bottleneck, r->table->rows[r->request.layer].out);
    report.retrain.done = r->done;
    report.retrain.of = r->of;
    report.retrain.images = r->images;
    report.retrain.seconds = r->seconds;
    return report;
}

/* The checkpoint has served when all is written. Where the worker is elsewhere, it stays there. */
static int retrain_write_sheet(struct retrain *r)
{
    struct error e;
    struct provenance *p = provenance_new();
    const struct report report = retrain_report(r);
    retrain_describe(r, p);
    mkdir(r->c->options.output.path, 0777);
    int status = provenance_write(p, r->sheet, report_retrain, &report, &e);
    provenance_free(p);
    if (status < 0)
        return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    if (!r->interrupted)
        unlink(r->request.checkpoint);
    return COMMAND_DONE;
}

static void retrain_tell_accuracy(const struct retrain *r, enum retrain_when when, const char *what)
{
    const struct retrain_check *c = &r->checks[when];
    const struct estimate v = feature_proportion(c->correct, c->images);
    console_print(stdout, "%-9s %5.1f %% of %ld images right [%.1f, %.1f]", what, 100 * v.value, c->images,
                  100 * v.low, 100 * v.high);
}

static void retrain_say(struct retrain *r)
{
    const struct table_row *row = &r->table->rows[r->request.layer];
    const struct partition_job h = retrain_partition(r);
    struct net_shape code = bottleneck_code(&r->request.bottleneck, row->out);
    char *word = bottleneck_word(&r->request.bottleneck), *proof = partition_job_proof(r->c->connection, &h);
    process_become_filter();
    console_print(stdout, "bottleneck %s after layer %d (%s): %dx%dx%d of %dx%dx%d are sent", word,
                  row->layer, row->name, code.c, code.h, code.w, row->out.c, row->out.h, row->out.w);
    retrain_tell_accuracy(r, RETRAIN_BEFORE, "before");
    retrain_tell_accuracy(r, RETRAIN_UNTRAINED, "untrained");
    retrain_tell_accuracy(r, RETRAIN_BEST, "after");
    if (dataset_is_unlabelled(r->c->connection->dataset))
        console_print(stdout, "%s", retrain_images_unlabelled);
    console_print(stdout, "best after step %ld; %ld of %ld steps on %ld images in %.1f s: %s",
                  r->checks[RETRAIN_BEST].step, r->done, r->of, r->images, r->seconds, r->cfg);
    console_print(stdout, "%s", proof);
    free(word);
    free(proof);
}

static void retrain_conclude(struct retrain *r)
{
    double share[RETRAIN_WHENS];
    char *folder = partition_folder_path(r->c->options.output.path, "");
    for (int i = 0; i < RETRAIN_WHENS; i++)
        share[i] = feature_proportion(r->checks[i].correct, r->checks[i].images).value;
    conclusion_set(r->c, "%.1f %% right with the bottleneck after %s, %.1f %% before",
                   100 * share[RETRAIN_BEST], r->table->rows[r->request.layer].name,
                   100 * share[RETRAIN_BEFORE]);
    conclusion_made(r->c, folder);
    free(folder);
}

static int retrain_tell(struct retrain *r)
{
    const struct report report = retrain_report(r);
    retrain_conclude(r);
    int status = COMMAND_DONE;
    if (format_wants_rows(r->c))
        status = format_write_rows(r->c, report_retrain, &report);
    else
        retrain_say(r);
    if (status == COMMAND_DONE)
        status = command_flush(r->c);
    if (status != COMMAND_DONE || !r->interrupted)
        return status;
    console_say(r->c->console, "interrupted: the best so far is written; the same command goes on from here");
    return COMMAND_INTERRUPTED;
}

static void retrain_end(struct retrain *r)
{
    inputs_free(&r->inputs);
    retrain_request_free(&r->request);
    table_free(r->table);
    for (int i = 0; i < RETRAIN_WHENS; i++)
        free(r->checks[i].right);
    free(r->sheet);
    free(r->cfg);
    free(r->weights);
    folder_lock_free(r->lock);
}

int command_retrain(struct command *c)
{
    struct retrain r = {.c = c};
    int status = retrain_check_usage(&r);
    int (*const steps[])(struct retrain *) = {
        retrain_read_bottleneck, retrain_name_files, retrain_lock, retrain_check_outputs, retrain_open,
        retrain_choose_images,   retrain_train,      retrain_cut,  retrain_write_sheet,   retrain_tell,
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && status == COMMAND_DONE; i++)
        status = steps[i](&r);
    retrain_end(&r);
    return status;
}
