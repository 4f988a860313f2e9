#include "panes/classes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/model.h"
#include "base/memory.h"
#include "panes/classes_choice.h"
#include "panes/classes_rows.h"
#include "panes/list_pane.h"
#include "panes/pane.h"
#include "panes/states.h"

static struct columns_rows classes_rows_of(const struct app *a, struct area area)
{
    return columns_rows(area.rows, true, *a->states->lists[STATES_CLASSES].filter);
}

static void classes_prepare(struct app *a, struct area area)
{
    classes_rows_refresh(a, area.columns);
}

/* The rows of the range being chosen, both ends included. */
static void classes_range(const struct app *a, int *first, int *last)
{
    int from = classes_rows_find(a, a->states->classes_range - 1);
    int cursor = a->states->lists[STATES_CLASSES].cursor;
    *first = from < cursor ? from : cursor;
    *last = from < cursor ? cursor : from;
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

/* Of the classes that have images. */
static int classes_chosen_n(const struct app *a)
{
    int n = 0;
    for (int i = 0; i < classes_rows_total(a); i++) {
        int index = classes_rows_nth(a, i);
        n += classes_choice_holds(a, index) && classes_rows_has_images(a, i);
    }
    return n;
}

static int classes_with_images(const struct app *a)
{
    int n = 0;
    for (int i = 0; i < classes_rows_total(a); i++)
        n += classes_rows_has_images(a, i);
    return n;
}

/* What is chosen, in words. New string. */
static char *classes_summary(const struct app *a, int columns)
{
    int n = classes_chosen_n(a);
    int all = classes_with_images(a), others = classes_rows_total(a) - all;
    int first, last;
    classes_range(a, &first, &last);
    if (a->states->classes_range)
        return memory_format("Range of %d: Space or v chooses, Esc leaves", last - first + 1);
    if (classes_choice_is_empty(a))
        return memory_format("No class chosen: choose at least one (the curve: %s)", a->shown.name);
    if (n == all && others > 0)
        return memory_format("Classes: all %d with images chosen, %d without (H hides them)", all, others);
    if (n == all)
        return memory_format("Classes: all %d chosen", all);
    struct subset_names names = classes_choice_names(a);
    const struct subset_saved *saved = subsets_naming(a->subsets, a->shown.chosen, &names);
    char *words = classes_choice_words(a, a->shown.chosen, (size_t)columns);
    char *text = memory_format("Classes: %d of %d chosen%s%s%s: %s", n, all, saved ? " (" : "",
                               saved ? saved->name : "", saved ? ")" : "", words);
    free(words);
    return text;
}

static void classes_draw_row(const struct app *a, struct canvas *c, struct area area, int row, int at)
{
    const struct columns_table *cs = &a->states->columns[STATES_CLASSES];
    bool on = classes_choice_holds(a, classes_rows_index(a, at));
    bool found = list_matches(&a->states->lists[STATES_CLASSES], classes_rows_class(a, at)->name);
    canvas_glyph(c, area, row, cs->columns[CLASSES_ON].at, on ? ROLE_GOOD : ROLE_DIM,
                 on ? GLYPH_ON : GLYPH_OFF);
    for (int k = CLASSES_ON + 1; k < CLASSES_COLUMNS; k++) {
        char capacity[CLASSES_TEXT];
        enum role role = k == CLASSES_NAME && found ? ROLE_MATCH : on ? ROLE_TEXT : ROLE_DIM;
        columns_cell(cs, c, area, row, k, role, classes_rows_text(a, at, k, capacity));
    }
}

static void classes_draw_range(const struct app *a, struct canvas *c, struct area area,
                               struct columns_rows rows)
{
    int first, last;
    classes_range(a, &first, &last);
    const struct list *l = &a->states->lists[STATES_CLASSES];
    int top = l->first;
    for (int at = first; at <= last && l->n > 0; at++) {
        if (at < top || at >= top + rows.n)
            continue;
        int row = rows.first + at - top;
        canvas_glyph(c, area, row, 0, ROLE_MATCH, GLYPH_VERTICAL);
        canvas_shade(c, area_above(area_below(area, row), 1), ROLE_MATCH);
    }
}

static void classes_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    const struct list *l = &a->states->lists[STATES_CLASSES];
    struct columns_rows rows = classes_rows_of(a, area);
    char *text = classes_summary(a, area.columns);
    columns_title(c, area, rows.title, classes_choice_is_empty(a) ? ROLE_WARNING : ROLE_TITLE, text);
    free(text);
    columns_header(&a->states->columns[STATES_CLASSES], c, area, rows.header);
    for (int i = 0; i < rows.n && l->first + i < l->n; i++)
        classes_draw_row(a, c, area, rows.first + i, l->first + i);
    columns_status(l, c, area, rows, classes_rows_total(a), "class", "classes");
    if (a->states->classes_range)
        classes_draw_range(a, c, area, rows);
    columns_cursor(l, c, area, rows, l->n > 0, focused);
}

