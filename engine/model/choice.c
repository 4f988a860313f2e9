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

static int find_dominator(const struct choice_cut *cuts, int n, int i, unsigned known)
{
    int found = -1;
    for (int k = 0; k < n && cuts[i].open; k++)
        if (cuts[k].open && dominates(&cuts[k], &cuts[i], known) &&
            (found < 0 || (cuts[found].kind == CHOICE_SPLIT && cuts[k].kind != CHOICE_SPLIT)))
            found = k;
    return found;
}

int choice_dominator(const struct choice_cut *cuts, int n, int i)
{
    return find_dominator(cuts, n, i, known_figures(cuts, n));
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
    for (int i = 0; i < n; i++)
        cuts[i].front = cuts[i].open && find_dominator(cuts, n, i, known) < 0;
}

/* ---- The recommendation ------------------------------------------------------------------------------ */

static bool is_better(const struct choice_cut *a, const struct choice_cut *b, enum choice_figure wish)
{
    enum choice_figure next = wish == CHOICE_IMPORTANCE ? CHOICE_LATENCY : CHOICE_IMPORTANCE;
    double x = badness(a, wish), y = badness(b, wish);
    return x < y || (x == y && badness(a, next) < badness(b, next));
}

/* Who is asked one after the other where the wish is importance, which whole networks have not. */
enum group { CANDIDATES, SPLITS, WHOLE };

static bool competes(const struct choice_cut *c, enum choice_figure wish, enum group group)
{
    if (!c->open || isnan(choice_value(c, wish)))
        return false;
    if (wish != CHOICE_IMPORTANCE)
        return true;
    return group == WHOLE ? c->kind != CHOICE_SPLIT
                          : c->kind == CHOICE_SPLIT && (c->candidate || group == SPLITS);
}

static int best_of(const struct choice_cut *cuts, int n, enum choice_figure wish, enum group group, int but)
{
    int best = -1;
    for (int i = 0; i < n; i++)
        if (i != but && competes(&cuts[i], wish, group) &&
            (best < 0 || is_better(&cuts[i], &cuts[best], wish)))
            best = i;
    return best;
}

static bool any_split_open(const struct choice_cut *cuts, int n)
{
    bool open = false;
    for (int i = 0; i < n; i++)
        open = open || (cuts[i].open && cuts[i].kind == CHOICE_SPLIT);
    return open;
}

struct choice_pick choice_recommend(const struct choice_cut *cuts, int n, enum choice_figure wish)
{
    enum group group = CANDIDATES, last = any_split_open(cuts, n) ? SPLITS : WHOLE;
    struct choice_pick pick = {-1, -1};
    while ((pick.best = best_of(cuts, n, wish, group, -1)) < 0 && group < last)
        group++;
    if (pick.best >= 0)
        pick.second = best_of(cuts, n, wish, group, pick.best);
    if (pick.best >= 0 && pick.second < 0 && group == CANDIDATES)
        pick.second = best_of(cuts, n, wish, SPLITS, pick.best);
    return pick;
}

/* ---- The nearest ------------------------------------------------------------------------------------- */

/* The factor by which a limit that is broken would have to give way; infinity where the figure is not known.
 */
static double excess(const struct choice_cut *c, enum choice_figure figure, double limit)
{
    double value = figure == CHOICE_IMPORTANCE ? c->rank : choice_value(c, figure);
    if (isnan(value) || (figure == CHOICE_IMPORTANCE && c->rank == 0))
        return INFINITY;
    return figure == CHOICE_ACCURACY ? limit / value : value / limit;
}

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
                worst = fmax(worst, excess(c, (enum choice_figure)f, limits->limit[f]));
        if (worst < least) {
            least = worst;
            nearest = i;
        }
    }
    return nearest;
}

/* ---- In words ---------------------------------------------------------------------------------------- */

/* Significant digits, or decimals of a percentage. Large numbers are written out. */
static void text_of(char out[CHOICE_TEXT], enum choice_figure figure, double value, int digits)
{
    static const char *const units[] = {[CHOICE_LATENCY] = " ms", [CHOICE_ENERGY] = " J"};
    bool whole = fabs(value) >= pow(10, digits) && fabs(value) < 1e15;
    if (!isfinite(value)) {
        snprintf(out, CHOICE_TEXT, "%s", isnan(value) ? "?" : "infinite");
        return;
    }
    switch (figure) {
    case CHOICE_LATENCY:
    case CHOICE_ENERGY:
        snprintf(out, CHOICE_TEXT, "%.*g%s", whole ? 15 : digits, whole ? round(value) : value,
                 units[figure]);
        break;
    case CHOICE_BYTES:
    case CHOICE_MEMORY:
        text_bytes(out, value < 0x1p62 ? (int64_t)value : INT64_C(1) << 62);
        break;
    case CHOICE_ACCURACY:
        snprintf(out, CHOICE_TEXT, "%.*f %%", digits > 4 ? digits - 3 : 1, 100 * value);
        break;
    case CHOICE_IMPORTANCE:
    case CHOICE_FIGURES:
        snprintf(out, CHOICE_TEXT, "%.0f", value);
        break;
    }
}

void choice_figure_text(char out[CHOICE_TEXT], enum choice_figure figure, double value)
{
    text_of(out, figure, value, 3);
}

/* With as many digits as it takes to tell one from the other. */
static void two_texts(char out[2][CHOICE_TEXT], enum choice_figure figure, const double value[2])
{
    enum { MOST = 15 };
    for (int digits = 4; digits <= MOST; digits++) {
        text_of(out[0], figure, value[0], digits);
        text_of(out[1], figure, value[1], digits);
        if (strcmp(out[0], out[1]) != 0)
            return;
    }
    if (figure == CHOICE_BYTES || figure == CHOICE_MEMORY)
        for (int i = 0; i < 2; i++)
            snprintf(out[i], CHOICE_TEXT, "%.0f B", value[i]);
}

static void why_one(const struct choice_cut *c, enum choice_figure figure, double limit, char *out,
                    size_t room)
{
    static const char *const what[] = {"takes", "sends", "the head needs", "spends", "rank", "accuracy"};
    static const char *const unknown[] = {"its total time", "what it sends",  "its memory",
                                          "its energy",     "its importance", "its accuracy"};
    const char *bound = is_higher_better(figure) && figure != CHOICE_IMPORTANCE ? "at least" : "at most";
    const double value[] = {figure == CHOICE_IMPORTANCE ? c->rank : choice_value(c, figure), limit};
    char texts[2][CHOICE_TEXT];
    two_texts(texts, figure, value);
    if (isnan(value[0]) || (figure == CHOICE_IMPORTANCE && c->rank == 0))
        snprintf(out, room, "%s is not known (%s%s %s)", unknown[figure],
                 figure == CHOICE_IMPORTANCE ? "rank " : "", bound, texts[1]);
    else
        snprintf(out, room, "%s %s (%s %s)", what[figure], texts[0], bound, texts[1]);
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
