#include "panes/columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN = 1 }; /* the sign of the row under the cursor */

/* ---- What fits ----------------------------------------------------------------------------------- */

static int columns_larger(int a, int b)
{
    return a > b ? a : b;
}

/* With the arrow if rows are sorted by it. */
static int title_width(const struct columns_table *cs, int i, const char *title)
{
    return canvas_width(title) + (i == cs->sort);
}

/* `least`: to which its text may be cut. */
static int min_width(const struct columns_table *cs, int i, int least)
{
    const struct columns_column *k = &cs->columns[i];
    int content = k->least && least < k->content ? least : k->content;
    return columns_larger(content, title_width(cs, i, k->brief ? k->brief : k->title));
}

/* Total width of the shown columns and the gaps between them. */
static int total_width(const struct columns_table *cs, int gap)
{
    int total = MARGIN;
    for (int i = 0; i < cs->n; i++)
        total += cs->columns[i].width ? cs->columns[i].width + gap : 0;
    return total - gap;
}

/* The column that is dropped next, or -1. */
static int dropped_next(const struct columns_table *cs)
{
    int next = -1;
    for (int i = 0; i < cs->n; i++) {
        const struct columns_column *k = &cs->columns[i];
        if (k->width && k->drop && i != cs->sort && (next < 0 || k->drop < cs->columns[next].drop))
            next = i;
    }
    return next;
}

/* Widens the column up to `wanted` as far as space allows. */
static void columns_widen(struct columns_column *k, int wanted, int *spare)
{
    int more = wanted - k->width;
    more = more > *spare ? *spare : more;
    if (k->width == 0 || more <= 0)
        return;
    k->width += more;
    *spare -= more;
}

/* Whole texts matter more than whole titles. */
static void widen_all(struct columns_table *cs, int spare)
{
    for (int i = 0; i < cs->n; i++)
        columns_widen(&cs->columns[i], cs->columns[i].content, &spare);
    for (int i = 0; i < cs->n; i++) {
        int title = title_width(cs, i, cs->columns[i].title);
        if (title - cs->columns[i].width <= spare) /* a cut title is no better than the short one */
            columns_widen(&cs->columns[i], title, &spare);
    }
}

/* If even the columns that are never dropped are too wide: from the left, as far as they fit. */
static void columns_squeeze(struct columns_table *cs, int width)
{
    int excess = total_width(cs, 1) - width;
    for (int i = 0; i < cs->n && excess > 0; i++) {
        struct columns_column *k = &cs->columns[i];
        int cut = k->number || k->width == 0 ? 0 : k->width - 1;
        cut = cut > excess ? excess : cut;
        k->width -= cut;
        excess -= cut;
    }
}

/* A name that is cut says less than the last of the other columns: up to a part of the width they make room
 * for it. */
static int least_of(const struct columns_column *k, int width)
{
    enum { NAMES_PART = 4 };
    return k->drop ? k->least : columns_larger(k->least, width / NAMES_PART);
}

void columns_fit(struct columns_table *cs, int width)
{
    for (int i = 0; i < cs->n; i++) {
        const struct columns_column *k = &cs->columns[i];
        cs->columns[i].width = k->absent ? 0 : columns_larger(min_width(cs, i, least_of(k, width)), 1);
    }
    for (int next; total_width(cs, 1) > width && (next = dropped_next(cs)) >= 0;)
        cs->columns[next].width = 0;
    if (total_width(cs, 1) > width)
        columns_squeeze(cs, width);
    else
        widen_all(cs, width - total_width(cs, 1));
    int gap = total_width(cs, 2) <= width ? 2 : 1;
    int at = MARGIN;
    for (int i = 0; i < cs->n; i++) {
        cs->columns[i].at = at;
        at += cs->columns[i].width ? cs->columns[i].width + gap : 0;
    }
}

/* ---- Sorting ------------------------------------------------------------------------------------- */

static void columns_sort_by(struct columns_table *cs, int column)
{
    cs->sort = column;
    cs->descending = cs->columns[column].down;
}

/* The next column in a direction, wrapping around. */
static int columns_neighbour(const struct columns_table *cs, int direction)
{
    int column = cs->sort;
    do
        column = (column + direction + cs->n) % cs->n;
    while (cs->columns[column].absent && column != cs->sort);
    return column;
}

