#include "model/choice.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *const choice_words[] = {"latency", "bytes", "memory", "energy", "importance", "accuracy", NULL};

struct choice_limits choice_no_limits(void)
{
    struct choice_limits limits;
    for (int f = 0; f < CHOICE_FIGURES; f++)
        limits.limit[f] = NAN;
    return limits;
}

static bool is_higher_better(enum choice_figure figure)
{
    return figure == CHOICE_IMPORTANCE || figure == CHOICE_ACCURACY;
}

double choice_value(const struct choice_cut *c, enum choice_figure figure)
{
    switch (figure) {
    case CHOICE_LATENCY:
        return c->total_ms;
    case CHOICE_BYTES:
        return c->bytes < 0 ? NAN : (double)c->bytes;
    case CHOICE_MEMORY:
        return (double)c->memory;
    case CHOICE_ENERGY:
        return c->joules;
    case CHOICE_IMPORTANCE:
        return c->kind == CHOICE_SPLIT ? c->cui : INFINITY;
    case CHOICE_ACCURACY:
    case CHOICE_FIGURES:
        break;
    }
    return c->accuracy;
}

/* ---- Limits ------------------------------------------------------------------------------------------ */

static bool breaks(const struct choice_cut *c, enum choice_figure figure, double limit)
{
    if (isnan(limit))
        return false;
    if (figure == CHOICE_IMPORTANCE)
        return c->kind == CHOICE_SPLIT && (c->rank == 0 || c->rank > limit);
    double value = choice_value(c, figure);
    return figure == CHOICE_ACCURACY ? !(value >= limit) : !(value <= limit);
}

/* ---- The front --------------------------------------------------------------------------------------- */

/* As large as it is bad. */
static double badness(const struct choice_cut *c, enum choice_figure figure)
{
    double value = choice_value(c, figure);
    if (isnan(value))
        return INFINITY;
    return is_higher_better(figure) ? -value : value;
}

static bool dominates(const struct choice_cut *a, const struct choice_cut *b, unsigned known)
{
    bool better = false;
    for (int f = 0; f < CHOICE_FIGURES; f++) {
        if (!(known & 1u << f))
            continue;
        double x = badness(a, (enum choice_figure)f), y = badness(b, (enum choice_figure)f);
        if (x > y)
            return false;
        better = better || x < y;
    }
    return better;
}

static unsigned known_figures(const struct choice_cut *cuts, int n)
{
    unsigned known = 0;
    for (int i = 0; i < n; i++)
        for (int f = 0; f < CHOICE_FIGURES; f++)
            if (isfinite(choice_value(&cuts[i], (enum choice_figure)f)))
                known |= 1u << f;
    return known;
}

void choice_judge(struct choice_cut *cuts, int n, const struct choice_limits *limits)
{
    for (int i = 0; i < n; i++) {
        struct choice_cut *c = &cuts[i];
        c->total_ms = c->head_ms + c->transfer_ms + c->tail_ms;
        c->broken = 0;
        for (int f = 0; f < CHOICE_FIGURES; f++)
            c->broken |= breaks(c, (enum choice_figure)f, limits->limit[f]) ? 1u << f : 0;
        c->open = !c->other && !c->broken;
    }
    unsigned known = known_figures(cuts, n);
    for (int i = 0; i < n; i++) {
        cuts[i].front = cuts[i].open;
        for (int k = 0; k < n && cuts[i].front; k++)
            cuts[i].front = !(cuts[k].open && dominates(&cuts[k], &cuts[i], known));
    }
}

/* ---- The recommendation ------------------------------------------------------------------------------ */

static bool is_better(const struct choice_cut *a, const struct choice_cut *b, enum choice_figure wish)
{
    enum choice_figure next = wish == CHOICE_IMPORTANCE ? CHOICE_LATENCY : CHOICE_IMPORTANCE;
    double x = badness(a, wish), y = badness(b, wish);
    return x < y || (x == y && badness(a, next) < badness(b, next));
}

static bool competes(const struct choice_cut *c, enum choice_figure wish, bool candidates)
{
    if (!c->open || isnan(choice_value(c, wish)))
        return false;
    return wish != CHOICE_IMPORTANCE || (c->kind == CHOICE_SPLIT && (c->candidate || !candidates));
}

static int best_of(const struct choice_cut *cuts, int n, enum choice_figure wish, bool candidates, int but)
{
    int best = -1;
    for (int i = 0; i < n; i++)
        if (i != but && competes(&cuts[i], wish, candidates) &&
            (best < 0 || is_better(&cuts[i], &cuts[best], wish)))
            best = i;
    return best;
}

struct choice_pick choice_recommend(const struct choice_cut *cuts, int n, enum choice_figure wish)
{
    struct choice_pick pick = {.best = best_of(cuts, n, wish, true, -1)};
    bool candidates = pick.best >= 0;
    if (!candidates)
        pick.best = best_of(cuts, n, wish, false, -1);
    pick.second = pick.best < 0 ? -1 : best_of(cuts, n, wish, candidates, pick.best);
    if (pick.best >= 0 && pick.second < 0)
        pick.second = best_of(cuts, n, wish, false, pick.best);
    return pick;
}

/* ---- In words ---------------------------------------------------------------------------------------- */

static void why_one(const struct choice_cut *c, enum choice_figure figure, double limit, char *out,
                    size_t room)
{
    char value[16], bound[16];
    double is = choice_value(c, figure);
    if (isnan(is) && figure != CHOICE_IMPORTANCE) {
        snprintf(out, room, "its %s is not known (%s %g)", choice_words[figure],
                 is_higher_better(figure) ? "at least" : "at most", limit);
    } else if (figure == CHOICE_BYTES || figure == CHOICE_MEMORY) {
        text_bytes(value, (int64_t)is);
        text_bytes(bound, (int64_t)limit);
        snprintf(out, room, "%s %s (at most %s)", figure == CHOICE_BYTES ? "sends" : "the head needs", value,
                 bound);
    } else if (figure == CHOICE_IMPORTANCE && c->rank == 0) {
        snprintf(out, room, "its importance is not known (rank at most %.0f)", limit);
    } else if (figure == CHOICE_IMPORTANCE) {
        snprintf(out, room, "rank %d (at most %.0f)", c->rank, limit);
    } else if (figure == CHOICE_ACCURACY) {
        snprintf(out, room, "accuracy %.1f %% (at least %.1f)", 100 * is, 100 * limit);
    } else {
        const char *unit = figure == CHOICE_LATENCY ? "ms" : "J";
        snprintf(out, room, "%s %.4g %s (at most %.4g)", figure == CHOICE_LATENCY ? "takes" : "spends", is,
                 unit, limit);
    }
}

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
        why_one(c, (enum choice_figure)f, limits->limit[f], out + used, room - used);
    }
}
