#include "view/classes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/memory.h"
#include "view/classes_choice.h"
#include "view/classes_rows.h"
#include "view/finder.h"

static struct columns_rows rows_of(const struct app *a, struct area area)
{
    return columns_rows(area.rows, true, *a->states->classes.list.filter);
}

static void prepare(struct app *a, struct area area)
{
    classes_rows_refresh(a, area.columns);
    list_fit(&a->states->classes.list, a->states->classes.list.n, rows_of(a, area).n);
}

/* The rows of the range under way, both ends included. */
static void range_rows(const struct app *a, int *first, int *last)
{
    const struct classes_view *v = &a->states->classes;
    int from = classes_rows_find(a, v->range_class);
    *first = from < v->list.cursor ? from : v->list.cursor;
    *last = from < v->list.cursor ? v->list.cursor : from;
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

static int chosen_n(const struct app *a)
{
    int n = 0;
    for (int i = 0; i < a->states->classes.entries_n; i++)
        n += classes_choice_holds(a, a->states->classes.entries[i].index);
    return n;
}

/* What is chosen, in words. New string. */
static char *summary(const struct app *a, int columns)
{
    int n = chosen_n(a);
    int all = a->states->classes.entries_n;
    int first, last;
    range_rows(a, &first, &last);
    if (a->states->classes.ranging)
        return memory_format("Range of %d: Space or v chooses, Esc leaves", last - first + 1);
    if (classes_choice_is_empty(a))
        return memory_format("No class chosen: choose at least one (the curve: %s)", a->shown.name);
    if (n == all)
        return memory_format("Classes: all %d chosen", all);
    struct subset_names names = classes_choice_names(a);
    const struct named_subset *saved = subsets_naming(&a->subsets, a->shown.chosen, &names);
    char *words = classes_choice_words(a, a->shown.chosen, (size_t)columns);
    char *text = memory_format("Classes: %d of %d chosen%s%s%s: %s", n, all, saved ? " (" : "",
                               saved ? saved->name : "", saved ? ")" : "", words);
    free(words);
    return text;
}

static void draw_row(const struct app *a, struct canvas *c, struct area area, int row, int at)
{
    const struct classes_view *v = &a->states->classes;
    const struct classes_entry *entry = classes_rows_entry(a, at);
    bool on = classes_choice_holds(a, entry->index);
    bool found = list_matches(&v->list, classes_rows_class(a, entry)->name);
    canvas_glyph(c, area, row, v->columns.columns[CLASSES_ON].at, on ? ROLE_GOOD : ROLE_DIM,
                 on ? GLYPH_ON : GLYPH_OFF);
    for (int k = CLASSES_ON + 1; k < CLASSES_COLUMNS; k++) {
        char room[CLASSES_TEXT];
        enum role role = k == CLASSES_NAME && found ? ROLE_MATCH : on ? ROLE_TEXT : ROLE_DIM;
        columns_cell(&v->columns, c, area, row, k, role, classes_rows_text(a, entry, k, room));
    }
}

static void draw_range(const struct app *a, struct canvas *c, struct area area, struct columns_rows rows)
{
    int first, last;
    range_rows(a, &first, &last);
    int top = a->states->classes.list.top;
    for (int at = first; at <= last && a->states->classes.list.n > 0; at++) {
        if (at < top || at >= top + rows.n)
            continue;
        int row = rows.first + at - top;
        canvas_glyph(c, area, row, 0, ROLE_MATCH, GLYPH_VERTICAL);
        canvas_shade(c, area_above(area_below(area, row), 1), ROLE_MATCH);
    }
}

static void draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    const struct classes_view *v = &a->states->classes;
    struct columns_rows rows = rows_of(a, area);
    char *text = summary(a, area.columns);
    columns_title(c, area, rows.title, classes_choice_is_empty(a) ? ROLE_WARNING : ROLE_TITLE, text);
    free(text);
    columns_header(&v->columns, c, area, rows.header);
    for (int i = 0; i < rows.n && v->list.top + i < v->list.n; i++)
        draw_row(a, c, area, rows.first + i, v->list.top + i);
    columns_status(&v->list, c, area, rows, v->entries_n, "class", "classes");
    if (v->ranging)
        draw_range(a, c, area, rows);
    columns_cursor(&v->list, c, area, rows, v->list.n > 0, focused);
}

/* ---- The cursor, search and filter --------------------------------------------------------------- */

static struct list *classes_list(struct app *a)
{
    return &a->states->classes.list;
}

