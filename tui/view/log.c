#include "view/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/app.h"
#include "base/memory.h"
#include "base/text.h"
#include "view/columns.h"
#include "view/wrap.h"

enum { CLOCK = 16, CLOCK_WIDTH = 8, AT_TEXT = 1 + CLOCK_WIDTH + 1 };

/* ---- Lines --------------------------------------------------------------------------------------- */

/* Numbers of the lines that pass the filter, oldest first. */
static int lines_shown(const struct app *a, int shown[JOURNAL_LINES])
{
    int n = 0;
    for (int i = 0; i < a->journal.n && n < JOURNAL_LINES; i++)
        if (list_passes(&a->log, a->journal.lines[i].text))
            shown[n++] = i;
    return n;
}

static void clock_text(time_t when, char out[CLOCK])
{
    struct tm local;
    out[0] = '\0';
    if (localtime_r(&when, &local))
        strftime(out, CLOCK, "%H:%M:%S", &local);
}

/* With its level in words. New string, printable. */
static char *line_text(const struct journal_line *line)
{
    static const char *const words[] = {"", "", "warning: ", "error: "};
    char *whole = memory_format("%s%s", words[line->level], line->text);
    char *shown = text_escape(whole);
    free(whole);
    return shown;
}

/* ---- Where things stand -------------------------------------------------------------------------- */

struct layout {
    int title, status, rule; /* -1: not there */
    int first, n;            /* the list's rows */
    int whole, whole_n;      /* the selected line once more, wrapped, where it is cut above */
};

static int whole_rows(const struct app *a, struct area area, int selected)
{
    if (selected < 0 || area.columns < 2)
        return 0;
    char *text = line_text(&a->journal.lines[selected]);
    int rows = 0;
    if (canvas_width(text) > area.columns - AT_TEXT) {
        struct wrapped w = wrap_text(text, area.columns - 1);
        rows = w.n;
        wrap_free(&w);
    }
    free(text);
    return rows;
}

static struct layout lay_out(const struct app *a, struct area area, int selected)
{
    struct layout l = {-1, -1, -1, 0, area.rows, 0, 0};
    if (l.n >= 3) {
        l.title = l.first++;
        l.n--;
    }
    if (*a->log.filter && l.n >= 2)
        l.status = l.first + --l.n;
    int rows = whole_rows(a, area, selected);
    int most = l.n / 2 - 1;
    rows = rows > most ? most : rows;
    if (rows > 0) {
        l.n -= rows + 1;
        l.rule = l.first + l.n;
        l.whole = l.rule + 1;
        l.whole_n = rows;
    }
    return l;
}

static int selected_line(const struct app *a, const int *shown, int n)
{
    return a->log.cursor < n ? shown[a->log.cursor] : -1;
}

/* At the newest line it stays at the newest line. */
static void prepare(struct app *a, struct area area)
{
    int shown[JOURNAL_LINES];
    int n = lines_shown(a, shown);
    if (a->log.cursor >= a->log.n - 1)
        a->log.cursor = n > 0 ? n - 1 : 0;
    struct layout l = lay_out(a, area, selected_line(a, shown, n));
    list_fit(&a->log, n, l.n);
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

static void draw_line(const struct app *a, struct canvas *c, struct area area, int row,
                      const struct journal_line *line)
{
    static const enum role roles[] = {ROLE_TEXT, ROLE_GOOD, ROLE_WARNING, ROLE_ERROR};
    char when[CLOCK];
    clock_text(line->when, when);
    canvas_text(c, area, row, 1, ROLE_DIM, when);
    char *text = line_text(line);
    enum role role = list_matches(&a->log, line->text) ? ROLE_MATCH : roles[line->level];
    int room = area.columns - AT_TEXT;
    int width = canvas_width(text);
    if (room > 0)
        canvas_field(c, area, row, AT_TEXT, width > room ? room : width, role, text);
    free(text);
}

static void draw_whole(struct canvas *c, struct area area, const struct layout *l,
                       const struct journal_line *line)
{
    char *text = line_text(line);
    struct wrapped w = wrap_text(text, area.columns - 1);
    for (int i = 0; i < l->whole_n && i < w.n; i++)
        canvas_text(c, area, l->whole + i, 1, ROLE_TEXT, w.lines[i]);
    if (l->whole_n < w.n)
        canvas_glyph(c, area, l->whole + l->whole_n - 1, area.columns - 1, ROLE_DIM, GLYPH_ELLIPSIS);
    wrap_free(&w);
    free(text);
}

static void draw_title(const struct app *a, struct canvas *c, struct area area, int row)
{
    char title[64];
    snprintf(title, sizeof title, "Log: %d line%s", a->journal.n, a->journal.n == 1 ? "" : "s");
    columns_title(c, area, row, ROLE_TITLE, title);
}

static void draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    int shown[JOURNAL_LINES];
    int n = lines_shown(a, shown);
    int selected = selected_line(a, shown, n);
    struct layout l = lay_out(a, area, selected);
    draw_title(a, c, area, l.title);
    for (int i = 0; i < l.n && a->log.top + i < n; i++)
        draw_line(a, c, area, l.first + i, &a->journal.lines[shown[a->log.top + i]]);
    struct columns_rows rows = {.first = l.first, .n = l.n};
    columns_margin(&a->log, c, area, rows, n > 0);
    if (n == 0 && *a->log.filter)
        columns_status(&a->log, c, area, l.first, a->journal.n, "line");
    else if (l.status >= 0)
        columns_status(&a->log, c, area, l.status, a->journal.n, "lines");
    if (l.rule >= 0) {
        columns_title(c, area, l.rule, ROLE_DIM, "");
        draw_whole(c, area, &l, &a->journal.lines[selected]);
    }
    int here = l.first + a->log.cursor - a->log.top;
    if (n > 0)
        canvas_shade(c, area_above(area_below(area, here), 1), focused ? ROLE_SELECTED : ROLE_CHOSEN);
    if (focused)
        canvas_cursor(c, area, here, 0);
}

