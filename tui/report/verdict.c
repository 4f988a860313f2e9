#include "report/verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/text_list.h"
#include "features/measured_pictures.h"

const char *verdict_name(const struct verdict *v, const struct placement *cut)
{
    switch (cut->kind) {
    case PLACEMENT_ALL_SERVER:
        return "server only";
    case PLACEMENT_ALL_DEVICE:
        return "device only";
    case PLACEMENT_SPLIT:
        break;
    }
    return v->table->rows[cut->layer].name;
}

/* "split after block3_pool (layer 9)". New string. */
static char *full_name(const struct verdict *v, const struct placement *cut)
{
    if (cut->kind != PLACEMENT_SPLIT)
        return memory_copy(verdict_name(v, cut));
    return memory_format("split after %s (layer %d)", verdict_name(v, cut), cut->layer);
}

static int count_open(const struct verdict *v, bool splits, bool candidates)
{
    int n = 0;
    for (int i = 0; i < v->n; i++)
        n += v->cuts[i].feasible && (!splits || v->cuts[i].kind == PLACEMENT_SPLIT) &&
             (!candidates || v->cuts[i].candidate);
    return n;
}

static bool is_limited(const struct verdict *v)
{
    bool limited = false;
    for (int f = 0; f < METRICS; f++)
        limited = limited || !isnan(v->limits[f]);
    return limited;
}

/* ---- Nothing is recommended ------------------------------------------------------------------------- */

/* "latency excludes 12 of 20, bytes 3". */
static void print_limits(FILE *out, const struct verdict *v)
{
    bool first = true;
    int impossible = 0;
    for (int f = 0; f < METRICS; f++) {
        int n = 0;
        for (int i = 0; i < v->n; i++)
            n += !v->cuts[i].other && (v->cuts[i].broken & 1u << f);
        char limit[METRIC_LIMIT_TEXT];
        metric_limit_text(limit, (enum metric)f, v->limits[f]);
        if (n > 0)
            fprintf(out, "%s the limit of %s (%s) excludes %d of %d", first ? ":" : ",", metric_words[f],
                    limit, n, v->n);
        first = first && n == 0;
    }
    for (int i = 0; i < v->n; i++)
        impossible += v->cuts[i].other != NULL;
    if (impossible > 0)
        fprintf(out, "%s %d cannot be made", first ? ":" : ",", impossible);
}

/* "; the nearest is split after pool3 (layer 9): takes 12 ms (at most 10 ms)", or "". New string. */
static char *nearest_words(const struct verdict *v)
{
    int nearest = planner_nearest(v->cuts, v->n, v->limits);
    if (nearest < 0)
        return memory_copy("");
    char why[METRICS * 4 * METRIC_TEXT_SIZE];
    planner_reason(&v->cuts[nearest], v->limits, why, sizeof why);
    char *name = full_name(v, &v->cuts[nearest]);
    char *text = memory_format("; the nearest is %s: %s", name, why);
    free(name);
    return text;
}

static char *nothing(const struct verdict *v)
{
    if (count_open(v, false, false) > 0)
        return memory_format("nothing is recommended: of no cut that %s is the %s known",
                             is_limited(v) ? "meets the limits" : "can be made", metric_words[v->objective]);
    size_t size;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return memory_copy("");
    fputs("no cut meets the limits", out);
    print_limits(out, v);
    char *nearest = nearest_words(v);
    fputs(nearest, out);
    free(nearest);
    fclose(out);
    return text;
}

/* Where no split is feasible, a whole network is recommended whatever the importance. */
static bool rests_on_importance(const struct verdict *v)
{
    return v->objective == METRIC_IMPORTANCE && v->pick.best >= 0 &&
           v->cuts[v->pick.best].kind == PLACEMENT_SPLIT;
}

/* ---- The best ---------------------------------------------------------------------------------------- */

/* A whole network, since no split is feasible. */
static char *why_whole(const struct verdict *v)
{
    if (!is_limited(v))
        return memory_copy("no split can be made");
    char *nearest = nearest_words(v);
    char *text = memory_format("no split meets the limits%s", nearest);
    free(nearest);
    return text;
}

char *verdict_why(const struct verdict *v)
{
    if (v->pick.best < 0)
        return NULL;
    if (count_open(v, true, false) == 0)
        return why_whole(v);
    bool splits = v->objective == METRIC_IMPORTANCE;
    bool candidates = splits && v->cuts[v->pick.best].candidate;
    const char *hold = is_limited(v) ? " that meet the limits" : "";
    const char *what = candidates ? "candidate" : splits ? "split" : "way";
    int n = count_open(v, splits, candidates);
    if (n > 1)
        return memory_format("%s of %d %ss%s%s", metric_table[v->objective].superlative, n, what, hold,
                             splits && !candidates ? ", none of them a candidate" : "");
    return memory_format("the only %s%s", what, is_limited(v) ? " that meets the limits" : "");
}

