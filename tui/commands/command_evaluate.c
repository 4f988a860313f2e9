/* isplit evaluate: all cuts retrained in a race, and the predictors beside what was measured. */
#include "commands/command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "commands/conclusion.h"
#include "base/process.h"
#include "cli/option_rows.h"
#include "commands/format.h"
#include "commands/evaluate.h"
#include "commands/retrain_images.h"
#include "commands/retrain_options.h"
#include "net/possible.h"
#include "partition/partition_folder.h"
#include "report/curve_meta.h"
#include "report/measured.h"
#include "study/retraining.h"
#include "study/run.h"

#define EVALUATE_PREDICTORS_CSV "predictors.csv"
static const struct option_entry evaluate_entries[] = {
    {ROW_TEXT('o', "output", output.path, "DIR",
              "where results, checkpoints and the CSV files go; made\nwhere it does not exist")},
    ROWS_FORMAT_OF_FOLDER,
    {ROW_TEXT(0, "cuts", retrain.cuts, "LAYERS",
              "which: numbers or names, separated by commas\n(default: all that --layers lists)")},
    ROW_LAYERS,
    ROWS_TRAINING,
    {ROW_NUMBER(0, "steps", retrain.steps, 1, LONG_MAX >> RACE_STAGES_MAX,
                "of the first stage; each next one has twice as many\n(default: an epoch)")},
    {ROW_NUMBER(0, "stages", retrain.stages, 1, 20, "of training at most (default: 5)")},
    {ROW_NUMBER(0, "starts", retrain.starts, 1, 64, "trainings of each cut, with other seeds (default: 2)")},
    {ROW_REAL("indifference", retrain.indifference, "SHARE", 1,
              "the race ends when what is left to decide is less\n(default: 0.01)")},
    {ROW_FLAG(0, "exhaustive", retrain.exhaustive, "nobody stops: all cuts are trained alike")},
    {ROW_REAL("minutes", retrain.minutes, "N", 0, "no training begins after that time")},
    {ROW_SHARD("shard", input.shard,
               "only the I-th of N shares of the cuts, a race of its\nown; a run without "
               "it in the same DIR joins them")},
    {ROW_FLAG(0, "no-bottleneck-only", retrain.race_only,
              "with --train tail or all: do not train the\nbottlenecks alone after the race")},
    ROWS_LIMITS,
    {ROW_NUMBER(0, "max-head-macs", retrain.max_head_macs, 1, LONG_MAX,
                "limit of the head's multiply-adds, the encoder's too")},
    ROWS_DEVICES,
    ROW_ANSWER,
    ROW_JOULES,
    {ROW_FLAG(0, "compare", retrain.compare,
              "of two such folders, as of two subsets of classes:\nwhat they measured side by side; -o "
              "FILE: as CSV")},
    {ROW_FLAG(0, "force", force, "pass over the results in DIR, and begin anew")},
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
    ROW_STORE,
    ROW_WORKER_COMMAND,
    ROW_HELP,
};

const struct option_command options_evaluate = {
    .name = "evaluate",
    .synopsis = "isplit evaluate CFG WEIGHTS -d DATA -o DIR [OPTIONS]\n"
                "isplit evaluate FILE.data -o DIR [OPTIONS]\n"
                "isplit evaluate --compare DIR DIR [-o FILE]",
    .summary = "Measures the accuracy after retraining for every cut, in a race: all get a\n"
               "little training, those that cannot win any more stop. Tells the best cut, those\n"
               "that cannot be told apart from it, and what each predictor would have chosen.",
    .notes = "The same command again goes on where an interrupted one stopped. Exit status: 0\n"
             "done; 1 bad input; 2 wrong usage; 3 the worker was lost; 130 interrupted: what\n"
             "is known is written.",
    .entries = evaluate_entries,
    .entries_n = ROWS_COUNT(evaluate_entries),
    .tables = "evaluate compare",
    .arguments_min = 1,
    .arguments_max = 2,
};

/* ---- Usage and files -------------------------------------------------------------------------------------
 */

static int evaluate_check_usage(struct evaluate *v)
{
    struct command *c = v->c;
    if (!c->options.output.path)
        return command_usage(c, "-o is missing: the folder for the results");
    struct error e;
    if (deployment_check_usage(&c->options, &e) < 0)
        return command_usage(c, e.text);
    int status = retrain_options_check(c);
    if (status == COMMAND_DONE)
        status = retrain_options_bottleneck(c, &v->request.bottleneck);
    if (status == COMMAND_DONE && v->request.bottleneck.form == BOTTLENECK_NONE &&
        c->options.retrain.trains == RETRAIN_BOTTLENECK)
        return command_usage(
            c, "--bottleneck none leaves nothing to train (expected --train tail or all beside it)");
    return status == COMMAND_DONE ? command_find_inputs(c, true, &v->inputs) : status;
}

