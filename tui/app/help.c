#include "app/help.h"

#include <stdlib.h>

#include "app/app.h"
#include "base/memory.h"
#include "cli/glossary.h"
#include "screen/keys.h"
#include "panes/match.h"
#include "panes/wrap.h"

enum { HELP_TEXT = 16 }; /* the column of the text right of a key or term */

/* One line of the help. */
struct help_line {
    const char *title;                 /* a heading, */
    const struct action_entry *action; /* a key, */
    const char *term;                  /* or a term, NULL on continuation lines, */
    char *meaning;                     /* with a part of its meaning; owned. Of a key: where it needs rows */
    bool rest;                         /* of a key's meaning */
};

struct help_lines {
    struct help_line *lines; /* [n] */
    int n;
};

static struct help_line *help_add(struct help_lines *l)
{
    l->lines = memory_grow(l->lines, (size_t)l->n + 1, sizeof *l->lines);
    l->lines[l->n] = (struct help_line){0};
    return &l->lines[l->n++];
}

static void help_free(struct help_lines *l)
{
    for (int i = 0; i < l->n; i++)
        free(l->lines[i].meaning);
    free(l->lines);
}

static bool help_is_here(const struct app *a, const struct action_entry *entry)
{
    return entry->views != ACTIONS_EVERYWHERE && (entry->views & 1u << a->view);
}

/* The column of a key's meaning: many keys take some of its room. */
static int help_column(const struct action_entry *entry)
{
    char keys[80];
    actions_keys(entry, keys);
    int used = 1 + canvas_width(keys);
    return used + 2 < HELP_TEXT ? HELP_TEXT : used + 2;
}

/* With the keys of the views where it works, if that is not here. New string. */
static char *help_words(const struct app *a, const struct action_entry *entry)
{
    char views[2 * VIEWS + 2] = "";
    size_t used = 0;
    for (int v = 0; v < VIEWS && entry->views != ACTIONS_EVERYWHERE && !help_is_here(a, entry); v++)
        if (entry->views & 1u << v) {
            views[used] = used ? ' ' : '(';
            views[used + 1] = (char)views_key((enum view)v);
            used += 2;
        }
    views[used] = '\0';
    return memory_format("%s%s%s%s", entry->help, used ? " " : "", views, used ? ")" : "");
}

/* A key takes as many rows as its meaning needs on a narrow screen. */
static void help_add_key(const struct app *a, struct help_lines *l, const struct action_entry *entry)
{
    int width = a->screen.columns - help_column(entry);
    help_add(l)->action = entry;
    if (canvas_width(entry->help) <= width)
        return;
    char *words = help_words(a, entry);
    struct text_list w = wrap_text(words, width);
    for (int i = 0; i < w.n; i++) {
        struct help_line *line = i ? help_add(l) : &l->lines[l->n - 1];
        line->rest = i > 0;
        line->meaning = memory_copy(w.texts[i]);
    }
    text_list_free(&w);
    free(words);
}

/* The view's own keys, then those that work everywhere, then those of the other views. */
static void help_add_keys(const struct app *a, struct help_lines *l)
{
    static const char *const titles[] = {"In this view", "Everywhere", "In other views"};
    for (int part = 0; part < 3; part++) {
        int first = l->n;
        help_add(l)->title = titles[part];
        for (int i = 0; i < actions_n; i++) {
            const struct action_entry *entry = &actions_table[i];
            int own = help_is_here(a, entry) ? 0 : entry->views == ACTIONS_EVERYWHERE ? 1 : 2;
            if (own == part)
                help_add_key(a, l, entry);
        }
        if (l->n == first + 1)
            l->n = first;
    }
}

static void help_add_terms(const struct app *a, struct help_lines *l)
{
    help_add(l)->title = "Terms";
    for (int i = 0; i < glossary_n; i++) {
        struct text_list w = wrap_text(glossary[i][GLOSSARY_MEANING], a->screen.columns - HELP_TEXT);
        for (int k = 0; k < w.n; k++) {
            struct help_line *line = help_add(l);
            line->term = k == 0 ? glossary[i][GLOSSARY_TERM] : NULL;
            line->meaning = memory_copy(w.texts[k]);
        }
        text_list_free(&w);
    }
}

static struct help_lines help_make(const struct app *a)
{
    struct help_lines l = {0};
    help_add_keys(a, &l);
    help_add_terms(a, &l);
    return l;
}

static void help_draw_key(const struct app *a, struct canvas *c, struct area area, int row,
                          const struct help_line *line)
{
    const struct action_entry *entry = line->action;
    char keys[80];
    actions_keys(entry, keys);
    canvas_text(c, area, row, 1, ROLE_CURVE, keys);
    int text = help_column(entry), width = canvas_width(entry->help);
    canvas_text(c, area, row, text, ROLE_TEXT, line->meaning ? line->meaning : entry->help);
    if (line->meaning || entry->views == ACTIONS_EVERYWHERE || help_is_here(a, entry))
        return;
    int column = text + width + 2;
    for (int v = 0; v < VIEWS; v++)
        if (entry->views & 1u << v)
            column += canvas_printf(c, area, row, column, ROLE_DIM, "%c ", views_key((enum view)v));
}

