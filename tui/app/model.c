#include "app/model.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "curve/subset.h"
#include "net/definition.h"
#include "report/report.h"

void app_say(struct app *a, enum journal_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = memory_format_list(format, args);
    va_end(args);
    journal_add(&a->journal, level, "%s", text);
    free(text);
    a->dirty = true;
}

void app_prompt(struct app *a, enum prompt_kind kind, const char *label, const char *text,
                const char *const *words, prompt_done *done, prompt_live *live)
{
    prompt_open(&a->prompt, kind, label, text, words, done, live);
    a->dirty = true;
}

bool app_is_ready(const struct app *a)
{
    return a->shown.points != NULL;
}

void app_focus(struct app *a, const struct pane *pane)
{
    for (int i = 0; i < a->layout.n; i++)
        if (a->layout.panes[i] == pane)
            a->layout.focus = i;
    a->dirty = true;
}

void app_move(struct app *a, int position)
{
    int n = a->study->layer_list.n;
    position = position < 0 ? 0 : position >= n ? n - 1 : position;
    a->plot.placed = true;
    if (position == a->plot.cursor)
        return;
    a->plot.cursor = position;
    /* A zoomed range follows. */
    int width = a->plot.last - a->plot.first;
    if (position < a->plot.first) {
        a->plot.first = position;
        a->plot.last = position + width;
    } else if (position > a->plot.last) {
        a->plot.last = position;
        a->plot.first = position - width;
    }
    a->dirty = true;
}

void app_place(struct app *a, int position)
{
    if (position >= 0 && !a->plot.placed)
        app_move(a, position);
}

void app_unpin(struct app *a, int which)
{
    struct shown *pins = a->pins.curves;
    app_say(a, JOURNAL_GOOD, "unpinned %s", pins[which].name);
    shown_free(&pins[which]);
    memmove(&pins[which], &pins[which + 1], (size_t)(a->pins.n - which - 1) * sizeof pins[0]);
    pins[--a->pins.n] = (struct shown){0};
}

bool app_pin_all(struct app *a)
{
    int n = a->study->table->classes;
    bool *all = memory_new((size_t)n, sizeof *all);
    memset(all, true, (size_t)n * sizeof *all);
    bool other = memcmp(all, a->shown.chosen, (size_t)n * sizeof *all) != 0;
    if (other) {
        struct shown *pin = &a->pins.curves[a->pins.n++];
        shown_set(pin, a->study, all, "all classes");
        pin->pick = NAN;
        app_say(a, JOURNAL_GOOD, "pinned all classes, to compare with (U takes that back)");
    }
    free(all);
    return other;
}

/* ---- Classes and curves -------------------------------------------------------------------------- */

/* The saved subset that has these classes, or NULL. */
static const char *saved_name(const struct app *a, const bool *chosen)
{
    const struct dataset *d = a->study->dataset;
    const struct subset_names names = {
        .classes = d->classes, .classes_n = d->classes_n, .outputs = a->study->table->classes};
    const struct subset_saved *found = subsets_naming(a->subsets, chosen, &names);
    return found ? found->name : NULL;
}

/* The names of the classes that are (or are not) chosen, if they fit; else NULL. New string. */
static char *list_names(const struct app *a, const bool *chosen, bool wanted)
{
    enum { NAMED_MAX = 6, NAME_SIZE = 40 };
    char name[NAME_SIZE] = "";
    size_t used = 0;
    int n = 0;
    for (int c = 0; c < a->study->table->classes; c++) {
        if (chosen[c] != wanted)
            continue;
        used += (size_t)snprintf(name + used, sizeof name - used, "%s%s", n ? "," : "", app_class_name(a, c));
        if (++n > NAMED_MAX || used >= sizeof name)
            return NULL;
    }
    return memory_copy(name);
}

