/* isplit run: both halves on real images over the real link, beside what the plan says. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/process.h"
#include "cli/option_rows.h"
#include "cli/program_file.h"
#include "commands/outputs.h"
#include "commands/running.h"
#include "deploy/profile.h"
#include "deployment/run_plan.h"
#include "study/child.h"
#include "study/run.h"

enum { TIMEOUT_S = 30, RETRIES = 5 };

static const struct option_entry run_entries[] = {
    {ROW_TEXT(0, "to", run.to, "CMD",
              "shell command that starts the tail, as in\n'ssh server isplit-half tail halves'")},
    {ROW_FLAG(0, "no-pipeline", run.no_pipeline,
              "one image at a time, for latency (default: the head\nworks on the next while one travels)")},
    {ROW_WORD("runtime", profile.runtime, "WHICH", profile_runtime_words,
              "of the head: darknet (default, where split.csv says\nthat stock Darknet runs it); onednn: "
              "isplit's own\n"
              "graph")},
    ROW_DATA,
    ROW_IMAGES,
    ROW_SEED,
    ROW_SPLIT,
    ROWS_LABELS,
    {ROW_TEXT(0, "edge", cost_model.edge, "DEVICE",
              "this machine in the plan: a CSV of isplit profile, or\na speed as in 5GFLOP/s")},
    {ROW_TEXT(0, "server", cost_model.server, "DEVICE", "the other one")},
    {ROW_TEXT(0, "link", cost_model.link, "LINK", "what lies between, as isplit link takes it")},
    ROW_LINKS,
    {ROW_REAL("timeout", run.timeout, "S", 86400,
              "seconds without an answer after which the connection\ncounts as lost (default: 30)")},
    {ROW_NUMBER(0, "retries", run.retries, 1, INT_MAX, "how often in a row it is made again (default: 5)")},
    {ROW_FLAG(0, "no-whole", run.no_whole, "do not run the whole network here, for agreement")},
    {ROW_TEXT('o', "output", output.path, "FILE",
              "the measures as CSV (default: a table on standard\noutput)")},
    {ROW_TEXT(0, "images-csv", output.images_csv, "FILE", "each image's classes and times as CSV")},
    ROW_HELP,
};

const struct option_command options_run = {
    .name = "run",
    .synopsis = "isplit run DIR IMAGE... --to CMD [OPTIONS]\nisplit run DIR -d DATA --to CMD [OPTIONS]",
    .summary = "Runs the head of DIR, as isplit split or isplit retrain made it, here on images,\n"
               "sends what it gives through CMD to the tail, and measures where the time goes.",
    .notes = "Exit status: 0 done; 1 bad input, or the tail refuses; 2 wrong usage; 3 the\n"
             "connection was lost for good; 130 interrupted. In the last two cases what was\n"
             "measured before is written.",
    .entries = run_entries,
    .entries_n = ROWS_COUNT(run_entries),
    .arguments_min = 1,
    .arguments_max = -1,
};

/* ---- Before ----------------------------------------------------------------------------------------- */

static int running_check_outputs(struct running *r)
{
    const struct options *o = &r->c->options;
    const char *const outputs[] = {o->output.path, o->output.images_csv};
    const char *inputs[1 + RUN_LABEL_FILES] = {o->input.data};
    run_label_files(o, inputs + 1);
    return outputs_check(r->c, outputs, 2, inputs, 1 + RUN_LABEL_FILES);
}

/* Whatever can be wrong with the prediction is seen before anything runs. */
static int running_open_plan(struct running *r)
{
    double plan[RUN_MEASURES];
    struct error e;
    if (!run_plan_asked(&r->c->options))
        return COMMAND_DONE;
    r->table = run_plan_table(r->folder, &e);
    if (!r->table || run_plan_predict(&r->c->options, r->table, &r->sheet, 0, true, plan, &e) < 0)
        return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    return COMMAND_DONE;
}

