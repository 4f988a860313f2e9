/* --until-stable: looks between other things, and ends the measuring where the pick is stable.
 */
#include "study/study_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Drawn rows of a slice, some 2 ms. */
enum { SLICE = 150000 };

struct study_stopping {
    struct stopping *rule; /* NULL: all images are measured */
    const bool **chosen;   /* [chosen_n] the classes of each curve that is looked at (ours: the list alone) */
    int chosen_n;
    long images;    /* that may be needed: the first of the order */
    long ordered_n; /* how many there were in the order before the pick was stable */
    bool stable;
};

struct study_stopping *study_stopping_new(void)
{
    return memory_new(1, sizeof(struct study_stopping));
}

void study_stopping_free(struct study_stopping *u)
{
    stopping_free(u->rule);
    free(u->chosen);
    free(u);
}

void study_stopping_limit(struct study *s)
{
    s->stopping->images = s->order_n;
}

struct stopping *study_new_stopping(const struct study *s, struct error *e)
{
    return stopping_new(s->options.measure.until_stable, s->dataset->images, s->order, s->stopping->images,
                        s->layer_list.n, s->table->classes, e);
}

int study_stopping_begin(struct study *s, const bool *const *curves, int curves_n, struct error *e)
{
    struct study_stopping *u = s->stopping;
    u->ordered_n = s->order_n;
    u->chosen_n = curves_n;
    u->chosen = memory_new((size_t)curves_n, sizeof *u->chosen);
    memcpy(u->chosen, curves, (size_t)curves_n * sizeof *u->chosen);
    if (s->options.measure.until_stable > 0)
        u->rule = study_new_stopping(s, e);
    return s->options.measure.until_stable > 0 && !u->rule ? -1 : 0;
}

void study_pass_looks(struct study *s, long images)
{
    s->stopping->rule->passed = images;
}

bool study_is_stable(const struct study *s)
{
    return s->stopping->stable;
}

long study_ordered_n(const struct study *s)
{
    return s->stopping->ordered_n;
}

const struct stopping *study_rule(const struct study *s)
{
    return s->stopping->rule;
}

const bool *study_rule_classes(const struct study *s, int i)
{
    return i < s->stopping->chosen_n ? s->stopping->chosen[i] : NULL;
}

enum stopping_state study_judge_trial(const struct study *s, struct stopping *rule, const struct curve *rows,
                                      long most)
{
    return stopping_step(rule, rows, s->stopping->chosen, s->stopping->chosen_n, most);
}

void study_stopping_exclude(struct study *s, long image, enum exclusion exclusion)
{
    if (s->stopping->rule)
        stopping_exclude(s->stopping->rule, image, exclusion);
}

static char *name_of_best(const struct study *s)
{
    int best = curve_pick(s->stopping->rule->prefix, s->stopping->chosen[0]);
    return best < 0 ? memory_copy("best none, the curve has no local maximum,")
                    : memory_format("best %s", s->table->rows[s->layer_list.layers[best]].name);
}

char *study_stable_words(const struct study *s, const char *best)
{
    const struct stopping *u = s->stopping->rule;
    return memory_format("stable at %g after %ld of %ld images: %s in %.4g %% of %d resamples", u->wanted,
                         stopping_images(u), u->order_n, best, 100 * u->lowest, u->resamples);
}

char *study_chance_words(const struct curve_accuracy *a)
{
    if (!a->near_chance)
        return NULL;
    double accuracy = (double)a->correct / (double)a->images;
    /* Above chance but not by enough: that the classifier guesses is not shown either. */
    if (accuracy > a->chance && a->by_chance < 0.5)
        return memory_format(
            "accuracy %.1f %% of %ld images can be chance (%.1f %%; as many right with probability "
            "%.2f): measure more, or labels or preprocessing look wrong",
            100 * accuracy, a->images, 100 * a->chance, a->by_chance);
    return memory_format(
        "accuracy %.1f %% is no better than chance (%.1f %%): labels or preprocessing look wrong",
        100 * accuracy, 100 * a->chance);
}

/* The run under way is stopped; what it measures beyond the point is not kept. */
static void become_stable(struct study *s)
{
    struct error e;
    char *best = name_of_best(s);
    char *words = study_stable_words(s, best);
    s->stopping->stable = true;
    study_say(s, STUDY_STABLE, "%s", words);
    free(words);
    free(best);
    if (s->state == STUDY_MEASURING && !s->run.pausing && connection_stop(s->connection, &e) < 0)
        study_say(s, STUDY_ERROR, "%s", e.text);
    else if (s->state == STUDY_DONE || s->state == STUDY_PAUSED)
        study_stop_early(s);
}

enum stopping_state study_judge(struct study *s, long rows)
{
    struct study_stopping *u = s->stopping;
    if (u->stable)
        return STOPPING_STABLE;
    if (!u->rule)
        return STOPPING_WAITS;
    enum stopping_state state = stopping_step(u->rule, s->curve, u->chosen, u->chosen_n, rows);
    if (state == STOPPING_STABLE)
        become_stable(s);
    return state;
}

bool study_look_stable(struct study *s)
{
    if (!s->stopping->rule || s->stopping->stable)
        return false;
    enum stopping_state state = study_judge(s, SLICE);
    if (state == STOPPING_WAITS && s->state == STUDY_DONE) {
        char *why = stopping_unstable(s->stopping->rule, s->curve);
        study_say(s, STUDY_UNSTABLE, "%s", why);
        free(why);
        stopping_free(s->stopping->rule);
        s->stopping->rule = NULL;
    }
    return state == STOPPING_WORKS;
}

void study_stop_early(struct study *s)
{
    long images = stopping_images(s->stopping->rule);
    study_end_row_cache(s); /* it speaks of the curve that goes */
    if (s->saved_rows)
        s->saved_rows->curve = s->curve; /* for study_measure_rest */
    else
        curve_free(s->curve);
    s->curve = stopping_take(s->stopping->rule);
    s->run.rows_seen = s->curve->rows_n;
    for (long i = images; i < s->order_n; i++)
        s->settled[s->order[i]] = false;
    s->settled_n = s->order_n = images;
    struct excluded lost = excluded_among(&s->excluded, s->order, images);
    excluded_free(&s->excluded);
    s->excluded = lost;
    s->run.pausing = s->run.more = false;
    s->state = STUDY_DONE;
    s->doing[0] = '\0';
    s->version++;
}

bool study_stopped_early(const struct study *s)
{
    return s->stopping->stable && s->state == STUDY_DONE;
}

void study_measure_rest(struct study *s)
{
    stopping_free(s->stopping->rule);
    s->stopping->rule = NULL;
    s->stopping->stable = false;
    s->order_n = s->stopping->ordered_n;
    if (s->saved_rows) {
        study_restore_saved_rows(s);
        return;
    }
    study_begin_row_cache(s);
    study_go_on(s);
}
