#include "panes/detail_why.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/model.h"
#include "base/memory.h"
#include "base/text.h"

static const char *detail_why_name_at(const struct app *a, int position)
{
    return app_row(a, position)->name;
}

/* The next position in a direction (1, -1) that has a CUI other than `than` (NaN: any); -1: none. */
static int detail_why_neighbour(const struct app *a, int position, int direction, double than)
{
    for (int p = position + direction; p >= 0 && p < a->study->layer_list.n; p += direction)
        if (!isnan(app_point(a, p)->cui) && app_point(a, p)->cui != than)
            return p;
    return -1;
}

/* ---- Candidates ---------------------------------------------------------------------------------- */

static void tell_gap_to_best(const struct app *a, int position, FILE *out)
{
    const struct curve_point *p = app_point(a, position);
    const struct curve_point *best = app_point(a, a->shown.best);
    double less = 100 * (1 - p->cui / best->cui), ratio = fmax(p->cui / best->cui, best->cui / p->cui);
    /* Percentages say little about a multiple. */
    if (ratio > 10)
        fprintf(out, ratio < 1e6 ? " Its CUI is %.0f times %s than" : " Its CUI is %.2g times %s than", ratio,
                less < 0 ? "higher" : "lower");
    else
        fprintf(out, " Its CUI is %.*f %% %s", fabs(less) < 9.95 ? 1 : 0, fabs(less),
                less < 0 ? "above" : "below");
    fprintf(out, " that of the best candidate, %s", detail_why_name_at(a, a->shown.best));
    if (isnan(p->high) || isnan(best->low))
        fputs(".", out);
    else if (p->high >= best->low && p->low <= best->high)
        fputs("; their intervals overlap, so they may be equal.", out);
    else
        fputs("; their intervals do not overlap.", out);
}

static void tell_candidate(const struct app *a, int position, FILE *out)
{
    double cui = app_point(a, position)->cui;
    int before = detail_why_neighbour(a, position, -1, NAN),
        after = detail_why_neighbour(a, position, 1, cui);
    bool best = position == a->shown.best;
    fprintf(out, "It is %s: its CUI is above that of %s before it and of %s after it%s.",
            best ? "the best candidate" : "a candidate", detail_why_name_at(a, before),
            detail_why_name_at(a, after), best ? ", and no other local maximum is higher" : "");
    if (!best)
        tell_gap_to_best(a, position, out);
    fputc('\n', out);
}

/* A layer that has a CUI above zero and is no local maximum. */
static void tell_no_candidate(const struct app *a, int position, FILE *out)
{
    double cui = app_point(a, position)->cui;
    int before = detail_why_neighbour(a, position, -1, NAN),
        after = detail_why_neighbour(a, position, 1, NAN);
    bool first = before < 0, last = after < 0;
    int higher_before = !first && app_point(a, before)->cui > cui ? before : -1;
    int other = detail_why_neighbour(a, position, 1, cui);
    int higher_after = other >= 0 && app_point(a, other)->cui > cui ? other : -1;
    fputs("It is no candidate: ", out);
    if (first || last)
        fprintf(out, "it is the %s of the listed layers%s, and the ends of a curve are no local maxima.",
                first ? "first" : "last", position > 0 && first ? " with a CUI" : "");
    else if (higher_before >= 0 && higher_after >= 0)
        fprintf(out, "%s before it and %s after it are higher.", detail_why_name_at(a, before),
                detail_why_name_at(a, other));
    else if (higher_before >= 0)
        fprintf(out, "%s before it is higher.", detail_why_name_at(a, before));
    else if (higher_after >= 0)
        fprintf(out, "%s after it is higher.", detail_why_name_at(a, other));
    else if (app_point(a, before)->cui == cui)
        fprintf(out, "%s before it is as high, and a plateau counts once, at its first layer.",
                detail_why_name_at(a, before));
    else
        fputs("the curve stays level to its end.", out);
    if (a->shown.best >= 0)
        tell_gap_to_best(a, position, out);
    fputc('\n', out);
}

void detail_why_candidate(const struct app *a, int position, FILE *out)
{
    const struct curve_point *p = app_point(a, position);
    if (p->images == 0)
        fprintf(out, "Whether it is a candidate is not known: %s.\n", app_unmeasured(a, a->shown.chosen));
    else if (isnan(p->cui))
        fputs("It is no candidate: this layer has no gradient of its own, so it has no CUI.\n", out);
    else if (p->cui == 0)
        fputs("It is no candidate: its importance is zero for every image.\n", out);
    else if (p->local_max)
        tell_candidate(a, position, out);
    else
        tell_no_candidate(a, position, out);
}

/* A fraction in per cent, never rounded to 0 or 100 unless exactly none or all. */
static void percent_text(char out[8], double share)
{
    snprintf(out, 8, share == 0 || share == 1 ? "%.0f" : "%.1f", 100 * share);
}

/* By resampling the images (curve/stability.h). */
void detail_why_sure(const struct app *a, int position, FILE *out)
{
    char picked[8], candidate[8];
    double pick = shares_pick(a, position);
    if (isnan(pick))
        return;
    percent_text(picked, pick);
    percent_text(candidate, shares_candidate(a, position));
    bool old = shares_images(a) != app_point(a, position)->images;
    fprintf(out, "It is the best in %s %% of %d resamples of the images, a candidate in %s %%", picked,
            shares_resamples(a), candidate);
    if (old)
        fprintf(out, " (from the first %ld images)", shares_images(a));
    fputs(".\n", out);
}

