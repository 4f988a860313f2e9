#include "race/race.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "race/confidence_set.h"
#include "race/race_look.h"

const struct race_rules race_usual = {
    .starts = 2, .stages = 5, .error = 0.05, .margin = 0.01, .shrink = 0.70710678118654752};

struct race {
    struct race_rules rules;
    bool *allowed;    /* [cuts] */
    uint8_t **record; /* [stages][cuts][starts] */
    int *failed;      /* [cuts][starts] the stage in which that start failed; RACE_STAGES_MAX: it did not */
    int *out;         /* [cuts] the stage in which the last of its starts had failed; -1 */
    int judged;       /* the last stage after which it was decided who goes on; -1 */
    int *stopped;     /* [cuts] the stage after which it stopped; -1 */
    int *rival;       /* [cuts] who made it stop */
    double *reach;    /* [cuts] when it stopped */
    enum race_end end;
};

struct race *race_new(const struct race_rules *rules)
{
    struct race *r = memory_new(1, sizeof *r);
    size_t cuts = (size_t)rules->cuts;
    *r = (struct race){.rules = *rules, .judged = -1};
    r->allowed = memory_new(cuts, sizeof *r->allowed);
    r->stopped = memory_new(cuts, sizeof *r->stopped);
    r->rival = memory_new(cuts, sizeof *r->rival);
    r->reach = memory_new(cuts, sizeof *r->reach);
    r->out = memory_new(cuts, sizeof *r->out);
    r->failed = memory_new(memory_product(cuts, (size_t)rules->starts), sizeof *r->failed);
    for (size_t i = 0; i < cuts * (size_t)rules->starts; i++)
        r->failed[i] = RACE_STAGES_MAX;
    for (size_t i = 0; i < cuts; i++) {
        r->allowed[i] = !rules->allowed || rules->allowed[i];
        r->stopped[i] = r->rival[i] = r->out[i] = -1;
    }
    r->rules.allowed = r->allowed;
    size_t results = memory_product(memory_product(cuts, (size_t)rules->stages), (size_t)rules->starts);
    r->record = memory_new(results, sizeof *r->record);
    return r;
}

void race_free(struct race *r)
{
    if (!r)
        return;
    for (int i = 0; i < r->rules.cuts * r->rules.stages * r->rules.starts; i++)
        free(r->record[i]);
    free(r->record);
    free(r->failed);
    free(r->out);
    free(r->allowed);
    free(r->stopped);
    free(r->rival);
    free(r->reach);
    free(r);
}

void race_shard(bool *allowed, int cuts, int number, int of)
{
    for (int i = 0; i < cuts; i++)
        allowed[i] = allowed[i] && i % of == number - 1;
}

/* ---- The record -------------------------------------------------------------------------------------- */

static uint8_t **race_result(const struct race *r, int cut, int start, int stage)
{
    return &r->record[((size_t)stage * (size_t)r->rules.cuts + (size_t)cut) * (size_t)r->rules.starts +
                      (size_t)start];
}

bool race_add(struct race *r, int cut, int start, int stage, const uint8_t *right)
{
    const struct race_rules *rules = &r->rules;
    if (cut < 0 || cut >= rules->cuts || start < 0 || start >= rules->starts || stage < 0 ||
        stage >= rules->stages)
        return false;
    uint8_t **result = race_result(r, cut, start, stage);
    if (*result)
        return true;
    *result = memory_new((size_t)rules->images, sizeof **result);
    for (long j = 0; j < rules->images; j++)
        (*result)[j] = right[j] != 0;
    return true;
}

bool race_fail(struct race *r, int cut, int start, int stage)
{
    const struct race_rules *rules = &r->rules;
    if (cut < 0 || cut >= rules->cuts || start < 0 || start >= rules->starts || stage < 0 ||
        stage >= rules->stages)
        return false;
    int *failed = &r->failed[cut * rules->starts + start];
    if (!*race_result(r, cut, start, stage) && stage < *failed)
        *failed = stage;
    return true;
}

/* Up to that stage. */
static bool has_failed(const struct race *r, int cut, int start, int stage)
{
    return r->failed[cut * r->rules.starts + start] <= stage;
}

static int count_failed(const struct race *r, int cut, int stage)
{
    int n = 0;
    for (int start = 0; start < r->rules.starts; start++)
        n += has_failed(r, cut, start, stage);
    return n;
}

/* Whether nothing of that stage is left to do. */
static bool is_settled(const struct race *r, int cut, int stage)
{
    for (int start = 0; start < r->rules.starts; start++)
        if (!*race_result(r, cut, start, stage) && !has_failed(r, cut, start, stage))
            return false;
    return true;
}

static bool has_finished(const struct race *r, int cut, int stage)
{
    return is_settled(r, cut, stage) && count_failed(r, cut, stage) < r->rules.starts;
}

/* Whether all of its starts failed, whatever was judged already. */
static bool is_lost(const struct race *r, int cut)
{
    return count_failed(r, cut, r->rules.stages - 1) == r->rules.starts;
}

