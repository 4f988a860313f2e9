/* The race: its variances against NumPy, and what it asks for as results come. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "curve/order.h"
#include "race/confidence_set.h"
#include "race/race.h"
#include "race/race_look.h"
#include "race_values.h"

static void check(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.10g (expected %.10g)", value, expected);
}

static uint64_t mixed(uint64_t state)
{
    return order_splitmix(&state);
}

/* ---- Against NumPy: the results and numbers of tests/reference/test_race.py -------------------------------
 */

enum { CUTS = 6, STARTS = 3, STAGES = 5, IMAGES = 50, RESULTS = STAGES * CUTS * STARTS };

static const int last[CUTS] = {2, 2, 1, 2, 0, 2};

static bool is_right(int cut, int start, int stage, int image)
{
    uint64_t number = mixed((uint64_t)(((cut * 10 + start) * 10 + stage) * 1000 + image)) % 100;
    return (int)number <
           45 + 4 * cut + (3 + 5 * cut % 19) * stage - 5 * (start == cut % 3) + 12 * (image % 3);
}

/* The stage in which a start failed, in the second case there. */
static int failed_in(int cut, int start)
{
    static const int failed[][3] = {{0, 1, 1}, {3, 2, 2}, {4, 0, 1}};
    for (size_t i = 0; i < sizeof failed / sizeof failed[0]; i++)
        if (failed[i][0] == cut && failed[i][1] == start)
            return failed[i][2];
    return STAGES;
}

static struct race_look *make_look_of(int stage, int stages, double shrink, bool some_fail)
{
    static uint8_t right[RESULTS][IMAGES];
    static uint8_t *record[RESULTS];
    struct race_rules rules = race_usual;
    rules.cuts = CUTS;
    rules.starts = STARTS;
    rules.stages = stages;
    rules.images = IMAGES;
    rules.shrink = shrink;
    for (int i = 0; i < RESULTS; i++) {
        int start = i % STARTS, cut = i / STARTS % CUTS, of = i / STARTS / CUTS;
        for (int j = 0; j < IMAGES; j++)
            right[i][j] = is_right(cut, start, of, j);
        record[i] = of <= last[cut] && !(some_fail && of >= failed_in(cut, start)) ? right[i] : NULL;
    }
    return race_look_new(&rules, record, last, stage);
}

static struct race_look *make_look(int stage, int stages, double shrink)
{
    return make_look_of(stage, stages, shrink, false);
}

/* Some cuts have lost a start: means and variances are of those that are left. */
static void test_look_at_failed(void **state)
{
    (void)state;
    struct race_look *l = make_look_of(2, STAGES, 0.6, true);
    double low, high;
    for (int i = 0; i < CUTS; i++)
        check(race_look_accuracy(l, i), failed_accuracy[i], 1e-7);
    check(race_look_reach(l, 0, 3, 0.01), failed_reach_0_3[0], 1e-6);
    for (int k = 0; k < 2; k++) {
        race_look_interval(l, k == 0 ? 0 : 4, 0.95, &low, &high);
        check(low, failed_interval[2 * k], 1e-7);
        check(high, failed_interval[2 * k + 1], 1e-7);
    }
    race_look_free(l);
}

static void test_look(void **state)
{
    (void)state;
    struct race_look *l = make_look(2, STAGES, 0.6);
    double low, high;
    for (int i = 0; i < CUTS; i++)
        check(race_look_accuracy(l, i), look_accuracy[i], 1e-7);
    check(race_look_doubt(l, 0, 5, 0), look_doubt_0_5[0], 1e-7);
    check(race_look_doubt(l, 0, 5, 0.05), look_doubt_0_5[1], 1e-7);
    check(race_look_doubt(l, 5, 0, 0), 1, 0);
    check(race_look_reach(l, 0, 5, 0.01), look_reach_0_5[0], 1e-6);
    check(race_look_reach(l, 1, 3, 0.001), look_reach_1_3[0], 1e-6);
    for (int k = 0; k < 2; k++) {
        race_look_interval(l, k == 0 ? 0 : 4, 0.95, &low, &high);
        check(low, look_interval[2 * k], 1e-7);
        check(high, look_interval[2 * k + 1], 1e-7);
    }
    race_look_free(l);
}

