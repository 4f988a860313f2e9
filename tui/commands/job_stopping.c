/* --until-stable in a batch command: what came of it. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "commands/job.h"
#include "report/report.h"

/* "best block4_pool (layer 13)", "the best of each of 3 subsets". New string. */
static char *what_is_best(const struct report *r)
{
    if (r->subsets_n)
        return memory_format("the best of each of %d subset%s", r->subsets_n, r->subsets_n == 1 ? "" : "s");
    int best = curve_pick(r->curve, r->chosen);
    if (best < 0)
        return memory_copy("best none, the curve has no local maximum,");
    const struct table_row *row = &r->table->rows[r->listed[best]];
    return memory_format("best %s (layer %d)", row->name, row->layer);
}

/* The lowest share of a pick over the curves, on all rows; NaN where one is not known. */
static double lowest_share(const struct study *study)
{
    double lowest = 1;
    const bool *chosen;
    for (int i = 0; (chosen = study_rule_classes(study, i)); i++) {
        struct stability *s = stability_compute(study->curve, chosen);
        double share = stability_share(s, curve_pick(study->curve, chosen));
        lowest = isnan(share) || share < lowest ? share : lowest;
        stability_free(s);
        if (isnan(lowest))
            break;
    }
    return lowest;
}

/* The share is that of all the rows, which may be higher than a look before the last image asks for: what a
 * look would have saved is not there any more. */
static char *unstable_words(const struct study *s, const char *best)
{
    char *why = stopping_unstable(study_rule(s), s->curve);
    double share = lowest_share(s);
    char *words = isnan(share) ? memory_format("%s: the spread of a class with one image is not known", why)
                               : memory_format("%s; with the rows of all %ld: %s in %.4g %% of %d resamples",
                                               why, s->curve->rows_n, best, 100 * share, STABILITY_RESAMPLES);
    free(why);
    return words;
}

void job_tell_until(const struct job *j)
{
    const struct stopping *u = study_rule(j->study);
    if (!u)
        return;
    char *best = what_is_best(&j->report);
    char *words = u->stable ? study_stable_words(j->study, best) : unstable_words(j->study, best);
    const struct confirmation *f = &j->confirmation;
    if (u->stable && f->images && f->holds)
        console_say(j->c->console, "%s, in f32 by %ld of them in %.4g %%", words, f->images, 100 * f->share);
    else
        console_say(j->c->console, "%s", words);
    free(words);
    free(best);
}