static bool is_racing(const struct race *r, int cut)
{
    return r->allowed[cut] && r->stopped[cut] < 0 && r->out[cut] < 0;
}

/* who[cuts]: the cuts that race; returns how many. */
static int list_racing(const struct race *r, int *who)
{
    int n = 0;
    for (int i = 0; i < r->rules.cuts; i++)
        if (is_racing(r, i))
            who[n++] = i;
    return n;
}

static long steps_of(const struct race *r, int stage)
{
    return r->rules.first_steps << stage;
}

/* ---- Who stops ---------------------------------------------------------------------------------------- */

/* The last stage in which a cut raced, of those up to `stage`. */
static int last_stage(const struct race *r, int cut, int stage)
{
    if (!r->allowed[cut])
        return -1;
    return r->out[cut] >= 0 ? r->out[cut] - 1 : r->stopped[cut] >= 0 ? r->stopped[cut] : stage;
}

/* After a stage that all cuts in the race have finished. */
static struct race_look *look_at(const struct race *r, int stage)
{
    int *last = memory_new((size_t)r->rules.cuts, sizeof *last);
    for (int i = 0; i < r->rules.cuts; i++)
        last[i] = last_stage(r, i, stage);
    struct race_look *l = race_look_new(&r->rules, r->record, last, stage);
    free(last);
    return l;
}

static int count_contestants(const struct race *r)
{
    int n = 0;
    for (int i = 0; i < r->rules.cuts; i++)
        n += r->allowed[i];
    return n;
}

/* The error that one comparison in one stage may use up for stopping. */
static double error_to_stop(const struct race *r)
{
    int contestants = count_contestants(r), looks = r->rules.stages - 2;
    return r->rules.error / 2 / ((looks > 1 ? looks : 1) * (contestants > 2 ? contestants - 1 : 1));
}

static int leader_of(const struct race_look *l, const int *who, int n)
{
    int best = -1;
    for (int k = 0; k < n; k++)
        if (best < 0 || race_look_accuracy(l, who[k]) > race_look_accuracy(l, best))
            best = who[k];
    return best;
}

/* All are compared with all that raced in the stage, also with those that stop after it. */
static void stop_cuts(struct race *r, const struct race_look *l, const int *who, int n)
{
    double allowed = error_to_stop(r);
    for (int k = 0; k < n; k++) {
        int cut = who[k], rival = -1;
        double least = 1;
        for (int m = 0; m < n; m++) {
            double p = m == k ? 1 : race_look_doubt(l, cut, who[m], 0);
            if (p < least) {
                least = p;
                rival = who[m];
            }
        }
        if (least > allowed)
            continue;
        r->stopped[cut] = r->judged;
        r->rival[cut] = rival;
        r->reach[cut] = race_look_reach(l, cut, rival, allowed);
    }
}

/* Whether none of who[n] can end above the leader by the margin. */
static bool is_indifferent(const struct race *r, const struct race_look *l, const int *who, int n)
{
    int best = leader_of(l, who, n);
    double allowed = r->rules.error / ((r->rules.stages - 1) * (n - 1));
    for (int k = 0; k < n; k++)
        if (who[k] != best && race_look_doubt(l, who[k], best, r->rules.margin) > allowed)
            return false;
    return true;
}

/* Those of which no start is left are out. */
static void drop_failed(struct race *r)
{
    for (int i = 0; i < r->rules.cuts; i++)
        if (is_racing(r, i) && count_failed(r, i, r->judged) == r->rules.starts)
            r->out[i] = r->judged;
}

/* Stage r->judged is finished: who goes on, and whether the race does. */
static enum race_end judge_stage(struct race *r, int *who)
{
    drop_failed(r);
    if (list_racing(r, who) == 0)
        return RACE_NONE_LEFT;
    if (r->judged == r->rules.stages - 1)
        return RACE_STAGES_DONE;
    if (r->rules.exhaustive || count_contestants(r) == 1)
        return RACE_RUNS;
    struct race_look *l = look_at(r, r->judged);
    stop_cuts(r, l, who, list_racing(r, who));
    int n = list_racing(r, who);
    enum race_end end = n <= 1 ? RACE_ONE_LEFT : is_indifferent(r, l, who, n) ? RACE_INDIFFERENT : RACE_RUNS;
    race_look_free(l);
    return end;
}

static bool all_finished(const struct race *r, int stage)
{
    for (int i = 0; i < r->rules.cuts; i++)
        if (is_racing(r, i) && !is_settled(r, i, stage))
            return false;
    return true;
}

/* Whether the stage after the judged one fits in the budget, as a whole: half a stage would decide nothing.
 */
static bool is_affordable(const struct race *r)
{
    double steps = 0;
    for (int i = 0; i < r->rules.cuts; i++) {
        int last = last_stage(r, i, r->judged + 1);
        for (int stage = 0; stage <= last; stage++)
            steps += (double)steps_of(r, stage) * r->rules.starts;
    }
    return r->rules.budget <= 0 || steps <= (double)r->rules.budget;
}

