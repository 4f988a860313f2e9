#include "panes/plan_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "panes/plan_fields.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/text_list.h"
#include "panes/plan_rows.h"

/* ---- Values ------------------------------------------------------------------------------------------ */

/* "25 GFLOP/s", "pi.csv", "pi.csv x1.25". New string. */
static char *device_text(const struct app *a, const struct device *device, int steps)
{
    double speed;
    int read = 0;
    if (sscanf(device->source, "%lf GFLOP/s%n", &speed, &read) == 1 && read > 0 && !device->source[read])
        return memory_format("%.*g GFLOP/s", steps ? 3 : 9, speed * pow(PLANNING_STEP, steps));
    const char *slash = strrchr(device->source, '/');
    const char *name = slash && slash[1] && access(device->source, F_OK) == 0 ? slash + 1 : device->source;
    if (steps == 0)
        return memory_copy(name);
    return memory_format("%s %s%.3g", name, glyphs_text(a->settings.glyphs, GLYPH_TIMES),
                         pow(PLANNING_STEP, steps));
}

static char *link_text(const struct link *l)
{
    char *text = memory_format("%s %.4g Mbit/s %.4g ms", l->name, l->mbit_s, l->rtt_ms);
    if (l->loss == 0)
        return text;
    char *longer = memory_format("%s loss %.3g %%", text, 100 * l->loss);
    free(text);
    return longer;
}

char *plan_words_edge(const struct app *a)
{
    return device_text(a, a->planning.deployment.cost_model.edge, a->planning.edge.steps);
}

char *plan_words_server(const struct app *a)
{
    return device_text(a, a->planning.deployment.cost_model.server, a->planning.server.steps);
}

char *plan_words_link(const struct app *a)
{
    return memory_copy(a->planning.deployment.cost_model.link.name);
}

char *plan_words_rate(const struct app *a)
{
    return memory_format("%.4g Mbit/s", a->planning.deployment.cost_model.link.mbit_s);
}

char *plan_words_trip(const struct app *a)
{
    return memory_format("%.4g ms", a->planning.deployment.cost_model.link.rtt_ms);
}

char *plan_words_changed(const struct app *a, enum action action)
{
    const struct planning *w = &a->planning;
    const struct cost_model *d = &w->deployment.cost_model;
    bool edge = action == ACTION_EDGE_UP || action == ACTION_EDGE_DOWN;
    bool server = action == ACTION_SERVER_UP || action == ACTION_SERVER_DOWN;
    char *value, *pick, *text;
    if (action == ACTION_OBJECTIVE || action == ACTION_OBJECTIVE_PREVIOUS)
        return plan_words_pick(a);
    if (action == ACTION_COMPRESSED || action == ACTION_COMPRESSED_PREVIOUS)
        value = memory_format("coder %s", coder_words[d->coder]);
    else if (edge || server) {
        value = edge ? device_text(a, d->edge, w->edge.steps) : device_text(a, d->server, w->server.steps);
        text = memory_format("%s %s", edge ? "device" : "server", value);
        free(value);
        value = text;
    } else {
        char *link = link_text(&d->link);
        value = memory_format("link %s", link);
        free(link);
    }
    pick = plan_words_pick(a);
    text = memory_format("%s: %s", value, pick);
    free(pick);
    free(value);
    return text;
}

/* The parts of the line of values: the one that + and - change stands in brackets. */
struct value_words {
    char *other;              /* it, with its name, where the line does not have it; else "" */
    char *edge, *server;      /* owned, as all of them */
    char *link, *rate, *trip; /* of the link: its name and speeds */
    char *type, *coder;       /* "f32"; "+zstd" or "" */
};

static void value_words_free(struct value_words *w)
{
    free(w->other);
    free(w->edge);
    free(w->server);
    free(w->link);
    free(w->rate);
    free(w->trip);
    free(w->type);
    free(w->coder);
}

/* Takes the text. */
static char *value_marked(const struct app *a, enum plan_field field, char *text)
{
    if (a->planning.field != (int)field)
        return text;
    char *marked = memory_format("-[%s]+", text);
    free(text);
    return marked;
}

static char *value_other(const struct app *a, bool coded)
{
    int field = a->planning.field;
    if (field != FIELD_OBJECTIVE && field != FIELD_AXIS && (field != FIELD_CODER || coded))
        return memory_copy("");
    char *text = plan_fields_value(a);
    char *other = memory_format("%s -[%s]+  ", plan_fields_name(a), text);
    free(text);
    return other;
}