char *verdict_best(const struct verdict *v)
{
    if (v->pick.best < 0)
        return nothing(v);
    const struct placement *c = &v->cuts[v->pick.best];
    char *name = full_name(v, c);
    char *why = verdict_why(v);
    char *text = memory_format("recommended: %s: %s", name, why);
    free(why);
    free(name);
    return text;
}

/* The terms of the sum, and whether the tensor arrives changed. */
static void print_cost_more(FILE *out, const struct verdict *v, enum metric metric, const struct placement *c)
{
    const double ms[] = {c->head_ms, c->transfer_ms, c->tail_ms};
    char part[3][METRIC_TEXT_SIZE];
    for (int i = 0; i < 3; i++)
        metric_text(part[i], METRIC_LATENCY, ms[i], 3);
    if (metric == METRIC_LATENCY)
        fprintf(out, " (head %s, link %s, tail %s)", part[0], part[1], part[2]);
    if (metric == METRIC_ACCURACY && c->kind == PLACEMENT_SPLIT)
        fputs(v->evaluation ? " after retraining" : " with what arrives", out);
}

char *verdict_costs(const struct verdict *v)
{
    size_t size;
    char *text = NULL;
    FILE *out = v->pick.best < 0 ? NULL : open_memstream(&text, &size);
    if (!out)
        return NULL;
    const struct placement *c = &v->cuts[v->pick.best];
    const char *before = "it ";
    for (int f = 0; f < METRICS; f++) {
        const struct metric_entry *m = &metric_table[f];
        double value = metric_value((enum metric)f, c);
        char shown[METRIC_TEXT_SIZE];
        if (!m->cost[0] || (m->optional && isnan(value)))
            continue;
        metric_text(shown, (enum metric)f, value, 3);
        fprintf(out, "%s%s %s%s", before, m->cost[0], shown, m->cost[1]);
        print_cost_more(out, v, (enum metric)f, c);
        before = ", ";
    }
    fclose(out);
    return text;
}

char *verdict_better(const struct verdict *v, int better, int worse)
{
    const struct placement *a = &v->cuts[better], *b = &v->cuts[worse];
    char *text = memory_copy("");
    for (int f = 0; f < METRICS; f++) {
        double x = metric_value((enum metric)f, a), y = metric_value((enum metric)f, b);
        if (!isfinite(x) || (!isnan(y) && (metric_table[f].higher ? x <= y : x >= y)))
            continue; /* no need to say that an uncut network loses nothing */
        text_list_append(&text, "%s", metric_table[f].name);
    }
    if (!*text) {
        free(text);
        text = memory_copy("losing nothing");
    }
    return text;
}

char *verdict_but(const struct verdict *v)
{
    int better = v->pick.best < 0 ? -1 : planner_dominator(v->cuts, v->n, v->pick.best);
    if (better < 0)
        return NULL;
    const struct placement *c = &v->cuts[better];
    char *name = full_name(v, c), *in = verdict_better(v, better, v->pick.best);
    char *text =
        memory_format("but %s is at least as good in every metric, and better in %s%s", name, in,
                      c->kind == PLACEMENT_SPLIT ? "" : ": none of these metrics favours this split");
    free(in);
    free(name);
    return text;
}

/* ---- The runner-up ----------------------------------------------------------------------------------- */

/* "1.2 ms more"; accuracy in points of its percentages. */
static void print_difference(FILE *out, enum metric metric, double best, double second)
{
    char text[METRIC_TEXT_SIZE];
    double more = second - best;
    if (fabs(more) <= 1e-9 * fmax(fabs(best), fabs(second))) /* sums of the same numbers in another order */
        more = 0;
    if (isnan(more)) {
        fputs("not known", out);
        return;
    }
    if (metric_table[metric].unit == METRIC_UNIT_FRACTION)
        snprintf(text, sizeof text, "%.1f points", 100 * fabs(more));
    else
        metric_text(text, metric, fabs(more), 3);
    fprintf(out, "%s", more == 0 ? "the same" : text);
    if (more != 0)
        fputs(more > 0 ? " more" : " less", out);
}

static void print_importance(FILE *out, double best, double second)
{
    if (best == second)
        fputs("its importance is the same", out);
    else if (best > 0 && second >= 2 * best)
        fprintf(out, "its importance is %.3g times higher", second / best);
    else if (second > 0 && best >= 2 * second)
        fprintf(out, "its importance is %.3g times lower", best / second);
    else if (best > 0 && second > 0)
        fprintf(out, "its importance is %.2g %% %s", 100 * fabs(second / best - 1),
                second < best ? "lower" : "higher");
    else if (isnan(second))
        fputs("its importance is not known", out);
    else
        fprintf(out, "its importance is %s", second < best ? "zero" : "not zero");
}

