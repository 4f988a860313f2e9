/* isplit run: both halves on real images over the real link, beside what the plan says. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>

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

enum { TIMEOUT_S = 30, RETRIES = 5 };

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
    {ROW_NUMBER(0, "retries", run.retries, 1, INT_MAX, "how often in a row it is made again (default: 5)")},
    {ROW_FLAG(0, "no-whole", run.no_whole, "do not run the whole network here, for agreement")},
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

static int running_open(struct running *r)
{
    if (!r->c->options.run.to)
        return command_usage(r->c, "--to is missing: the command that starts the tail");
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
    console_progress(r->c->console, r->c->what, settled, r->n, 0);
}

/* Agreement is worth a note where it cannot be had, and no error: the tail need not be here. */
static void running_compare(struct running *r, const struct exchange_options *o, int cut,
                            const struct exchange_listener *listener)
{
    struct error e;
    struct exchange_options whole = *o;
    char *program = running_program(r, &r->cuts[cut], true, &whole.runtime, &e);
    whole.program = program;
    enum exchange_end end = program
                                ? exchange_whole(&whole, cut, r->images, r->n, listener, r->c->signals, &e)
                                : EXCHANGE_REFUSED;
    free(program);
    console_clear(r->c->console);
    if (end != EXCHANGE_DONE && end != EXCHANGE_INTERRUPTED)
        console_note(r->c->console, "agreement with the whole network is not known: %s", e.text);
}

static void running_compare_all(struct running *r, const struct exchange_options *options,
                                const struct exchange_listener *listener)
{
    snprintf(r->c->what, sizeof r->c->what, "running the whole network");
    for (int i = 0; i < r->cuts_n && !*r->c->signals && r->result.answered > 0; i++)
        running_compare(r, &options[i], i, listener);
}

static int running_options(struct running *r, struct exchange_options *options, struct error *e)
{
    const struct options *o = &r->c->options;
    for (int i = 0; i < r->cuts_n; i++) {
        struct running_cut *cut = &r->cuts[i];
        const char *runtime;
        cut->program = running_program(r, cut, false, &runtime, e);
        if (!cut->program)
            return -1;
        cut->runtime = runtime ? runtime : profile_runtime_words[PROFILE_DARKNET];
        options[i] = (struct exchange_options){.folder = cut->folder,
                                               .command = cut->to,
                                               .sheet = &cut->sheet,
                                               .program = cut->program,
                                               .runtime = runtime,
                                               .pipelined = !o->run.no_pipeline && r->cuts_n == 1,
                                               .timeout_s = o->run.timeout > 0 ? o->run.timeout : TIMEOUT_S,
                                               .retries = o->run.retries ? o->run.retries : RETRIES};
    }
    return 0;
}

static enum exchange_end running_exchange(struct running *r, struct error *e)
{
    const struct exchange_listener listener = {.data = r,
                                               .lost = running_on_lost,
                                               .skipped = running_on_skipped,
                                               .tick = running_on_tick,
                                               .choose = running_choose};
    struct exchange_options *options = memory_new((size_t)r->cuts_n, sizeof *options);
    enum exchange_end end = EXCHANGE_REFUSED;
    if (running_options(r, options, e) == 0) {
        snprintf(r->c->what, sizeof r->c->what, "running");
        console_begin(r->c->console, 0);
        end = exchange_run(options, r->cuts_n, r->images, r->n, &listener, r->c->signals, &r->result, e);
        console_clear(r->c->console);
        command_end_warnings(r->c);
    }
    if (end == EXCHANGE_DONE && !r->c->options.run.no_whole)
        running_compare_all(r, options, &listener);
    free(options);
    return end;
}

/* ---- After ------------------------------------------------------------------------------------------ */

/* Of what a coder makes of the tensor, which the plan knows as a mean only; 0: there is no coder. */
static double running_mean_bytes(const struct running *r, int cut)
{
    double sum = 0;
    long n = 0;
    for (long i = 0; i < r->n && r->cuts[cut].sheet.coder != CODER_NONE; i++)
        if (r->images[i].answered && r->images[i].cut == cut) {
            sum += (double)r->images[i].bytes;
            n++;
        }
    return n ? sum / (double)n : 0;
}

static int running_summarise_cut(struct running *r, int cut, struct run_summary *summary)
{
    const struct running_cut *c = &r->cuts[cut];
    double plan[RUN_MEASURES];
    struct error e;
    bool one = r->cuts_n == 1;
    for (int m = 0; m < RUN_MEASURES; m++)
        plan[m] = NAN;
    if (c->table &&
        run_plan_predict(&r->c->options, c->folder, c->table, &c->sheet, running_mean_bytes(r, cut),
                         one && !r->c->options.run.no_pipeline, plan, &e) < 0)
        return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    *summary = run_summary_make(r->images, r->labels, r->n, one ? -1 : cut, c->folder, &r->result, plan);
    return COMMAND_DONE;
}

static int running_summarise(struct running *r)
{
    double plan[RUN_MEASURES];
    int status = COMMAND_DONE;
    if (r->cuts_n == 1)
        return running_summarise_cut(r, 0, &r->summary);
    for (int m = 0; m < RUN_MEASURES; m++)
        plan[m] = NAN;
    r->summary = run_summary_make(r->images, r->labels, r->n, -1, "all", &r->result, plan);
    r->of_cuts = memory_new((size_t)r->cuts_n, sizeof *r->of_cuts);
    for (int i = 0; i < r->cuts_n && status == COMMAND_DONE; i++)
        status = running_summarise_cut(r, i, &r->of_cuts[i]);
    r->summary.cuts = r->of_cuts;
    r->summary.cuts_n = r->cuts_n;
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
    conclusion_set(r->c, "%ld of %ld images answered", r->result.answered, r->n);
    return COMMAND_DONE;
}

static int running_report(struct running *r, enum exchange_end end)
{
    static const char *const states[] = {"complete", "refused", "connection lost", "interrupted"};
    const struct options *o = &r->c->options;
    int status = running_summarise(r);
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
    r->images = memory_new((size_t)r->n, sizeof *r->images);
    for (long i = 0; i < r->n; i++) {
        r->images[i].path = r->paths[i];
        r->images[i].file = r->files ? r->files[i] : r->paths[i];
    }
    enum exchange_end end = running_exchange(r, &e);
    if (end != EXCHANGE_DONE)
        console_say(r->c->console, "%s%s", e.text,
                    r->result.answered || end == EXCHANGE_REFUSED ? "" : "; nothing was measured");
    else if (r->result.answered == 0)
        console_say(r->c->console, "none of %ld images has an answer", r->n);
    int status = r->result.answered > 0 ? running_report(r, end) : COMMAND_BAD_INPUT;
    return end != EXCHANGE_DONE ? exits[end] : status;
}

int command_run(struct command *c)
{
    struct running r = {.c = c};
    int status = running_open(&r);
    if (status == COMMAND_DONE)
        status = running_run(&r);
    exchange_images_free(r.images, r.images ? r.n : 0);
    running_free_images(&r);
    running_free_cuts(&r);
    return status;
}
