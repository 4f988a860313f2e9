#include "commands/command.h"

#include <string.h>

#include "commands/job.h"
#include "commands/shards.h"
#include "cli/option_rows.h"
#include "commands/format.h"

static const struct option_entry curve_entries[] = {
    ROW_DATA,
    ROW_CLASSES,
    {ROW_TEXT(
        0, "subsets", input.subsets, "FILE",
        "a curve for each line 'name = CLASSES' of the file,\nall from one run; adds the column subset")},
    ROWS_MEASURING,
    {ROW_WORD("look", measure.look, "TYPE", precision_words,
              "with --until-stable: bf16 looks in bf16, and confirms\nthe pick in f32 on some of the images"),
     .measures = true},
    {ROW_SHARD(
        "shard", input.shard,
        "measure the I-th of N shares of these images; isplit\nstore merge joins what was measured of each")},
    {ROW_TEXT(0, "again", input.again, "CMD",
              "with --shard: the command that isplit store shards\nnames for shares that are missing, %s for "
              "their\nnumbers")},
    {ROW_FLAG(0, "trapped", trapped,
              "trapped energy too, on 300 images without labels: the\ncolumn trapped_nats"),
     .measures = true},
    ROW_BOTTLENECK,
    ROWS_KEEPING,
    {ROW_TEXT('o', "output", output.path, "FILE", "the curve as CSV (default: standard output)")},
    ROWS_FORMAT,
    {ROW_TEXT(0, "images-csv", output.images_csv, "FILE", "a row for each image, in measuring order")},
    {ROW_TEXT(0, "classes-csv", output.classes_csv, "FILE", "a row for each class")},
    {ROW_FLAG(0, "chart", output.chart, "a table with bars on standard output; CSV then only\nwith -o")},
    ROWS_WORKERS,
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
    .tables = "curve",
    .arguments_min = 1,
    .arguments_max = 2,
};

static int command_curve_check_outputs(struct job *j)
{
    const struct options *o = &j->c->options;
    struct error e;
    long floats;
    if (o->input.classes && o->input.subsets)
        return command_usage(j->c, "-c and --subsets exclude each other");
    if (o->bottleneck && !o->trapped)
        return command_usage(j->c, "--bottleneck says what --trapped is of, which is missing");
    if (o->input.again && (!o->input.shard[1] || !strstr(o->input.again, "%s")))
        return command_usage(j->c, "--again is for --shard, and has %s where the numbers of shares stand");
    if (study_trapped_rate(o, &floats, &e) < 0 || job_check_look(&o->measure, &e) < 0)
        return command_usage(j->c, e.text);
    const char *outputs[] = {job_curve_path(o), o->output.images_csv, o->output.classes_csv,
                             o->output.chart ? "-" : NULL};
    return job_check_outputs(j, outputs, sizeof outputs / sizeof outputs[0], &o->input.subsets, 1);
}

/* What came of the run: everything that was measured is written, whatever ended it. */
static int command_curve_finish(struct job *j, enum connection_end end, bool stable, const struct error *why)
{
    struct command *c = j->c;
    static const char *const states[] = {"complete", "ended by an error", "worker lost", "interrupted"};
    if (stable) {
        job_tell_until(j);
        return job_write(j, "stable");
    }
    long done = j->study->curve->rows_n;
    int status = command_end(c, end, why, done ? NULL : command_unmeasured);
    if (end == CONNECTION_DONE && done == 0) {
        console_say(c->console, "none of %ld images could be measured", j->report.order_n);
        return COMMAND_BAD_INPUT;
    }
    if (done == 0)
        return status;
    if (end == CONNECTION_DONE)
        job_tell_until(j);
    int written = job_write(j, states[end]);
    if (end == CONNECTION_DONE)
        return written;
    console_say(c->console, "%sthe results are based on %ld of %ld images",
                end == CONNECTION_INTERRUPTED ? "interrupted: " : "", done, j->report.order_n);
    return status;
}

static int command_curve_measure(struct job *j)
{
    struct command *c = j->c;
    const bool looks = c->options.measure.look != PRECISION_F32;
    struct error e;
    bool stable;
    if (looks)
        c->options.measure.precision = c->options.measure.look;
    int status = job_connect(j);
    if (status == COMMAND_DONE)
        status = job_choose(j);
    if (status != COMMAND_DONE)
        return status;
    if (c->options.input.shard[1])
        j->study->inputs.share = shards_remember(c, j->chosen, j->study->table->classes);
    enum connection_end end = job_measure(j, &stable, &e);
    if (looks && stable && end == CONNECTION_DONE)
        end = job_confirm(j, &stable, &e);
    int trapped = COMMAND_DONE;
    if (c->options.trapped && end == CONNECTION_DONE && j->study->curve->rows_n > 0)
        trapped = job_trapped(j);
    status = command_curve_finish(j, end, stable, &e);
    if (looks && stable && end != CONNECTION_DONE && status == COMMAND_DONE) {
        status = command_end(c, end, &e, NULL);
        console_say(c->console, "%sthe pick is not confirmed in f32",
                    end == CONNECTION_INTERRUPTED ? "interrupted: " : "");
        return status;
    }
    return status == COMMAND_DONE ? trapped : status;
}

static int command_curve_read(struct job *j)
{
    const char *state;
    int status = job_open_saved_rows(j);
    if (status == COMMAND_DONE)
        status = job_measure_whole(j, &state);
    return status == COMMAND_DONE ? job_write(j, state) : status;
}

int command_curve(struct command *c)
{
    struct job j = {.c = c, .several = true};
    bool from = c->options.from != NULL;
    int status = from ? COMMAND_DONE : command_find_inputs(c, true, &j.inputs);
    if (status == COMMAND_DONE)
        status = command_curve_check_outputs(&j);
    if (status == COMMAND_DONE)
        status = from ? command_curve_read(&j) : command_curve_measure(&j);
    job_free(&j);
    return status;
}