/* Decides as far as the record goes. A stage's decision reads only results up to it, of cuts that raced until
 * then, so that it does not depend on when it is made, nor on what else the record holds. */
static void race_judge(struct race *r)
{
    int *who = memory_new((size_t)r->rules.cuts, sizeof *who);
    if (r->end == RACE_RUNS && list_racing(r, who) == 0)
        r->end = RACE_STAGES_DONE;
    while (r->end == RACE_RUNS) {
        if (!is_affordable(r))
            r->end = RACE_BUDGET_SPENT;
        else if (!all_finished(r, r->judged + 1))
            break;
        else {
            r->judged++;
            r->end = judge_stage(r, who);
        }
    }
    free(who);
}

enum race_end race_ending(struct race *r)
{
    race_judge(r);
    return r->end;
}

long race_next(struct race *r, int k, int *cut, int *start, int *stage)
{
    race_judge(r);
    if (r->end != RACE_RUNS)
        return 0;
    *stage = r->judged + 1;
    for (*cut = 0; *cut < r->rules.cuts; ++*cut)
        for (*start = 0; is_racing(r, *cut) && *start < r->rules.starts; ++*start)
            if (!*race_result(r, *cut, *start, *stage) && !has_failed(r, *cut, *start, *stage) && k-- == 0)
                return steps_of(r, *stage);
    return 0;
}

/* ---- The verdict -------------------------------------------------------------------------------------- */

/* Accuracies of all cuts, as far as their results go. */
static void measure_accuracies(const struct race *r, struct race_cut *cuts)
{
    int n = r->rules.cuts, *last = memory_new((size_t)n, sizeof *last);
    for (int i = 0; i < n; i++) {
        cuts[i] = (struct race_cut){.stage = -1,
                                    .failed = count_failed(r, i, r->rules.stages - 1),
                                    .lost = is_lost(r, i),
                                    .racing = is_racing(r, i) && !is_lost(r, i),
                                    .rival = r->rival[i],
                                    .p = NAN};
        for (int stage = 0; stage < r->rules.stages; stage++) {
            if (has_finished(r, i, stage) && !is_lost(r, i))
                cuts[i].stage = stage;
            for (int start = 0; start < r->rules.starts; start++)
                cuts[i].steps += *race_result(r, i, start, stage) ? steps_of(r, stage) : 0;
        }
        last[i] = cuts[i].stage;
    }
    struct race_look *l = race_look_new(&r->rules, r->record, last, r->rules.stages - 1);
    for (int i = 0; i < n; i++) {
        cuts[i].accuracy = race_look_accuracy(l, i);
        race_look_interval(l, i, 0.95, &cuts[i].low, &cuts[i].high);
        cuts[i].reach = r->stopped[i] >= 0 ? r->reach[i] : NAN;
    }
    race_look_free(l);
    free(last);
}

/* p-values of who[n], into p[n]. */
static void find_set(const struct race *r, const struct race_look *l, const int *who, int n, double *p)
{
    double *accuracy = memory_new((size_t)n, sizeof *accuracy);
    double *draws = memory_new(memory_product(RACE_DRAWS, (size_t)n), sizeof *draws);
    for (int k = 0; k < n; k++)
        accuracy[k] = race_look_accuracy(l, who[k]);
    race_look_draws(l, who, n, r->rules.seed, RACE_DRAWS, draws);
    confidence_set(accuracy, draws, RACE_DRAWS, n, p);
    free(draws);
    free(accuracy);
}

/* What is said of the cuts that race, at the last judged stage. Returns the leader. */
static int judge_racing(const struct race *r, struct race_cut *cuts, const int *who, int n)
{
    struct race_look *l = look_at(r, r->judged);
    int best = leader_of(l, who, n);
    double *p = memory_new((size_t)n, sizeof *p);
    bool known = n == 1 || race_look_knows(l);
    double excluded = r->rules.exhaustive ? r->rules.error : r->rules.error / 2;
    if (known)
        find_set(r, l, who, n, p);
    for (int k = 0; k < n; k++) {
        struct race_cut *c = &cuts[who[k]];
        c->rival = best;
        c->reach = who[k] == best ? 0 : race_look_reach(l, who[k], best, error_to_stop(r));
        c->p = known ? p[k] : NAN;
        c->in_set = !known || p[k] > excluded;
    }
    free(p);
    race_look_free(l);
    return best;
}

int race_verdict(struct race *r, struct race_cut *cuts)
{
    race_judge(r);
    measure_accuracies(r, cuts);
    int *who = memory_new((size_t)r->rules.cuts, sizeof *who);
    int best = -1, n = 0;
    for (int i = 0; i < r->rules.cuts; i++)
        if (cuts[i].racing)
            who[n++] = i;
    if (n > 0 && r->judged >= 0)
        best = judge_racing(r, cuts, who, n);
    free(who);
    return best;
}