/* ---- Search and filter --------------------------------------------------------------------------- */

struct lines {
    const struct app *a;
    int shown[JOURNAL_LINES];
    int n;
};

static struct lines lines_of(const struct app *a)
{
    struct lines lines = {.a = a};
    lines.n = lines_shown(a, lines.shown);
    return lines;
}

static const char *row_text(const void *data, int row)
{
    const struct lines *lines = data;
    return lines->a->journal.lines[lines->shown[row]].text;
}

static void go(struct app *a, int row)
{
    if (row >= 0)
        a->log.cursor = row;
    a->dirty = true;
}

static void filter_set(struct app *a, const char *text)
{
    list_set_filter(&a->log, text);
    a->dirty = true;
}

static void search_set(struct app *a, const char *text)
{
    struct lines lines = lines_of(a);
    list_set_search(&a->log, text);
    a->log.cursor = a->log.from;
    go(a, text ? list_seek(&a->log, lines.n, row_text, &lines) : -1);
}

static void search_done(struct app *a, const char *text)
{
    struct lines lines = lines_of(a);
    search_set(a, text);
    if (text && *text && list_seek(&a->log, lines.n, row_text, &lines) < 0)
        app_say(a, JOURNAL_NOTE, "no line has '%s' in it", text);
}

static void search_again(struct app *a, int direction)
{
    struct lines lines = lines_of(a);
    int row = list_find(&a->log, lines.n, direction, row_text, &lines);
    if (!*a->log.search)
        app_say(a, JOURNAL_NOTE, "nothing is searched for: / begins");
    else if (row < 0)
        app_say(a, JOURNAL_NOTE, "no line has '%s' in it", a->log.search);
    go(a, row);
}

/* ---- What keys do -------------------------------------------------------------------------------- */

static bool act_on_search(struct app *a, enum action action)
{
    struct list *l = &a->log;
    switch (action) {
    case ACTION_FILTER:
        list_ask(l, action, l->cursor);
        app_prompt(a, PROMPT_TEXT, "lines (glob): ", "", NULL, filter_set, filter_set);
        return true;
    case ACTION_SEARCH:
        list_ask(l, action, l->cursor);
        app_prompt(a, PROMPT_TEXT, "search line: ", "", NULL, search_done, search_set);
        return true;
    case ACTION_SEARCH_NEXT:
    case ACTION_SEARCH_PREVIOUS:
        search_again(a, action == ACTION_SEARCH_NEXT ? 1 : -1);
        return true;
    case ACTION_ESCAPE:
        return list_escape(l);
    default:
        return false;
    }
}

static bool act(struct app *a, enum action action, struct area area)
{
    prepare(a, area);
    int shown[JOURNAL_LINES];
    int n = lines_shown(a, shown);
    struct layout l = lay_out(a, area, selected_line(a, shown, n));
    if (!list_act(&a->log, action, n, l.n) && !act_on_search(a, action))
        return false;
    a->dirty = true;
    return true;
}

static void click(struct app *a, struct area area, int row, int column)
{
    (void)column;
    prepare(a, area);
    int shown[JOURNAL_LINES];
    int n = lines_shown(a, shown);
    struct layout l = lay_out(a, area, selected_line(a, shown, n));
    int at = a->log.top + row - l.first;
    if (row >= l.first && row < l.first + l.n && at < n)
        go(a, at);
}

const struct pane log_pane = {"log", prepare, draw, act, click};
