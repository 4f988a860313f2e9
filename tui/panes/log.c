#include "panes/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/model.h"
#include "base/memory.h"
#include "base/text.h"
#include "panes/columns.h"
#include "panes/list_pane.h"
#include "panes/pane.h"
#include "panes/states.h"
#include "panes/wrap.h"

enum { CLOCK = 16, CLOCK_WIDTH = 8, AT_TEXT = 1 + CLOCK_WIDTH + 1 };

/* ---- Lines --------------------------------------------------------------------------------------- */

/* Those that pass the filter, by number in the journal, oldest first. */
struct log_lines {
    int lines[JOURNAL_LINES]; /* [n of the list] */
    char filter[LIST_TEXT];
};

struct log_lines *log_new(void)
{
    return memory_new(1, sizeof(struct log_lines));
}

void log_free(struct log_lines *l)
{
    free(l);
}

/* The line of the journal under the cursor, or -1. */
static int log_cursor_line(const struct app *a)
{
    const struct list *l = &a->states->lists[STATES_LOG];
    return l->cursor < l->n ? a->states->log->lines[l->cursor] : -1;
}

static void log_select_line(struct app *a, int line)
{
    struct list *l = &a->states->lists[STATES_LOG];
    l->cursor = list_nearest(a->states->log->lines, l->n, line);
}

/* The cursor stays on its line; on the newest one it follows new lines. */
static void log_refresh(struct app *a)
{
    struct list *l = &a->states->lists[STATES_LOG];
    struct log_lines *v = a->states->log;
    int line = log_cursor_line(a);
    bool filtered = strcmp(v->filter, l->filter) != 0;
    bool newest = l->cursor >= l->n - 1 && !filtered;
    int n = 0;
    for (int i = 0; i < a->journal.n; i++)
        if (list_passes(l, a->journal.lines[i].text))
            v->lines[n++] = i;
    l->n = n;
    memcpy(v->filter, l->filter, sizeof v->filter);
    log_select_line(a, newest ? a->journal.n : line);
}

static void log_clock_text(time_t when, char out[CLOCK])
{
    struct tm local;
    out[0] = '\0';
    if (localtime_r(&when, &local))
        strftime(out, CLOCK, "%H:%M:%S", &local);
}

/* With its level in words. New string, printable. */
static char *log_line_text(const struct journal_line *line)
{
    static const char *const words[] = {"", "", "warning: ", "error: "};
    char *whole = memory_format("%s%s", words[line->level], line->text);
    char *shown = text_escape(whole);
    free(whole);
    return shown;
}

/* ---- Layout -------------------------------------------------------------------------- */

struct layout {
    struct columns_rows rows;
    int rule;           /* -1: not there */
    int whole, whole_n; /* the selected line again, wrapped, if it is cut above */
};

static int log_whole_rows(const struct app *a, struct area area)
{
    int selected = log_cursor_line(a);
    if (selected < 0 || area.columns < 2)
        return 0;
    char *text = log_line_text(&a->journal.lines[selected]);
    int rows = 0;
    if (canvas_width(text) > area.columns - AT_TEXT) {
        struct text_list w = wrap_text(text, area.columns - 1);
        rows = w.n;
        text_list_free(&w);
    }
    free(text);
    return rows;
}

static struct layout log_lay_out(const struct app *a, struct area area)
{
    struct layout l = {.rows = {-1, -1, -1, 0, area.rows}, .rule = -1};
    struct columns_rows *r = &l.rows;
    if (r->n >= 3) {
        r->title = r->first++;
        r->n--;
    }
    if (*a->states->lists[STATES_LOG].filter && r->n >= 2)
        r->status = r->first + --r->n;
    int rows = log_whole_rows(a, area);
    int most = r->n / 2 - 1;
    rows = rows > most ? most : rows;
    if (rows > 0) {
        r->n -= rows + 1;
        l.rule = r->first + r->n;
        l.whole = l.rule + 1;
        l.whole_n = rows;
    }
    return l;
}

static void log_prepare(struct app *a, struct area area)
{
    (void)area;
    log_refresh(a);
}

static struct columns_rows log_rows_of(const struct app *a, struct area area)
{
    return log_lay_out(a, area).rows;
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

static void log_draw_line(const struct app *a, struct canvas *c, struct area area, int row,
                          const struct journal_line *line)
{
    static const enum role roles[] = {ROLE_TEXT, ROLE_GOOD, ROLE_WARNING, ROLE_ERROR};
    char when[CLOCK];
    log_clock_text(line->when, when);
    canvas_text(c, area, row, 1, ROLE_DIM, when);
    char *text = log_line_text(line);
    enum role role =
        list_matches(&a->states->lists[STATES_LOG], line->text) ? ROLE_MATCH : roles[line->level];
    int capacity = area.columns - AT_TEXT;
    int width = canvas_width(text);
    if (capacity > 0)
        canvas_field(c, area, row, AT_TEXT, width > capacity ? capacity : width, role, text);
    free(text);
}

static void log_draw_whole(struct canvas *c, struct area area, const struct layout *l,
                           const struct journal_line *line)
{
    char *text = log_line_text(line);
    struct text_list w = wrap_text(text, area.columns - 1);
    for (int i = 0; i < l->whole_n && i < w.n; i++)
        canvas_text(c, area, l->whole + i, 1, ROLE_TEXT, w.texts[i]);
    if (l->whole_n < w.n)
        canvas_glyph(c, area, l->whole + l->whole_n - 1, area.columns - 1, ROLE_DIM, GLYPH_ELLIPSIS);
    text_list_free(&w);
    free(text);
}

static void log_draw_title(const struct app *a, struct canvas *c, struct area area, int row)
{
    char title[64];
    if (a->journal.n == 0)
        snprintf(title, sizeof title, "Log: nothing so far");
    else
        snprintf(title, sizeof title, "Log: %d line%s", a->journal.n, a->journal.n == 1 ? "" : "s");
    columns_title(c, area, row, ROLE_TITLE, title);
}

static void log_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    const struct list *list = &a->states->lists[STATES_LOG];
    const struct journal_line *lines = a->journal.lines;
    struct layout l = log_lay_out(a, area);
    log_draw_title(a, c, area, l.rows.title);
    for (int i = 0; i < l.rows.n && list->first + i < list->n; i++)
        log_draw_line(a, c, area, l.rows.first + i, &lines[a->states->log->lines[list->first + i]]);
    columns_status(list, c, area, l.rows, a->journal.n, "line", "lines");
    columns_cursor(list, c, area, l.rows, list->n > 0, focused);
    if (l.rule >= 0) {
        columns_title(c, area, l.rule, ROLE_DIM, "");
        log_draw_whole(c, area, &l, &lines[log_cursor_line(a)]);
    }
}

/* ---- As a list ------------------------------------------------------------------------------------- */

static const char *log_row_text(const void *data, int row)
{
    const struct app *a = data;
    return a->journal.lines[a->states->log->lines[row]].text;
}

static void log_back(struct app *a, int line)
{
    log_refresh(a);
    log_select_line(a, line);
}

static const struct list_pane log_as_list = {
    .list = STATES_LOG,
    .rows = log_rows_of,
    .finder = {"lines (glob): ", "line", "text", log_row_text, log_cursor_line, log_back},
};

const struct pane log_pane = {
    .name = "log",
    .always = true,
    .rows = &log_as_list,
    .prepare = log_prepare,
    .draw = log_draw,
};
