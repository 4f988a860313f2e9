#include "panes/finder.h"

#include <stdio.h>

#include "app/model.h"
#include "panes/list_pane.h"

/* ---- While a prompt is open ---------------------------------------------------------------------- */

/* The network may have been replaced since the prompt opened: then there are no rows for a while. */

static void filter_set(struct app *a, const char *text)
{
    const struct list_pane *p = a->states->finder;
    if (!app_is_ready(a))
        return;
    struct list *l = list_pane_list(p, a);
    list_set_filter(l, text);
    p->finder.back(a, l->from);
    a->dirty = true;
}

/* Searches from where the search began, so that deleting a letter goes back. The row that is found, or -1. */
static int finder_seek(struct app *a, const char *text)
{
    const struct list_pane *p = a->states->finder;
    struct list *l = list_pane_list(p, a);
    list_set_search(l, text);
    p->finder.back(a, l->from);
    a->dirty = true;
    int row = text ? list_seek(l, l->n, p->finder.text, a) : -1;
    if (row >= 0)
        list_pane_go(p, a, row);
    return row;
}

static void search_live(struct app *a, const char *text)
{
    if (app_is_ready(a))
        finder_seek(a, text);
}

static void say_none(struct app *a, const struct list_pane *p, const char *text)
{
    app_say(a, JOURNAL_NOTE, "no %s has '%s' in its %s", p->finder.thing, text, p->finder.part);
}

/* "2 of 5", and whether the search went on from the other end. */
static void say_which(struct app *a, const struct list_pane *p, int row, bool wrapped)
{
    const struct list *l = list_pane_list(p, a);
    int which, n = list_count(l, l->n, row, p->finder.text, a, &which);
    journal_pass(&a->journal, "'%s': %d of %d%s", l->search, which, n, wrapped ? ", wrapped" : "");
}

static void search_done(struct app *a, const char *text)
{
    if (!app_is_ready(a))
        return;
    int row = finder_seek(a, text);
    if (!text || !*text)
        return;
    if (row >= 0)
        say_which(a, a->states->finder, row, false);
    else
        say_none(a, a->states->finder, text);
}

/* ---- Keys ---------------------------------------------------------------------------------------- */

static void finder_ask(struct app *a, const struct list_pane *p, enum action action)
{
    char label[64];
    a->states->finder = p;
    list_ask(list_pane_list(p, a), action, p->finder.at(a));
    if (action == ACTION_FILTER) {
        app_prompt(a, PROMPT_TEXT, p->finder.filter_label, "", NULL, filter_set, filter_set);
        return;
    }
    snprintf(label, sizeof label, "search %s: ", p->finder.thing);
    app_prompt(a, PROMPT_TEXT, label, "", NULL, search_done, search_live);
}

static void search_again(struct app *a, const struct list_pane *p, int direction)
{
    const struct list *l = list_pane_list(p, a);
    int from = l->cursor, row = list_find(l, l->n, direction, p->finder.text, a);
    if (row >= 0) {
        list_pane_go(p, a, row);
        say_which(a, p, row, direction > 0 ? row <= from : row >= from);
    } else if (*l->search)
        say_none(a, p, l->search);
    else
        app_say(a, JOURNAL_NOTE, "nothing is searched for: / begins");
}

bool finder_act(struct app *a, const struct list_pane *p, enum action action)
{
    switch (action) {
    case ACTION_FILTER:
    case ACTION_SEARCH:
        finder_ask(a, p, action);
        return true;
    case ACTION_SEARCH_NEXT:
    case ACTION_SEARCH_PREVIOUS:
        search_again(a, p, action == ACTION_SEARCH_NEXT ? 1 : -1);
        return true;
    case ACTION_ESCAPE:
        return list_escape(list_pane_list(p, a));
    default:
        return false;
    }
}
