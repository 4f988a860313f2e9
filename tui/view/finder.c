#include "view/finder.h"

#include <stdio.h>

#include "app/app.h"

/* ---- While a prompt is open ---------------------------------------------------------------------- */

/* The network may have been replaced since the prompt was opened: then there are no rows for a while. */

static void filter_set(struct app *a, const char *text)
{
    const struct finder *f = a->finder;
    if (!app_is_ready(a))
        return;
    struct list *l = f->list(a);
    list_set_filter(l, text);
    f->back(a, l->from);
    a->dirty = true;
}

/* From where the search began, so that a letter taken back goes back. Whether anything is found. */
static bool seek(struct app *a, const char *text)
{
    const struct finder *f = a->finder;
    struct list *l = f->list(a);
    list_set_search(l, text);
    f->back(a, l->from);
    a->dirty = true;
    int row = text ? list_seek(l, l->n, f->text, a) : -1;
    if (row >= 0)
        f->go(a, row);
    return row >= 0;
}

static void search_live(struct app *a, const char *text)
{
    if (app_is_ready(a))
        seek(a, text);
}

static void say_none(struct app *a, const struct finder *f, const char *text)
{
    app_say(a, JOURNAL_NOTE, "no %s has '%s' in its %s", f->thing, text, f->part);
}

static void search_done(struct app *a, const char *text)
{
    if (app_is_ready(a) && !seek(a, text) && text && *text)
        say_none(a, a->finder, text);
}

/* ---- What keys do -------------------------------------------------------------------------------- */

static void ask(struct app *a, const struct finder *f, enum action action)
{
    char label[64];
    a->finder = f;
    list_ask(f->list(a), action, f->at(a));
    if (action == ACTION_FILTER) {
        app_prompt(a, PROMPT_TEXT, f->filter_label, "", NULL, filter_set, filter_set);
        return;
    }
    snprintf(label, sizeof label, "search %s: ", f->thing);
    app_prompt(a, PROMPT_TEXT, label, "", NULL, search_done, search_live);
}

static void search_again(struct app *a, const struct finder *f, int direction)
{
    const struct list *l = f->list(a);
    int row = list_find(l, l->n, direction, f->text, a);
    if (row >= 0)
        f->go(a, row);
    else if (*l->search)
        say_none(a, f, l->search);
    else
        app_say(a, JOURNAL_NOTE, "nothing is searched for: / begins");
}

bool finder_act(struct app *a, const struct finder *finder, enum action action)
{
    switch (action) {
    case ACTION_FILTER:
    case ACTION_SEARCH:
        ask(a, finder, action);
        return true;
    case ACTION_SEARCH_NEXT:
    case ACTION_SEARCH_PREVIOUS:
        search_again(a, finder, action == ACTION_SEARCH_NEXT ? 1 : -1);
        return true;
    case ACTION_ESCAPE:
        return list_escape(finder->list(a));
    default:
        return false;
    }
}