/* ---- As a list ------------------------------------------------------------------------------------- */

static const char *classes_row_text(const void *data, int row)
{
    return classes_rows_class(data, row)->name;
}

static int classes_cursor(const struct app *a)
{
    return a->states->classes_cursor;
}

static void classes_back(struct app *a, int class_index)
{
    a->states->classes_cursor = class_index;
    classes_rows_refresh(a, a->screen.columns);
}

static void classes_go(struct app *a, int row)
{
    a->states->lists[STATES_CLASSES].cursor = row;
    a->states->classes_cursor = classes_rows_index(a, row);
}

static const struct list_pane classes_as_list = {
    .list = STATES_CLASSES,
    .go = classes_go,
    .rows = classes_rows_of,
    .sorts = true,
    .finder = {"classes (glob on name or folder): ", "class", "name", classes_row_text, classes_cursor,
               classes_back},
};

/* ---- Choosing ------------------------------------------------------------------------------------ */

static void classes_choose_range(struct app *a, bool *chosen)
{
    int first, last;
    classes_range(a, &first, &last);
    for (int row = first; row <= last && row < a->states->lists[STATES_CLASSES].n; row++)
        chosen[classes_rows_index(a, row)] = true;
}

/* The class at the cursor, and on to the next one. */
static void classes_toggle(struct app *a, bool *chosen)
{
    const struct list *l = &a->states->lists[STATES_CLASSES];
    if (l->n == 0)
        return;
    int class_index = classes_rows_index(a, l->cursor);
    chosen[class_index] = !chosen[class_index];
    classes_go(a, l->cursor + 1 < l->n ? l->cursor + 1 : l->cursor);
}

/* Applies the action to a choice. False where it was none of these. */
static bool classes_change(struct app *a, enum action action, bool *chosen)
{
    size_t n = (size_t)a->study->table->classes;
    switch (action) {
    case ACTION_TOGGLE:
        if (a->states->classes_range)
            classes_choose_range(a, chosen);
        else
            classes_toggle(a, chosen);
        return true;
    case ACTION_RANGE:
        classes_choose_range(a, chosen);
        return true;
    case ACTION_ALL:
        memset(chosen, true, n * sizeof *chosen);
        return true;
    case ACTION_CLEAR:
        memset(chosen, false, n * sizeof *chosen);
        return true;
    case ACTION_INVERT:
        for (size_t i = 0; i < n; i++)
            chosen[i] = !chosen[i];
        return true;
    case ACTION_ONLY:
        if (a->states->lists[STATES_CLASSES].n == 0)
            return true;
        classes_go(a, a->states->lists[STATES_CLASSES].cursor);
        memset(chosen, false, n * sizeof *chosen);
        chosen[a->states->classes_cursor] = true;
        return true;
    default:
        return false;
    }
}

static bool classes_act_on_choice(struct app *a, enum action action)
{
    if (action == ACTION_RANGE && !a->states->classes_range && a->states->lists[STATES_CLASSES].n > 0) {
        classes_go(a, a->states->lists[STATES_CLASSES].cursor);
        a->states->classes_range = 1 + a->states->classes_cursor;
        return true;
    }
    bool *chosen = classes_choice_copy(a);
    bool changed = classes_change(a, action, chosen);
    if (changed) {
        classes_choice_set(a, chosen);
        a->states->classes_range = 0;
    }
    free(chosen);
    return changed;
}

/* Esc ends the range first. */
static bool classes_leave(struct app *a, enum action action)
{
    bool left = action == ACTION_ESCAPE && a->states->classes_range;
    if (left)
        a->states->classes_range = 0;
    return left;
}

static bool classes_act(struct app *a, enum action action, struct area area)
{
    (void)area;
    if (action == ACTION_HIDE) {
        bool hidden = classes_rows_toggle_hidden(a);
        app_say(a, JOURNAL_NOTE, hidden ? "classes without images are hidden" : "all classes are listed");
        return true;
    }
    return classes_leave(a, action) || classes_act_on_choice(a, action);
}

/* A click on the sign before a class toggles it. */
static void classes_click(struct app *a, struct area area, int row, int column)
{
    const struct columns_column *on = &a->states->columns[STATES_CLASSES].columns[CLASSES_ON];
    if (list_pane_at(&classes_as_list, a, area, row) < 0 || column < on->at || column >= on->at + on->width)
        return;
    bool *chosen = classes_choice_copy(a);
    int class_index = a->states->classes_cursor;
    chosen[class_index] = !chosen[class_index];
    classes_choice_set(a, chosen);
    free(chosen);
}

const struct pane classes_pane = {
    .name = "classes",
    .rows = &classes_as_list,
    .prepare = classes_prepare,
    .draw = classes_draw,
    .act = classes_act,
    .click = classes_click,
};
