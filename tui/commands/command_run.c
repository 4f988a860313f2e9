/* isplit run: both halves on real images over the real link, beside what the plan says. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/process.h"
#include "cli/option_rows.h"
#include "commands/conclusion.h"
#include "commands/format.h"
#include "commands/outputs.h"
#include "commands/running.h"
#include "deploy/profile.h"
#include "deployment/run_plan.h"
#include "study/run.h"

static const struct option_entry run_entries[] = {
    {ROW_TEXT(0, "to", run.to, "CMD",
              "shell command that starts the tail, as in\n'ssh server isplit-half tail halves'; {} is DIR")},
    {ROW_FLAG(0, "no-pipeline", run.no_pipeline,
              "one image at a time, for latency (default: the head\nworks on the next while one travels)")},
    {ROW_WORD("runtime", runtime, "WHICH", profile_runtime_words,
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
    {ROW_NUMBER(0, "retries", run.retries, 0, INT_MAX,
                "how often in a row it is made again, 0: never\n(default: 5)")},
    {ROW_FLAG(0, "no-whole", run.no_whole, "do not run the whole network here, for agreement")},
    {ROW_FLAG(0, "live", run.live, "on the screen while it runs: each stage as a bar\nbeside the plan")},
    {ROW_TEXT('o', "output", output.path, "FILE", "the measures as CSV (default: standard output)")},
    ROWS_FORMAT,
    {ROW_TEXT(0, "images-csv", output.images_csv, "FILE", "each image's classes and times as CSV")},
    ROW_HELP,
};

const struct option_command options_run = {
    .name = "run",
    .synopsis = "isplit run DIR... IMAGE... --to CMD [OPTIONS]\nisplit run DIR... -d DATA --to CMD [OPTIONS]",
    .summary = "Runs the head of DIR, as isplit split or isplit retrain made it, here on images,\n"
               "sends what it gives through CMD to the tail, and measures where the time goes.\n"
               "With several DIRs, which are other cuts of the network, each image takes the one\n"
               "that is quickest over the link as it is then, one image at a time.",
    .notes = "Exit status: 0 done; 1 bad input, or the tail refuses; 2 wrong usage; 3 the\n"
             "connection was lost for good; 130 interrupted. In the last two cases what was\n"
             "measured before is written.",
    .entries = run_entries,
    .entries_n = ROWS_COUNT(run_entries),
    .tables = "run",
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

static int running_find_images(struct running *r)
{
    const struct options *o = &r->c->options;
    struct error e;
    int first = r->job.cuts_n, words = o->arguments_n - first;
    if (words > 0 && o->input.data)
        return command_usage(r->c, "images are given twice: as words and with -d");
    if (words == 0 && !o->input.data)
        return command_usage(r->c, "there are no images: expected files, or -d DATA");
    if (words > 0)
        run_job_take_words(&r->job, (const char *const *)o->arguments + first, words);
    else if (run_job_take_data(&r->job, o->input.data, r->c->signals, &e) < 0)
        return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    for (int i = 0; r->job.dataset && i < r->job.dataset->warnings_n; i++)
        console_warn(r->c->console, "%s", r->job.dataset->warnings[i]);
    return COMMAND_DONE;
}

static int running_open(struct running *r)
{
    if (!r->c->options.run.to)
        return command_usage(r->c, "--to is missing: the command that starts the tail");
    if (r->c->options.run.live && (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1))
        return command_usage(r->c, "--live needs a terminal as standard input and output");
    int (*const steps[])(struct running *) = {running_find_cuts, running_check_outputs, running_prepare_cuts,
                                              running_find_images};
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
    console_progress(r->c->console, r->c->what, settled, r->job.n, 0);
}

static void running_on_whole(void *data)
{
    struct command *c = ((struct running *)data)->c;
    console_clear(c->console);
    command_end_warnings(c);
    snprintf(c->what, sizeof c->what, "running the whole network");
}

static void running_on_unknown(void *data, const char *why)
{
    struct command *c = ((struct running *)data)->c;
    console_clear(c->console);
    console_note(c->console, "agreement with the whole network is not known: %s", why);
}

static enum exchange_end running_exchange(struct running *r, struct error *e)
{
    const struct exchange_listener listener = {.data = r,
                                               .lost = running_on_lost,
                                               .skipped = running_on_skipped,
                                               .tick = running_on_tick,
                                               .choose = running_choose,
                                               .whole = running_on_whole,
                                               .unknown = running_on_unknown};
    if (r->c->options.run.live)
        return running_live(r, e);
    snprintf(r->c->what, sizeof r->c->what, "running");
    console_begin(r->c->console, 0);
    enum exchange_end end = run_job_work(&r->job, &listener, r->c->signals, e);
    console_clear(r->c->console);
    command_end_warnings(r->c);
    return end;
}

/* ---- After ------------------------------------------------------------------------------------------ */