static const char *row_text(const void *data, int row)
{
    return classes_rows_class(data, classes_rows_entry(data, row))->name;
}

static int cursor_class(const struct app *a)
{
    return a->states->classes.cursor_class;
}

static void back(struct app *a, int class_index)
{
    a->states->classes.cursor_class = class_index;
    classes_rows_refresh(a, a->screen.columns);
}

static void go(struct app *a, int row)
{
    if (row < 0 || row >= a->states->classes.list.n)
        return;
    a->states->classes.list.cursor = row;
    a->states->classes.cursor_class = classes_rows_entry(a, row)->index;
}

static const struct finder finder = {
    "classes (glob on name or folder): ", "class", "name", classes_list, row_text, cursor_class, back, go,
};

/* ---- Choosing ------------------------------------------------------------------------------------ */

static void choose_range(struct app *a, bool *chosen)
{
    int first, last;
    range_rows(a, &first, &last);
    for (int row = first; row <= last && row < a->states->classes.list.n; row++)
        chosen[classes_rows_entry(a, row)->index] = true;
}

/* The class at the cursor, and on to the next one. */
static void toggle(struct app *a, bool *chosen)
{
    const struct list *l = &a->states->classes.list;
    if (l->n == 0)
        return;
    int class_index = classes_rows_entry(a, l->cursor)->index;
    chosen[class_index] = !chosen[class_index];
    go(a, l->cursor + 1 < l->n ? l->cursor + 1 : l->cursor);
}

/* What the action makes of a choice. False where it was none of these. */
static bool change(struct app *a, enum action action, bool *chosen)
{
    size_t n = (size_t)a->study->table->classes;
    struct classes_view *v = &a->states->classes;
    switch (action) {
    case ACTION_TOGGLE:
        if (v->ranging)
            choose_range(a, chosen);
        else
            toggle(a, chosen);
        return true;
    case ACTION_RANGE:
        choose_range(a, chosen);
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
    case ACTION_ENTER:
        if (v->list.n == 0)
            return true;
        go(a, v->list.cursor);
        memset(chosen, false, n * sizeof *chosen);
        chosen[v->cursor_class] = true;
        return true;
    default:
        return false;
    }
}

static bool act_on_choice(struct app *a, enum action action)
{
    struct classes_view *v = &a->states->classes;
    if (action == ACTION_RANGE && !v->ranging && v->list.n > 0) {
        go(a, v->list.cursor);
        v->ranging = true;
        v->range_class = v->cursor_class;
        return true;
    }
    bool *chosen = classes_choice_copy(a);
    bool changed = change(a, action, chosen);
    if (changed) {
        classes_choice_set(a, chosen);
        v->ranging = false;
    }
    free(chosen);
    return changed;
}

/* Esc leaves the range first. */
static bool leave(struct app *a, enum action action)
{
    bool left = action == ACTION_ESCAPE && a->states->classes.ranging;
    a->states->classes.ranging = a->states->classes.ranging && !left;
    return left;
}

static bool act(struct app *a, enum action action, struct area area)
{
    prepare(a, area);
    struct list *l = &a->states->classes.list;
    if (list_act(l, action, l->n, rows_of(a, area).n))
        go(a, l->cursor);
    else if (!columns_act(&a->states->classes.columns, action) && !leave(a, action) &&
             !finder_act(a, &finder, action) && !act_on_choice(a, action) && !classes_act_anywhere(a, action))
        return false;
    a->dirty = true;
    return true;
}

/* On the sign before a class: toggles it. */
static void click(struct app *a, struct area area, int row, int column)
{
    prepare(a, area);
    struct columns_rows rows = rows_of(a, area);
    const struct columns_column *on = &a->states->classes.columns.columns[CLASSES_ON];
    int at = a->states->classes.list.top + row - rows.first;
    if (row == rows.header) {
        columns_click(&a->states->classes.columns, column);
    } else if (row >= rows.first && row < rows.first + rows.n && at < a->states->classes.list.n) {
        go(a, at);
        bool *chosen = classes_choice_copy(a);
        int class_index = a->states->classes.cursor_class;
        chosen[class_index] = !chosen[class_index];
        if (column >= on->at && column < on->at + on->width)
            classes_choice_set(a, chosen);
        free(chosen);
    }
    a->dirty = true;
}

void classes_reset(struct classes_view *v)
{
    free(v->entries);
    free(v->order);
    free(v->expression);
    free(v->name);
    *v = (struct classes_view){0};
}

const struct pane classes_pane = {"classes", prepare, draw, act, click};
