/* Races with known truth: how often the true best is stopped or missing in the final set, and what stopping
 * saves. With races under the model of race.h, whose error must hold, and others, which are reported only:
 *
 *     build/tests/test_race_errors 2000        of each kind that many, and not the usual 200
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "curve/order.h"
#include "race/race.h"
#include "race/ranks.h"

enum { CUTS = 18, STARTS = 2, STAGES = 5 };

static int races = 200;

/* ---- A race with known truth -------------------------------------------------------------------------- */

enum lag { NORMAL, HEAVY_TAILS, LATE_BEST, SLOW_BEST };

/* Cut i ends at an accuracy drawn from a normal distribution of mean `level` and deviation `spread` (0: all
 * equal), and after stage s lies lag_i (rho^s - rho^F) / (1 - rho^F) below. HEAVY_TAILS: Student's t with 3
 * degrees of freedom, of the same deviation. LATE_BEST: the best one gains as the others until stage F - 1,
 * lies `lag_spread` lower until there, and gains that in the last stage. SLOW_BEST: the better the end, the
 * larger the lag. */
struct simulated {
    const char *name;
    long images;
    double level, spread;
    double lag, lag_spread, rho;
    double start;        /* deviation of starts */
    double start_uneven; /* its logarithm's deviation over the cuts */
    enum lag kind;
};

struct truth {
    const struct simulated *s;
    uint64_t seed;
    double end[CUTS], lag[CUTS], start[CUTS][STARTS];
    int best;
    float *hard; /* [CUTS][STARTS][images] what is lasting in how hard an image is for a start */
};

struct draws {
    struct order_random random;
    double kept;
    bool has_kept;
};

static double uniform(struct draws *d)
{
    return ((double)(order_random_next(&d->random) >> 11) + 0.5) / 9007199254740992.0;
}

/* Box and Muller 1958, both numbers. */
static double normal(struct draws *d)
{
    if (d->has_kept) {
        d->has_kept = false;
        return d->kept;
    }
    double radius = sqrt(-2 * log(uniform(d))), angle = 2 * acos(-1.0) * uniform(d);
    d->kept = radius * sin(angle);
    d->has_kept = true;
    return radius * cos(angle);
}

static struct draws draws_of(uint64_t seed, uint64_t stream)
{
    struct draws d = {0};
    order_random_seed(&d.random, seed, stream);
    return d;
}