static int running_open(struct running *r)
{
    struct error e;
    if (!r->c->options.run.to)
        return command_usage(r->c, "--to is missing: the command that starts the tail");
    if (half_sheet_read(r->folder, &r->sheet, &e) < 0)
        return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    int (*const steps[])(struct running *) = {running_check_outputs, running_open_plan, running_find_images};
    int status = COMMAND_DONE;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && status == COMMAND_DONE; i++)
        status = steps[i](r);
    return status;
}

/* ---- Both halves ------------------------------------------------------------------------------------ */

static void running_on_lost(void *data, const char *why)
{
    console_warn(((struct running *)data)->c->console, "%s", why);
}

static void running_on_skipped(void *data, const struct exchange_image *image)
{
    char *text = memory_format("%s: no answer: %s", image->path, image->reason);
    command_warn_single(((struct running *)data)->c, text);
    free(text);
}

static void running_on_tick(void *data, long settled)
{
    const struct running *r = data;
    console_progress(r->c->console, r->c->what, settled, r->n, 0);
}

/* Of the head, or of both halves: as asked, else stock Darknet where it has all that they need. */
static const char *running_runtime(const struct running *r, bool both)
{
    const enum net_runs *runs = r->sheet.runs_in;
    int asked = r->c->options.profile.runtime;
    bool stock = runs[HALF_HEAD] == NET_RUNS_STOCK && (!both || runs[HALF_TAIL] == NET_RUNS_STOCK);
    if (asked == PROFILE_DARKNET && !both)
        return NULL;
    return asked == PROFILE_ONEDNN || !stock ? profile_runtime_words[PROFILE_ONEDNN] : NULL;
}

static char *running_program(const char *runtime, struct error *e)
{
    static const char *const places[] = {"isplit-half", NULL};
    char *folder;
    if (runtime)
        return child_program(e);
    char *found = program_file_find(places, X_OK, &folder);
    if (!found)
        error_set(e, "no program isplit-half in %.1000s (build it: make half)", folder);
    free(folder);
    return found;
}

/* Agreement is worth a note where it cannot be had, and no error: the tail need not be here. */
static void running_compare(struct running *r, const struct exchange_options *o,
                            const struct exchange_listener *listener)
{
    struct error e;
    struct exchange_options whole = *o;
    if (r->c->options.run.no_whole || r->result.answered == 0 || *r->c->signals)
        return;
    snprintf(r->c->what, sizeof r->c->what, "running the whole network");
    whole.runtime = running_runtime(r, true);
    char *program = running_program(whole.runtime, &e);
    whole.program = program;
    enum exchange_end end =
        program ? exchange_whole(&whole, r->images, r->n, listener, r->c->signals, &e) : EXCHANGE_REFUSED;
    free(program);
    console_clear(r->c->console);
    if (end != EXCHANGE_DONE && end != EXCHANGE_INTERRUPTED)
        console_note(r->c->console, "agreement with the whole network is not known: %s", e.text);
}

static enum exchange_end running_exchange(struct running *r, struct error *e)
{
    const struct options *o = &r->c->options;
    const struct exchange_listener listener = {
        .data = r, .lost = running_on_lost, .skipped = running_on_skipped, .tick = running_on_tick};
    const char *runtime = running_runtime(r, false);
    char *program = running_program(runtime, e);
    r->runtime = runtime ? runtime : profile_runtime_words[PROFILE_DARKNET];
    const struct exchange_options x = {.folder = r->folder,
                                       .command = o->run.to,
                                       .sheet = &r->sheet,
                                       .program = program,
                                       .runtime = runtime,
                                       .pipelined = !o->run.no_pipeline,
                                       .timeout_s = o->run.timeout > 0 ? o->run.timeout : TIMEOUT_S,
                                       .retries = o->run.retries ? o->run.retries : RETRIES};
    if (!program)
        return EXCHANGE_REFUSED;
    snprintf(r->c->what, sizeof r->c->what, "running");
    console_begin(r->c->console, 0);
    enum exchange_end end = exchange_run(&x, r->images, r->n, &listener, r->c->signals, &r->result, e);
    console_clear(r->c->console);
    command_end_warnings(r->c);
    if (end == EXCHANGE_DONE)
        running_compare(r, &x, &listener);
    free(program);
    return end;
}

