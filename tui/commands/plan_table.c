#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "screen/glyphs.h"
#include "commands/console.h"
#include "commands/chart.h"
#include "commands/plan.h"
#include "deployment/deployment_metric.h"
#include "panes/axis.h"

enum { NAME_MIN = 11, NAME_MAX = 20, CELL = 24, MARKS = 4, GAP = 2 };

/* The parts of the time, the curve's own scale, and every metric. */
enum column { HEAD, LINK, TAIL, LOG_CUI, METRIC, COLUMNS = METRIC + METRICS };

struct table_style {
    enum column columns[COLUMNS]; /* from left to right */
    int width[COLUMNS];           /* by column; 0: not shown */
    int gap;                      /* between columns */
    int name;                     /* columns */
    bool brief;                   /* layers are named as on the axis of a plot: not all names fit */
    int decimals;                 /* of all milliseconds */
};

static const char *table_title_of(enum column column)
{
    static const char *const titles[METRIC] = {"head", "link", "tail", "log CUI"};
    return column < METRIC ? titles[column] : deployment_metrics[column - METRIC].printed;
}

/* As many decimals in every row, so that lengths can be compared; large numbers give them up. */
static void table_ms_text(char out[CELL], double value, int decimals)
{
    if (!isfinite(value))
        snprintf(out, CELL, "%s", isnan(value) ? "?" : "inf");
    else if (value < 1e7)
        snprintf(out, CELL, "%.*f", decimals, value);
    else
        snprintf(out, CELL, "%.3g", value);
}

static int decimals_of(const struct verdict *v)
{
    double most = 0;
    for (int i = 0; i < v->n; i++)
        if (isfinite(v->cuts[i].total_ms))
            most = fmax(most, v->cuts[i].total_ms);
    return most < 10 ? 3 : most < 1000 ? 2 : most < 1e5 ? 1 : 0;
}

/* "64.0K": as options take bytes. */
static void table_bytes_text(char out[CELL], double bytes)
{
    char text[16];
    if (isnan(bytes)) {
        snprintf(out, CELL, "?");
        return;
    }
    text_bytes(text, (int64_t)bytes);
    size_t digits = strcspn(text, " ");
    snprintf(out, CELL, "%.*s%c", (int)digits, text, text[digits + 1]);
}

/* As it is; "" where a cut has none. */
static void table_metric_cell(const struct placement *c, enum metric metric, int decimals, char out[CELL])
{
    double value = metric_shown(metric, c);
    out[0] = '\0';
    switch (metric_table[metric].unit) {
    case METRIC_UNIT_MS:
        table_ms_text(out, value, decimals);
        break;
    case METRIC_UNIT_BYTES:
        table_bytes_text(out, value);
        break;
    case METRIC_UNIT_JOULES:
        snprintf(out, CELL, isnan(value) ? "?" : "%.3g", value);
        break;
    case METRIC_UNIT_FRACTION:
        if (!isnan(value))
            snprintf(out, CELL, "%.1f %%", 100 * value);
        break;
    case METRIC_UNIT_RANK:
    case METRIC_UNITS:
        if (value > 0)
            snprintf(out, CELL, "%.0f", value);
        break;
    }
}

static void table_cell_text(const struct placement *c, enum column column, int decimals, char out[CELL])
{
    const double ms[] = {[HEAD] = c->head_ms, [LINK] = c->transfer_ms, [TAIL] = c->tail_ms};
    out[0] = '\0';
    if (column >= METRIC)
        table_metric_cell(c, (enum metric)(column - METRIC), decimals, out);
    else if (column != LOG_CUI)
        table_ms_text(out, ms[column], decimals);
    else if (c->kind == PLACEMENT_SPLIT && c->cui == 0)
        snprintf(out, CELL, "zero");
    else if (!isnan(c->log10_cui))
        snprintf(out, CELL, "%.2f", c->log10_cui);
}

static int table_larger(int a, int b)
{
    return a > b ? a : b;
}

/* The widest cell of a column, 0 where nothing is known. */
static int table_width_of(const struct verdict *v, enum column column, int decimals)
{
    int width = 0;
    bool known = false;
    for (int i = 0; i < v->n; i++) {
        char text[CELL];
        table_cell_text(&v->cuts[i], column, decimals, text);
        width = table_larger(width, (int)strlen(text));
        known = known || (text[0] && strcmp(text, "?") != 0);
    }
    return known ? table_larger(width, (int)strlen(table_title_of(column))) : 0;
}