static int evaluate_check_outputs(struct evaluate *v)
{
    const char *folder = v->c->options.output.path;
    struct stat st;
    struct error e;
    v->sheet = partition_folder_path(folder, MEASURED_CSV);
    v->predictors_sheet = partition_folder_path(folder, EVALUATE_PREDICTORS_CSV);
    if (stat(folder, &st) != 0 || S_ISDIR(st.st_mode))
        return COMMAND_DONE;
    error_at(&e, folder, 0, "is no folder (expected one, or a new name)");
    return command_fail(v->c, COMMAND_BAD_INPUT, &e);
}

/* ---- The cuts --------------------------------------------------------------------------------------------
 */

/* wanted[rows_n], of the layers that the option names: each once, however often it stands there. */
static int evaluate_read_cuts(struct evaluate *v, const struct table *table, bool *wanted)
{
    char *list = memory_copy(v->c->options.retrain.cuts);
    struct error e;
    int status = COMMAND_DONE;
    for (char *rest = list, *word; status == COMMAND_DONE && (word = strsep(&rest, ","));) {
        int layer;
        if (partition_find_layer(table, word, &layer, &e) < 0)
            status = command_fail(v->c, COMMAND_BAD_INPUT, &e);
        else
            wanted[layer] = true;
    }
    free(list);
    return status;
}

static void evaluate_list_cuts(const struct evaluate *v, const struct table *table, bool *wanted)
{
    int n, *listed = table_listed(table, (enum table_list)v->c->options.measure.layers, &n);
    for (int i = 0; i < n; i++)
        wanted[listed[i]] = true;
    free(listed);
}

/* A warning where they were asked for by name. */
static void evaluate_say_left_out(const struct evaluate *v, int n, const char *first)
{
    void (*const say)(struct console *, const char *, ...) =
        v->c->options.retrain.cuts ? console_warn : console_note;
    say(v->c->console, "%d of %d cuts %s left out, as %s", n, n + v->cuts_n, n == 1 ? "is" : "are", first);
}

/* What of them can be evaluated, in the network's order; -1: nothing. */
static int evaluate_take_cuts(struct evaluate *v, const struct table *table, const bool *wanted,
                              struct error *e)
{
    struct error why;
    char *first = NULL;
    int left_out = 0;
    for (int i = 0; i < table->rows_n; i++) {
        if (!wanted[i])
            continue;
        if (retraining_possible(table, &v->request.bottleneck, i, &why))
            v->layers[v->cuts_n++] = i;
        else if (left_out++ == 0)
            first = memory_format("layer %d (%s): %s", i, table->rows[i].name, why.text);
    }
    if (v->cuts_n == 0)
        error_at(e, v->inputs.cfg, 0, "has no cut that can be evaluated%s%s", first ? ", as " : "",
                 first ? first : "");
    else if (left_out > 0)
        evaluate_say_left_out(v, left_out, first);
    free(first);
    return v->cuts_n > 0 ? 0 : -1;
}

static int evaluate_choose_cuts(struct evaluate *v)
{
    struct command *c = v->c;
    struct error e;
    int status = command_start(c);
    if (status == COMMAND_DONE)
        status = command_open(c, v->inputs.cfg, v->inputs.weights);
    if (status != COMMAND_DONE)
        return status;
    const struct table *table = c->connection->table;
    bool *wanted = memory_new((size_t)table->rows_n, sizeof *wanted);
    v->layers = memory_new((size_t)table->rows_n, sizeof *v->layers);
    if (c->options.retrain.cuts)
        status = evaluate_read_cuts(v, table, wanted);
    else
        evaluate_list_cuts(v, table, wanted);
    if (status == COMMAND_DONE && evaluate_take_cuts(v, table, wanted, &e) < 0)
        status = command_fail(c, COMMAND_BAD_INPUT, &e);
    free(wanted);
    return status;
}

static int evaluate_choose_images(struct evaluate *v)
{
    return retrain_images(v->c, v->inputs.data, &v->request);
}

/* ---- What came of it -------------------------------------------------------------------------------------
 */

