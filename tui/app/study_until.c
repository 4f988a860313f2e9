/* --until-stable on the screen: looks between other things, and ends the measuring where the pick is stable.
 */
#include "app/study.h"

#include <stdlib.h>

#include "base/memory.h"

/* Drawn rows of a slice, some 2 ms. */
enum { SLICE = 150000 };

static char *name_of_best(const struct study *s)
{
    int best = curve_pick(s->until->prefix, s->asked);
    return best < 0 ? memory_copy("none, the curve has no local maximum,")
                    : memory_copy(s->table->rows[s->listing.layers[best]].name);
}

/* The run under way is stopped; what it measures beyond the point is not kept. */
static void become_stable(struct study *s)
{
    struct error e;
    const struct until *u = s->until;
    char *best = name_of_best(s);
    s->stable = true;
    journal_add(s->journal, JOURNAL_GOOD,
                "stable at %g after %ld of %ld images: best %s in %.4g %% of %d resamples (p goes on)",
                u->wanted, until_images(u), u->order_n, best, 100 * u->lowest, u->resamples);
    free(best);
    if (s->state == STUDY_MEASURING && !s->pausing && engine_stop(s->engine, &e) < 0)
        journal_add(s->journal, JOURNAL_ERROR, "%s", e.text);
    else if (s->state == STUDY_DONE || s->state == STUDY_PAUSED)
        study_end_early(s);
}

bool study_look_stable(struct study *s)
{
    if (!s->until || s->stable)
        return false;
    const bool *chosen[] = {s->asked};
    const struct until_curves curves = {chosen, 1};
    enum until_state state = until_step(s->until, s->curve, &curves, SLICE);
    if (state == UNTIL_STABLE) {
        become_stable(s);
    } else if (state == UNTIL_WAITS && s->state == STUDY_DONE) {
        char *why = until_unstable(s->until, s->curve);
        journal_add(s->journal, JOURNAL_NOTE, "%s", why);
        free(why);
        until_free(s->until);
        s->until = NULL;
    }
    return state == UNTIL_WORKS;
}

void study_end_early(struct study *s)
{
    long images = until_images(s->until);
    study_end_recall(s); /* it speaks of the curve that goes */
    if (s->archive)
        s->archive->curve = s->curve; /* for study_measure_rest */
    else
        curve_free(s->curve);
    s->curve = until_take(s->until);
    s->rows_seen = s->curve->rows_n;
    for (long i = images; i < s->order_n; i++)
        s->settled[s->order[i]] = false;
    s->settled_n = s->order_n = images;
    s->skipped = until_lost(s->until, UNTIL_UNDECODABLE);
    s->nonfinite = until_lost(s->until, UNTIL_NONFINITE);
    s->pausing = false;
    s->state = STUDY_DONE;
    s->doing[0] = '\0';
    s->version++;
}

bool study_ended_early(const struct study *s)
{
    return s->stable && s->state == STUDY_DONE;
}

void study_measure_rest(struct study *s)
{
    until_free(s->until);
    s->until = NULL;
    s->stable = false;
    s->order_n = s->ordered_n;
    if (s->archive) {
        study_restore_archive(s);
        return;
    }
    study_begin_recall(s);
    study_next_run(s);
}