/* ---- Cuts ---------------------------------------------------------------------------------------- */

void detail_why_clean(const struct app *a, int position, FILE *out)
{
    const struct table_row *row = app_row(a, position);
    if (row->clean || row->cut_tensors == 0)
        return;
    int own = 0, reported = 0;
    fputs("The cut is not clean: ", out);
    for (int i = 0; i < row->cut_tensors; i++) {
        int layer = row->crossing[i];
        own += layer == row->layer;
        if (layer == row->layer || reported == 3)
            continue;
        fputs(reported ? ", " : "", out);
        if (layer == NET_INPUT)
            fputs("the network's input", out);
        else
            fprintf(out, "the skip connection of layer %d (%s)", layer, a->study->table->rows[layer].name);
        reported++;
    }
    if (reported > 0 && own > 0)
        fprintf(out, " cross%s too, so one tensor is not enough.\n", row->cut_tensors == 2 ? "es" : "");
    else if (reported > 0)
        fprintf(out, " cross%s, but not the layer's own output.\n", row->cut_tensors == 1 ? "es" : "");
    else
        fprintf(out, "a layer of type %s is no split point; cut before it.\n", row->type);
}

void detail_why_cde(const struct app *a, int position, FILE *out)
{
    const struct study *s = a->study;
    int64_t least = s->table->input_bytes;
    int who = -1;
    char bytes[16];
    if (app_row(a, position)->cut_tensors == 0)
        return;
    if (s->layer_list.cde[position]) {
        fputs("It is a CDE point: it sends fewer bytes than the network's input and every earlier listed "
              "cut.\n",
              out);
        return;
    }
    for (int i = 0; i < position; i++)
        if (s->layer_list.cde[i]) {
            least = app_row(a, i)->cut_bytes;
            who = i;
        }
    text_bytes(bytes, app_bytes(a, least));
    if (who < 0)
        fprintf(out, "It is no CDE point: it does not send fewer bytes than the network's input (%s).\n",
                bytes);
    else
        fprintf(out, "It is no CDE point: the earlier cut after %s sends no more (%s).\n",
                detail_why_name_at(a, who), bytes);
}

/* ---- Sizes --------------------------------------------------------------------------------------- */

/* Pooling keeps the sum of the gradient over fewer pixels, so the mean rises (engine/README.md). */
void detail_why_size(const struct app *a, int position, FILE *out)
{
    const struct table *t = a->study->table;
    const struct table_row *row = app_row(a, position);
    const struct curve_point *p = app_point(a, position);
    struct net_shape in = row->layer > 0 ? t->rows[row->layer - 1].out : t->in;
    double fewer = (double)in.h * in.w / ((double)row->out.h * row->out.w);
    bool pool = strcmp(row->type, "maxpool") == 0 && fewer > 1;
    if (pool)
        fprintf(out,
                "Note the size: this max-pool leaves %.3g times fewer pixels, which alone raises the CUI by "
                "log10 %.3g = %.2f.",
                fewer, fewer, log10(fewer));
    if (p->local_max)
        fprintf(out, "%sOn the size-corrected curve it is %s local maximum.", pool ? " " : "",
                a->shown.corrected_peaks[position] ? "still a" : "no");
    if (pool || p->local_max)
        fputc('\n', out);
}

/* ---- Predictors ------------------------------------------------------------------------------------ */

void detail_why_trapped(const struct app *a, int position, FILE *out)
{
    double nats = study_trapped_nats(a->study, position);
    int lower = 0, known = 0;
    if (isnan(nats))
        return;
    for (int i = 0; i < a->study->layer_list.n; i++) {
        double other = study_trapped_nats(a->study, i);
        known += !isnan(other);
        lower += other < nats;
    }
    char *code = trapped_rate_text(a->study->trapped.floats);
    fprintf(out,
            "Its trapped energy is %.4g nats (drawn as %.3f), number %d of %d from the lowest, which is the "
            "best; for the code %s, from %ld images without labels.\n",
            nats, app_trapped_value(a, position), lower + 1, known, code, a->study->trapped.answer.images);
    free(code);
}

/* The numbers of the second study are those of tests/study/RESULTS.md. */
void detail_why_record(FILE *out)
{
    fputs(
        "These are predictions. In an earlier study, not made with isplit (17 sets of network, data and "
        "bottleneck, every cut retrained), the rank correlation with the accuracy was 0.65 for CUI, 0.77 for "
        "depth alone, 0.80 for trapped energy; with depth removed, -0.26 for CUI, +0.34 for trapped energy. "
        "isplit's own study (24 sets of 12 networks, pictures of 32x32): 0.57 [0.42, 0.69], "
        "0.66 [0.41, 0.84] and 0.62 [0.39, 0.79]; 0.15 [0.05, 0.25] and 0.20 [0.10, 0.30]. Of these, 15 "
        "sets in which cuts can be told apart at all: 0.66, 0.85 and 0.80; 0.05 [-0.04, 0.15] and 0.28 "
        "[0.12, 0.45]. No cheap measure beats depth with certainty.\n",
        out);
}