static struct value_words value_words_of(const struct app *a)
{
    const struct cost_model *d = &a->planning.deployment.cost_model;
    bool chosen = !isnan(d->max_drop), coded = d->coder && !chosen;
    struct value_words w = {
        .other = value_other(a, coded),
        .edge = value_marked(a, FIELD_EDGE, plan_words_edge(a)),
        .server = value_marked(a, FIELD_SERVER, plan_words_server(a)),
        .link = value_marked(a, FIELD_LINK, plan_words_link(a)),
        .rate = value_marked(a, FIELD_RATE, plan_words_rate(a)),
        .trip = value_marked(a, FIELD_TRIP, plan_words_trip(a)),
        .type =
            value_marked(a, FIELD_TYPE, memory_copy(chosen ? dtype_choices[DTYPES] : dtype_words[d->type])),
        .coder = memory_copy(""),
    };
    if (coded) {
        free(w.coder);
        char *coder = value_marked(a, FIELD_CODER, memory_copy(coder_words[d->coder]));
        w.coder = memory_format("+%s", coder);
        free(coder);
    }
    return w;
}

char *plan_words_values(const struct app *a, int width)
{
    const struct cost_model *d = &a->planning.deployment.cost_model;
    struct value_words w = value_words_of(a);
    const char *to = glyphs_text(a->settings.glyphs, GLYPH_RIGHT);
    const char *head = d->head_type == DTYPE_INT8 ? " (int8)" : "";
    char *loss = d->link.loss == 0 ? memory_copy("") : memory_format(" loss %.3g %%", 100 * d->link.loss);
    char *text = memory_format("%sdevice %s%s  link %s %s %s%s  server %s  sent as %s%s", w.other, w.edge,
                               head, w.link, w.rate, w.trip, loss, w.server, w.type, w.coder);
    if (canvas_width(text) > width) {
        free(text);
        text = memory_format("%s%s%s: %s%s %s %s %s %s%s %s %s", w.other, w.type, w.coder, w.edge, head, to,
                             w.link, w.rate, w.trip, loss, to, w.server);
    }
    free(loss);
    value_words_free(&w);
    return text;
}

/* ---- Limits and the recommendation ------------------------------------------------------------------- */

/* "100 ms (|)", with the sign of its line in the bars; "64.0 KiB sent", with the word that explains the
 * number. */
static void limit_text(const struct app *a, enum metric metric, char out[2 * METRIC_TEXT_SIZE])
{
    char value[METRIC_TEXT_SIZE];
    metric_text(value, metric, a->planning.deployment.limits[metric], 3);
    if (metric == METRIC_LATENCY)
        snprintf(out, 2 * (size_t)METRIC_TEXT_SIZE, "%s (%s)", value,
                 glyphs_text(a->settings.glyphs, GLYPH_VERTICAL));
    else
        snprintf(out, 2 * (size_t)METRIC_TEXT_SIZE, "%s%s", value, metric_table[metric].limit_of);
}

/* "at most 100 ms (|), 64.0 KiB sent, CUI rank 3 or better": words common to several come before the first.
 * New string, "" where there is no limit. */
static char *limits_text(const struct app *a)
{
    const double *limits = a->planning.deployment.limits;
    const char *const *last = NULL;
    char *text = memory_copy("");
    for (int f = 0; f < METRICS; f++) {
        char limit[2 * METRIC_TEXT_SIZE];
        const char *const *bound = metric_bound((enum metric)f);
        if (isnan(limits[f]))
            continue;
        limit_text(a, (enum metric)f, limit);
        text_list_append(&text, "%s%s%s", bound == last ? "" : bound[0], limit, bound[1]);
        last = bound;
    }
    return text;
}

char *plan_words_limits(const struct app *a)
{
    const struct planning *w = &a->planning;
    char *text = limits_text(a);
    int feasible = 0;
    for (int i = 0; i < w->verdict.n; i++)
        feasible += w->cuts[i].feasible;
    char *whole = *text ? memory_format("limits: %s: %d of %d meet them", text, feasible, w->verdict.n)
                        : memory_copy("no limits (D sets them)");
    free(text);
    return whole;
}

