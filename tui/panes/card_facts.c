#include "panes/card_facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "panes/detail.h"
#include "panes/measures.h"

/* ---- What is promised ---------------------------------------------------------------------------- */

static void write_layer(const struct app *a, int position, FILE *out)
{
    const struct table_row *row = app_row(a, position);
    fprintf(out, "%d, %s; %d of %d listed", row->layer, row->type, position + 1, a->study->layer_list.n);
}

static void write_cui(const struct app *a, int position, FILE *out)
{
    const struct curve_point *p = app_point(a, position);
    if (isnan(p->cui))
        fputs("-", out);
    else if (p->cui == 0)
        fputs("zero", out);
    else
        fprintf(out, "%-9.4g  log10 %7.3f", p->cui, p->log10_cui);
}

static bool is_corrected(const struct app *a)
{
    return a->settings.corrected;
}

static void write_corrected(const struct app *a, int position, FILE *out)
{
    double value = app_value(a, &a->shown, position);
    fprintf(out, isnan(value) ? "-" : a->settings.linear ? "%-9.4g" : "%-9.3f", value);
    fprintf(out, "  %s", app_value_name(a));
}

static void write_interval(const struct app *a, int position, FILE *out)
{
    const struct curve_point *p = app_point(a, position);
    if (isnan(p->low) || isnan(p->high))
        fputs("-", out);
    else
        fprintf(out, "%-9.4g to %.4g", p->low, p->high);
}

static void write_rank(const struct app *a, int position, FILE *out)
{
    int rank = app_point(a, position)->rank;
    if (rank > 0)
        fprintf(out, "%2d of %d", rank, a->study->layer_list.n);
    else
        fputs(" -", out);
}

/* The nearest layer in a direction that has a CUI; -1: none. */
static int with_cui(const struct app *a, int position, int by)
{
    for (position += by; position >= 0 && position < a->study->layer_list.n; position += by)
        if (!isnan(app_point(a, position)->cui))
            return position;
    return -1;
}

static void write_no_candidate(const struct app *a, int position, FILE *out)
{
    const struct curve_point *p = app_point(a, position);
    int before = with_cui(a, position, -1), after = with_cui(a, position, 1);
    if (p->images == 0 || isnan(p->cui))
        fputs(p->images == 0 ? "not known yet" : "no: it has no gradient", out);
    else if (p->cui == 0)
        fputs("no: zero for every image", out);
    else if (before < 0 || after < 0)
        fprintf(out, "no: the %s end of the curve", before < 0 ? "first" : "last");
    else if (app_point(a, before)->cui > p->cui)
        fprintf(out, "no: %s is higher", app_row(a, before)->name);
    else if (app_point(a, after)->cui > p->cui)
        fprintf(out, "no: %s is higher", app_row(a, after)->name);
    else
        fputs("no: the curve is level there", out);
}

static void write_candidate(const struct app *a, int position, FILE *out)
{
    if (!app_point(a, position)->local_max)
        write_no_candidate(a, position, out);
    else if (position == a->shown.best)
        fputs("yes, the best", out);
    else
        fputs("yes, a local maximum", out);
}

/* Three digits, all before the point where there are more. */
static void write_share(double percent, const char *of, FILE *out)
{
    fprintf(out, percent < 999.5 ? "%6.3g %% of %s" : "%6.0f %% of %s", percent, of);
}

/* As a share of the best candidate's. */
static void write_beside_best(const struct app *a, int position, FILE *out)
{
    const struct curve_point *p = app_point(a, position);
    int best = a->shown.best;
    if (best < 0 || isnan(p->cui))
        fputs("-", out);
    else
        write_share(100 * p->cui / app_point(a, best)->cui, app_row(a, best)->name, out);
}

static void write_pick(const struct app *a, int position, FILE *out)
{
    double pick = shares_pick(a, position);
    if (isnan(pick))
        fputs("-", out);
    else
        fprintf(out, "%5.1f %% of %d resamples", 100 * pick, shares_resamples(a));
}

static void write_images(const struct app *a, int position, FILE *out)
{
    fprintf(out, "%ld of %d classes", app_point(a, position)->images, app_classes_n(a, a->shown.chosen));
}

static bool has_trapped(const struct app *a)
{
    return a->study->trapped.answer.images > 0;
}

static void write_trapped(const struct app *a, int position, FILE *out)
{
    double nats = study_trapped_nats(a->study, position);
    if (isnan(nats))
        fputs("-", out);
    else
        fprintf(out, "%-9.4g nats", nats);
}

static bool has_accuracies(const struct app *a)
{
    return measured_known(evaluating_measured(a)) > 0;
}

static void write_accuracy(const struct app *a, int position, FILE *out)
{
    const struct measured_cut *cut = evaluating_cut(a, position);
    char accuracy[MEASURES_TEXT], interval[MEASURES_TEXT];
    measures_accuracy(cut, accuracy);
    measures_interval(cut, interval);
    if (!cut)
        fputs("not measured", out);
    else
        fprintf(out, "%5s %% %-10s %s", accuracy, interval,
                cut->state == EVALUATED_LEADER ? "leads"
                : cut->in_set                  ? "in the set"
                                               : "");
}

/* ---- What it costs ------------------------------------------------------------------------------- */

static void write_thirds(const char *f32, const char *f16, const char *int8, FILE *out)
{
    fprintf(out, "%9s %10s %10s", f32, f16, int8);
}

