#include <math.h>
#include <stdlib.h>

#include "commands/evaluate.h"
#include "commands/retrain_images.h"
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
    [RACE_ONE_LEFT] = "no other goes on",
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

/* What the cut is in the race. */
static const char *tell_standing(const struct evaluate *v, int cut)
{
    const struct race_cut *c = &v->cuts[cut];
    if (!v->allowed[cut])
        return v->ours[cut] ? "outside the limits" : v->why[cut];
    return !c->racing ? "stopped" : cut == v->best ? "leads" : c->in_set ? "in the set" : "";
}

static void tell_cut(const struct evaluate *v, int cut)
{
    const struct race_cut *c = &v->cuts[cut];
    const struct table_row *row = tell_row(v, cut);
    struct net_shape code = bottleneck_code(&v->request.bottleneck, row->out);
    if (c->stage < 0) {
        console_print(stdout, "%3d  %-14s %7lld floats  %s", row->layer, row->name,
                      (long long)net_shape_size(code), tell_why_not(v, cut));
        return;
    }
    char alone[48] = "", failed[32] = "", interval[24] = "-";
    if (!isnan(c->low))
        snprintf(interval, sizeof interval, "[%5.1f, %5.1f]", 100 * c->low, 100 * c->high);
    if (c->failed > 0)
        snprintf(failed, sizeof failed, ", %d start%s failed", c->failed, c->failed == 1 ? "" : "s");
    if (v->alone && !isnan(v->alone_accuracy[cut]))
        snprintf(alone, sizeof alone, "bottleneck only %5.1f %%  ", 100 * v->alone_accuracy[cut]);
    console_print(stdout, "%3d  %-14s %7lld floats  %s%5.1f %% %-14s %2d stage%s  %s%s", row->layer,
                  row->name, (long long)net_shape_size(code), alone, 100 * c->accuracy, interval,
                  c->stage + 1, c->stage == 0 ? " " : "s", tell_standing(v, cut), failed);
}

/* Whether no accuracy that is known has an interval. */
static bool tell_lacks_intervals(const struct evaluated *out)
{
    int known = 0, without = 0;
    for (int i = 0; i < out->n; i++) {
        known += out->cuts[i].stage >= 0;
        without += out->cuts[i].stage >= 0 && isnan(out->cuts[i].low);
    }
    return known > 0 && without == known;
}

static void tell_no_leader(const struct evaluated *out, int lost)
{
    bool any = false;
    for (int i = 0; i < out->n; i++)
        any = any || out->cuts[i].stage >= 0;
    const char *yet = any ? "no cut leads yet: the first stage is not over" : "no cut has been measured yet";
    const char *never = lost > 0 ? "no cut has been measured" : "no cut of this share is within the limits";
    console_print(stdout, "%s", evaluated_contestants(out) > 0 ? yet : never);
}

/* "of 4 others 2 cannot be told apart from it". */
static void tell_set(const struct evaluated *out, char *to, size_t size)
{
    int others = evaluated_contestants(out) - 1, in_set = evaluated_in_set(out) - 1;
    if (others == 0)
        snprintf(to, size, "no other cut takes part");
    else if (in_set == 0)
        snprintf(to, size, "it can be told apart from %s", others == 1 ? "the other" : "all others");
    else
        snprintf(to, size, "of %d other%s %d cannot be told apart from it", others, others == 1 ? "" : "s",
                 in_set);
}

static void tell_best(const struct evaluate *v, const struct evaluated *out)
{
    int lost = evaluated_lost(out);
    char set[64];
    if (lost > 0)
        console_print(
            stdout, "%d of %d cuts left out of the set and of the predictors' figures: all trainings failed",
            lost, out->n);
    if (v->best < 0) {
        tell_no_leader(out, lost);
        return;
    }
    tell_set(out, set, sizeof set);
    console_print(stdout, "best: layer %d (%s), %.1f %% of %ld validation images; %s (%s)",
                  tell_row(v, v->best)->layer, tell_row(v, v->best)->name, 100 * v->cuts[v->best].accuracy,
                  out->images, set, tell_ends[out->end]);
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

static void tell_predictors(const struct evaluated *out)
{
    int known = 0;
    double *accuracy = evaluated_accuracies(out);
    console_print(stdout, "%-14s %-22s %-22s %s", "predictor", "Spearman", "with depth removed",
                  "regret in points");
    for (int p = 0; p < PREDICTORS; p++)
        tell_predictor(out, (enum predictor)p, accuracy);
    for (int i = 0; i < out->n; i++)
        known += !isnan(accuracy[i]);
    if (known < RANKS_CUTS)
        console_print(stdout, "no rank correlation of fewer than %d measured cuts", RANKS_CUTS);
    free(accuracy);
}

void evaluate_tell(struct evaluate *v)
{
    const struct evaluated out = evaluate_outcome(v);
    for (int i = 0; i < v->cuts_n; i++)
        tell_cut(v, i);
    if (out.before >= 0)
        console_print(stdout, "before: %.1f %% of %ld validation images right",
                      100 * (double)out.before / (double)out.images, out.images);
    if (dataset_is_unlabelled(v->c->connection->dataset))
        console_print(stdout, "%s", retrain_images_unlabelled);
    tell_best(v, &out);
    if (tell_lacks_intervals(&out))
        console_print(stdout, "no intervals: each cut has one start, so how much starts differ is not known; "
                              "nobody is stopped, and all are in the set");
    tell_predictors(&out);
}