/* The scale of the curve stands beside the rank on it. */
static void order_columns(enum column columns[COLUMNS])
{
    int n = 0;
    for (int k = HEAD; k <= TAIL; k++)
        columns[n++] = (enum column)k;
    for (int f = 0; f < METRICS; f++) {
        if (f == METRIC_IMPORTANCE)
            columns[n++] = LOG_CUI;
        columns[n++] = (enum column)(METRIC + f);
    }
}

/* Columns in which nothing is known are left out; the names get what room there is. */
static struct table_style make_style(const struct verdict *v, int width)
{
    struct table_style s = {.name = NAME_MIN, .gap = GAP, .decimals = decimals_of(v)};
    int used = MARKS, shown = 0, longest = 0;
    order_columns(s.columns);
    for (int i = 0; i < v->n; i++)
        longest = table_larger(longest, (int)strlen(verdict_name(v, &v->cuts[i])));
    s.name = longest < NAME_MAX ? table_larger(longest, NAME_MIN) : NAME_MAX;
    for (int k = 0; k < COLUMNS; k++) {
        s.width[k] = table_width_of(v, (enum column)k, s.decimals);
        used += s.width[k];
        shown += s.width[k] > 0;
    }
    if (used + s.gap * shown + s.name > width)
        s.gap = 1;
    int left = table_larger(NAME_MIN, width - used - s.gap * shown);
    s.brief = longest > left;
    s.name = s.name < left ? s.name : left;
    return s;
}

static void table_print_titles(FILE *out, const struct table_style *s)
{
    fprintf(out, "%*s%-*s", MARKS, "", s->name, "times in ms");
    for (int i = 0; i < COLUMNS; i++) {
        enum column k = s->columns[i];
        if (s->width[k])
            fprintf(out, "%*s", s->gap + s->width[k], table_title_of(k));
    }
    fputc('\n', out);
}

/* Where even the short form is too long, its end: that is where layers differ. */
static void table_name_text(const struct verdict *v, const struct placement *c, const struct table_style *s,
                            char out[AXIS_SHORT + 1])
{
    char name[AXIS_SHORT];
    if (s->brief && c->kind == PLACEMENT_SPLIT)
        axis_short_name(name, verdict_name(v, c));
    else
        snprintf(name, sizeof name, "%s", verdict_name(v, c));
    int more = (int)strlen(name) - s->name;
    snprintf(out, AXIS_SHORT + 1, "%s%s", more > 0 ? "~" : "", more > 0 ? name + more + 1 : name);
}

/* As on the screen. */
static const char *table_mark(enum glyph glyph)
{
    return glyphs_text(GLYPHS_ASCII, glyph);
}

static void table_print_row(FILE *out, const struct table_style *s, const struct verdict *v, int i)
{
    const struct placement *c = &v->cuts[i];
    const char *pick = i == v->pick.best     ? table_mark(GLYPH_RECOMMENDED)
                       : i == v->pick.second ? table_mark(GLYPH_RUNNER_UP)
                                             : " ";
    const char *pareto = table_mark(!c->feasible ? GLYPH_WRONG_ANSWER
                                    : c->pareto  ? GLYPH_RIGHT_ANSWER
                                                 : GLYPH_OFF);
    char name[AXIS_SHORT + 1];
    table_name_text(v, c, s, name);
    char *shown = text_printable(name);
    fprintf(out, "%s%s%s %-*s", pareto, pick, c->candidate ? table_mark(GLYPH_CANDIDATE) : " ", s->name,
            shown);
    free(shown);
    char text[CELL];
    int blanks = 0; /* none stand at the end of a line */
    for (int n = 0; n < COLUMNS; n++) {
        enum column k = s->columns[n];
        if (!s->width[k])
            continue;
        table_cell_text(c, k, s->decimals, text);
        blanks += s->gap + s->width[k];
        if (text[0]) {
            fprintf(out, "%*s", blanks, text);
            blanks = 0;
        }
    }
    fputc('\n', out);
}

static void table_print_legend(FILE *out, const struct verdict *v)
{
    bool infeasible = false, candidate = false;
    for (int i = 0; i < v->n; i++) {
        infeasible = infeasible || !v->cuts[i].feasible;
        candidate = candidate || v->cuts[i].candidate;
    }
    fprintf(out, "%s recommended   %s runner-up   %s Pareto front   %s not", table_mark(GLYPH_RECOMMENDED),
            table_mark(GLYPH_RUNNER_UP), table_mark(GLYPH_RIGHT_ANSWER), table_mark(GLYPH_OFF));
    if (candidate)
        fprintf(out, "   %s candidate", table_mark(GLYPH_CANDIDATE));
    if (infeasible)
        fprintf(out, "   %s out", table_mark(GLYPH_WRONG_ANSWER));
    fputc('\n', out);
}

