#include <math.h>
#include <stdlib.h>

#include "commands/evaluate.h"
#include "race/ranks.h"

struct evaluated evaluate_outcome(const struct evaluate *v)
{
    struct evaluated out = {
        .layers = v->layers,
        .n = v->cuts_n,
        .cuts = v->cuts,
        .best = v->best,
        .end = v->end,
        .bottleneck = v->request.bottleneck,
        .images = v->request.validation_n,
        .before = evaluation_before(v->evaluation),
        .untrained = evaluation_untrained(v->evaluation),
        .alone = v->alone_accuracy,
        .allowed = v->allowed,
        .failures = evaluation_failures(v->evaluation),
        .seed = (uint64_t)v->c->options.input.seed,
    };
    for (int p = 0; p < PREDICTORS; p++)
        out.predictors[p] = v->predictors[p];
    return out;
}

static const char *const tell_ends[] = {
    [RACE_RUNS] = "the race is not over",
    [RACE_ONE_LEFT] = "all others were stopped",
    [RACE_INDIFFERENT] = "what is left to decide is below the margin",
    [RACE_STAGES_DONE] = "all stages are done",
    [RACE_BUDGET_SPENT] = "the budget is spent",
    [RACE_NONE_LEFT] = "all trainings have failed", /* and nothing leads */
};

static const struct table_row *tell_row(const struct evaluate *v, int cut)
{
    return &v->c->connection->table->rows[v->layers[cut]];
}

/* Why a cut has no accuracy. */
static const char *tell_why_not(const struct evaluate *v, int cut)
{
    if (!v->allowed[cut])
        return v->why[cut];
    return v->cuts[cut].lost ? evaluation_failures(v->evaluation)[cut] : "not measured";
}

static void tell_cut(const struct evaluate *v, int cut)
{
    const struct race_cut *c = &v->cuts[cut];
    const struct table_row *row = tell_row(v, cut);
    struct net_shape code = bottleneck_code(&v->request.bottleneck, row->out);
    if (c->stage < 0) {
        console_print(stdout, "%3d  %-16s %9lld floats  %s", row->layer, row->name,
                      (long long)net_shape_size(code), tell_why_not(v, cut));
        return;
    }
    char alone[48] = "", failed[32] = "";
    if (c->failed > 0)
        snprintf(failed, sizeof failed, ", %d start%s failed", c->failed, c->failed == 1 ? "" : "s");
    if (v->alone && !isnan(v->alone_accuracy[cut]))
        snprintf(alone, sizeof alone, "bottleneck only %5.1f %%  ", 100 * v->alone_accuracy[cut]);
    console_print(stdout, "%3d  %-16s %9lld floats  %s%5.1f %% [%5.1f, %5.1f]  %2d stage%s  %s%s%s",
                  row->layer, row->name, (long long)net_shape_size(code), alone, 100 * c->accuracy,
                  100 * c->low, 100 * c->high, c->stage + 1, c->stage == 0 ? " " : "s",
                  !v->allowed[cut] ? "outside the limits"
                  : !c->racing     ? "stopped"
                  : cut == v->best ? "leads"
                                   : "",
                  c->in_set && cut != v->best ? "in the set" : "", failed);
}

static void tell_best(const struct evaluate *v, const struct evaluated *out)
{
    int lost = evaluated_lost(out);
    if (lost > 0)
        console_print(
            stdout, "%d of %d cuts left out of the set and of the predictors' figures: all trainings failed",
            lost, out->n);
    if (v->best < 0) {
        console_print(stdout, "no cut has been measured%s", lost > 0 && lost == out->n ? "" : " yet");
        return;
    }
    console_print(stdout,
                  "best: layer %d (%s), %.1f %% of %ld validation images; of %d cuts %d cannot be told apart "
                  "from it (%s)",
                  tell_row(v, v->best)->layer, tell_row(v, v->best)->name, 100 * v->cuts[v->best].accuracy,
                  out->images, out->n, evaluated_in_set(out) - 1, tell_ends[out->end]);
}

static void tell_number(char *to, size_t size, double value, double low, double high)
{
    if (isnan(value))
        snprintf(to, size, "-");
    else if (isnan(low))
        snprintf(to, size, "%.2f", value);
    else
        snprintf(to, size, "%.2f [%.2f, %.2f]", value, low, high);
}

static void tell_predictor(const struct evaluated *out, enum predictor p, const double *accuracy)
{
    double low, high, regret = ranks_regret(out->predictors[p], accuracy, out->allowed, out->n);
    char spearman[40], partial[40], cost[24];
    const double *depth = out->predictors[PREDICTOR_DEPTH];
    double s = ranks_interval(RANKS_SPEARMAN, out->predictors[p], accuracy, NULL, out->n, 0.95, out->seed,
                              &low, &high);
    tell_number(spearman, sizeof spearman, s, low, high);
    double r = ranks_interval(RANKS_PARTIAL, out->predictors[p], accuracy, depth, out->n, 0.95, out->seed,
                              &low, &high);
    tell_number(partial, sizeof partial, r, low, high);
    snprintf(cost, sizeof cost, isnan(regret) ? "-" : "%.1f", 100 * regret);
    console_print(stdout, "%-14s %-22s %-22s %s", predictor_words[p], spearman, partial, cost);
}

void evaluate_tell(struct evaluate *v)
{
    const struct evaluated out = evaluate_outcome(v);
    double *accuracy = evaluated_accuracies(&out);
    for (int i = 0; i < v->cuts_n; i++)
        tell_cut(v, i);
    if (out.before >= 0)
        console_print(stdout, "before: %.1f %% of %ld validation images right",
                      100 * (double)out.before / (double)out.images, out.images);
    tell_best(v, &out);
    console_print(stdout, "%-14s %-22s %-22s %s", "predictor", "Spearman", "with depth removed",
                  "regret in points");
    for (int p = 0; p < PREDICTORS; p++)
        tell_predictor(&out, (enum predictor)p, accuracy);
    free(accuracy);
}