static void print_metric(FILE *out, enum metric metric, const struct placement *best,
                         const struct placement *second)
{
    if (metric_table[metric].unit == METRIC_UNIT_RANK) {
        print_importance(out, best->cui, second->cui);
        return;
    }
    fprintf(out, "%s ", metric_table[metric].name);
    print_difference(out, metric, metric_value(metric, best), metric_value(metric, second));
}

char *verdict_second(const struct verdict *v)
{
    if (v->pick.best < 0 || v->pick.second < 0)
        return NULL;
    const struct placement *best = &v->cuts[v->pick.best], *second = &v->cuts[v->pick.second];
    size_t size;
    char *text = NULL, *name = full_name(v, second);
    FILE *out = open_memstream(&text, &size);
    if (out) {
        fprintf(out, "runner-up: %s", name);
        if (v->objective == METRIC_IMPORTANCE && best->candidate && !second->candidate)
            fputs(", no candidate", out);
        fputs(": ", out);
        print_metric(out, v->objective, best, second);
        if (v->objective != METRIC_LATENCY) {
            fputs(", ", out);
            print_metric(out, METRIC_LATENCY, best, second);
        }
        fclose(out);
    }
    free(name);
    return text ? text : memory_copy("");
}

/* ---- The pick share ---------------------------------------------------------------------------------- */

static bool any_importance(const struct verdict *v)
{
    for (int i = 0; i < v->n; i++)
        if (v->cuts[i].kind == PLACEMENT_SPLIT && !isnan(v->cuts[i].cui))
            return true;
    return false;
}

/* "JPEG of quality 60, 9.8 KiB", or "image file, 9.8 KiB". New string. */
static char *verdict_picture_text(const struct placement *c)
{
    char bytes[16];
    text_bytes(bytes, (int64_t)ceil(c->picture_bytes));
    if (c->picture_quality == PICTURES_STORED)
        return memory_format("image file, %s", bytes);
    return memory_format("JPEG of quality %d, %s", c->picture_quality, bytes);
}

/* Whether it is known that the picture takes fewer bytes. */
static bool verdict_is_beaten(const struct placement *c)
{
    return c->bytes >= 0 && c->picture_bytes > 0 && c->picture_bytes < (double)c->bytes;
}

char *verdict_pictures(const struct verdict *v)
{
    int known = 0, beaten = 0;
    for (int i = 0; i < v->n; i++) {
        known += v->cuts[i].kind == PLACEMENT_SPLIT && v->cuts[i].picture_bytes > 0;
        beaten += v->cuts[i].kind == PLACEMENT_SPLIT && verdict_is_beaten(&v->cuts[i]);
    }
    const struct placement *best = v->pick.best < 0 ? NULL : &v->cuts[v->pick.best];
    if (known == 0)
        return NULL;
    if (!best || !verdict_is_beaten(best))
        return memory_format("the picture itself: %d of %d splits send more than a picture that the whole "
                             "network is as accurate on%s",
                             beaten, known,
                             best && best->kind == PLACEMENT_SPLIT ? "; this one does not" : "");
    char *picture = verdict_picture_text(best);
    char *text = memory_format("the picture itself: this split sends more than a picture that the whole "
                               "network is as accurate on (%s), as do %d of %d splits",
                               picture, beaten, known);
    free(picture);
    return text;
}

char *verdict_sure(const struct verdict *v)
{
    if (!rests_on_importance(v) || !any_importance(v))
        return NULL;
    const int picks[] = {v->pick.best, v->pick.second};
    char *text = memory_copy("");
    for (int i = 0; i < 2; i++) {
        const struct placement *c = picks[i] < 0 ? NULL : &v->cuts[picks[i]];
        if (c && !isnan(c->pick_share))
            text_list_append(&text, "%s in %.1f %%", verdict_name(v, c), 100 * c->pick_share);
    }
    double shut = 0;
    for (int i = 0; i < v->n; i++)
        if (!v->cuts[i].feasible && !isnan(v->cuts[i].pick_share))
            shut += v->cuts[i].pick_share;
    char *of = v->resamples ? memory_format(" of %d resamples of the images", v->resamples)
                            : memory_copy(" of the resamples of the images");
    char *others = shut > 0 ? memory_format("; one that is excluded here in %.1f %%", 100 * shut) : NULL;
    char *all =
        *text
            ? memory_format("how sure: the curve's best candidate is %s%s%s", text, of, others ? others : "")
            : memory_copy("how sure: not known (no pick_share: it needs two images of every class)");
    free(text);
    free(of);
    free(others);
    return all;
}
