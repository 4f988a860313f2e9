/* A race of split points: every cut is retrained a little, those that cannot win any more stop, the others go
 * on with twice the steps (successive halving: Jamieson and Talwalkar, AISTATS 2016, but who stops is decided
 * by tests, not by a fixed share). What happens next is a function of the record alone: fill a race with the
 * results that are known, in any order, from a store or as they come, and ask.
 *
 *     struct race_rules rules = race_usual;
 *     rules.cuts = 18, rules.images = 2000, rules.first_steps = 100;
 *     struct race *r = race_new(&rules);
 *     ... race_add(r, ...) for each result in the store ...
 *     while ((steps = race_next(r, 0, &cut, &start, &stage)) > 0) {
 *         ... train this start of the cut `steps` on, to the end of the stage ...
 *         race_add(r, cut, start, stage, right);
 *     }
 *     best = race_verdict(r, cuts);
 *     race_free(r);
 *
 * Stage s = 0, ..., F (F = stages - 1) has first_steps * 2^s steps and ends annealed, so that accuracies are
 * comparable there. Each start (seed) of a cut goes through the stages by itself. A result is which of the
 * validation images were right: the same images, in the same order, for all.
 *
 * What is decided. mu_i(s) is the accuracy of cut i after stage s, over all images and starts there could be.
 * The true best is the cut with the highest mu_i(F). With probability 1 - error or more it is neither stopped
 * in any stage nor missing in the final set, if the model holds:
 *
 * (1) Images: those of validation are a random sample.
 *
 * (2) Starts: the accuracy of a start differs from its cut's by a normal deviation. Its variance is the same
 * for all cuts and does not grow with training. It is pooled over the cuts, each at its last stage in the
 * race.
 *
 * (3) The gain that remains, mu_i(F) - mu_i(s): a part common to all cuts, and a normal deviation of the
 * cut's own, of mean 0, which says nothing about mu_i(F). The deviation is at most
 *
 *     tau_s (rho + rho^2 + ... + rho^(F-s))
 *
 * with tau_s the standard deviation over the cuts of what they gained in stage s, and rho = `shrink`. So
 * there are slow starters, and curves cross; but gains shrink, and differ ever less, by rho a stage. A cut's
 * gains may hang together in any way. That is exact where the distance to the end falls as steps^-beta, with
 * a factor of its own for each cut (the power law of Hestness et al., arXiv 1712.00409; pow3 in Domhan et
 * al., IJCAI 2015): rho = 2^-beta. The default stands for beta = 1/2. tau_s is measured, from the gains of
 * all cuts, each in its last stage t and shrunk by rho^(s-t).
 *
 * Stopping. After the stages 1, ..., F - 1 cut i stops if another that races, l, makes mu_i(F) >= mu_l(F)
 * incredible: their measured difference over its standard error is beyond Student's t, one-sided, at
 * error / 2 / ((F - 1) (contestants - 1)): spent evenly over stages and rivals (Bonferroni). The square of
 * the standard error is, for means over the starts,
 *
 *     (paired variance over images) / images + 2 (variance of starts) / starts + 2 (deviation of (3))^2
 *
 * less what a part holds of another: the first of the starts, and the measured gains of the images. Degrees
 * of freedom are Satterthwaite's. After stage 0 no gains were seen, and nobody stops.
 *
 * Ends. One cut is left (one that has no rival from the beginning goes through all stages: only its accuracy
 * is asked for); or none can end above the leader by `margin` or more, each of the n left tested so
 * at error / (F (n - 1)); or stage F is done; or the next stage does not fit in `budget`.
 *
 * The set: a model confidence set at 1 - error / 2 (confidence_set.h; 1 - error where nobody could stop) of
 * the cuts that race, from RACE_DRAWS joint draws: images by a Gaussian multiplier bootstrap, the same for
 * all cuts and starts (Chernozhukov, Chetverikov, Kato, Annals of Statistics 2013); within it the starts, as
 * normal deviations, since two are too few to be drawn from themselves; and the gains of (3). Each variance
 * is drawn anew as its degrees of freedom leave it uncertain.
 *
 * Simulated, also where the model does not hold: engine/README.md. */