/* Of cut 3 less cut 5 after stage 2. */
static double variance_of_draws(const struct race_look *l)
{
    enum { DRAWS = 20000 };
    static double draws[DRAWS][2];
    const int who[] = {3, 5};
    double squares = 0;
    race_look_draws(l, who, 2, 1, DRAWS, draws[0]);
    for (int d = 0; d < DRAWS; d++)
        squares += (draws[d][0] - draws[d][1]) * (draws[d][0] - draws[d][1]) / DRAWS;
    return squares;
}

static double variance_over_images(void)
{
    double mean = 0, squares = 0;
    for (int j = 0; j < IMAGES; j++) {
        double apart = 0;
        for (int r = 0; r < STARTS; r++)
            apart += (double)(is_right(3, r, 2, j) - is_right(5, r, 2, j)) / STARTS;
        mean += apart / IMAGES;
        squares += apart * apart / IMAGES;
    }
    return (squares - mean * mean) / (IMAGES - 1);
}

/* The difference of two cuts' draws varies as its parts say, each variance drawn anew: the mean of
 * start * df / chi-square, of df = 12 here, is 12 / 10 times start. At the last stage no gains remain. */
static void test_draws(void **state)
{
    (void)state;
    struct race_look *middle = make_look(2, STAGES, 0.6), *end = make_look(2, 3, 0.6);
    const double *v = look_variance; /* start, residual, gain, gain_noise */
    double expected = variance_over_images() + 2 * (v[0] * 12 / 10 - v[1]) / STARTS;
    double remaining = 0.6 + 0.36, found = variance_of_draws(end);
    print_message("images %.5f, with starts %.5f: drawn %.5f, with gains %.5f\n", variance_over_images(),
                  expected, found, variance_of_draws(middle));
    check(found, expected, 0.05 * expected);
    assert_true(variance_of_draws(middle) > found + 2 * remaining * remaining * (v[2] - v[3]));
    race_look_free(middle);
    race_look_free(end);
}

static void test_confidence_set(void **state)
{
    (void)state;
    static const double estimate[] = {.70, .703, .60, .752, .75, .69};
    static double draws[400][6];
    double p[6];
    for (int d = 0; d < 400; d++)
        for (int i = 0; i < 6; i++)
            draws[d][i] = ((double)(mixed((uint64_t)(d * 6 + i)) % 1000) - 500) * (i == 0 ? 10 : 1) / 2e4 +
                          ((double)(mixed((uint64_t)(7000 + d)) % 1000) - 500) / 1e4;
    confidence_set(estimate, draws[0], 400, 6, p);
    for (int i = 0; i < 6; i++)
        check(p[i], set_p[i], 1e-9);
    /* Nothing varies: only the best is left; equal ones stay together. */
    static const double none[3][3];
    const double apart[] = {.5, .7, .7};
    confidence_set(apart, none[0], 3, 3, p);
    check(p[0], 0.25, 1e-12);
    check(fmin(p[1], p[2]), 1, 1e-12);
    confidence_set(apart, none[0], 3, 1, p);
    check(p[0], 1, 0);
}

/* ---- What it asks for ---------------------------------------------------------------------------------- */

enum { MANY = 8, VALIDATION = 600 };

/* Cut i is right on 50 + 4 i % in the end, on less before, some on far less; starts differ by a little. */
static void made_up(int cut, int start, int stage, uint8_t *right)
{
    double share = 0.50 + 0.04 * cut - (0.10 + 0.02 * (cut * 5 % 4)) / (1 << stage) +
                   0.01 * ((cut * 7 + start * 3) % 3 - 1);
    for (int j = 0; j < VALIDATION; j++) {
        double hard = (double)(mixed((uint64_t)j) >> 11) / 9007199254740992.0;
        uint64_t own = mixed((uint64_t)(((stage * MANY + cut) * 2 + start) * VALIDATION + j) + 12345);
        right[j] = 0.8 * hard + 0.2 * ((double)(own >> 11) / 9007199254740992.0) < share;
    }
}

static struct race_rules rules_for(int cuts)
{
    struct race_rules rules = race_usual;
    rules.cuts = cuts;
    rules.images = VALIDATION;
    rules.first_steps = 10;
    return rules;
}

struct piece {
    int cut, start, stage;
};

/* Trains until it is over, or until `most` pieces; done[] has them. Returns how many. */
static int train(struct race *r, int most, struct piece *done)
{
    uint8_t right[VALIDATION];
    struct piece p;
    int n = 0;
    while (n < most && race_next(r, 0, &p.cut, &p.start, &p.stage) > 0) {
        made_up(p.cut, p.start, p.stage, right);
        assert_true(race_add(r, p.cut, p.start, p.stage, right));
        done[n++] = p;
    }
    return n;
}

