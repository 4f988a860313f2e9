/* The chosen layer in one line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "panes/measures.h"
#include "panes/plot_parts.h"

enum field { NAME, LAYER, CUI, VALUE, RANK, SENDS, INTERVAL, ACCURACY, FLAGS, FIELDS };

static char *cui_text(const struct curve_point *p)
{
    if (isnan(p->cui))
        return memory_copy("CUI -        ");
    if (p->cui == 0)
        return memory_copy("CUI zero     ");
    return memory_format("CUI %-9.4g", p->cui);
}

static char *trapped_text(const struct app *a, int position)
{
    double nats = study_trapped_nats(a->study, position);
    return isnan(nats) ? memory_copy("trapped -              ") : memory_format("trapped %-10.4g nats", nats);
}

/* The plotted value, if other than CUI; in the same width for every layer. */
static char *plot_words_value_text(const struct app *a, int position)
{
    if (a->plot.trapped)
        return trapped_text(a, position);
    double value = app_value(a, &a->shown, position);
    const char *name = a->settings.linear || a->settings.corrected ? app_value_name(a) : "log10";
    if (a->settings.linear && !a->settings.corrected)
        return memory_copy("");
    int width = a->settings.linear ? 9 : 6;
    if (isnan(value))
        return memory_format("%s %-*s", name, width, app_point(a, position)->cui == 0 ? "zero" : "-");
    return memory_format(a->settings.linear ? "%s %-*.4g" : "%s %-*.3f", name, width, value);
}

enum { END_TEXT = 24 };

static void end_text(char out[END_TEXT], double cui)
{
    if (cui == 0)
        snprintf(out, END_TEXT, "zero");
    else
        snprintf(out, END_TEXT, "%.4g", cui);
}

static char *plot_words_interval_text(const struct curve_point *p)
{
    char low[END_TEXT], high[END_TEXT];
    if (isnan(p->low))
        return memory_copy("");
    end_text(low, p->low);
    end_text(high, p->high);
    return memory_format("95 %% %s..%s", low, high);
}

/* In the same width for every layer; "" where no evaluation is shown. */
static char *accuracy_text(const struct app *a, int position)
{
    const struct measured_cut *cut = evaluating_cut(a, position);
    char accuracy[MEASURES_TEXT], interval[MEASURES_TEXT];
    if (measured_known(evaluating_measured(a)) == 0)
        return memory_copy("");
    measures_accuracy(cut, accuracy);
    measures_interval(cut, interval);
    return memory_format("accuracy %5s %-11s", cut ? accuracy : "-", interval);
}

static char *flags_text(const struct app *a, int position)
{
    const struct curve_point *p = app_point(a, position);
    const char *pick = position == a->shown.best ? "best  " : p->local_max ? "candidate  " : "";
    if (position == plot_highest_end(a))
        pick = "no candidate: the end of the curve  ";
    const char *cde = a->study->layer_list.cde[position] ? "CDE  " : "";
    const char *clean = app_row(a, position)->clean ? "" : "not clean  ";
    const char *marked = marks_find(a->marks, app_layer(a, position)) ? "marked" : "";
    return memory_format("%s%s%s%s", pick, cde, clean, marked);
}

static void make_texts(const struct app *a, char *texts[FIELDS])
{
    int position = a->plot.cursor;
    const struct table_row *row = app_row(a, position);
    const struct curve_point *p = app_point(a, position);
    int widest = 0;
    for (int i = 0; i < a->study->layer_list.n; i++) {
        int width = (int)strlen(app_row(a, i)->name);
        widest = width > widest ? width : widest;
    }
    char bytes[16];
    text_bytes(bytes, app_bytes(a, row->cut_bytes));
    texts[NAME] = memory_format("%-*s", widest, row->name);
    texts[LAYER] = memory_format("layer %-3d", row->layer);
    texts[CUI] = cui_text(p);
    texts[VALUE] = plot_words_value_text(a, position);
    texts[RANK] = p->rank ? memory_format("rank %-2d", p->rank) : memory_copy("rank - ");
    texts[SENDS] = memory_format("sends %8s", bytes);
    texts[INTERVAL] = plot_words_interval_text(p);
    texts[ACCURACY] = accuracy_text(a, position);
    texts[FLAGS] = flags_text(a, position);
}

/* Width of the longest interval: whether it fits must not differ from layer to layer. */
enum { INTERVAL_MOST = 25 };

/* In order of importance: the last ones are dropped first. The logarithm repeats CUI; a size-corrected value
 * does not, and its interval is in the table. */
static void choose_fields(char *const texts[FIELDS], int capacity, bool corrected, bool chosen[FIELDS])
{
    static const enum field orders[2][FIELDS] = {
        {NAME, CUI, ACCURACY, INTERVAL, RANK, SENDS, VALUE, LAYER, FLAGS},
        {NAME, CUI, ACCURACY, VALUE, RANK, SENDS, INTERVAL, LAYER, FLAGS}};
    const enum field *order = orders[corrected];
    for (int i = 0; i < FIELDS; i++) {
        int width = canvas_width(texts[order[i]]) + 2;
        if (order[i] == INTERVAL && width > 2)
            width = INTERVAL_MOST + 2;
        chosen[order[i]] = width > 2 && width <= capacity + 2;
        capacity -= chosen[order[i]] ? width : 0;
    }
}

void plot_draw_words(const struct app *a, struct canvas *c, struct area area)
{
    char *texts[FIELDS];
    bool chosen[FIELDS];
    make_texts(a, texts);
    choose_fields(texts, area.columns, a->settings.corrected || a->plot.trapped, chosen);
    chosen[NAME] = true;
    int column = 0;
    for (int i = 0; i < FIELDS; i++) {
        if (chosen[i])
            column += canvas_text(c, area, 0, column, i == NAME ? ROLE_TITLE : ROLE_TEXT, texts[i]) + 2;
        free(texts[i]);
    }
}