/* "C,D,G", "all classes", "all but A,B", "120 classes". New string. */
static char *made_up_name(const struct app *a, const bool *chosen)
{
    int n = 0;
    int classes = a->study->table->classes;
    for (int c = 0; c < classes; c++)
        n += chosen[c];
    if (n == classes)
        return memory_copy("all classes");
    char *name = list_names(a, chosen, true);
    char *others = name ? NULL : list_names(a, chosen, false);
    if (others)
        name = memory_format("all but %s", others);
    free(others);
    return name ? name : memory_format("%d class%s", n, n == 1 ? "" : "es");
}

void app_choose(struct app *a, const bool *chosen, const char *name)
{
    size_t classes = (size_t)a->study->table->classes;
    if (!memchr(chosen, 1, classes)) { /* a bool is a byte */
        app_say(a, JOURNAL_WARNING, "no class would be left: choose at least one");
        return;
    }
    const char *known = name ? name : saved_name(a, chosen);
    char *text = known ? memory_copy(known) : made_up_name(a, chosen);
    shown_set(&a->shown, a->study, chosen, text);
    free(text);
    a->shown.accuracy = curve_accuracy(a->study->curve, a->shown.chosen);
    a->keeping.state_changed = a->dirty = true;
}

/* ---- What panes read ------------------------------------------------------------------------------ */

int app_layer(const struct app *a, int position)
{
    return a->study->layer_list.layers[position];
}

const struct table_row *app_row(const struct app *a, int position)
{
    return &a->study->table->rows[app_layer(a, position)];
}

const struct curve_point *app_point(const struct app *a, int position)
{
    return &a->shown.points[position];
}

double app_value_of(const struct app *a, int position, double cui)
{
    double value = a->settings.corrected ? cui * a->study->layer_list.correction[position] : cui;
    if (a->settings.linear)
        return value;
    return value > 0 ? log10(value) : NAN;
}

double app_value(const struct app *a, const struct shown *s, int position)
{
    return app_value_of(a, position, s->points[position].cui);
}

bool app_is_peak(const struct app *a, const struct shown *s, int position)
{
    bool corrected = a->settings.corrected && !a->plot.trapped;
    return corrected ? s->corrected_peaks[position] : s->points[position].local_max;
}

const char *app_value_name(const struct app *a)
{
    bool sum = a->study->options.measure.reduce == REDUCE_SUM;
    if (a->settings.corrected && sum)
        return a->settings.linear ? "CUI*HW" : "log10 CUI*HW";
    if (a->settings.corrected)
        return a->settings.linear ? "CUI*KHW" : "log10 CUI*KHW";
    return a->settings.linear ? "CUI" : "log10 CUI";
}

double app_trapped_value(const struct app *a, int position)
{
    double nats = study_trapped_nats(a->study, position);
    return isnan(nats) ? NAN : trapped_shown(nats);
}

void app_step_bytes(struct app *a, int by)
{
    a->settings.bytes = (enum dtype)(((int)a->settings.bytes + DTYPES + by) % DTYPES);
    a->planning.deployment.cost_model.max_drop = NAN;
    app_say(a, JOURNAL_NOTE, "bytes as %s", dtype_words[a->settings.bytes]);
    a->keeping.settings_changed = true;
}

int64_t app_bytes(const struct app *a, int64_t bytes_f32)
{
    return dtype_bytes(a->settings.bytes, bytes_f32);
}

/* Rows of a file may come without the images. */
int app_classes_n(const struct app *a, const bool *chosen)
{
    const struct dataset *d = a->study->dataset;
    int n = 0;
    for (int i = 0; i < d->classes_n; i++) {
        int index = d->classes[i].index;
        bool measured = index < a->study->curve->classes && curve_class_images(a->study->curve, index) > 0;
        n += index < a->study->table->classes && (!chosen || chosen[index]) &&
             (d->classes[i].images > 0 || measured);
    }
    return n;
}

const char *app_unmeasured(const struct app *a, const bool *chosen)
{
    return app_classes_n(a, chosen) == 0 ? "the data have no images of the chosen classes"
                                         : "no image of the chosen classes is measured yet";
}

const char *app_class_name(const struct app *a, int class_index)
{
    const char *name = report_class_name(a->study->dataset, class_index);
    return *name ? name : "?";
}