/* ---- After ------------------------------------------------------------------------------------------ */

/* Of what a coder makes of the tensor, which the plan knows as a mean only; 0: there is no coder. */
static double running_mean_bytes(const struct running *r)
{
    if (r->sheet.coder == CODER_NONE)
        return 0;
    double sum = 0;
    for (long i = 0; i < r->n; i++)
        sum += r->images[i].answered ? (double)r->images[i].bytes : 0;
    return r->result.answered ? sum / (double)r->result.answered : 0;
}

static int running_summarise(struct running *r)
{
    double plan[RUN_MEASURES];
    struct error e;
    for (int m = 0; m < RUN_MEASURES; m++)
        plan[m] = NAN;
    if (r->table && run_plan_predict(&r->c->options, r->table, &r->sheet, running_mean_bytes(r),
                                     !r->c->options.run.no_pipeline, plan, &e) < 0)
        return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    r->summary = run_summary_make(r->images, r->labels, r->n, &r->result, plan);
    return COMMAND_DONE;
}

static int running_write(struct running *r, const char *path, const char *state,
                         void (*write)(FILE *, const struct report *))
{
    struct error e;
    const struct report report = {.run = &r->summary};
    struct provenance *p = running_describe(r, state);
    int status = provenance_write(p, path, write, &report, &e);
    provenance_free(p);
    return status < 0 ? command_fail(r->c, COMMAND_BAD_INPUT, &e) : COMMAND_DONE;
}

static int running_report(struct running *r, enum exchange_end end)
{
    static const char *const states[] = {"complete", "refused", "connection lost", "interrupted"};
    const struct options *o = &r->c->options;
    int status = running_summarise(r);
    process_become_filter();
    if (status == COMMAND_DONE && o->output.images_csv)
        status = running_write(r, o->output.images_csv, states[end], report_run_images);
    if (status == COMMAND_DONE && o->output.path)
        status = running_write(r, o->output.path, states[end], report_run);
    if (status != COMMAND_DONE || o->output.path)
        return status;
    running_print(stdout, r);
    return command_flush(r->c);
}

static int running_run(struct running *r)
{
    static const int exits[] = {COMMAND_DONE, COMMAND_BAD_INPUT, COMMAND_LOST, COMMAND_INTERRUPTED};
    struct error e = {""};
    r->images = memory_new((size_t)r->n, sizeof *r->images);
    for (long i = 0; i < r->n; i++)
        r->images[i].path = r->paths[i];
    enum exchange_end end = running_exchange(r, &e);
    if (end != EXCHANGE_DONE)
        console_say(r->c->console, "%s%s", e.text,
                    r->result.answered || end == EXCHANGE_REFUSED ? "" : "; nothing was measured");
    else if (r->result.answered == 0)
        console_say(r->c->console, "none of %ld images has an answer", r->n);
    int status = r->result.answered > 0 ? running_report(r, end) : COMMAND_BAD_INPUT;
    return end != EXCHANGE_DONE ? exits[end] : status;
}

static void running_free(struct running *r)
{
    exchange_images_free(r->images, r->images ? r->n : 0);
    for (long i = 0; i < r->n; i++)
        free(r->paths[i]);
    free(r->paths);
    free(r->labels);
    table_free(r->table);
    dataset_free(r->dataset);
}

int command_run(struct command *c)
{
    struct running r = {.c = c, .folder = c->options.arguments[0]};
    int status = running_open(&r);
    if (status == COMMAND_DONE)
        status = running_run(&r);
    running_free(&r);
    return status;
}
