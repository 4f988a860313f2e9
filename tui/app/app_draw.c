/* The screen as a whole: header, body, message line, footer. */
#include "app/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "screen/keys.h"
#include "panes/wrap.h"

enum { COLUMNS_MIN = 40, ROWS_MIN = 12, TABS_ROWS = 20, NARROW = 60 };

static bool has_tabs(int rows)
{
    return rows >= TABS_ROWS;
}

/* ---- Header -------------------------------------------------------------------------------------- */

/* "NETWORK on DATA" in at most `width` columns: a long path keeps its end. New string. */
static char *subject_text(const struct inputs *inputs, int width)
{
    const char *name = inputs_name(inputs);
    char *text = memory_format(" %s on %s", name, inputs->data);
    if (canvas_width(text) <= width)
        return text;
    free(text);
    size_t end = strlen(inputs->data);
    while (end > 1 && inputs->data[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && inputs->data[start - 1] != '/')
        start--;
    return memory_format(" %s on %.*s", name, (int)(end - start), inputs->data + start);
}

/* The chosen classes and the accuracy, shortened where space is scarce. New string. */
static char *choice_text(const struct app *a, bool brief)
{
    const struct curve_accuracy *all = &a->shown.accuracy;
    double accuracy = all->images ? 100 * (double)all->correct / (double)all->images : 0;
    const char *guesses = all->near_chance ? ", near chance" : "";
    if (all->unknown)
        return memory_format(brief ? "  %s  no labels " : "  classes: %s  no labels, no accuracy ",
                             a->shown.name);
    if (all->images == 0) {
        bool none = app_classes_n(a, a->shown.chosen) == 0;
        return memory_format(brief ? "  %s  %s " : "  classes: %s  %s ", a->shown.name,
                             none ? "no images" : "none measured yet");
    }
    if (brief)
        return memory_format("  %s  %.1f %%%s ", a->shown.name, accuracy, guesses);
    return memory_format("  classes: %s  accuracy %.1f %%%s ", a->shown.name, accuracy, guesses);
}

static void draw_title(const struct app *a, struct canvas *c, struct area line)
{
    canvas_fill(c, line, ROLE_BAR);
    char *right = app_is_ready(a) ? choice_text(a, false) : memory_copy("");
    if (app_is_ready(a) &&
        canvas_width(right) + canvas_width(inputs_name(&a->study->inputs)) >= line.columns) {
        free(right);
        right = choice_text(a, true);
    }
    int width = canvas_width(right);
    int capacity = line.columns > width ? line.columns - width : 0;
    char *left = subject_text(&a->study->inputs, capacity);
    canvas_field(c, line, 0, 0, capacity, ROLE_BAR, left);
    canvas_text(c, line, 0, capacity, ROLE_BAR, right);
    free(left);
    free(right);
}

/* "1:02:03" or "2:03". */
static void clock_text(char out[24], double seconds)
{
    long s = seconds < 1e9 ? (long)(seconds + 0.5) : 1000000000;
    if (s >= 3600)
        snprintf(out, 24, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(out, 24, "%ld:%02ld", s / 60, s % 60);
}

static void state_text(const struct study *s, char *out, size_t capacity)
{
    static const char *const words[] = {"loading",  "measuring",   "paused",
                                        "measured", "worker lost", "failed"};
    bool early = study_stopped_early(s);
    const char *word = s->run.pausing ? "pausing" : early ? "stable" : words[s->state];
    char left[24];
    if (s->state == STUDY_LOADING || ((s->state == STUDY_MEASURING || study_is_trapping(s)) && s->doing[0]))
        snprintf(out, capacity, " %s ", s->doing);
    else if (study_rate(s) > 0 && !s->run.pausing && s->run.silent == 0) {
        clock_text(left, study_seconds_left(s));
        snprintf(out, capacity, " %s %ld/%ld  %.1f/s%s%s%s  ETA %s ", word, s->settled_n, s->order_n,
                 study_rate(s), s->run.workers[0] ? " (" : "", s->run.workers, s->run.workers[0] ? ")" : "",
                 left);
    } else if (study_is_ready(s))
        snprintf(out, capacity, " %s %ld/%ld ", word, s->settled_n, early ? study_ordered_n(s) : s->order_n);
    else
        snprintf(out, capacity, " %s ", word);
}

/* Behind the state, where there is room for it, else over its end. Returns its columns. */
static int draw_silence(const struct study *s, struct canvas *c, struct area line, int used)
{
    static const char *const forms[] = {"no answer from the worker for", "no answer for"};
    char text[64] = "";
    int width = 0;
    for (int i = 0; i < 2 && (i == 0 || used + width > line.columns); i++) {
        snprintf(text, sizeof text, " %s %ld s ", forms[i], s->run.silent);
        width = canvas_width(text);
    }
    int column = used + width <= line.columns ? used : line.columns - width;
    return column + canvas_text(c, line, 0, column, ROLE_WARNING, text) - used;
}

/* "block4_pool"; where resampling the images often picks another one, "block4_pool (55 %) or block5_conv2 (43
 * %)". New string. */
static char *best_text(const struct app *a, int best)
{
    const double rare = 0.05;
    double share = shares_pick(a, best);
    int other = -1;
    if (!(share < SHARES_SURE))
        return memory_copy(app_row(a, best)->name);
    for (int i = 0; i < a->study->layer_list.n; i++)
        if (i != best && shares_pick(a, i) >= rare &&
            (other < 0 || shares_pick(a, i) > shares_pick(a, other)))
            other = i;
    if (other < 0)
        return memory_format("%s (%.0f %%)", app_row(a, best)->name, 100 * share);
    return memory_format("%s (%.0f %%) or %s (%.0f %%)", app_row(a, best)->name, 100 * share,
                         app_row(a, other)->name, 100 * shares_pick(a, other));
}

/* The totals, in place of the finished progress bar; that another cut leads as measured is said first where
 * there are only so many columns. */
static void result_text(const struct app *a, bool narrow, int columns, char *out, size_t capacity)
{
    char bytes[16];
    int best = a->shown.best;
    const char *begin = narrow ? "best: " : "best split: after ";
    if (best < 0) {
        snprintf(out, capacity, "no candidate: no layer stands out above both its neighbours");
        return;
    }
    text_bytes(bytes, app_bytes(a, app_row(a, best)->cut_bytes));
    const struct table_row *row = app_row(a, best);
    char *likely = best_text(a, best);
    int n =
        snprintf(out, capacity, "%s%s, sends %s (%s)", begin, likely, bytes, dtype_words[a->settings.bytes]);
    free(likely);
    if (!row->clean && n >= 0 && (size_t)n < capacity)
        n += snprintf(out + n, capacity - (size_t)n, ", not clean: %d tensors", row->cut_tensors);
    const struct measured_cut *leader = measured_leader(evaluating_measured(a));
    if (!leader || leader->layer == row->layer)
        return;
    const char *other = a->study->table->rows[leader->layer].name;
    if (n >= 0 && (size_t)n < capacity)
        snprintf(out + n, capacity - (size_t)n, "; measured: %s", other);
    if (canvas_width(out) > columns)
        snprintf(out, capacity, "%s%s; measured: %s", begin, row->name, other);
}

static void draw_progress(const struct app *a, struct canvas *c, struct area line)
{
    const struct study *s = a->study;
    char text[160], left_out[64] = "";
    bool done = s->state == STUDY_DONE && app_is_ready(a), narrow = line.columns < NARROW;
    if (done && narrow && !study_stopped_early(s)) /* the result says it */
        text[0] = '\0';
    else
        state_text(s, text, sizeof text);
    canvas_fill(c, line, ROLE_BAR);
    bool bad = s->state == STUDY_LOST || s->state == STUDY_FAILED;
    int used = 0;
    if (!has_tabs(c->rows))
        used =
            canvas_printf(c, line, 0, 0, ROLE_SELECTED, "[%c %s]", views_key(a->view), views_title(a->view));
    used += canvas_text(c, line, 0, used, bad ? ROLE_ERROR : ROLE_BAR, text);
    if (s->run.silent > 0)
        used += draw_silence(s, c, line, used);
    if (a->opening)
        snprintf(left_out, sizeof left_out, " opening %.30s (Esc: not) ", inputs_name(&a->opening->inputs));
    else if (s->excluded.n > 0)
        snprintf(left_out, sizeof left_out, " %ld left out ", s->excluded.n);
    int right = canvas_width(left_out);
    int bar = line.columns - used - right - 1;
    if (done) {
        char result[160];
        result_text(a, narrow, bar, result, sizeof result);
        canvas_field(c, line, 0, used + 1, bar > 0 ? bar : 0, ROLE_BAR, result);
    } else if (study_is_ready(s) && s->order_n > 0 && bar > 4) {
        int full = (int)((double)s->settled_n / (double)s->order_n * bar);
        for (int i = 0; i < bar; i++)
            canvas_glyph(c, line, 0, used + i, ROLE_PROGRESS, i < full ? GLYPH_BAR : GLYPH_BAR_REST);
    }
    canvas_text(c, line, 0, line.columns - right, ROLE_BAR, left_out);
}

/* A tab or a hint, as it stands in its row. */
struct bar_item {
    int column, width;
    int what; /* the view, or the place in the table of actions */
};

static void draw_tab(const struct app *a, struct canvas *c, struct area line, struct bar_item item,
                     const char *text)
{
    bool here = item.what == (int)a->view;
    canvas_text(c, line, 0, item.column, here ? ROLE_SELECTED : ROLE_DIM, text);
}

/* Names of all views, closer together where space is scarce: at last without the blank after the number; on a
 * narrow screen their numbers, and the name of this one. Draws them where there is a canvas, and returns the
 * view whose tab is at `column`; -1: none. */
static int lay_out_tabs(const struct app *a, struct canvas *c, struct area line, int column)
{
    struct bar_item item = {0};
    int width = 0, found = -1;
    for (int v = 0; v < VIEWS; v++)
        width += canvas_width(views_title(v)) + 4;
    bool close = width > line.columns;
    bool tight = width - VIEWS + 1 > line.columns;
    bool narrow = width - 2 * VIEWS + 1 > line.columns;
    for (item.what = 0; item.what < VIEWS; item.what++) {
        bool here = item.what == (int)a->view;
        const char *name = narrow && !here ? "" : views_title((enum view)item.what);
        bool blank = *name && (here || !tight);
        bool joined = tight && !narrow && (item.what == 0 || item.what - 1 == (int)a->view);
        const char *before = here ? "[" : joined ? "" : " "; /* the bracket of the one before is enough */
        const char *behind = here ? "]" : close && !narrow ? "" : " ";
        char text[40];
        snprintf(text, sizeof text, "%s%c%s%s%s", before, views_key((enum view)item.what), blank ? " " : "",
                 name, behind);
        item.width = canvas_width(text);
        if (c)
            draw_tab(a, c, line, item, text);
        if (column >= item.column && column < item.column + item.width)
            found = item.what;
        item.column += item.width;
    }
    return found;
}

static void draw_tabs(const struct app *a, struct canvas *c, struct area line)
{
    lay_out_tabs(a, c, line, -1);
}

/* ---- Footer -------------------------------------------------------------------------------------- */

/* The most severe news: later notes do not hide it. NULL: there are none. */
static const struct journal_line *worst_news(const struct journal *j)
{
    const struct journal_line *worst = NULL;
    for (int i = j->n > j->news ? j->n - j->news : 0; i < j->n; i++)
        if (!worst || j->lines[i].level >= worst->level)
            worst = &j->lines[i];
    return worst;
}

/* In one row; a warning that is longer takes some rows of the body, until the next key. */
static void app_draw_draw_words(struct canvas *c, struct area line, enum journal_level level,
                                const char *text)
{
    enum { ROWS_MAX = 4 };
    static const enum role roles[] = {ROLE_TEXT, ROLE_GOOD, ROLE_WARNING, ROLE_ERROR};
    struct text_list w = wrap_text(text, line.columns);
    if (level < JOURNAL_WARNING || w.n == 1) {
        canvas_field(c, line, 0, 0, line.columns, roles[level], text);
    } else {
        int rows = w.n < ROWS_MAX ? w.n : ROWS_MAX;
        struct area area = {line.row - rows + 1, line.column, rows, line.columns};
        canvas_fill(c, area, ROLE_TEXT);
        for (int i = 0; i < rows; i++)
            canvas_text(c, area, i, 0, roles[level], w.texts[i]);
        if (rows < w.n)
            canvas_glyph(c, area, rows - 1, line.columns - 1, roles[level], GLYPH_ELLIPSIS);
    }
    text_list_free(&w);
}

static void draw_message(const struct app *a, struct canvas *c, struct area line)
{
    static const char *const words[] = {"", "", "warning: ", "error: "};
    const struct journal *j = &a->journal;
    const struct journal_line *worst = worst_news(j);
    enum journal_level level = worst                                                    ? worst->level
                               : partitioning_runs(a) || racing_runs(a) || live_runs(a) ? JOURNAL_NOTE
                                                                                        : JOURNAL_ERROR;
    char *text = NULL;
    if (worst && j->news > 1)
        text = memory_format("%s%s (%d more: key 8)", words[level], worst->text, j->news - 1);
    else if (worst)
        text = memory_format("%s%s", words[level], worst->text);
    else if (j->passing)
        text = memory_copy(j->passing);
    else if (partitioning_runs(a))
        text = partitioning_text(a);
    else if (racing_runs(a))
        text = racing_text(a);
    else if (live_runs(a))
        text = live_text(a);
    else if (a->study->state == STUDY_FAILED)
        text = memory_format("error: %s (o opens another network, q quits)", a->study->why.text);
    if (text) {
        app_draw_draw_words(c, line, level, text);
    } else if (a->study->saved_rows) {
        text = study_saved_rows_words(a->study);
        canvas_field(c, line, 0, 0, line.columns, ROLE_DIM, text);
    }
    free(text);
}

/* There is no measuring to pause where the rows come from a file, unless p continues after a stable pick. */
static bool means_nothing(const struct app *a, const struct action_entry *entry)
{
    return entry->action == ACTION_PAUSE && a->study->saved_rows && !study_stopped_early(a->study);
}

/* The word for it here: q leaves a view that one came to, and the program from the first one. */
static const char *hint_word(const struct app *a, const struct action_entry *entry)
{
    if (entry->action == ACTION_LEAVE)
        return a->layout.before_n > 0 ? "back" : "quit";
    return entry->name;
}

static void draw_hint(struct canvas *c, struct area line, struct bar_item item, const char *key,
                      const char *word)
{
    int column = item.column;
    column += canvas_printf(c, line, 0, column, ROLE_KEY, " %s", key);
    canvas_printf(c, line, 0, column, ROLE_BAR, " %s ", word);
}

/* Keys and words of the main actions of this view, as many as fit. Draws them where there is a canvas, and
 * returns the action's place in the table whose hint is at `column`; -1: none. */
static int lay_out_hints(const struct app *a, struct canvas *c, struct area line, int column)
{
    struct bar_item item = {0};
    int found = -1;
    for (int hint = 1; hint < 10; hint++)
        for (item.what = 0; item.what < actions_n; item.what++) {
            const struct action_entry *entry = &actions_table[item.what];
            if (entry->hint != hint || !(entry->views & 1u << a->view) || means_nothing(a, entry))
                continue;
            char key[KEYS_NAME];
            keys_name(entry->keys[0], key);
            const char *word = hint_word(a, entry);
            item.width = canvas_width(key) + canvas_width(word) + 3;
            if (item.column + item.width > line.columns)
                continue;
            if (c)
                draw_hint(c, line, item, key, word);
            if (column >= item.column && column < item.column + item.width)
                found = item.what;
            item.column += item.width;
        }
    return found;
}

static void draw_hints(const struct app *a, struct canvas *c, struct area line)
{
    canvas_fill(c, line, ROLE_BAR);
    const char *modal = a->prompt.open ? prompt_hints(&a->prompt) : a->dialog ? a->dialog->hints : NULL;
    if (modal)
        canvas_field(c, line, 0, 1, line.columns - 1, ROLE_BAR, modal);
    else
        lay_out_hints(a, c, line, -1);
}

int app_clicked_view(const struct app *a, int row, int column)
{
    struct area line = {0, 0, 1, a->screen.columns};
    return has_tabs(a->screen.rows) && row == 2 ? lay_out_tabs(a, NULL, line, column) : -1;
}

const struct action_entry *app_clicked_hint(const struct app *a, int row, int column)
{
    struct area line = {0, 0, 1, a->screen.columns};
    int at = row == a->screen.rows - 1 ? lay_out_hints(a, NULL, line, column) : -1;
    return at < 0 ? NULL : &actions_table[at];
}

/* ---- Body ---------------------------------------------------------------------------------------- */

static void draw_loading(const struct app *a, struct canvas *c, struct area body)
{
    const struct study *s = a->study;
    int row = body.rows / 2 - 1;
    if (s->state == STUDY_FAILED)
        canvas_text(c, body, row, 2, ROLE_ERROR, "Nothing could be opened: the line below says why.");
    else
        canvas_printf(c, body, row, 2, ROLE_TEXT, "%s: %s", inputs_name(&s->inputs), s->doing);
    canvas_text(c, body, row + 1, 2, ROLE_DIM, "? shows the keys, o opens another network, q quits");
}

/* What is left between header and footer. */
static struct area body_of(struct area all)
{
    struct area body = area_below(all, has_tabs(all.rows) ? 3 : 2);
    body.rows = body.rows > 2 ? body.rows - 2 : 0;
    return body;
}

bool app_fits(const struct app *a)
{
    return a->screen.rows >= ROWS_MIN && a->screen.columns >= COLUMNS_MIN;
}

static void place_panes(struct app *a, struct area body)
{
    views_place(a, a->view, body);
    if (a->layout.focus >= a->layout.n)
        a->layout.focus = 0;
}

void app_prepare(struct app *a)
{
    a->layout.n = 0;
    if (!app_shows_panes(a) || !app_fits(a))
        return;
    place_panes(a, body_of((struct area){0, 0, a->screen.rows, a->screen.columns}));
    for (int i = 0; i < a->layout.n; i++)
        pane_prepare(a->layout.panes[i], a, a->layout.areas[i]);
}

/* The focused pane comes last, so that it places the hardware cursor. */
static void draw_panes(const struct app *a, struct canvas *c)
{
    for (int i = 1; i <= a->layout.n; i++) {
        int at = (a->layout.focus + i) % a->layout.n;
        a->layout.panes[at]->draw(a, c, a->layout.areas[at], i == a->layout.n);
    }
}

static void draw_all(struct app *a, struct canvas *c)
{
    struct area all = canvas_area(c);
    struct area body = body_of(all);
    draw_title(a, c, area_above(all, 1));
    draw_progress(a, c, area_above(area_below(all, 1), 1));
    if (has_tabs(all.rows))
        draw_tabs(a, c, area_above(area_below(all, 2), 1));
    if (a->dialog)
        a->dialog->draw(a, c, body);
    else if (app_shows_panes(a))
        draw_panes(a, c);
    else
        draw_loading(a, c, body);
    struct area message = area_above(area_below(all, all.rows - 2), 1);
    if (a->prompt.open)
        prompt_draw(&a->prompt, c, message, area_below(area_above(all, all.rows - 2), all.rows - 3));
    else
        draw_message(a, c, message);
    draw_hints(a, c, area_below(all, all.rows - 1));
}

void app_draw(struct app *a, struct canvas *c)
{
    canvas_clear(c);
    c->glyphs = a->settings.glyphs;
    app_prepare(a);
    if (!app_fits(a)) {
        char text[80];
        snprintf(text, sizeof text, "needs %dx%d, has %dx%d (q quits)", COLUMNS_MIN, ROWS_MIN, c->columns,
                 c->rows);
        canvas_text(c, canvas_area(c), c->rows / 2, 0, ROLE_TEXT, text);
    } else {
        draw_all(a, c);
    }
    a->dirty = false;
}