/* The metric of the objective, and the time. */
static void worth_text(const struct app *a, const struct placement *c, char out[3 * METRIC_TEXT_SIZE])
{
    char value[METRIC_TEXT_SIZE], time[METRIC_TEXT_SIZE];
    enum metric objective = a->planning.deployment.objective;
    bool is_rank = metric_table[objective].unit == METRIC_UNIT_RANK;
    double shown = metric_shown(objective, c);
    metric_text(time, METRIC_LATENCY, c->total_ms, 3);
    metric_text(value, objective, shown, 3);
    if (objective == METRIC_LATENCY || (is_rank && !(shown > 0)))
        snprintf(out, 3 * (size_t)METRIC_TEXT_SIZE, "%s", time);
    else
        snprintf(out, 3 * (size_t)METRIC_TEXT_SIZE, "%s%s, %s", is_rank ? "rank " : "", value, time);
}

char *plan_words_worth(const struct app *a, int row)
{
    char worth[3 * METRIC_TEXT_SIZE];
    worth_text(a, &a->planning.cuts[row], worth);
    return memory_copy(worth);
}

/* The words before, and the nearest split with what it breaks. */
static char *nearest_text(const struct app *a, const char *before)
{
    const struct planning *w = &a->planning;
    const double *limits = w->deployment.limits;
    char why[200];
    int nearest = planner_nearest(w->cuts, w->verdict.n, limits);
    if (nearest < 0)
        return memory_copy(before);
    planner_reason(&w->cuts[nearest], limits, why, sizeof why);
    return memory_format("%s; nearest: %s, %s", before, plan_rows_name(a, nearest), why);
}

/* Why nothing is recommended: nothing meets the limits, or the objective is unknown for all that do. */
static char *nothing_text(const struct app *a)
{
    const struct planning *w = &a->planning;
    for (int i = 0; i < w->verdict.n; i++)
        if (w->cuts[i].feasible)
            return memory_format("the best by %s is not known", metric_table[w->deployment.objective].label);
    return nearest_text(a, "nothing meets the limits");
}

char *plan_words_pick(const struct app *a)
{
    const struct planning *w = &a->planning;
    const char *objective = metric_table[w->deployment.objective].label;
    char best[3 * METRIC_TEXT_SIZE], second[3 * METRIC_TEXT_SIZE];
    if (w->verdict.pick.best < 0)
        return nothing_text(a);
    worth_text(a, &w->cuts[w->verdict.pick.best], best);
    const char *sign = glyphs_text(a->settings.glyphs, GLYPH_RECOMMENDED);
    char *text = memory_format("%s %s (%s)", sign, plan_rows_name(a, w->verdict.pick.best), best);
    if (w->verdict.pick.second >= 0) {
        worth_text(a, &w->cuts[w->verdict.pick.second], second);
        char *longer =
            memory_format("%s  2 %s (%s)", text, plan_rows_name(a, w->verdict.pick.second), second);
        free(text);
        text = longer;
    }
    bool whole_network = w->cuts[w->verdict.pick.best].kind != PLACEMENT_SPLIT;
    char *before = memory_format("%s  no split meets the limits", text);
    char *whole = w->deployment.objective == METRIC_IMPORTANCE && whole_network
                      ? nearest_text(a, before)
                      : memory_format("by %s: %s", objective, text);
    free(before);
    free(text);
    return whole;
}

/* ---- A row ------------------------------------------------------------------------------------------- */

/* With the signs of the bars. */
static void tell_times(const struct app *a, const struct placement *c, FILE *out)
{
    enum glyphs_set set = a->settings.glyphs;
    char head[16], link[16], tail[16], total[16];
    plan_rows_ms(head, c->head_ms);
    plan_rows_ms(link, c->transfer_ms);
    plan_rows_ms(tail, c->tail_ms);
    plan_rows_ms(total, c->total_ms);
    fprintf(out, " takes %s ms: %s head %s, %s link %s, %s tail %s. ", total, glyphs_text(set, GLYPH_HEAD),
            head, glyphs_text(set, GLYPH_LINK), link, glyphs_text(set, GLYPH_TAIL), tail);
}

/* A bottleneck's code is no tensor of the network. */
static const char *sent_as(const struct app *a, const struct placement *c)
{
    const struct measured *m = evaluating_measured(a);
    const struct measured_cut *cut = c->kind == PLACEMENT_SPLIT ? measured_find(m, c->layer) : NULL;
    int encoder;
    bool code = cut && a->planning.verdict.evaluation && measured_inserted(m, cut, &encoder);
    return !code                    ? dtype_words[a->planning.deployment.cost_model.type]
           : measured_sends_int8(m) ? "the bottleneck's code of int8"
                                    : "the bottleneck's code";
}