enum { PIECES = MANY * 2 * 5 };

static void test_race(void **state)
{
    (void)state;
    struct race_rules rules = rules_for(MANY);
    struct race *r = race_new(&rules);
    struct piece done[PIECES];
    struct race_cut cuts[MANY];
    assert_int_equal(race_verdict(r, cuts), -1);
    assert_true(cuts[0].racing && !cuts[0].in_set); /* of which best? */
    assert_int_equal(race_ending(r), RACE_RUNS);
    int n = train(r, PIECES, done);
    assert_true(n < PIECES);
    for (int i = 0; i < MANY * 2; i++) {
        assert_int_equal(done[i].cut, i / 2);
        assert_int_equal(done[i].start, i % 2);
        assert_int_equal(done[i].stage, 0);
    }
    assert_int_equal(race_verdict(r, cuts), MANY - 1);
    assert_true(cuts[MANY - 1].racing && cuts[MANY - 1].in_set && cuts[MANY - 1].p == 1);
    assert_true(cuts[MANY - 1].reach == 0 && cuts[MANY - 1].rival == MANY - 1);
    long steps = 0;
    for (int i = 0; i < MANY; i++) {
        const struct race_cut *c = &cuts[i];
        assert_true(c->stage >= 1 && c->low < c->accuracy && c->accuracy < c->high);
        assert_true(c->racing || (c->reach < 0 && c->rival >= 0 && !c->in_set && isnan(c->p)));
        assert_int_equal(c->steps, 2 * 10 * ((1 << (c->stage + 1)) - 1));
        steps += c->steps;
    }
    assert_false(cuts[0].racing);
    assert_int_equal(cuts[0].stage, 1);
    assert_true(steps < MANY * 2 * 10 * 31 / 2);
    race_free(r);
}

/* The bounds that are told are those of the look after the stage: of a cut that stopped after stage 1, with
 * all as they were then; at the end with each at its last stage. 0.05 / 2 over three stages and seven rivals.
 */
static void test_reach(void **state)
{
    (void)state;
    enum { ALL = MANY * 2 * 5 };
    static uint8_t right[ALL][VALIDATION];
    uint8_t *record[ALL];
    struct race_rules rules = rules_for(MANY);
    struct race *r = race_new(&rules);
    struct piece done[PIECES];
    struct race_cut cuts[MANY];
    int first[MANY], ends[MANY], stage = 0, stopped = 0;
    train(r, PIECES, done);
    int best = race_verdict(r, cuts);
    for (int i = 0; i < ALL; i++) {
        made_up(i / 2 % MANY, i % 2, i / 2 / MANY, right[i]);
        record[i] = right[i];
    }
    for (int i = 0; i < MANY; i++) {
        first[i] = 1;
        ends[i] = cuts[i].stage;
        stage = cuts[i].racing ? cuts[i].stage : stage;
    }
    struct race_look *before = race_look_new(&rules, record, first, 1);
    struct race_look *after = race_look_new(&rules, record, ends, stage);
    assert_true(stage > 1);
    for (int i = 0; i < MANY; i++) {
        double bound = 0.05 / 2 / (3 * 7);
        if (cuts[i].racing && i != best)
            check(cuts[i].reach, race_look_reach(after, i, best, bound), 1e-12);
        if (!cuts[i].racing && cuts[i].stage == 1) {
            check(cuts[i].reach, race_look_reach(before, i, cuts[i].rival, bound), 1e-12);
            assert_true(race_look_doubt(before, i, cuts[i].rival, 0) <= bound);
            stopped++;
        }
        if (cuts[i].racing)
            assert_int_equal(cuts[i].in_set, cuts[i].p > 0.025);
    }
    assert_true(stopped > 0);
    race_look_free(before);
    race_look_free(after);
    race_free(r);
}

/* Everything follows from the record: whatever is known, in whatever order it came, the next piece is the one
 * that the race that was never interrupted asked for; and results that are of no use do not matter. */
