#include "deploy/planner.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void planner_no_limits(double limits[METRICS])
{
    for (int f = 0; f < METRICS; f++)
        limits[f] = NAN;
}

/* ---- The Pareto front --------------------------------------------------------------------------------- */

/* The larger, the worse. */
static double choice_badness(const struct placement *c, enum metric metric)
{
    double value = metric_value(metric, c);
    if (isnan(value))
        return INFINITY;
    return metric_table[metric].higher ? -value : value;
}

static bool choice_dominates(const struct placement *a, const struct placement *b, unsigned known)
{
    bool better = false;
    for (int f = 0; f < METRICS; f++) {
        if (!(known & 1u << f))
            continue;
        double x = choice_badness(a, (enum metric)f), y = choice_badness(b, (enum metric)f);
        if (x > y)
            return false;
        better = better || x < y;
    }
    return better;
}

static unsigned choice_known_figures(const struct placement *cuts, int n)
{
    unsigned known = 0;
    for (int i = 0; i < n; i++)
        for (int f = 0; f < METRICS; f++)
            if (isfinite(metric_value((enum metric)f, &cuts[i])))
                known |= 1u << f;
    return known;
}

static int choice_find_dominator(const struct placement *cuts, int n, int i, unsigned known)
{
    int found = -1;
    for (int k = 0; k < n && cuts[i].feasible; k++)
        if (cuts[k].feasible && choice_dominates(&cuts[k], &cuts[i], known) &&
            (found < 0 || (cuts[found].kind == PLACEMENT_SPLIT && cuts[k].kind != PLACEMENT_SPLIT)))
            found = k;
    return found;
}

int planner_dominator(const struct placement *cuts, int n, int i)
{
    return choice_find_dominator(cuts, n, i, choice_known_figures(cuts, n));
}

void planner_evaluate(struct placement *cuts, int n, const double limits[METRICS])
{
    for (int i = 0; i < n; i++) {
        struct placement *c = &cuts[i];
        c->total_ms = c->head_ms + c->transfer_ms + c->tail_ms;
        c->broken = 0;
        for (int f = 0; f < METRICS; f++)
            c->broken |= metric_breaks((enum metric)f, c, limits[f]) ? 1u << f : 0;
        c->feasible = !c->other && !c->broken;
    }
    unsigned known = choice_known_figures(cuts, n);
    for (int i = 0; i < n; i++)
        cuts[i].pareto = cuts[i].feasible && choice_find_dominator(cuts, n, i, known) < 0;
}

/* ---- The recommendation ------------------------------------------------------------------------------ */

static bool choice_is_better(const struct placement *a, const struct placement *b, enum metric objective)
{
    enum metric next = objective == METRIC_IMPORTANCE ? METRIC_LATENCY : METRIC_IMPORTANCE;
    double x = choice_badness(a, objective), y = choice_badness(b, objective);
    return x < y || (x == y && choice_badness(a, next) < choice_badness(b, next));
}

/* For the objective importance, which uncut networks do not have: the groups of cuts tried one after the
 * other. */
enum group { CANDIDATES, SPLITS, WHOLE };

static bool choice_competes(const struct placement *c, enum metric objective, enum group group)
{
    if (!c->feasible || isnan(metric_value(objective, c)))
        return false;
    if (objective != METRIC_IMPORTANCE)
        return true;
    return group == WHOLE ? c->kind != PLACEMENT_SPLIT
                          : c->kind == PLACEMENT_SPLIT && (c->candidate || group == SPLITS);
}

static int choice_best_of(const struct placement *cuts, int n, enum metric objective, enum group group)
{
    int best = -1;
    for (int i = 0; i < n; i++)
        if (choice_competes(&cuts[i], objective, group) &&
            (best < 0 || choice_is_better(&cuts[i], &cuts[best], objective)))
            best = i;
    return best;
}

/* Whoever weighs the runner-up against the best wants to know what it would take: where the best's time is
 * known, one of unknown time is none. */
static int choice_second_of(const struct placement *cuts, int n, enum metric objective, enum group group,
                            int best)
{
    int second = -1;
    for (int i = 0; i < n; i++)
        if (i != best && choice_competes(&cuts[i], objective, group) &&
            (!isnan(cuts[i].total_ms) || isnan(cuts[best].total_ms)) &&
            (second < 0 || choice_is_better(&cuts[i], &cuts[second], objective)))
            second = i;
    return second;
}

static bool choice_any_split_open(const struct placement *cuts, int n)
{
    bool open = false;
    for (int i = 0; i < n; i++)
        open = open || (cuts[i].feasible && cuts[i].kind == PLACEMENT_SPLIT);
    return open;
}

int planner_recommend(const struct placement *cuts, int n, enum metric objective, int *second)
{
    enum group group = CANDIDATES, last = choice_any_split_open(cuts, n) ? SPLITS : WHOLE;
    int best;
    *second = -1;
    while ((best = choice_best_of(cuts, n, objective, group)) < 0 && group < last)
        group++;
    if (best >= 0)
        *second = choice_second_of(cuts, n, objective, group, best);
    if (best >= 0 && *second < 0 && group == CANDIDATES)
        *second = choice_second_of(cuts, n, objective, SPLITS, best);
    return best;
}

/* ---- The nearest split ------------------------------------------------------------------------------- */

/* The largest factor by which a cut's limits would have to move. */
static double choice_excess(const struct placement *c, const double limits[METRICS])
{
    double worst = 0;
    for (int f = 0; f < METRICS; f++)
        if (c->broken & 1u << f)
            worst = fmax(worst, metric_excess((enum metric)f, c, limits[f]));
    return worst;
}

int planner_nearest(const struct placement *cuts, int n, const double limits[METRICS])
{
    int nearest = -1;
    double least = INFINITY;
    for (int i = 0; i < n; i++) {
        const struct placement *c = &cuts[i];
        double excess =
            c->other || !c->broken || c->kind != PLACEMENT_SPLIT ? INFINITY : choice_excess(c, limits);
        if (excess < least) {
            least = excess;
            nearest = i;
        }
    }
    return nearest;
}

/* ---- In words ---------------------------------------------------------------------------------------- */

void planner_reason(const struct placement *c, const double limits[METRICS], char *out, size_t capacity)
{
    snprintf(out, capacity, "%s", c->other ? c->other : "");
    for (int f = 0; f < METRICS; f++) {
        size_t used = strlen(out);
        if (!(c->broken & 1u << f))
            continue;
        if (used > 0 && used + 2 < capacity) {
            strcpy(out + used, ", ");
            used += 2;
        }
        metric_why(out + used, capacity - used, (enum metric)f, c, limits[f]);
    }
}