static int running_summarise_cut(struct running *r, int cut, struct run_summary *summary)
{
    const struct exchange_cut *c = &r->job.cuts[cut];
    double plan[RUN_MEASURES];
    struct error e;
    bool one = r->job.cuts_n == 1;
    for (int m = 0; m < RUN_MEASURES; m++)
        plan[m] = NAN;
    if (r->tables[cut] && run_plan_predict(&r->c->options, c->folder, r->tables[cut], &c->sheet,
                                           run_job_mean_bytes(&r->job, cut),
                                           one && !r->c->options.run.no_pipeline, plan, &e) < 0)
        return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    *summary = run_summary_make(r->job.images, r->job.labels, r->job.n, one ? -1 : cut, c->folder,
                                &r->job.result, plan);
    return COMMAND_DONE;
}

static int running_summarise(struct running *r)
{
    double plan[RUN_MEASURES];
    int status = COMMAND_DONE;
    if (r->job.cuts_n == 1)
        return running_summarise_cut(r, 0, &r->summary);
    for (int m = 0; m < RUN_MEASURES; m++)
        plan[m] = NAN;
    r->summary = run_summary_make(r->job.images, r->job.labels, r->job.n, -1, "all", &r->job.result, plan);
    r->of_cuts = memory_new((size_t)r->job.cuts_n, sizeof *r->of_cuts);
    for (int i = 0; i < r->job.cuts_n && status == COMMAND_DONE; i++)
        status = running_summarise_cut(r, i, &r->of_cuts[i]);
    r->summary.cuts = r->of_cuts;
    r->summary.cuts_n = r->job.cuts_n;
    return status;
}

static int running_write(struct running *r, const char *path, const char *state,
                         void (*write)(FILE *, const struct report *))
{
    struct error e;
    const struct sheet_style style = format_style(r->c);
    const struct report report = {.style = write == report_run ? &style : NULL, .run = &r->summary};
    struct provenance *p = running_describe(r, state);
    int status = provenance_write(p, path, write, &report, &e);
    provenance_free(p);
    if (status < 0)
        return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    conclusion_written(r->c, path);
    return COMMAND_DONE;
}

static void running_conclude(struct running *r)
{
    double accuracy = r->summary.rows[RUN_ACCURACY].value;
    if (!isnan(accuracy)) {
        long n = r->summary.rows[RUN_ACCURACY].n, outputs = r->job.result.outputs;
        command_warn_guesses(r->c, n, lround(accuracy * (double)n),
                             outputs == 1 ? 2 : outputs); /* one tells two classes apart */
    }
    char *right = isnan(accuracy) ? memory_copy("") : memory_format(", %.1f %% right", 100 * accuracy);
    conclusion_set(r->c, "%ld of %ld images answered, %.4g ms each%s", r->job.result.answered, r->job.n,
                   r->summary.rows[RUN_TOTAL].value, right);
    free(right);
}

static int running_report(struct running *r, enum exchange_end end)
{
    static const char *const states[] = {"complete", "refused", "connection lost", "interrupted"};
    const struct options *o = &r->c->options;
    int status = running_summarise(r);
    running_conclude(r);
    process_become_filter();
    if (status == COMMAND_DONE && o->output.images_csv)
        status = running_write(r, o->output.images_csv, states[end], report_run_images);
    bool own = format_is_own(r->c);
    if (status == COMMAND_DONE && !own)
        status = running_write(r, o->output.path, states[end], report_run);
    if (status != COMMAND_DONE || !own)
        return status;
    running_print(stdout, r);
    return command_flush(r->c);
}

static int running_run(struct running *r)
{
    static const int exits[] = {COMMAND_DONE, COMMAND_BAD_INPUT, COMMAND_LOST, COMMAND_INTERRUPTED};
    struct error e = {""};
    enum exchange_end end = running_exchange(r, &e);
    if (end != EXCHANGE_DONE)
        console_say(r->c->console, "%s%s", e.text,
                    r->job.result.answered || end == EXCHANGE_REFUSED ? "" : "; nothing was measured");
    else if (r->job.result.answered == 0)
        console_say(r->c->console, "none of %ld images has an answer", r->job.n);
    int status = r->job.result.answered > 0 ? running_report(r, end) : COMMAND_BAD_INPUT;
    return end != EXCHANGE_DONE ? exits[end] : status;
}

int command_run(struct command *c)
{
    struct running r = {.c = c, .job.options = &c->options, .job.pipelined = !c->options.run.no_pipeline};
    int status = running_open(&r);
    if (status == COMMAND_DONE)
        status = running_run(&r);
    running_free_cuts(&r);
    run_job_free(&r.job);
    return status;
}