#ifndef ISPLIT_RACE_RACE_H
#define ISPLIT_RACE_RACE_H

#include <stdbool.h>
#include <stdint.h>

enum { RACE_STAGES_MAX = 24, RACE_DRAWS = 2000 };

struct race_rules {
    int cuts; /* 1 or more */
    /* Of every cut. With one start nothing is known of starts: nobody stops, and all are in the set. */
    int starts;
    int stages;          /* F + 1, at most RACE_STAGES_MAX */
    long images;         /* of validation, 1 or more */
    long first_steps;    /* of stage 0; stage s has first_steps << s */
    long budget;         /* steps of all together; 0: no limit */
    bool exhaustive;     /* nobody stops: all are trained alike, to the end */
    const bool *allowed; /* [cuts] who takes part: within the limits, or of one's own shard; NULL: all */
    double error;
    double margin;
    double shrink; /* rho, below 1 */
    uint64_t seed; /* of the draws */
};

/* 2 starts, 5 stages, error 0.05, margin 0.01, shrink 2^-1/2; cuts, images and first_steps are yours. */
extern const struct race_rules race_usual;

/* A cut, as far as its results go; a cut outside the limits, too. NaN where nothing can be said. */
struct race_cut {
    int stage;       /* the last one that all its starts have finished; -1: none */
    long steps;      /* trained, all starts together */
    int failed;      /* of its starts; */
    bool lost;       /* all of them: nothing else is known */
    double accuracy; /* mean of the starts after that stage */
    /* Its 95 % interval holds images and starts: Wilson's for the images, joined with Student's for the
     * starts by the method of variance estimates recovery (Zou and Donner, Statistics in Medicine 2008). */
    double low, high;
    bool racing; /* takes part, and was not stopped */
    int rival;   /* of one that races: the leader (itself, if it leads); else who made it stop; -1: neither */
    /* The most by which it can still end above its rival, by the bound for stopping: below 0 if it was
     * stopped, 0 for the leader. */
    double reach;
    bool in_set; /* not distinguishable from the best; of none before there is a leader */
    double p;    /* p-value of the confidence set; NaN before one can be made */
};

enum race_end {
    RACE_RUNS,
    RACE_ONE_LEFT,
    RACE_INDIFFERENT, /* what is left to decide is below the margin */
    RACE_STAGES_DONE,
    RACE_BUDGET_SPENT,
    RACE_NONE_LEFT, /* all starts of all cuts that raced have failed */
};

/* Copies the rules. An opaque race; never NULL. Free with race_free. */
struct race *race_new(const struct race_rules *rules);
void race_free(struct race *r);

/* Restricts allowed[cuts] to shard `number` (1 to `of`): cuts number - 1, number - 1 + of, ... Each shard is
 * then a race of its own; the race over the merged results decides by all of them, and asks for what is
 * missing. */
void race_shard(bool *allowed, int cuts, int number, int of);

/* right[images], 0 or 1, copied: which images were right after this stage. A result that is there already
 * stays. False for a cut, start or stage outside the rules. */
bool race_add(struct race *r, int cut, int start, int stage, const uint8_t *right);

/* That start's training in this stage came to nothing, as where the numbers were not finite any more. It
 * takes no part from that stage on: its cut's means and variances are of the starts that are left, and a cut
 * of which none is left is out of the race. A result that is there already stays. False as of race_add. */
bool race_fail(struct race *r, int cut, int start, int stage);

/* What to train next: returns the steps of that stage, or 0 when the race is over. k = 0 is the next piece of
 * work; k = 1, 2, ... those after it that need no further result to be sure of, for several at work at once,
 * and 0 when there are no more of these. Cut by cut, and for each its starts. */
long race_next(struct race *r, int k, int *cut, int *start, int *stage);

/* RACE_RUNS while race_next has work. */
enum race_end race_ending(struct race *r);

/* cuts[rules.cuts]; at any time. Returns the leader: the cut with the highest accuracy of those that race,
 * after the last stage that all of them have finished; -1 before there is one. */
int race_verdict(struct race *r, struct race_cut *cuts);

#endif
