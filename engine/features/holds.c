#include "features/holds.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/memory.h"
#include "race/paired.h"

#define ALPHA 0.05
#define IMAGES_MOST 1e9 /* more are none */

/* By the coder that makes it smallest. */
static const struct feature *holds_find(const struct features *f, int layer, enum dtype type)
{
    const struct feature *best = NULL;
    for (int c = 0; c < CODERS; c++) {
        const struct feature *row = features_find(f, layer, type, (enum coder)c);
        bool known = row && !isnan(row->coded.value);
        if (known && (!best || row->coded.value < best->coded.value))
            best = row;
    }
    return best;
}

/* p if n images lost and gained at the rate of those that were measured. */
static double holds_p_of(const struct feature *f, double n, double max_drop)
{
    double more = n / (double)f->images;
    return paired_falls((double)f->gained * more, (double)f->lost * more, n, max_drop);
}

/* The fewest images with which p is as small as `level`. */
static double holds_needed(const struct feature *f, double max_drop, double level)
{
    double few = (double)f->images, many = 2 * few;
    while (many <= IMAGES_MOST && holds_p_of(f, many, max_drop) > level)
        many *= 2;
    if (many > IMAGES_MOST)
        return INFINITY;
    while (many - few > 1) {
        double middle = floor((few + many) / 2);
        if (holds_p_of(f, middle, max_drop) > level)
            few = middle;
        else
            many = middle;
    }
    return ceil(many);
}

/* The dtypes that are tested, the smallest p first; returns how many. */
static int holds_order(const struct hold holds[DTYPES], int order[DTYPES])
{
    int n = 0;
    for (int t = 0; t < DTYPES; t++) {
        if (t == DTYPE_F32 || !holds[t].feature || isnan(holds[t].p))
            continue;
        int at = n++;
        for (; at > 0 && holds[order[at - 1]].p > holds[t].p; at--)
            order[at] = order[at - 1];
        order[at] = t;
    }
    return n;
}

void holds_judge(const struct features *f, int layer, double max_drop, struct hold holds[DTYPES])
{
    int order[DTYPES], shown = 0;
    for (int t = 0; t < DTYPES; t++) {
        const struct feature *row = holds_find(f, layer, (enum dtype)t);
        bool known = row && row->lost >= 0;
        holds[t] = (struct hold){row, known ? holds_p_of(row, (double)row->images, max_drop) : NAN,
                                 row && t == DTYPE_F32, INFINITY};
    }
    int n = holds_order(holds, order);
    while (shown < n && holds[order[shown]].p <= ALPHA / (n - shown))
        holds[order[shown++]].holds = true;
    /* Holm's procedure ended at this step, whose level the others have to meet, whatever their place was. */
    for (int i = shown; i < n; i++)
        holds[order[i]].needed = holds_needed(holds[order[i]].feature, max_drop, ALPHA / (n - shown));
}

const struct feature *holds_cheapest(const struct hold holds[DTYPES])
{
    const struct feature *best = NULL;
    for (int t = 0; t < DTYPES; t++)
        if (holds[t].holds && (!best || holds[t].feature->coded.value < best->coded.value))
            best = holds[t].feature;
    return best;
}

/* Where no integer holds, of those that more images would show the one of fewest bytes; DTYPES: there is
 * none. */
static int holds_cheapest_to_show(const struct hold holds[DTYPES])
{
    int best = DTYPES;
    for (int t = 0; t < DTYPES; t++) {
        if (dtype_is_affine((enum dtype)t) && holds[t].holds)
            return DTYPES;
        bool may = holds[t].feature && !holds[t].holds && isfinite(holds[t].needed);
        if (may && (best == DTYPES || holds[t].feature->coded.value < holds[best].feature->coded.value))
            best = t;
    }
    return best;
}

/* Whether it was judged on fewer images than others: then -n gives no more of them, but --sample does. */
static bool holds_is_sample(const struct hold holds[DTYPES], const struct feature *f)
{
    bool more = false;
    for (int t = 0; t < DTYPES; t++)
        more = more || (holds[t].feature && holds[t].feature->images > f->images);
    return more;
}

/* Why not the dtype `t`, which was measured. New string. */
static char *holds_why_not(const struct hold holds[DTYPES], int t)
{
    const struct feature *f = holds[t].feature;
    const char *word = dtype_words[t];
    if (holds[t].holds)
        return memory_format("%s is no smaller", word);
    if (isnan(holds[t].p))
        return memory_format("of %s it is not known how many images it gained and lost", word);
    if (isfinite(holds[t].needed))
        return memory_format("%s is not shown by %ld images, would need about %.0f%s", word, f->images,
                             holds[t].needed, holds_is_sample(holds, f) ? " (--sample)" : "");
    return memory_format("%s loses %.1f %% of %ld images", word,
                         100 * (double)(f->lost - f->gained) / (double)f->images, f->images);
}

char *holds_why(const struct hold holds[DTYPES], const struct feature *chosen)
{
    int next = (int)chosen->type + 1, cheapest = holds_cheapest_to_show(holds);
    while (next < DTYPES && !holds[next].feature)
        next++;
    if (next == DTYPES)
        return NULL;
    char *why = holds_why_not(holds, next);
    if (cheapest == DTYPES || cheapest == next)
        return why;
    char *both = memory_format("%s; %s, the cheapest that more images may show, about %.0f", why,
                               dtype_words[cheapest], holds[cheapest].needed);
    free(why);
    return both;
}