/* The z with P(normal < z) = p. */
static double normal_quantile(double p)
{
    double low = -9, high = 9;
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        if (erfc(-middle / sqrt(2)) / 2 < p)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Student's t with 3 degrees of freedom, over its deviation. */
static double heavy(struct draws *d)
{
    double a = normal(d), b = normal(d), c = normal(d);
    return normal(d) / sqrt(a * a + b * b + c * c);
}

/* Of the variance of how hard an image is: 0.55 the same for all cuts, 0.2 of the cut, 0.15 of the start, the
 * rest of the stage. Two starts then disagree on a tenth of the images where four fifths are right. */
static void make_hard(struct truth *t)
{
    long n = t->s->images;
    struct draws d = draws_of(t->seed, 1);
    float *image = memory_new((size_t)n, sizeof *image);
    for (long j = 0; j < n; j++)
        image[j] = (float)(sqrt(0.55) * normal(&d));
    for (int i = 0; i < CUTS; i++) {
        float *rows = t->hard + (size_t)i * STARTS * (size_t)n;
        for (long j = 0; j < n; j++) {
            float own = image[j] + (float)(sqrt(0.2) * normal(&d));
            for (int r = 0; r < STARTS; r++)
                rows[r * n + j] = own + (float)(sqrt(0.15) * normal(&d));
        }
    }
    free(image);
}

static struct truth *simulated_new(const struct simulated *s, uint64_t seed)
{
    struct truth *t = memory_new(1, sizeof *t);
    *t = (struct truth){.s = s, .seed = seed};
    struct draws d = draws_of(seed, 0);
    for (int i = 0; i < CUTS; i++) {
        double good = normal(&d), slow = normal(&d);
        t->end[i] = s->level + s->spread * good;
        t->lag[i] = s->lag + s->lag_spread * (s->kind == HEAVY_TAILS ? heavy(&d)
                                              : s->kind == SLOW_BEST ? good
                                                                     : slow);
        double start = s->start * exp(s->start_uneven * normal(&d));
        for (int r = 0; r < STARTS; r++)
            t->start[i][r] = start * normal(&d);
        t->best = t->end[i] > t->end[t->best] ? i : t->best;
    }
    t->hard = memory_new((size_t)CUTS * STARTS * (size_t)s->images, sizeof *t->hard);
    make_hard(t);
    return t;
}

static void simulated_free(struct truth *t)
{
    free(t->hard);
    free(t);
}

static double accuracy_after(const struct truth *t, int cut, int start, int stage)
{
    double end = pow(t->s->rho, STAGES - 1);
    double lag = t->lag[cut] * (pow(t->s->rho, stage) - end) / (1 - end);
    if (t->s->kind == LATE_BEST && cut == t->best && stage < STAGES - 1)
        lag += t->s->lag_spread;
    double p = t->end[cut] + t->start[cut][start] - lag;
    return fmax(0.01, fmin(p, 0.995));
}

static void train(struct race *r, const struct truth *t, int cut, int start, int stage)
{
    long n = t->s->images;
    int piece = (stage * CUTS + cut) * STARTS + start;
    struct draws d = draws_of(t->seed, 2 + (uint64_t)piece);
    const float *hard = t->hard + (size_t)(cut * STARTS + start) * (size_t)n;
    double able = normal_quantile(accuracy_after(t, cut, start, stage));
    uint8_t *right = memory_new((size_t)n, sizeof *right);
    for (long j = 0; j < n; j++)
        right[j] = (double)hard[j] + sqrt(0.1) * normal(&d) < able;
    assert_true(race_add(r, cut, start, stage, right));
    free(right);
}

/* ---- Many of them ---------------------------------------------------------------------------------------
 */

/* Sums over the races. */
struct result {
    double stopped, missing; /* races where the true best was stopped; where it is not in the final set */
    double outside;          /* intervals that do not hold what the cut's accuracy is after its stage */
    double intervals;
    double steps; /* share of what all cuts take, trained to the end */
    double in_set, regret;
    double agreement; /* Spearman of the two starts' accuracies at the end */
    double ends[RACE_BUDGET_SPENT + 1],
        late[RACE_BUDGET_SPENT + 1]; /* late: pick worse than the best by the margin */
};

static const char *const end_words[] = {"", "one left", "indifferent", "all stages", ""};

static void add_intervals(const struct truth *t, const struct race_cut *cuts, struct result *sum)
{
    for (int i = 0; i < CUTS; i++) {
        double start = 0;
        for (int r = 0; r < STARTS; r++)
            start += t->start[i][r] / STARTS;
        double mu = accuracy_after(t, i, 0, cuts[i].stage) - t->start[i][0];
        sum->outside += mu < cuts[i].low || mu > cuts[i].high;
        sum->intervals++;
        sum->steps += (double)cuts[i].steps / (CUTS * STARTS * ((1 << STAGES) - 1));
        sum->in_set += cuts[i].in_set;
    }
}

static void add_race(const struct truth *t, struct race *r, struct result *sum)
{
    struct race_cut cuts[CUTS];
    double measured[2][CUTS];
    int picked = race_verdict(r, cuts);
    enum race_end end = race_ending(r);
    double regret = t->end[t->best] - t->end[picked];
    sum->stopped += !cuts[t->best].racing;
    sum->missing += !cuts[t->best].in_set;
    sum->regret += regret;
    sum->ends[end]++;
    sum->late[end] += regret > race_usual.margin;
    add_intervals(t, cuts, sum);
    for (int start = 0; start < 2; start++)
        for (int i = 0; i < CUTS; i++)
            measured[start][i] = t->end[i] + t->start[i][start];
    sum->agreement += ranks_correlation(RANKS_SPEARMAN, measured[0], measured[1], NULL, CUTS);
}

static void run_race(const struct simulated *s, const struct race_rules *rules, uint64_t seed,
                     struct result *sum)
{
    struct truth *t = simulated_new(s, seed);
    struct race *r = race_new(rules);
    int cut, start, stage;
    while (race_next(r, 0, &cut, &start, &stage) > 0)
        train(r, t, cut, start, stage);
    add_race(t, r, sum);
    race_free(r);
    simulated_free(t);
}

static void tell(const char *name, const struct result *sum)
{
    double n = races;
    print_message("%-36s | %.2f | %.3f | %.3f | %.2f | %4.1f | %.2f | %.3f |", name, sum->agreement / n,
                  sum->stopped / n, sum->missing / n, sum->steps / n, sum->in_set / n, 100 * sum->regret / n,
                  sum->outside / sum->intervals);
    for (int end = RACE_ONE_LEFT; end <= RACE_STAGES_DONE; end++)
        print_message(" %.2f (%.2f)", sum->ends[end] / n,
                      sum->ends[end] > 0 ? sum->late[end] / sum->ends[end] : 0);
    print_message("\n");
}

static struct result run_races(const struct simulated *s, double shrink)
{
    struct result sum = {0};
    struct race_rules rules = race_usual;
    rules.cuts = CUTS;
    rules.starts = STARTS;
    rules.stages = STAGES;
    rules.images = s->images;
    rules.first_steps = 1;
    rules.shrink = shrink;
    for (int i = 0; i < races; i++)
        run_race(s, &rules, (uint64_t)i, &sum);
    tell(s->name, &sum);
    return sum;
}

#define RHO 0.70710678118654752

static const struct simulated under_model[] = {
    {"all equal", 400, .8, 0, .15, .05, RHO, .015, 0, NORMAL},
    {"4 points apart", 1000, .8, .04, .15, .03, RHO, .01, 0, NORMAL},
    {"4 points apart, starts agree less", 1000, .8, .04, .15, .03, RHO, .02, 0, NORMAL},
    {"4 points apart, curves cross", 1000, .8, .04, .15, .08, RHO, .01, 0, NORMAL},
    {"8 points apart, starts agree", 2000, .75, .08, .2, .02, RHO, .004, 0, NORMAL},
};

static const struct simulated beside_model[] = {
    {"gains with heavy tails", 1000, .8, .04, .15, .08, RHO, .01, 0, HEAVY_TAILS},
    {"gains shrink by 0.9, not 0.71", 1000, .8, .04, .15, .08, .9, .01, 0, NORMAL},
    {"the better, the slower", 1000, .8, .04, .15, .03, RHO, .01, 0, SLOW_BEST},
    {"the better, the slower: order turned", 1000, .8, .04, .15, .08, RHO, .01, 0, SLOW_BEST},
    {"best gains 5 points at the very end", 1000, .8, .04, .15, .05, RHO, .01, 0, LATE_BEST},
    {"best gains 15 points at the very end", 1000, .8, .04, .25, .15, RHO, .01, 0, LATE_BEST},
    {"starts of some cuts differ far more", 1000, .8, .04, .15, .03, RHO, .01, 1, NORMAL},
};

static void test_under_model(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof under_model / sizeof under_model[0]; i++) {
        struct result r = run_races(&under_model[i], RHO);
        double most = 0.05 + 3 * sqrt(0.05 * 0.95 / races);
        assert_true(r.missing / races <= most);
    }
}

static void test_beside_model(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof beside_model / sizeof beside_model[0]; i++)
        run_races(&beside_model[i], RHO);
    run_races(&under_model[3], 0.01);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        races = atoi(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_under_model),
        cmocka_unit_test(test_beside_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
