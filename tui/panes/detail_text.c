/* The chosen cut in words. */
#include <math.h>
#include <stdlib.h>

#include "app/model.h"
#include "base/memory.h"
#include "base/text.h"
#include "panes/detail.h"
#include "panes/detail_why.h"
#include "panes/plan_headline.h"

enum { NAMED_MOST = 5 };

void detail_count(char out[DETAIL_COUNT], int64_t n)
{
    static const char *const words[] = {"", " thousand", " million", " billion", " trillion"};
    double value = (double)n;
    int word = 0;
    for (; value >= (word ? 999.95 : 9999.5) && word < 4; word++)
        value /= 1000;
    snprintf(out, DETAIL_COUNT, "%.*f%s", word ? 1 : 0, value, words[word]);
}

static void tell_tensor(const struct app *a, int layer, FILE *out)
{
    const struct table *t = a->study->table;
    const char *times = glyphs_text(a->settings.glyphs, GLYPH_TIMES);
    struct net_shape s = layer == NET_INPUT ? t->in : t->rows[layer].out;
    if (layer == NET_INPUT)
        fputs("the network's input", out);
    else
        fprintf(out, "the output of %s", t->rows[layer].name);
    fprintf(out, " (%d%s%d%s%d)", s.c, times, s.h, times, s.w);
}

static void tell_crossing(const struct app *a, const struct table_row *row, FILE *out)
{
    if (row->cut_tensors == 0) {
        fputs("Nothing crosses: there is no tail that reads a tensor of the head.\n", out);
        return;
    }
    if (row->cut_tensors == 1)
        fputs("One tensor crosses: ", out);
    else
        fprintf(out, "%d tensors cross: ", row->cut_tensors);
    int n = row->cut_tensors < NAMED_MOST ? row->cut_tensors : NAMED_MOST;
    for (int i = 0; i < n; i++) {
        fputs(i == 0 ? "" : i == row->cut_tensors - 1 ? " and " : ", ", out);
        tell_tensor(a, row->crossing[i], out);
    }
    if (n < row->cut_tensors)
        fprintf(out, " and %d more", row->cut_tensors - n);
    fputs(".\n", out);
}

static void tell_bytes(const struct app *a, const struct table_row *row, FILE *out)
{
    char f32[16], f16[16], int8[16], input[16];
    int64_t whole = a->study->table->input_bytes;
    if (row->cut_tensors == 0)
        return; /* nothing crosses, as already stated */
    text_bytes(f32, row->cut_bytes);
    text_bytes(f16, row->cut_bytes / 2);
    text_bytes(int8, row->cut_bytes / 4);
    text_bytes(input, whole);
    fprintf(out, "The cut sends %s as f32, %s as f16 or %s as int8", f32, f16, int8);
    double share = whole > 0 ? (double)row->cut_bytes / (double)whole : 1;
    if (share < 1)
        fprintf(out, ", %.*f %% less than the input's %s as f32.\n", share > 0.9 ? 1 : 0, 100 * (1 - share),
                input);
    else if (share > 1)
        fprintf(out, ", %.2g times the input's %s as f32.\n", share, input);
    else
        fputs(", as much as the input.\n", out);
}

static void tell_half(const char *name, int64_t params, int64_t macs, double share, int64_t peak, FILE *out)
{
    char parameters[DETAIL_COUNT], operations[DETAIL_COUNT], bytes[16];
    detail_count(parameters, params);
    detail_count(operations, macs);
    text_bytes(bytes, peak);
    fprintf(out, "%s %s parameters, %s MACs an image (%.*f %%), activations of at most %s at once.\n", name,
            parameters, operations, share > 0 && share < 9.95 ? 1 : 0, share, bytes);
}

static void tell_head_and_tail(const struct table_row *row, FILE *out)
{
    double all = (double)row->head_macs + (double)row->tail_macs;
    double head = all > 0 ? 100 * (double)row->head_macs / all : 0;
    double tail = all > 0 ? 100 * (double)row->tail_macs / all : 0;
    tell_half("The head costs", row->head_params, row->head_macs, head, row->head_peak_bytes, out);
    tell_half("The tail costs", row->tail_params, row->tail_macs, tail, row->tail_peak_bytes, out);
}

static void tell_images(const struct app *a, const struct curve_point *p, FILE *out)
{
    int n = app_classes_n(a, a->shown.chosen);
    bool partial = a->study->settled_n < a->study->order_n;
    fprintf(out, ", from %ld image%s%s of ", p->images, p->images == 1 ? "" : "s", partial ? " so far" : "");
    if (a->shown.classes_n == a->study->table->classes)
        fprintf(out, "all %d class%s.\n", n, n == 1 ? "" : "es");
    else
        fprintf(out, "%d of %d classes (%s).\n", n, app_classes_n(a, NULL), a->shown.name);
}

static void tell_importance(const struct app *a, const struct curve_point *p, FILE *out)
{
    if (isnan(p->cui))
        return; /* detail_why_candidate gives the reason */
    if (p->cui == 0)
        fprintf(out, "Its CUI is zero");
    else
        fprintf(out, "Its CUI is %.4g (log10 %.3f)", p->cui, p->log10_cui);
    fprintf(out, ", rank %d of %d listed layers", p->rank, a->study->layer_list.n);
    if (isnan(p->low))
        fputs(", without an interval (a class has fewer than two images)", out);
    else
        fprintf(out, ", 95 %% interval from %.4g to %.4g", p->low, p->high);
    tell_images(a, p, out);
    if (p->cui > 0 && p->zero_fraction > 0)
        fprintf(out, "For %.*f %% of the images its importance is zero.\n", p->zero_fraction < 0.0995 ? 1 : 0,
                100 * p->zero_fraction);
}

/* The conclusion for the devices of view 9. */
static void tell_plan(const struct app *a, FILE *out)
{
    if (a->planning.verdict.n == 0)
        return;
    char *text = plan_headline(a);
    fprintf(out, "On your devices (view 9): %s\n", text);
    free(text);
}

char *detail_text(const struct app *a)
{
    char *text = NULL;
    size_t length;
    FILE *out = memory_stream(&text, &length);
    const struct table_row *row = app_row(a, a->plot.cursor);
    const struct mark *mark = marks_find(a->marks, row->layer);
    fprintf(out, "Cut after %s: layer %d (%s), %d of %d listed layers.\n", row->name, row->layer, row->type,
            a->plot.cursor + 1, a->study->layer_list.n);
    detail_why_measured(a, a->plot.cursor, out);
    tell_plan(a, out);
    tell_importance(a, app_point(a, a->plot.cursor), out);
    detail_why_candidate(a, a->plot.cursor, out);
    detail_why_sure(a, a->plot.cursor, out);
    detail_why_trapped(a, a->plot.cursor, out);
    detail_why_clean(a, a->plot.cursor, out);
    detail_why_size(a, a->plot.cursor, out);
    tell_crossing(a, row, out);
    tell_bytes(a, row, out);
    detail_why_cde(a, a->plot.cursor, out);
    tell_head_and_tail(row, out);
    if (mark)
        fprintf(out, "You marked this split%s%s\n", mark->note[0] ? ": " : ".", mark->note);
    detail_why_record(out);
    fclose(out);
    return text;
}
