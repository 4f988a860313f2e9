/* isplit plan: every cut weighed on two devices and a link, and one of them recommended. */
#include "commands/command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/process.h"
#include "commands/plan.h"
#include "cli/option_rows.h"
#include "commands/conclusion.h"
#include "commands/format.h"
#include "deployment/retrained.h"
#include "partition/partition_folder.h"
#include "report/device_file.h"
#include "report/report.h"

static const struct option_entry plan_entries[] = {
    {ROW_TEXT(0, "curve", input.curve_csv, "FILE", "importance as isplit curve wrote it")},
    {ROW_TEXT(0, "subset", input.subset, "NAME", "which, where the curve's FILE holds those of several")},
    ROWS_DEPLOYMENT,
    {ROW_TEXT(
        0, "evaluation", screen.evaluation, "DIR",
        "what isplit evaluate measured there: accuracy after\nretraining, and costs with the bottleneck")},
    ROW_DATA,
    ROW_CLASSES,
    ROWS_MEASURING,
    ROWS_KEEPING,
    {ROW_TEXT('o', "output", output.path, "FILE", "the plan as CSV (default: standard output)")},
    ROWS_FORMAT,
    ROW_WORKER_COMMAND,
    ROW_HELP,
};

const struct option_command options_plan = {
    .name = "plan",
    .synopsis = "isplit plan CFG WEIGHTS [-d DATA | --curve FILE] [OPTIONS]\n"
                "isplit plan FILE.data [OPTIONS]\n"
                "isplit plan --from FILE [OPTIONS]",
    .summary = "Weighs every cut: time of head, transfer and tail, bytes, memory, energy,\n"
               "importance and accuracy; says which meet the limits and why others do not, which\n"
               "are on the Pareto front, and recommends one, with the runner-up and how close it\n"
               "is.",
    .notes = "Exit status: 0 done; 1 bad input, or no cut meets the limits; 2 wrong usage;\n"
             "3 the worker was lost; 130 interrupted.",
    .entries = plan_entries,
    .entries_n = ROWS_COUNT(plan_entries),
    .tables = "plan",
    .arguments_min = 1,
    .arguments_max = 2,
};

static int command_plan_find_files(struct plan *p)
{
    struct command *c = p->job.c;
    return c->options.from ? COMMAND_DONE : command_find_inputs(c, false, &p->job.inputs);
}

static int command_plan_check_outputs(struct plan *p)
{
    const struct options *o = &p->job.c->options;
    const char *const inputs[] = {o->input.curve_csv, o->cost_model.edge, o->cost_model.server,
                                  o->cost_model.features_csv, o->cost_model.links};
    return job_check_outputs(&p->job, &o->output.path, 1, inputs, sizeof inputs / sizeof inputs[0]);
}

/* ---- The cuts ---------------------------------------------------------------------------------------- */

/* Before anything is measured. */
static int open_deployment(struct plan *p)
{
    struct job *j = &p->job;
    struct error e;
    if (deployment_open(&p->deployment, &j->c->options, j->study->table, j->study->inputs.cfg, &e) < 0)
        return command_fail(j->c, COMMAND_BAD_INPUT, &e);
    p->deployed = true;
    return COMMAND_DONE;
}

static int read_evaluation(struct plan *p)
{
    struct job *j = &p->job;
    const char *folder = j->c->options.screen.evaluation;
    struct error e;
    if (!folder)
        return COMMAND_DONE;
    p->measured = measured_read(folder, j->study->table, j->study->inputs.cfg, &e);
    if (p->measured && measured_known(p->measured) > 0)
        return COMMAND_DONE;
    if (p->measured)
        error_at(&e, folder, 0, "holds no accuracy yet (expected an evaluation that has begun)");
    return command_fail(j->c, COMMAND_BAD_INPUT, &e);
}

/* How the files of results were made, beside each other and beside the rows: numbers alone do not show it. */
static int compare_files(struct plan *p)
{
    const struct job *j = &p->job;
    const struct options *o = &j->c->options;
    const char *folder = o->screen.evaluation, *const devices[] = {o->cost_model.edge, o->cost_model.server};
    char *sheet = folder ? partition_folder_path(folder, MEASURED_CSV) : NULL;
    const char *const files[RESULTS_KINDS] = {[RESULTS_CURVE] = o->input.curve_csv,
                                              [RESULTS_FEATURES] = o->cost_model.features_csv,
                                              [RESULTS_ACCURACY] = sheet};
    job_warn_of_results(j, o->from || j->study->inputs.data, files);
    for (int i = 0; i < 2; i++) {
        char *doubt = devices[i] ? device_doubt(devices[i]) : NULL;
        if (doubt)
            console_warn(j->c->console, "%s", doubt);
        free(doubt);
    }
    free(sheet);
    return COMMAND_DONE;
}