static void table_print_fails(FILE *out, const struct verdict *v)
{
    char why[sizeof(struct error) + 1024];
    for (int i = 0; i < v->n; i++) {
        if (v->cuts[i].feasible)
            continue;
        bool named = v->cuts[i].other; /* by the reason itself */
        planner_reason(&v->cuts[i], v->limits, why, sizeof why);
        console_print(out, "%s %s%s%s", table_mark(GLYPH_WRONG_ANSWER),
                      named ? "" : verdict_name(v, &v->cuts[i]), named ? "" : ": ", why);
    }
}

static void table_print_sent(FILE *out, const struct verdict *v)
{
    for (int i = 0; i < v->n; i++) {
        const struct placement *c = &v->cuts[i];
        if (c->sent)
            console_print(out, "= %s: %s with %s%s%s", verdict_name(v, c), dtype_words[c->sent->type],
                          coder_words[c->sent->coder], c->fewer ? "; " : "", c->fewer ? c->fewer : "");
    }
}

static void table_print_sentence(FILE *out, char *text)
{
    if (text)
        console_print(out, "%s", text);
    free(text);
}

/* What server only sends. New string. */
static char *table_input_text(const struct plan *p)
{
    static const char *const what[INPUT_FROMS] = {
        [INPUT_GIVEN] = "as --input-bytes says",
        [INPUT_STORED] = "the mean of the image files",
        [INPUT_MEASURED] = "the mean of the image files in --features",
        [INPUT_PIXELS] = "its pixels with 8 bits a number",
    };
    enum input_from from;
    char bytes[16];
    text_bytes(bytes, cost_model_input(&p->deployment.cost_model, p->verdict.table, &from));
    return memory_format("server only sends %s, %s", bytes, what[from]);
}

/* "letters.cfg on DATA: 400 images, accuracy 97.3 %", and what was taken for granted. */
static void table_print_title(FILE *out, const struct plan *p)
{
    const struct cost_model *d = &p->deployment.cost_model;
    const struct options *o = &p->job.c->options;
    const struct inputs *in = &p->job.study->inputs;
    char answer[16];
    text_bytes(answer, d->answer);
    char *from = p->state  ? memory_format(" on %s: %s", in->data, p->accuracy)
                 : p->file ? memory_format(": importance of %s", curve_file_path(p->file))
                           : memory_copy(": importance is not known");
    char *title = memory_format("%s%s", inputs_name(in), from);
    char *where = memory_format("head on %s, tail on %s, link %s (%.4g Mbit/s, %.4g ms)", d->edge->source,
                                d->server->source, d->link.name, d->link.mbit_s, d->link.rtt_ms);
    char *as = isnan(d->max_drop)
                   ? memory_format("%s%s%s", dtype_words[d->type], d->coder ? " with " : "",
                                   d->coder ? coder_words[d->coder] : "")
                   : memory_format("what is shown to lose less than %.4g %%", 100 * d->max_drop);
    char *how = memory_format("sent as %s, %s come back", as, answer);
    free(as);
    char *retrained = p->verdict.evaluation
                          ? memory_format("with the bottleneck and the accuracy of %s", p->verdict.evaluation)
                          : NULL;
    char *input = table_input_text(p);
    char *lines[] = {title, where, how, input, retrained};
    for (int i = 0; i < 5 && lines[i]; i++) {
        console_print(out, "%s", lines[i]);
        free(lines[i]);
    }
    if (d->head_type == DTYPE_INT8)
        console_print(out, "the head's memory is counted as int8; what int8 does to its accuracy is not");
    if (o->input.classes)
        console_print(out, "classes %s", o->input.classes);
    free(from);
}

void plan_print(FILE *out, const struct plan *p)
{
    const struct verdict *v = &p->verdict;
    struct table_style s = make_style(v, chart_columns(out));
    table_print_title(out, p);
    fputc('\n', out);
    table_print_titles(out, &s);
    for (int i = 0; i < v->n; i++)
        table_print_row(out, &s, v, i);
    table_print_legend(out, v);
    table_print_fails(out, v);
    table_print_sent(out, v);
    fputc('\n', out);
    table_print_sentence(out, verdict_best(v));
    table_print_sentence(out, verdict_costs(v));
    table_print_sentence(out, verdict_but(v));
    table_print_sentence(out, verdict_second(v));
    table_print_sentence(out, verdict_pictures(v));
    table_print_sentence(out, verdict_sure(v));
}