static void test_record_alone(void **state)
{
    (void)state;
    struct race_rules rules = rules_for(MANY);
    struct race *whole = race_new(&rules);
    struct piece done[PIECES + 1];
    struct race_cut cuts[MANY], again[MANY];
    uint8_t right[VALIDATION];
    int n = train(whole, PIECES, done);
    race_verdict(whole, cuts);
    for (int known = 0; known <= n; known++) {
        struct race *r = race_new(&rules);
        struct piece p;
        for (int i = 0; i < known; i++) {
            const struct piece *d =
                &done[(i * 37 + 5) % known]; /* 37 and known share no factor: all of them */
            if (known % 37 == 0)
                d = &done[known - 1 - i];
            made_up(d->cut, d->start, d->stage, right);
            race_add(r, d->cut, d->start, d->stage, right);
            if (i % 3 == 0)
                race_next(r, 0, &p.cut, &p.start, &p.stage);
        }
        long steps = race_next(r, 0, &p.cut, &p.start, &p.stage);
        assert_int_equal(steps > 0, known < n);
        if (known < n) {
            assert_memory_equal(&p, &done[known], sizeof p);
            assert_int_equal(steps, 10 << p.stage);
        }
        race_free(r);
    }
    struct race *full = race_new(&rules); /* a record with all there is */
    for (int piece = 0; piece < PIECES; piece++) {
        made_up(piece / 10, piece % 2, piece / 2 % 5, right);
        race_add(full, piece / 10, piece % 2, piece / 2 % 5, right);
    }
    race_verdict(full, again);
    assert_int_equal(race_ending(full), race_ending(whole));
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(again[i].racing, cuts[i].racing);
        assert_int_equal(again[i].in_set, cuts[i].in_set);
        assert_true(again[i].p == cuts[i].p || !cuts[i].racing);
        assert_int_equal(again[i].stage, 4);
    }
    race_free(full);
    race_free(whole);
}

/* A stage's pieces all at once, for several at work. */
static void test_list(void **state)
{
    (void)state;
    struct race_rules rules = rules_for(3);
    struct race *r = race_new(&rules);
    uint8_t right[VALIDATION] = {0};
    int cut, start, stage;
    for (int k = 0; k < 6; k++) {
        assert_int_equal(race_next(r, k, &cut, &start, &stage), 10);
        assert_true(cut == k / 2 && start == k % 2 && stage == 0);
    }
    assert_int_equal(race_next(r, 6, &cut, &start, &stage), 0);
    assert_int_equal(race_ending(r), RACE_RUNS);
    race_add(r, 1, 0, 0, right);
    memset(right, 1, sizeof right); /* a second one: the first stays */
    assert_true(race_add(r, 1, 0, 0, right));
    assert_int_equal(race_next(r, 2, &cut, &start, &stage), 10);
    assert_true(cut == 1 && start == 1);
    assert_false(race_add(r, 3, 0, 0, right));
    assert_false(race_add(r, -1, 0, 0, right));
    assert_false(race_add(r, 0, 2, 0, right));
    assert_false(race_add(r, 0, 0, 5, right));
    struct race_cut cuts[3];
    race_add(r, 1, 1, 0, right);
    race_verdict(r, cuts);
    check(cuts[1].accuracy, 0.5, 1e-12);
    assert_true(cuts[1].stage == 0 && cuts[0].stage == -1 && isnan(cuts[0].accuracy) && cuts[1].steps == 20);
    race_free(r);
}

static void test_exhaustive(void **state)
{
    (void)state;
    struct race_rules rules = rules_for(MANY);
    struct piece done[PIECES + 1];
    struct race_cut cuts[MANY];
    rules.exhaustive = true;
    struct race *r = race_new(&rules);
    assert_int_equal(train(r, PIECES + 1, done), PIECES);
    assert_int_equal(race_ending(r), RACE_STAGES_DONE);
    assert_int_equal(race_verdict(r, cuts), MANY - 1);
    for (int i = 0; i < MANY; i++)
        assert_true(cuts[i].racing && cuts[i].stage == 4 && !isnan(cuts[i].p));
    assert_true(cuts[MANY - 1].in_set && !cuts[0].in_set);
    race_free(r);
}