static bool knows_importance(const struct plan *p)
{
    for (int i = 0; p->points && i < p->layers_n; i++)
        if (!isnan(p->points[i].cui))
            return true;
    return false;
}

static int weigh(struct plan *p)
{
    struct job *j = &p->job;
    const struct deployment *d = &p->deployment;
    struct verdict *v = &p->verdict;
    *v = (struct verdict){.table = j->study->table, .n = p->layers_n + 2, .objective = d->objective};
    memcpy(v->limits, d->limits, sizeof v->limits);
    if (p->state && j->study->dataset)
        p->deployment.cost_model.stored =
            dataset_mean_bytes(j->study->dataset, j->study->order, j->study->order_n);
    p->cuts = cost_model_placements(&d->cost_model, j->study->table, p->layers, p->layers_n, p->points,
                                    p->pick_share);
    if (p->measured) {
        retrained_take(&d->cost_model, j->study->table, p->measured, p->cuts, v->n);
        v->evaluation = j->c->options.screen.evaluation;
    }
    planner_evaluate(p->cuts, v->n, v->limits);
    if (v->objective == METRIC_IMPORTANCE && !knows_importance(p)) {
        v->objective = METRIC_LATENCY;
        console_note(
            j->c->console,
            "no importance is known (expected -d DATA, --curve FILE or --from FILE): recommended by %s",
            metric_words[v->objective]);
    }
    v->cuts = p->cuts;
    v->pick.best = planner_recommend(p->cuts, v->n, v->objective, &v->pick.second);
    v->resamples = p->resamples;
    return COMMAND_DONE;
}

/* ---- What came of it -------------------------------------------------------------------------------- */

static void say_verdict(struct plan *p)
{
    const struct verdict *v = &p->verdict;
    char *const sentences[] = {verdict_best(v),   verdict_costs(v),    verdict_but(v),
                               verdict_second(v), verdict_pictures(v), verdict_sure(v)};
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        if (sentences[i] && v->pick.best < 0)
            console_say(p->job.c->console, "%s", sentences[i]);
        else if (sentences[i])
            console_note(p->job.c->console, "%s", sentences[i]);
        free(sentences[i]);
    }
}

/* The first sentence of the verdict once more, where the table has pushed it away. */
static void command_plan_conclude(struct plan *p)
{
    char *best = verdict_best(&p->verdict);
    if (best && p->verdict.pick.best >= 0)
        conclusion_set(p->job.c, "%s", best);
    free(best);
}

static int command_plan_write_sheet(struct plan *p)
{
    const struct report r = {.verdict = &p->verdict};
    return command_write(p->job.c, plan_describe(p), report_plan, &r);
}

static void say_assumed(struct command *c)
{
    char *assumed = deployment_assumed(&c->options);
    if (*assumed)
        console_note(c->console, "not given, so assumed: %s", assumed);
    free(assumed);
}

static int command_plan_tell(struct plan *p)
{
    struct command *c = p->job.c;
    int status = COMMAND_DONE;
    say_assumed(c);
    process_become_filter();
    bool own = format_is_own(c);
    if (own)
        plan_print(stdout, p);
    else
        status = command_plan_write_sheet(p);
    if (status == COMMAND_DONE)
        status = command_flush(c);
    if (!own && status == COMMAND_DONE)
        say_verdict(p);
    command_plan_conclude(p);
    return status == COMMAND_DONE && p->verdict.pick.best < 0 ? COMMAND_BAD_INPUT : status;
}

int command_plan(struct command *c)
{
    struct plan p = {.job.c = c};
    int (*const steps[])(struct plan *) = {
        command_plan_find_files, plan_check_usage, command_plan_check_outputs, plan_open, open_deployment,
        read_evaluation,         compare_files,    plan_find_importance,       weigh,     command_plan_tell};
    int status = COMMAND_DONE;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && status == COMMAND_DONE; i++)
        status = steps[i](&p);
    cost_model_free(p.cuts, p.verdict.n);
    if (p.deployed)
        deployment_free(&p.deployment);
    plan_free_importance(&p);
    measured_free(p.measured);
    job_free(&p.job);
    return status;
}