static void help_draw_line(const struct app *a, struct canvas *c, struct area area, int row,
                           const struct help_line *line)
{
    if (line->title) {
        canvas_rule(c, area, row, ROLE_TITLE, line->title);
    } else if (line->action) {
        help_draw_key(a, c, area, row, line);
    } else {
        if (line->term)
            canvas_field(c, area, row, 1, HELP_TEXT - 2, ROLE_CURVE, line->term);
        canvas_text(c, area, row, HELP_TEXT, ROLE_TEXT, line->meaning);
    }
}

static void help_draw(const struct app *a, struct canvas *c, struct area area)
{
    struct help_lines l = help_make(a);
    canvas_printf(c, area, 0, 1, ROLE_TITLE, "Keys in view %c, %s; terms below (G)", views_key(a->view),
                  views_title(a->view));
    struct area text = area_below(area, 1);
    for (int row = 0; row < text.rows && a->dialog_row + row < l.n; row++)
        help_draw_line(a, c, text, row, &l.lines[a->dialog_row + row]);
    canvas_cursor(c, area, 0, 0);
    help_free(&l);
}

/* Whether a line has the searched text, whatever its case. */
static bool help_holds(const struct help_line *line, const char *text)
{
    char keys[80] = "";
    if (line->rest) /* the first row has it all */
        return false;
    if (line->action)
        actions_keys(line->action, keys);
    return match_holds(keys, text) || (line->action && match_holds(line->action->help, text)) ||
           (line->action && match_holds(line->action->name, text)) ||
           (line->term && match_holds(line->term, text)) ||
           (line->meaning && match_holds(line->meaning, text)) ||
           (line->title && match_holds(line->title, text));
}

/* The line that is found after `from`, in that direction, comes to the top. */
static void help_seek(struct app *a, int from, int direction)
{
    struct help_lines l = help_make(a);
    int n = 0, which = 0, row = -1;
    for (int i = 0; i < l.n && row < 0; i++) {
        int at = ((from + direction * i) % l.n + l.n) % l.n;
        row = help_holds(&l.lines[at], a->states->help_search) ? at : -1;
    }
    for (int i = 0; i < l.n; i++) {
        n += help_holds(&l.lines[i], a->states->help_search);
        which = i == row ? n : which;
    }
    bool wrapped = direction > 0 ? row < from : row > from;
    if (row < 0)
        app_say(a, JOURNAL_NOTE, "the help does not have '%s'", a->states->help_search);
    else
        journal_pass(&a->journal, "'%s': %d of %d%s", a->states->help_search, which, n,
                     wrapped ? ", wrapped" : "");
    a->dialog_row = row < 0 ? a->dialog_row : row;
    help_free(&l);
}

static void help_search_done(struct app *a, const char *text)
{
    if (!text || !*text)
        return;
    free(a->states->help_search);
    a->states->help_search = memory_copy(text);
    help_seek(a, a->dialog_row, 1);
}

static void help_search(struct app *a, enum action action)
{
    if (action == ACTION_SEARCH)
        app_prompt(a, PROMPT_TEXT, "search the help: ", "", NULL, help_search_done, NULL);
    else if (!a->states->help_search)
        app_say(a, JOURNAL_NOTE, "nothing is searched for: / begins");
    else if (action == ACTION_SEARCH_NEXT)
        help_seek(a, a->dialog_row + 1, 1);
    else
        help_seek(a, a->dialog_row - 1, -1);
}

static int help_lines_n(const struct app *a)
{
    struct help_lines l = help_make(a);
    int n = l.n;
    help_free(&l);
    return n;
}

static void help_key(struct app *a, int pressed)
{
    int page = a->screen.rows > 8 ? a->screen.rows - 8 : 1;
    int n = help_lines_n(a);
    enum action action = actions_find(pressed, VIEW_LOG);
    int top = a->dialog_row;
    if (action == ACTION_SEARCH || action == ACTION_SEARCH_NEXT || action == ACTION_SEARCH_PREVIOUS) {
        help_search(a, action);
        return;
    }
    if (action == ACTION_UP || action == ACTION_DOWN)
        top += action == ACTION_UP ? -1 : 1;
    else if (action == ACTION_PAGE_UP || action == ACTION_PAGE_DOWN)
        top += action == ACTION_PAGE_UP ? -page : page;
    else if (action == ACTION_FIRST)
        top = 0;
    else if (action == ACTION_LAST)
        top = n;
    else if (app_leaves_dialog(action) || action == ACTION_HELP || action == ACTION_ENTER ||
             pressed == KEYS_SPACE)
        a->dialog = NULL; /* other keys are ignored: a wrong key must not reach the view underneath */
    int last = n - page;
    a->dialog_row = top > last ? last : top;
    if (a->dialog_row < 0)
        a->dialog_row = 0;
}

static const struct dialog help_dialog = {"Up, Down, PgUp, PgDn scroll   / search   n, N next   q, Esc leave",
                                          help_draw, help_key};

void help_open(struct app *a)
{
    a->dialog_row = 0;
    a->dialog = &help_dialog;
    a->dirty = true;
}