static void evaluate_describe(const struct evaluate *v, struct provenance *p)
{
    const struct command *c = v->c;
    const struct options *o = &c->options;
    const struct retrain_request *q = &v->request;
    const struct race_rules rules = retraining_rules(o, q, v->cuts_n, v->allowed);
    command_describe(c, v->inputs.cfg, v->inputs.weights, p);
    provenance_add(p, "data", "%s", v->inputs.data);
    provenance_add(p, "validation_data", "%s", o->retrain.validation_data ? o->retrain.validation_data : "");
    provenance_add(p, "classes", "%s", o->input.classes ? o->input.classes : "");
    provenance_add(p, "state", "%s",
                   v->running       ? "running"
                   : v->interrupted ? "interrupted"
                   : v->timed_out   ? "out of time"
                                    : "complete");
    retraining_describe(q, &rules, p);
    deployment_describe_limits(&v->deployment, p);
    char *macs = o->retrain.max_head_macs > 0 ? memory_format("%ld", o->retrain.max_head_macs) : NULL;
    provenance_add(p, "max_head_macs", "%s", macs ? macs : "");
    free(macs);
    provenance_add(p, "seconds", "%.3f", evaluation_seconds(v->evaluation));
    provenance_add(p, "seed", "%ld", o->input.seed);
    curve_meta_describe_pixels(&q->pixels, p);
    command_describe_worker(c, p);
}

static int evaluate_write_sheet(struct evaluate *v, const char *path,
                                void (*write)(FILE *out, const struct report *r))
{
    struct error e;
    const struct evaluated out = evaluate_outcome(v);
    const struct report report = {.table = v->c->connection->table, .evaluated = &out};
    struct provenance *p = provenance_new();
    evaluate_describe(v, p);
    mkdir(v->c->options.output.path, 0777);
    int status = provenance_write(p, path, write, &report, &e) < 0 ? command_fail(v->c, COMMAND_BAD_INPUT, &e)
                                                                   : COMMAND_DONE;
    provenance_free(p);
    return status;
}

int evaluate_write_cuts(struct evaluate *v)
{
    return evaluate_write_sheet(v, v->sheet, report_evaluate);
}

static int evaluate_write(struct evaluate *v)
{
    int status = evaluate_write_cuts(v);
    return status == COMMAND_DONE ? evaluate_write_sheet(v, v->predictors_sheet, report_predictors) : status;
}

static int evaluate_write_rows(struct evaluate *v)
{
    const struct evaluated out = evaluate_outcome(v);
    const struct report report = {.table = v->c->connection->table, .evaluated = &out};
    return format_write_rows(v->c, report_evaluate, &report);
}

static void evaluate_conclude(struct evaluate *v)
{
    const struct evaluated out = evaluate_outcome(v);
    if (v->best >= 0)
        conclusion_set(v->c, "best: %s, %.1f %% of %ld validation images",
                       v->c->connection->table->rows[v->layers[v->best]].name,
                       100 * v->cuts[v->best].accuracy, out.images);
    else
        conclusion_set(v->c, "no cut has been measured");
    conclusion_written(v->c, v->sheet);
    conclusion_written(v->c, v->predictors_sheet);
}

static int evaluate_say(struct evaluate *v)
{
    int status = COMMAND_DONE;
    process_become_filter();
    if (format_wants_rows(v->c)) {
        status = evaluate_write_rows(v);
    } else {
        evaluate_tell(v);
        if (!console_is_terminal(v->c->console)) /* else the last line says it */
            console_print(stdout, "written: %s, %s", v->sheet, v->predictors_sheet);
    }
    evaluate_conclude(v);
    if (status == COMMAND_DONE)
        status = command_flush(v->c);
    if (status != COMMAND_DONE || !(v->interrupted || v->timed_out))
        return status;
    console_say(v->c->console, "%s: what is known is written; the same command goes on from here",
                v->interrupted ? "interrupted" : "the time is over (--minutes)");
    return v->interrupted ? COMMAND_INTERRUPTED : COMMAND_DONE;
}

static void evaluate_free(struct evaluate *v)
{
    inputs_free(&v->inputs);
    retrain_request_free(&v->request);
    evaluation_free(v->alone); /* its folder is inside the other */
    evaluation_free(v->evaluation);
    if (v->deployed)
        deployment_free(&v->deployment);
    for (int i = 0; v->why && i < v->cuts_n; i++)
        free(v->why[i]);
    free(v->why);
    free(v->alone_accuracy);
    for (int p = 0; p < PREDICTORS; p++)
        free(v->predictors[p]);
    free(v->layers);
    free(v->ours);
    free(v->allowed);
    free(v->cuts);
    free(v->sheet);
    free(v->predictors_sheet);
}

int command_evaluate(struct command *c)
{
    struct evaluate v = {.c = c, .best = -1};
    if (c->options.retrain.compare)
        return evaluate_compare(c);
    int status = COMMAND_DONE;
    int (*const steps[])(struct evaluate *) = {
        evaluate_check_usage,   evaluate_check_outputs, evaluate_choose_cuts, evaluate_limits,
        evaluate_choose_images, evaluate_open,          evaluate_predictors,  evaluate_race,
        evaluate_alone,         evaluate_write,         evaluate_say,
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && status == COMMAND_DONE; i++)
        status = steps[i](&v);
    evaluate_free(&v);
    return status;
}
