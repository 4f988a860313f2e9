#include "model/choice.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct choice_limits choice_no_limits(void)
{
    struct choice_limits limits;
    for (int f = 0; f < CHOICE_FIGURES; f++)
        limits.limit[f] = NAN;
    return limits;
}

/* ---- The front --------------------------------------------------------------------------------------- */

/* As large as it is bad. */
static double choice_badness(const struct choice_cut *c, enum choice_figure figure)
{
    double value = metric_value(figure, c);
    if (isnan(value))
        return INFINITY;
    return metric_table[figure].higher ? -value : value;
}

static bool choice_dominates(const struct choice_cut *a, const struct choice_cut *b, unsigned known)
{
    bool better = false;
    for (int f = 0; f < CHOICE_FIGURES; f++) {
        if (!(known & 1u << f))
            continue;
        double x = choice_badness(a, (enum choice_figure)f), y = choice_badness(b, (enum choice_figure)f);
        if (x > y)
            return false;
        better = better || x < y;
    }
    return better;
}

static unsigned choice_known_figures(const struct choice_cut *cuts, int n)
{
    unsigned known = 0;
    for (int i = 0; i < n; i++)
        for (int f = 0; f < CHOICE_FIGURES; f++)
            if (isfinite(metric_value((enum choice_figure)f, &cuts[i])))
                known |= 1u << f;
    return known;
}

static int choice_find_dominator(const struct choice_cut *cuts, int n, int i, unsigned known)
{
    int found = -1;
    for (int k = 0; k < n && cuts[i].open; k++)
        if (cuts[k].open && choice_dominates(&cuts[k], &cuts[i], known) &&
            (found < 0 || (cuts[found].kind == CHOICE_SPLIT && cuts[k].kind != CHOICE_SPLIT)))
            found = k;
    return found;
}

int choice_dominator(const struct choice_cut *cuts, int n, int i)
{
    return choice_find_dominator(cuts, n, i, choice_known_figures(cuts, n));
}

void choice_judge(struct choice_cut *cuts, int n, const struct choice_limits *limits)
{
    for (int i = 0; i < n; i++) {
        struct choice_cut *c = &cuts[i];
        c->total_ms = c->head_ms + c->transfer_ms + c->tail_ms;
        c->broken = 0;
        for (int f = 0; f < CHOICE_FIGURES; f++)
            c->broken |= metric_breaks((enum choice_figure)f, c, limits->limit[f]) ? 1u << f : 0;
        c->open = !c->other && !c->broken;
    }
    unsigned known = choice_known_figures(cuts, n);
    for (int i = 0; i < n; i++)
        cuts[i].front = cuts[i].open && choice_find_dominator(cuts, n, i, known) < 0;
}

/* ---- The recommendation ------------------------------------------------------------------------------ */

static bool choice_is_better(const struct choice_cut *a, const struct choice_cut *b, enum choice_figure wish)
{
    enum choice_figure next = wish == CHOICE_IMPORTANCE ? CHOICE_LATENCY : CHOICE_IMPORTANCE;
    double x = choice_badness(a, wish), y = choice_badness(b, wish);
    return x < y || (x == y && choice_badness(a, next) < choice_badness(b, next));
}

/* Who is asked one after the other where the objective is importance, which whole networks have not. */
enum group { CANDIDATES, SPLITS, WHOLE };

static bool choice_competes(const struct choice_cut *c, enum choice_figure wish, enum group group)
{
    if (!c->open || isnan(metric_value(wish, c)))
        return false;
    if (wish != CHOICE_IMPORTANCE)
        return true;
    return group == WHOLE ? c->kind != CHOICE_SPLIT
                          : c->kind == CHOICE_SPLIT && (c->candidate || group == SPLITS);
}

static int choice_best_of(const struct choice_cut *cuts, int n, enum choice_figure wish, enum group group,
                          int but)
{
    int best = -1;
    for (int i = 0; i < n; i++)
        if (i != but && choice_competes(&cuts[i], wish, group) &&
            (best < 0 || choice_is_better(&cuts[i], &cuts[best], wish)))
            best = i;
    return best;
}

static bool choice_any_split_open(const struct choice_cut *cuts, int n)
{
    bool open = false;
    for (int i = 0; i < n; i++)
        open = open || (cuts[i].open && cuts[i].kind == CHOICE_SPLIT);
    return open;
}

struct choice_pick choice_recommend(const struct choice_cut *cuts, int n, enum choice_figure wish)
{
    enum group group = CANDIDATES, last = choice_any_split_open(cuts, n) ? SPLITS : WHOLE;
    struct choice_pick pick = {-1, -1};
    while ((pick.best = choice_best_of(cuts, n, wish, group, -1)) < 0 && group < last)
        group++;
    if (pick.best >= 0)
        pick.second = choice_best_of(cuts, n, wish, group, pick.best);
    if (pick.best >= 0 && pick.second < 0 && group == CANDIDATES)
        pick.second = choice_best_of(cuts, n, wish, SPLITS, pick.best);
    return pick;
}

/* ---- The nearest ------------------------------------------------------------------------------------- */

int choice_nearest(const struct choice_cut *cuts, int n, const struct choice_limits *limits)
{
    int nearest = -1;
    double least = INFINITY;
    for (int i = 0; i < n; i++) {
        const struct choice_cut *c = &cuts[i];
        if (c->other || !c->broken)
            continue;
        double worst = 0;
        for (int f = 0; f < CHOICE_FIGURES; f++)
            if (c->broken & 1u << f)
                worst = fmax(worst, metric_excess((enum choice_figure)f, c, limits->limit[f]));
        if (worst < least) {
            least = worst;
            nearest = i;
        }
    }
    return nearest;
}

/* ---- In words ---------------------------------------------------------------------------------------- */

void choice_why(const struct choice_cut *c, const struct choice_limits *limits, char *out, size_t room)
{
    snprintf(out, room, "%s", c->other ? c->other : "");
    for (int f = 0; f < CHOICE_FIGURES; f++) {
        size_t used = strlen(out);
        if (!(c->broken & 1u << f))
            continue;
        if (used > 0 && used + 2 < room) {
            strcpy(out + used, ", ");
            used += 2;
        }
        metric_why(out + used, room - used, (enum choice_figure)f, c, limits->limit[f]);
    }
}