bool columns_act(struct columns_table *cs, enum action action)
{
    switch (action) {
    case ACTION_SORT_PREVIOUS:
        columns_sort_by(cs, columns_neighbour(cs, -1));
        return true;
    case ACTION_SORT_NEXT:
        columns_sort_by(cs, columns_neighbour(cs, 1));
        return true;
    case ACTION_SORT_REVERSE:
        cs->descending = !cs->descending;
        return true;
    default:
        return false;
    }
}

void columns_click(struct columns_table *cs, int column)
{
    for (int i = 0; i < cs->n; i++) {
        const struct columns_column *k = &cs->columns[i];
        if (column < k->at || column >= k->at + k->width)
            continue;
        if (i == cs->sort)
            cs->descending = !cs->descending;
        else
            columns_sort_by(cs, i);
        return;
    }
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

struct columns_rows columns_rows(int rows, bool title, bool status)
{
    struct columns_rows r = {-1, -1, -1, 0, rows};
    if (title && r.n > 1) {
        r.title = r.first++;
        r.n--;
    }
    if (r.n > 1) {
        r.header = r.first++;
        r.n--;
    }
    if (status && r.n > 1)
        r.status = r.first + --r.n;
    return r;
}

void columns_title(struct canvas *c, struct area area, int row, enum role role, const char *title)
{
    if (row < 0)
        return;
    canvas_rule(c, area, row, role, "");
    int width = canvas_width(title);
    int capacity = area.columns - 4;
    if (capacity < 1 || width == 0)
        return;
    width = width > capacity ? capacity : width;
    canvas_text(c, area, row, 1, role, " ");
    canvas_field(c, area, row, 2, width, role, title);
    canvas_text(c, area, row, 2 + width, role, " ");
}

void columns_header(const struct columns_table *cs, struct canvas *c, struct area area, int row)
{
    if (row < 0)
        return;
    canvas_fill(c, area_above(area_below(area, row), 1), ROLE_TITLE);
    for (int i = 0; i < cs->n; i++) {
        const struct columns_column *k = &cs->columns[i];
        bool whole = !k->brief || title_width(cs, i, k->title) <= k->width;
        const char *title = whole ? k->title : k->brief;
        const char *arrow = glyphs_text(c->glyphs, cs->descending ? GLYPH_DOWN : GLYPH_UP);
        char text[COLUMNS_TITLE + 8];
        if (i != cs->sort)
            arrow = "";
        if (k->number)
            snprintf(text, sizeof text, "%s%s", arrow, title);
        else
            snprintf(text, sizeof text, "%s%s", title, arrow);
        columns_cell(cs, c, area, row, i, ROLE_TITLE, text);
    }
}

void columns_cell(const struct columns_table *cs, struct canvas *c, struct area area, int row, int column,
                  enum role role, const char *text)
{
    const struct columns_column *k = &cs->columns[column];
    if (k->width)
        canvas_field(c, area, row, k->at, k->number ? -k->width : k->width, role, text);
}

void columns_margin(const struct list *l, struct canvas *c, struct area area, struct columns_rows rows,
                    bool cursor_shown)
{
    if (rows.n < 1)
        return;
    if (l->first > 0)
        canvas_glyph(c, area, rows.first, 0, ROLE_DIM, GLYPH_UP);
    if (l->first + rows.n < l->n)
        canvas_glyph(c, area, rows.first + rows.n - 1, 0, ROLE_DIM, GLYPH_DOWN);
    if (cursor_shown)
        canvas_glyph(c, area, rows.first + l->cursor - l->first, 0, ROLE_TEXT, GLYPH_CURSOR);
}

void columns_cursor(const struct list *l, struct canvas *c, struct area area, struct columns_rows rows,
                    bool shown, bool focused)
{
    int here = rows.first + l->cursor - l->first;
    columns_margin(l, c, area, rows, shown);
    if (shown)
        canvas_shade(c, area_above(area_below(area, here), 1), focused ? ROLE_SELECTED : ROLE_CHOSEN);
    if (focused)
        canvas_cursor(c, area, here, 0);
}

void columns_status(const struct list *l, struct canvas *c, struct area area, struct columns_rows rows,
                    int total, const char *thing, const char *things)
{
    char text[2 * LIST_TEXT + 80];
    int row = l->n ? rows.status : rows.first;
    if (!*l->filter || row < 0)
        return;
    if (l->n == 0)
        snprintf(text, sizeof text, "no %s matches '%s' (\\ then Enter: all)", thing, l->filter);
    else
        snprintf(text, sizeof text, "%d of %d %s match '%s' (Esc: all)", l->n, total, things, l->filter);
    canvas_field(c, area, row, 1, area.columns - 1, l->n ? ROLE_DIM : ROLE_WARNING, text);
}