/* Within limits another cut wins, and those that only the excluded one had stopped go on. */
static void test_limits(void **state)
{
    (void)state;
    struct race_rules rules = rules_for(MANY);
    bool allowed[MANY] = {true, true, true};
    struct piece done[PIECES], more[PIECES];
    struct race_cut cuts[MANY];
    uint8_t right[VALIDATION];
    struct race *r = race_new(&rules);
    int n = train(r, PIECES, done);
    race_free(r);
    rules.allowed = allowed;
    r = race_new(&rules);
    for (int i = 0; i < n; i++) {
        made_up(done[i].cut, done[i].start, done[i].stage, right);
        race_add(r, done[i].cut, done[i].start, done[i].stage, right);
    }
    int more_n = train(r, PIECES, more);
    assert_true(more_n > 0);
    for (int i = 0; i < more_n; i++)
        assert_true(more[i].cut <= 2 && more[i].stage >= 2);
    assert_int_equal(race_verdict(r, cuts), 2);
    assert_true(!cuts[MANY - 1].racing && !cuts[MANY - 1].in_set && cuts[MANY - 1].rival == -1);
    assert_true(cuts[MANY - 1].accuracy > cuts[2].accuracy);
    race_free(r);
    memset(allowed, 0, sizeof allowed);
    r = race_new(&rules);
    assert_int_equal(train(r, PIECES, more), 0);
    assert_int_equal(race_verdict(r, cuts), -1);
    race_free(r);
}

/* Two shards, each a race of its own; then the race over what both have. */
static void test_shards(void **state)
{
    (void)state;
    struct race_rules rules = rules_for(MANY);
    struct race *merged = race_new(&rules);
    struct piece done[PIECES];
    struct race_cut cuts[MANY];
    uint8_t right[VALIDATION];
    int took[MANY] = {0};
    for (int number = 1; number <= 2; number++) {
        bool allowed[MANY];
        memset(allowed, true, sizeof allowed);
        race_shard(allowed, MANY, number, 2);
        rules.allowed = allowed;
        struct race *r = race_new(&rules);
        int n = train(r, PIECES, done);
        assert_true(n > 0);
        for (int i = 0; i < n; i++) {
            assert_int_equal(done[i].cut % 2, number - 1);
            took[done[i].cut]++;
            made_up(done[i].cut, done[i].start, done[i].stage, right);
            race_add(merged, done[i].cut, done[i].start, done[i].stage, right);
        }
        race_free(r);
    }
    for (int i = 0; i < MANY; i++)
        assert_true(took[i] > 0);
    train(merged, PIECES, done);
    assert_int_equal(race_verdict(merged, cuts), MANY - 1);
    assert_true(race_ending(merged) != RACE_RUNS);
    race_free(merged);
}

static void test_budget(void **state)
{
    (void)state;
    struct race_rules rules = rules_for(MANY);
    struct piece done[PIECES];
    struct race_cut cuts[MANY];
    rules.budget = MANY * 2 * 30; /* stages 0 and 1, to the step */
    struct race *r = race_new(&rules);
    assert_int_equal(train(r, PIECES, done), MANY * 2 * 2);
    assert_int_equal(race_ending(r), RACE_BUDGET_SPENT);
    assert_int_equal(race_verdict(r, cuts), MANY - 1);
    race_free(r);
    rules.budget--;
    r = race_new(&rules);
    assert_int_equal(train(r, PIECES, done), MANY * 2);
    assert_int_equal(race_ending(r), RACE_BUDGET_SPENT);
    assert_int_equal(race_verdict(r, cuts), MANY - 1); /* the leader; but no gains were seen */
    for (int i = 0; i < MANY; i++)
        assert_true(cuts[i].in_set && isnan(cuts[i].p) && cuts[i].low < cuts[i].high);
    race_free(r);
}

/* With a margin that nothing can pass, the race ends where that is shown; two cuts are not told apart. */
static void test_margin(void **state)
{
    (void)state;
    struct race_rules rules = rules_for(MANY);
    struct piece done[PIECES];
    struct race_cut cuts[MANY];
    rules.margin = 0.3;
    struct race *r = race_new(&rules);
    train(r, PIECES, done);
    assert_int_equal(race_ending(r), RACE_INDIFFERENT);
    assert_int_equal(race_verdict(r, cuts), MANY - 1);
    assert_true(cuts[MANY - 1].stage < 4 && cuts[MANY - 2].racing);
    race_free(r);
}

