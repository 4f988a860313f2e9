/* isplit plan: every cut weighed on two devices and a link, and one of them recommended. */
#include "batch/command.h"

#include <math.h>
#include <stdlib.h>

#include "batch/plan.h"
#include "output/report.h"

static int planner_find_files(struct plan *p)
{
    struct job *j = &p->job;
    const struct options *o = &j->c->options;
    struct error e;
    switch (o->from ? 0 : inputs_find_network(o->arguments, o->arguments_n, o->data, &j->inputs, &e)) {
    case 0:
        return COMMAND_DONE;
    case -1:
        return command_fail(j->c, COMMAND_BAD_INPUT, &e);
    default:
        console_say(&j->c->console,
                    "no weights: expected CFG WEIGHTS, or a .data file (see isplit plan --help)");
        return COMMAND_USAGE;
    }
}

static int planner_check_outputs(struct plan *p)
{
    const struct options *o = &p->job.c->options;
    const char *const inputs[] = {o->curve_csv, o->edge, o->server, o->features_csv, o->links};
    return job_check_outputs(&p->job, &o->output, 1, inputs, sizeof inputs / sizeof inputs[0]);
}

/* ---- The cuts ---------------------------------------------------------------------------------------- */

/* Before anything is measured. */
static int planner_open_deployment(struct plan *p)
{
    struct job *j = &p->job;
    struct error e;
    if (deployment_open(&p->deployment, &j->c->options, j->table, j->inputs.cfg, &e) < 0)
        return command_fail(j->c, COMMAND_BAD_INPUT, &e);
    p->deployed = true;
    return COMMAND_DONE;
}

static bool planner_knows_importance(const struct plan *p)
{
    for (int i = 0; p->points && i < p->layers_n; i++)
        if (!isnan(p->points[i].cui))
            return true;
    return false;
}

static int planner_weigh(struct plan *p)
{
    struct job *j = &p->job;
    const struct deployment *d = &p->deployment;
    const struct deploy_worth worth = {p->points, p->pick_share};
    struct verdict *v = &p->verdict;
    *v = (struct verdict){.table = j->table, .n = p->layers_n + 2, .limits = d->limits, .wish = d->wish};
    p->cuts = deploy_cuts(&d->deploy, j->table, p->layers, p->layers_n, &worth);
    choice_judge(p->cuts, v->n, &v->limits);
    if (v->wish == CHOICE_IMPORTANCE && !planner_knows_importance(p)) {
        v->wish = CHOICE_LATENCY;
        console_note(
            &j->c->console,
            "no importance is known (expected -d DATA, --curve FILE or --from FILE): recommended by %s",
            choice_words[v->wish]);
    }
    v->cuts = p->cuts;
    v->pick = choice_recommend(p->cuts, v->n, v->wish);
    v->resamples = p->resamples;
    return COMMAND_DONE;
}

/* ---- What came of it -------------------------------------------------------------------------------- */

static void planner_say_verdict(struct plan *p)
{
    const struct verdict *v = &p->verdict;
    char *const sentences[] = {verdict_best(v), verdict_costs(v), verdict_but(v), verdict_second(v),
                               verdict_sure(v)};
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        if (sentences[i] && v->pick.best < 0)
            console_say(&p->job.c->console, "%s", sentences[i]);
        else if (sentences[i])
            console_note(&p->job.c->console, "%s", sentences[i]);
        free(sentences[i]);
    }
}

static int planner_write_sheet(struct plan *p)
{
    struct error e;
    const struct report r = {.verdict = &p->verdict};
    struct provenance made = plan_describe(p);
    int status = provenance_write(&made, p->job.c->options.output, report_plan, &r, &e);
    provenance_free(&made);
    return status < 0 ? command_fail(p->job.c, COMMAND_BAD_INPUT, &e) : COMMAND_DONE;
}

static void planner_say_assumed(struct command *c)
{
    char *assumed = deployment_assumed(&c->options);
    if (*assumed)
        console_note(&c->console, "assumed, as it was not given: %s", assumed);
    free(assumed);
}

static int planner_tell(struct plan *p)
{
    struct command *c = p->job.c;
    int status = COMMAND_DONE;
    planner_say_assumed(c);
    command_become_filter();
    if (c->options.output)
        status = planner_write_sheet(p);
    else
        plan_print(stdout, p, chart_style(stdout));
    if (status == COMMAND_DONE && fflush(stdout) != 0) {
        console_say(&c->console, "standard output: cannot write");
        status = COMMAND_BAD_INPUT;
    }
    if (c->options.output && status == COMMAND_DONE)
        planner_say_verdict(p);
    return status == COMMAND_DONE && p->verdict.pick.best < 0 ? COMMAND_BAD_INPUT : status;
}

int command_plan(struct command *c)
{
    struct plan p = {.job.c = c};
    int (*const steps[])(struct plan *) = {
        planner_find_files,      plan_check_usage,     planner_check_outputs, plan_open,
        planner_open_deployment, plan_find_importance, planner_weigh,         planner_tell};
    int status = COMMAND_DONE;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && status == COMMAND_DONE; i++)
        status = steps[i](&p);
    deploy_free(p.cuts, p.verdict.n);
    if (p.deployed)
        deployment_free(&p.deployment);
    plan_free_importance(&p);
    job_free(&p.job);
    return status;
}