static void tell_costs(const struct app *a, const struct placement *c, FILE *out)
{
    char bytes[16], memory[16];
    const struct cost_model *d = &a->planning.deployment.cost_model;
    text_bytes(memory, c->memory);
    if (c->bytes < 0) {
        fprintf(out, "How much is sent was not measured; the device needs %s. ", memory);
    } else {
        text_bytes(bytes, c->bytes);
        enum coder coder = c->sent ? c->sent->coder : d->coder;
        fprintf(out, "Sends %s as %s%s%s; the device needs %s. ", bytes,
                c->sent ? dtype_words[c->sent->type] : sent_as(a, c), coder ? " with " : "",
                coder ? coder_words[coder] : "", memory);
    }
    if (c->fewer)
        fprintf(out, "Not fewer bits: %s. ", c->fewer);
    if (!isnan(c->joules) && c->joules > 0)
        fprintf(out, "It spends %.3g J, %.3g of it on the link. ", c->joules, c->link_joules);
}

static void tell_worth(const struct app *a, const struct placement *c, FILE *out)
{
    if (c->rank) {
        fprintf(out, "CUI %.4g, rank %d of %d", c->cui, c->rank, a->study->layer_list.n);
        fputs(c->candidate ? ", a candidate" : ", no candidate", out);
        if (!isnan(c->pick_share))
            fprintf(out, ", the best in %.0f %% of resamples", 100 * c->pick_share);
        fputs(". ", out);
    }
    if (!isnan(c->accuracy))
        fprintf(out, "Accuracy %s: %.1f %%. ",
                !a->planning.verdict.evaluation ? "with what arrives"
                : c->kind == PLACEMENT_SPLIT    ? "after retraining with a bottleneck"
                                                : "of the whole network",
                100 * c->accuracy);
}

/* What codes of other lengths would lose: trapped energy against bytes, of the same eigenvalues. */
static void tell_trapped(const struct app *a, const struct placement *c, int position, FILE *out)
{
    static const double times[] = {0.25, 0.5, 1, 2, 4};
    const struct cost_model *d = &a->planning.deployment.cost_model;
    const char *before = "Trapped energy: ";
    for (size_t i = 0; c->kind == PLACEMENT_SPLIT && i < sizeof times / sizeof times[0]; i++) {
        int64_t floats;
        char bytes[16];
        double nats = study_trapped_at(a->study, position, times[i], &floats);
        if (isnan(nats))
            continue;
        text_bytes(bytes, dtype_bytes(d->type, 4 * floats));
        fprintf(out, "%s%.3g nats with %s", before, nats, bytes);
        before = ", ";
    }
    if (*before == ',')
        fprintf(out, " as %s. ", dtype_words[d->type]);
}

static void tell_standing(const struct app *a, int row, FILE *out)
{
    const struct planning *w = &a->planning;
    const struct placement *c = &w->cuts[row];
    int better = planner_dominator(w->cuts, w->verdict.n, row);
    if (row == w->verdict.pick.best)
        fputs("Recommended. ", out);
    else if (row == w->verdict.pick.second)
        fputs("The runner-up. ", out);
    if (c->pareto)
        fputs("On the Pareto front.", out);
    else if (better >= 0) {
        char *in = verdict_better(&w->verdict, better, row);
        fprintf(out, "Not on the Pareto front: %s is as good in all, and better in %s.",
                plan_rows_name(a, better), in);
        free(in);
    }
}

char *plan_words_row(const struct app *a, int row)
{
    char *text = NULL;
    size_t length;
    FILE *out = memory_stream(&text, &length);
    const struct placement *c = &a->planning.cuts[row];
    char why[1024];
    planner_reason(c, a->planning.deployment.limits, why, sizeof why);
    if (!c->feasible)
        fprintf(out, "Out: %s. ", why);
    fputs(plan_rows_name(a, row), out);
    tell_times(a, c, out);
    tell_costs(a, c, out);
    tell_worth(a, c, out);
    tell_trapped(a, c, row - 1, out);
    tell_standing(a, row, out);
    fclose(out);
    return text;
}