static void test_few(void **state)
{
    (void)state;
    struct piece done[PIECES];
    struct race_cut cuts[MANY];
    struct race_rules one = rules_for(1), start = rules_for(MANY), stage = rules_for(MANY);
    struct race *r = race_new(&one);
    assert_int_equal(train(r, PIECES, done), 5 * 2); /* nobody to race against: to the end */
    assert_int_equal(race_ending(r), RACE_STAGES_DONE);
    assert_int_equal(race_verdict(r, cuts), 0);
    assert_true(cuts[0].in_set && cuts[0].p == 1 && cuts[0].low < cuts[0].accuracy);
    race_free(r);
    start.starts = 1; /* nothing is known of starts: all go on, and no interval holds them */
    r = race_new(&start);
    assert_int_equal(train(r, PIECES, done), MANY * 5);
    assert_int_equal(race_verdict(r, cuts), MANY - 1);
    for (int i = 0; i < MANY; i++)
        assert_true(cuts[i].in_set && isnan(cuts[i].p) && isnan(cuts[i].low) && !isnan(cuts[i].accuracy));
    race_free(r);
    stage.stages = 1; /* no gains remain */
    r = race_new(&stage);
    assert_int_equal(train(r, PIECES, done), MANY * 2);
    assert_int_equal(race_ending(r), RACE_STAGES_DONE);
    assert_int_equal(race_verdict(r, cuts), MANY - 1);
    assert_true(!cuts[0].in_set && !isnan(cuts[0].p));
    race_free(r);
}

/* Trains until it is over; the starts of fails[cut] starts of a cut fail in stage[cut]. */
static void train_failing(struct race *r, const int *fails, const int *stages)
{
    uint8_t right[VALIDATION];
    int cut, start, stage, lost[MANY] = {0};
    while (race_next(r, 0, &cut, &start, &stage) > 0)
        if (start < fails[cut] && stage == stages[cut]) {
            assert_true(race_fail(r, cut, start, stage));
            assert_true(++lost[cut] <= fails[cut]); /* none is asked for again */
        } else {
            made_up(cut, start, stage, right);
            race_add(r, cut, start, stage, right);
        }
}

/* A cut goes on with the start that is left; one that has lost all is out, and nothing is known of it. */
static void test_failed_starts(void **state)
{
    (void)state;
    struct race_rules rules = rules_for(MANY);
    const int fails[MANY] = {[2] = 2, [MANY - 2] = 2, [MANY - 1] = 1},
              stages[MANY] = {[MANY - 2] = 2, [MANY - 1] = 1};
    const int all[MANY] = {2, 2, 2, 2, 2, 2, 2, 2}, at_once[MANY] = {0};
    struct race_cut cuts[MANY];
    uint8_t right[VALIDATION];
    rules.exhaustive = true;
    struct race *r = race_new(&rules);
    train_failing(r, fails, stages);
    assert_int_equal(race_ending(r), RACE_STAGES_DONE);
    assert_int_equal(race_verdict(r, cuts), MANY - 1);
    assert_true(cuts[MANY - 1].failed == 1 && !cuts[MANY - 1].lost && cuts[MANY - 1].stage == 4);
    made_up(MANY - 1, 1, 4, right);
    int n = 0;
    for (int j = 0; j < VALIDATION; j++)
        n += right[j];
    check(cuts[MANY - 1].accuracy, (double)n / VALIDATION, 1e-6);
    for (int i = 0; i < MANY; i++)
        if (i == 2 || i == MANY - 2)
            assert_true(cuts[i].lost && cuts[i].failed == 2 && cuts[i].stage == -1 &&
                        isnan(cuts[i].accuracy) && isnan(cuts[i].p) && !cuts[i].in_set && !cuts[i].racing);
        else
            assert_true(!cuts[i].lost && cuts[i].stage == 4 && !isnan(cuts[i].p));
    race_free(r);
    rules.exhaustive = false;
    r = race_new(&rules);
    train_failing(r, all, at_once);
    assert_int_equal(race_ending(r), RACE_NONE_LEFT);
    assert_int_equal(race_verdict(r, cuts), -1);
    assert_false(race_fail(r, MANY, 0, 0));
    race_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_look),          cmocka_unit_test(test_look_at_failed),
        cmocka_unit_test(test_draws),         cmocka_unit_test(test_confidence_set),
        cmocka_unit_test(test_race),          cmocka_unit_test(test_reach),
        cmocka_unit_test(test_record_alone),  cmocka_unit_test(test_list),
        cmocka_unit_test(test_exhaustive),    cmocka_unit_test(test_limits),
        cmocka_unit_test(test_shards),        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_margin),        cmocka_unit_test(test_few),
        cmocka_unit_test(test_failed_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
