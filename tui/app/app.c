#include "app/app.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "app/closing.h"
#include "app/state.h"
#include "app/telling.h"
#include "base/clock.h"
#include "base/memory.h"
#include "model/subset.h"
#include "output/report.h"

struct app *app_new(struct inputs *inputs, const struct options *options, int argc, char **argv,
                    struct error *e)
{
    struct app *a = memory_new(1, sizeof *a);
    a->options = *options;
    a->command.argc = argc;
    a->command.argv = argv;
    a->states = states_new();
    a->plot.zoom_from = -1;
    a->dirty = true;
    a->adding.shown_version = -1;
    const struct study_reporter reporter = telling_reporter(&a->journal);
    a->study =
        options->rows.from ? study_open_archive(options, &reporter, e) : study_open(inputs, options, &reporter, e);
    if (a->study)
        return a;
    app_free(a);
    return NULL;
}

/* What belongs to the study on the screen. */
static void forget_results(struct app *a)
{
    shown_free(&a->shown);
    shares_reset(&a->shares);
    for (int i = 0; i < a->pins.n; i++)
        shown_free(&a->pins.curves[i]);
    a->pins.n = 0;
    marks_free(&a->marks);
    subsets_free(&a->subsets);
    weighing_free(&a->weighing);
    states_reset(a->states);
    free(a->dialogs.export_prefix);
    a->dialogs.export_prefix = NULL;
    free(a->keeping.notes);
    a->keeping.notes = NULL;
    memset(a->layout.focus_of, 0, sizeof a->layout.focus_of);
    a->layout.focus = 0;
    a->plot.cursor = a->plot.first = a->plot.last = 0;
    a->plot.zoom_from = -1;
    a->adding.shown_version = -1;
    a->adding.chance_told = false;
}

/* How long the end may take. */
enum { HURRY_MS = 500, PATIENCE_MS = 3000 };

/* What is kept goes to disk while the workers end. */
static void close_studies(struct app *a)
{
    struct study *studies[] = {a->study, a->opening};
    for (int i = 0; i < 2; i++)
        if (studies[i])
            study_end_recall(studies[i]);
    struct closing *closing = closing_begin(a->store);
    for (int i = 0; i < 2; i++)
        study_free(studies[i]);
    closing_end(closing, a->loop.hurry ? HURRY_MS : PATIENCE_MS);
}

static void open_store(struct app *a)
{
    struct error e;
    char *notice = NULL;
    const struct options *o = &a->options;
    char *path = o->rows.no_store ? NULL : store_place(o->rows.store);
    if (!path)
        return;
    a->store = store_open(path, STORE_WRITE, &notice, &e);
    if (!a->store)
        app_say(a, JOURNAL_WARNING, "%s: nothing is kept", e.text);
    if (notice)
        app_say(a, JOURNAL_WARNING, "%s", notice);
    free(notice);
    free(path);
}

void app_use_store(struct app *a, struct study *s)
{
    if (!a->store && !s->archive)
        open_store(a);
    study_use_store(s, a->store);
}

void app_free(struct app *a)
{
    if (!a)
        return;
    forget_results(a);
    states_free(a->states);
    cutting_free(&a->cutting, a->loop.hurry ? HURRY_MS : PATIENCE_MS);
    close_studies(a);
    prompt_close(&a->prompt);
    journal_free(&a->journal);
    free(a->asked.cfg);
    free(a->asked.weights);
    free(a->asked.rows);
    free(a);
}

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

bool app_shows_panes(const struct app *a)
{
    return app_is_ready(a) || a->view == VIEW_LOG;
}

void app_resize(struct app *a, int rows, int columns)
{
    a->screen.rows = rows;
    a->screen.columns = columns;
    a->layout.n = 0; /* until app_prepare places them anew */
    a->dirty = true;
}

/* ---- The layer cursor ---------------------------------------------------------------------------- */