static void write_sends(const struct app *a, int position, FILE *out)
{
    char f32[16], f16[16], int8[16];
    int64_t bytes = app_row(a, position)->cut_bytes;
    text_bytes(f32, bytes);
    text_bytes(f16, bytes / 2);
    text_bytes(int8, bytes / 4);
    write_thirds(f32, f16, int8, out);
}

static void write_types(const struct app *a, int position, FILE *out)
{
    (void)a;
    (void)position;
    write_thirds("f32", "f16", "int8", out);
}

static void write_beside_input(const struct app *a, int position, FILE *out)
{
    char input[16];
    int64_t whole = a->study->table->input_bytes;
    text_bytes(input, whole);
    double times = whole > 0 ? (double)app_row(a, position)->cut_bytes / (double)whole : 1;
    fprintf(out, times < 0.1 ? "%.2g times the input (%s)" : "%.3g times the input (%s)", times, input);
}

static void write_tensor(const struct app *a, int position, FILE *out)
{
    const struct table_row *row = app_row(a, position);
    const char *times = glyphs_text(a->settings.glyphs, GLYPH_TIMES);
    if (row->cut_tensors == 0)
        fputs("nothing crosses", out);
    else if (row->clean)
        fprintf(out, "%d%s%d%s%d", row->out.c, times, row->out.h, times, row->out.w);
    else
        fprintf(out, "%d: the cut is not clean", row->cut_tensors);
}

static void write_halves(const char *head, const char *tail, FILE *out)
{
    fprintf(out, "%14s %16s", head, tail);
}

static void write_titles(const struct app *a, int position, FILE *out)
{
    (void)a;
    (void)position;
    write_halves("head", "tail", out);
}

static void write_counts(int64_t head, int64_t tail, FILE *out)
{
    char of_head[DETAIL_COUNT], of_tail[DETAIL_COUNT];
    detail_count(of_head, head);
    detail_count(of_tail, tail);
    write_halves(of_head, of_tail, out);
}

static void write_params(const struct app *a, int position, FILE *out)
{
    write_counts(app_row(a, position)->head_params, app_row(a, position)->tail_params, out);
}

static void write_macs(const struct app *a, int position, FILE *out)
{
    write_counts(app_row(a, position)->head_macs, app_row(a, position)->tail_macs, out);
}

static void write_memory(const struct app *a, int position, FILE *out)
{
    const struct table_row *row = app_row(a, position);
    char head[16], tail[16];
    text_bytes(head, row->head_peak_bytes);
    text_bytes(tail, row->tail_peak_bytes);
    write_halves(head, tail, out);
}

static void write_marks(const struct app *a, int position, FILE *out)
{
    const struct mark *mark = marks_find(a->marks, app_layer(a, position));
    fprintf(out, "%s%s%s",
            a->study->layer_list.cde[position] ? "CDE point"
            : mark                             ? ""
                                               : "-",
            a->study->layer_list.cde[position] && mark ? ", " : "", mark ? "marked" : "");
    if (mark && mark->note[0])
        fprintf(out, ": %s", mark->note);
}

/* ---- Rows ---------------------------------------------------------------------------------------- */

static const struct fact {
    const char *label;
    void (*write)(const struct app *a, int position, FILE *out);
    bool (*is_there)(const struct app *a); /* NULL: always */
} facts[] = {
    {"layer", write_layer, NULL},
    {"CUI", write_cui, NULL},
    {"95 %", write_interval, NULL},
    {"corrected", write_corrected, is_corrected},
    {"rank", write_rank, NULL},
    {"candidate", write_candidate, NULL},
    {"its CUI is", write_beside_best, NULL},
    {"best in", write_pick, NULL},
    {"images", write_images, NULL},
    {"trapped", write_trapped, has_trapped},
    {"accuracy", write_accuracy, has_accuracies},
    {"marks", write_marks, NULL},
    {"crossing", write_tensor, NULL},
    {"sends", write_types, NULL},
    {"", write_sends, NULL},
    {"", write_beside_input, NULL},
    {"costs", write_titles, NULL},
    {"parameters", write_params, NULL},
    {"MACs", write_macs, NULL},
    {"memory", write_memory, NULL},
};
enum { FACTS = sizeof facts / sizeof facts[0] };

static bool is_there(const struct app *a, int fact)
{
    return !facts[fact].is_there || facts[fact].is_there(a);
}

int card_facts_n(const struct app *a)
{
    int n = 1; /* the name */
    for (int i = 0; i < FACTS; i++)
        n += is_there(a, i);
    return n;
}

void card_facts_draw(const struct app *a, struct canvas *c, struct area area, int row, int which)
{
    int position = a->plot.cursor, fact = -1;
    if (which == 0) {
        canvas_printf(c, area, row, 0, ROLE_TITLE, "Cut after %s", app_row(a, position)->name);
        return;
    }
    while (which > 0)
        which -= is_there(a, ++fact);
    char *text = NULL;
    size_t length;
    FILE *out = memory_stream(&text, &length);
    facts[fact].write(a, position, out);
    fclose(out);
    canvas_text(c, area, row, 0, ROLE_DIM, facts[fact].label);
    canvas_field(c, area, row, CARD_LABEL, area.columns - CARD_LABEL, ROLE_TEXT, text);
    free(text);
}
