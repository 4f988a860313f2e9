#include "curve/curve.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "curve/curve_stats.h"

void curve_peaks(const double *cui, int n, bool *local_max)
{
    int before = -1; /* the last layer with a value below or above the plateau */
    for (int i = 0; i < n; i++)
        local_max[i] = false;
    for (int first = 0; first < n;) {
        if (isnan(cui[first])) {
            first++;
            continue;
        }
        int next = first + 1;
        int last = first;
        while (next < n && (isnan(cui[next]) || cui[next] == cui[first])) {
            if (!isnan(cui[next]))
                last = next;
            next++;
        }
        local_max[first] = before >= 0 && next < n && cui[before] < cui[first] && cui[next] < cui[first];
        before = last;
        first = next;
    }
}

int curve_best(const double *cui, int n, const bool *local_max)
{
    int best = -1;
    for (int i = 0; i < n; i++)
        if (local_max[i] && (best < 0 || cui[i] > cui[best]))
            best = i;
    return best;
}

/* Statistics of one layer over the strata of a subset. */
struct strata {
    const struct curve *c;
    const int *classes; /* [n] chosen classes that have rows */
    int n;
    long images;
    bool pairs; /* every class has at least 2 images */
};

static void interval(const struct strata *s, int layer, struct curve_point *p)
{
    double total = (double)s->images;
    double variance = 0;
    double below = 0;
    for (int i = 0; i < s->n; i++) {
        double n = (double)curve_class_summed(s->c, s->classes[i]);
        double squares = s->c->deviations[(size_t)s->classes[i] * (size_t)s->c->layers + (size_t)layer];
        double g = n / total * (squares / (n - 1)) / total;
        variance += g;
        below += g * g / (n - 1);
    }
    double half = 0;
    if (below > 0) /* else all images of a class are alike: no spread, no degrees of freedom */
        half = sqrt(variance) * curve_stats_student(0.95, variance * variance / below);
    p->low = p->cui - half;
    p->high = p->cui + half;
}

static void point(const struct strata *s, int layer, double correction, struct curve_point *p)
{
    *p = (struct curve_point){.images = s->images,
                              .cui = NAN,
                              .log10_cui = NAN,
                              .low = NAN,
                              .high = NAN,
                              .zero_fraction = NAN,
                              .log10_corrected = NAN};
    double sum = 0;
    long zeros = 0;
    for (int i = 0; i < s->n; i++) {
        size_t cell = (size_t)s->classes[i] * (size_t)s->c->layers + (size_t)layer;
        sum += s->c->sums[cell];
        zeros += s->c->zeros[cell];
    }
    if (s->images == 0 || isnan(sum))
        return;
    p->cui = sum / (double)s->images;
    p->zero_fraction = (double)zeros / (double)s->images;
    if (p->cui > 0) {
        p->log10_cui = log10(p->cui);
        p->log10_corrected = log10(p->cui * correction);
    }
    if (s->pairs)
        interval(s, layer, p);
}

struct rank_key {
    double cui;
    int layer;
};

static int compare_ranks(const void *a, const void *b)
{
    const struct rank_key *x = a;
    const struct rank_key *y = b;
    if (x->cui != y->cui)
        return x->cui < y->cui ? 1 : -1;
    return x->layer - y->layer;
}

static void rank(struct curve_point *points, int n)
{
    struct rank_key *keys = memory_new((size_t)n, sizeof *keys);
    int known = 0;
    for (int l = 0; l < n; l++)
        if (!isnan(points[l].cui))
            keys[known++] = (struct rank_key){points[l].cui, l};
    qsort(keys, (size_t)known, sizeof *keys, compare_ranks);
    for (int i = 0; i < known; i++)
        points[keys[i].layer].rank = i + 1;
    free(keys);
}

static int mark_peaks(struct curve_point *points, int n)
{
    double *cui = memory_new((size_t)n, sizeof *cui);
    bool *local_max = memory_new((size_t)n, sizeof *local_max);
    for (int l = 0; l < n; l++)
        cui[l] = points[l].cui;
    curve_peaks(cui, n, local_max);
    int best = curve_best(cui, n, local_max);
    for (int l = 0; l < n; l++)
        points[l].local_max = local_max[l];
    free(cui);
    free(local_max);
    return best;
}

int curve_compute(struct curve *c, const bool *chosen, const double *correction, struct curve_point *points)
{
    curve_refresh(c);
    return curve_compute_summed(c, chosen, correction, points);
}

int curve_compute_summed(const struct curve *c, const bool *chosen, const double *correction,
                         struct curve_point *points)
{
    int *classes = memory_new((size_t)c->classes, sizeof *classes);
    struct strata s = {.c = c, .classes = classes, .pairs = true};
    for (int i = 0; i < c->classes; i++) {
        long n = curve_class_summed(c, i);
        if (!chosen[i] || n == 0)
            continue;
        classes[s.n++] = i;
        s.images += n;
        s.pairs = s.pairs && n >= 2;
    }
    for (int l = 0; l < c->layers; l++)
        point(&s, l, correction[l], &points[l]);
    free(classes);
    rank(points, c->layers);
    return mark_peaks(points, c->layers);
}

int curve_pick(struct curve *c, const bool *chosen)
{
    double *correction = memory_new((size_t)c->layers, sizeof *correction); /* ignored here */
    struct curve_point *points = memory_new((size_t)c->layers, sizeof *points);
    int best = curve_compute(c, chosen, correction, points);
    free(correction);
    free(points);
    return best;
}

static void accuracy_judge(struct curve_accuracy *a)
{
    bool halfway = (double)a->correct / (double)a->images >= (1 + a->chance) / 2;
    a->by_chance = curve_stats_binomial_tail(a->correct, a->images, a->chance);
    a->near_chance = a->images >= 10 && !halfway && a->by_chance > 0.05;
}

struct curve_accuracy curve_accuracy_counted(long images, long correct, int classes)
{
    struct curve_accuracy a = {.images = images, .correct = correct, .chance = 1.0 / classes};
    accuracy_judge(&a);
    return a;
}

struct curve_accuracy curve_accuracy(const struct curve *c, const bool *chosen)
{
    struct curve_accuracy a = {.unknown = c->unlabelled};
    double *answers = memory_new((size_t)c->classes, sizeof *answers);
    int measured = 0;
    for (int i = 0; i < c->classes; i++) {
        if (!chosen[i])
            continue;
        a.images += curve_class_images(c, i);
        a.correct += curve_class_correct(c, i);
        measured += curve_class_images(c, i) > 0;
    }
    for (long r = 0; r < c->rows_n; r++)
        if (chosen[c->rows[r].class_index])
            answers[c->rows[r].predicted]++;
    double n = (double)a.images;
    double agreement = 0;
    for (int i = 0; i < c->classes && a.images > 0; i++)
        if (chosen[i])
            agreement += (double)curve_class_images(c, i) / n * (answers[i] / n);
    free(answers);
    if (a.unknown)
        return a;
    a.chance = 1.0 / c->classes;
    if (measured > 1 && agreement > a.chance)
        a.chance = agreement;
    accuracy_judge(&a);
    return a;
}