void app_move(struct app *a, int position)
{
    int n = a->study->listing.n;
    position = position < 0 ? 0 : position >= n ? n - 1 : position;
    if (position == a->plot.cursor)
        return;
    a->plot.cursor = position;
    /* A zoomed range moves along. */
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

void app_set_view(struct app *a, enum view view)
{
    if (a->view == view)
        return;
    a->layout.focus_of[a->view] = a->layout.focus;
    a->view = view;
    a->layout.focus = a->layout.focus_of[view];
    a->dirty = true;
}

/* ---- Classes and curves -------------------------------------------------------------------------- */

/* The saved subset that has these classes, or NULL. */
static const char *saved_name(const struct app *a, const bool *chosen)
{
    const struct dataset *d = a->study->dataset;
    const struct subset_names names = {d->classes, d->classes_n, a->study->table->classes};
    const struct named_subset *found = subsets_naming(&a->subsets, chosen, &names);
    return found ? found->name : NULL;
}

/* The names of the classes that are (or are not) chosen, where they fit; else NULL. New string. */
static char *list_names(const struct app *a, const bool *chosen, bool wanted)
{
    enum { NAMED_MAX = 6, NAME_ROOM = 40 };
    char name[NAME_ROOM] = "";
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
    return name ? name : memory_format("%d classes", n);
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
    a->accuracy = curve_accuracy(a->study->curve, a->shown.chosen);
    a->chosen_version++;
    a->keeping.state_changed = a->dirty = true;
}

/* Once everything is measured: a network that guesses has no curve worth looking at. */
static void warn_of_chance(struct app *a)
{
    const struct curve_accuracy *all = &a->accuracy;
    if (a->adding.chance_told || a->study->state != STUDY_DONE)
        return;
    a->adding.chance_told = true;
    if (all->near_chance)
        app_say(a, JOURNAL_WARNING,
                "accuracy %.1f %% is no better than chance (%.1f %%): labels or preprocessing look wrong",
                100 * (double)all->correct / (double)all->images, 100 * all->chance);
}

/* While rows come in, adding them up takes at most one part in PART of the time; with a file or a store they
 * come too quickly for every screen to show more of them. */
static bool is_time_to_add(const struct app *a)
{
    enum { PART = 10, EVERY_MS = 200 };
    if (a->adding.next > 0 || a->study->state != STUDY_MEASURING)
        return true;
    int64_t pause = PART * a->adding.spent_ms;
    if (study_is_reading(a->study) && pause < EVERY_MS)
        pause = EVERY_MS;
    return clock_ms() - a->adding.ended_ms >= pause;
}

/* Adds up some of the rows that are not yet. True where all that were there when this began are. */
static bool add_up(struct app *a)
{
    enum { SLICE = 40000 }; /* rows, some 8 ms where they lie anywhere in memory */
    int64_t now = clock_ms();
    if (a->adding.next == 0) {
        a->adding.version = a->study->version;
        a->adding.spent_ms = 0;
    }
    bool done = curve_refresh_some(a->study->curve, &a->adding.next, SLICE);
    a->adding.ended_ms = clock_ms();
    a->adding.spent_ms += a->adding.ended_ms - now;
    return done;
}

/* Curves of what is measured by now. True where there is more to do at once. */
static bool refresh(struct app *a)
{
    if (a->adding.shown_version == a->study->version || !is_time_to_add(a))
        return false;
    if (!add_up(a))
        return true;
    a->adding.shown_version = a->adding.version;
    shown_compute(&a->shown, a->study);
    for (int i = 0; i < a->pins.n; i++)
        shown_compute(&a->pins.curves[i], a->study);
    a->accuracy = curve_accuracy(a->study->curve, a->shown.chosen);
    a->dirty = true;
    return false;
}

/* The study on the screen has become ready. */
static void begin(struct app *a)
{
    struct error e;
    a->plot.first = 0;
    a->plot.last = a->study->listing.n - 1;
    app_choose(a, a->study->asked, NULL);
    weighing_open(a);
    if (a->keeping.enabled && state_load_network(a, &e) < 0)
        app_say(a, JOURNAL_WARNING, "%s", e.text);
    a->keeping.state_changed = false;
    a->dirty = true;
}

/* ---- Stepping ------------------------------------------------------------------------------------ */

/* What is to be opened has gone as far as it may before it stands on the screen: nothing is measured unseen.
 */
static bool opening_waits(const struct app *a)
{
    return study_is_ready(a->opening);
}

int app_polls(const struct app *a, struct pollfd fds[APP_POLLS])
{
    int n = study_polls(a->study, fds);
    if (a->opening && !opening_waits(a))
        n += study_polls(a->opening, fds + n);
    return n + cutting_polls(a, fds + n);
}

/* -1: never. */
static int sooner(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

int app_timeout(const struct app *a)
{
    if (a->loop.busy)
        return 0;
    bool loads = a->opening && !opening_waits(a);
    int timeout = sooner(study_timeout(a->study), loads ? study_timeout(a->opening) : -1);
    return sooner(timeout, cutting_timeout(a));
}

/* A question or a dialog speaks of the network on the screen: it is answered first. */
static bool may_change(const struct app *a)
{
    return opening_waits(a) && !a->prompt.open && !a->dialog;
}

/* What was asked for takes the place of what is on the screen, or is given up. */
static void step_opening(struct app *a)
{
    if (!opening_waits(a) && study_step(a->opening))
        a->dirty = true;
    if (a->opening->state == STUDY_FAILED) {
        study_free(a->opening); /* the journal says why */
        a->opening = NULL;
    } else if (may_change(a)) {
        app_save_state(a);
        forget_results(a);
        study_free(a->study);
        a->study = a->opening;
        a->opening = NULL;
        app_say(a, JOURNAL_GOOD, "opened %s on %s: %ld images", inputs_name(&a->study->inputs),
                a->study->inputs.data, a->study->order_n);
    }
    a->dirty = a->dirty || !a->opening;
}

/* What may take longer than a key may wait. True where there is more to do. */
static bool work_in_slices(struct app *a)
{
    int said = a->journal.news;
    bool looks = study_look_stable(a->study);
    a->dirty = a->dirty || a->journal.news != said;
    bool adds = refresh(a);
    return shares_step(a) || looks || adds;
}

void app_step(struct app *a)
{
    if (a->opening)
        step_opening(a);
    cutting_step(a);
    if (study_step(a->study))
        a->dirty = true;
    if (study_is_ready(a->study) && !app_is_ready(a))
        begin(a);
    a->loop.busy = app_is_ready(a) && work_in_slices(a);
    if (app_is_ready(a))
        warn_of_chance(a);
}

bool app_is_settled(const struct app *a)
{
    bool loads = a->opening && !opening_waits(a);
    return !loads && !a->loop.busy && !cutting_runs(a) && !(a->opening && may_change(a)) &&
           study_is_settled(a->study);
}

/* What a poor terminal or an option changed for this session only is kept as it was. */
static struct settings settings_to_keep(const struct app *a)
{
    struct settings s = a->settings;
    if (s.theme == a->keeping.began.theme)
        s.theme = a->keeping.kept.theme;
    if (s.bytes == a->keeping.began.bytes)
        s.bytes = a->keeping.kept.bytes;
    if (s.glyphs == a->keeping.began.glyphs)
        s.glyphs = a->keeping.kept.glyphs;
    return s;
}

void app_save_state(struct app *a)
{
    struct error e;
    if (!a->keeping.enabled)
        return;
    const struct settings settings = settings_to_keep(a);
    if (a->keeping.settings_changed && state_save_settings(&settings, &e) < 0)
        app_say(a, JOURNAL_WARNING, "%s", e.text);
    if (app_is_ready(a) && state_save_network(a, &e) < 0)
        app_say(a, JOURNAL_WARNING, "%s", e.text);
    a->keeping.settings_changed = a->keeping.state_changed = false;
}

/* ---- What panes read ------------------------------------------------------------------------------ */

int app_layer(const struct app *a, int position)
{
    return a->study->listing.layers[position];
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
    double value = a->settings.corrected ? cui * a->study->listing.correction[position] : cui;
    if (a->settings.linear)
        return value;
    return value > 0 ? log10(value) : NAN;
}

double app_value(const struct app *a, const struct shown *s, int position)
{
    return app_value_of(a, position, s->points[position].cui);
}

const char *app_value_name(const struct app *a)
{
    bool sum = a->study->options.measure.reduce == RUN_SUM;
    if (a->settings.corrected && sum)
        return a->settings.linear ? "CUI*HW" : "log10 CUI*HW";
    if (a->settings.corrected)
        return a->settings.linear ? "CUI*KHW" : "log10 CUI*KHW";
    return a->settings.linear ? "CUI" : "log10 CUI";
}

int64_t app_bytes(const struct app *a, int64_t bytes_f32)
{
    return feature_bytes(a->settings.bytes, bytes_f32);
}

const char *app_class_name(const struct app *a, int class_index)
{
    const char *name = report_class_name(a->study->dataset, class_index);
    return *name ? name : "?";
}
