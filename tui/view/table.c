#include "view/table.h"

#include <stdlib.h>

#include "app/app.h"
#include "view/finder.h"
#include "view/table_rows.h"

static struct columns_rows rows_of(const struct app *a, struct area area)
{
    return columns_rows(area.rows, false, *a->states->table.list.filter);
}

static void prepare(struct app *a, struct area area)
{
    table_rows_refresh(a, area.columns);
    list_fit(&a->states->table.list, a->states->table.list.n, rows_of(a, area).n);
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

/* A place for each, so that they stand below one another. */
static void draw_marks(const struct app *a, struct canvas *c, struct area area, int row, int position)
{
    const struct columns_column *k = &a->states->table.columns.columns[TABLE_MARKS];
    if (k->width < TABLE_MARKS_WIDTH)
        return;
    if (app_point(a, position)->local_max)
        canvas_glyph(c, area, row, k->at, ROLE_CANDIDATE, GLYPH_CANDIDATE);
    if (position == a->shown.best)
        canvas_glyph(c, area, row, k->at + 1, ROLE_BEST, GLYPH_BEST);
    if (a->study->listing.cde[position])
        canvas_glyph(c, area, row, k->at + 2, ROLE_CDE, GLYPH_CDE);
    if (marks_find(&a->marks, app_layer(a, position)))
        canvas_glyph(c, area, row, k->at + 3, ROLE_MARK, GLYPH_MARK);
    if (app_row(a, position)->cut_tensors > 1)
        canvas_text(c, area, row, k->at + 4, ROLE_WARNING, "!");
}

static void draw_row(const struct app *a, struct canvas *c, struct area area, int row, int position)
{
    const struct table_view *t = &a->states->table;
    bool found = list_matches(&t->list, app_row(a, position)->name);
    for (int k = 0; k < TABLE_COLUMNS; k++) {
        char text[TABLE_TEXT];
        table_rows_text(a, position, k, text);
        columns_cell(&t->columns, c, area, row, k, k == TABLE_NAME && found ? ROLE_MATCH : ROLE_TEXT, text);
    }
    draw_marks(a, c, area, row, position);
}

static void draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    const struct table_view *t = &a->states->table;
    struct columns_rows rows = rows_of(a, area);
    columns_header(&t->columns, c, area, rows.header);
    for (int i = 0; i < rows.n && t->list.top + i < t->list.n; i++)
        draw_row(a, c, area, rows.first + i, t->order[t->list.top + i]);
    columns_status(&t->list, c, area, rows, a->study->listing.n, "layer", "layers");
    columns_cursor(&t->list, c, area, rows, table_rows_cursor_is_shown(a), focused);
}

/* ---- Search and filter --------------------------------------------------------------------------- */

static struct list *table_list(struct app *a)
{
    return &a->states->table.list;
}

static const char *row_name(const void *data, int row)
{
    const struct app *a = data;
    return app_row(a, a->states->table.order[row])->name;
}

static int cursor_layer(const struct app *a)
{
    return a->plot.cursor;
}

static void back(struct app *a, int position)
{
    app_move(a, position);
    table_rows_refresh(a, a->screen.columns);
}

static void go(struct app *a, int row)
{
    if (row >= 0 && row < a->states->table.list.n)
        app_move(a, a->states->table.order[row]);
}

static const struct finder finder = {
    "layers (glob on name or type): ", "layer", "name", table_list, row_name, cursor_layer, back, go,
};

/* ---- What keys do -------------------------------------------------------------------------------- */

static bool act(struct app *a, enum action action, struct area area)
{
    prepare(a, area);
    struct list *l = &a->states->table.list;
    bool shown = table_rows_cursor_is_shown(a);
    int before = l->cursor;
    if (list_act(l, action, l->n, rows_of(a, area).n)) {
        /* A hidden cursor comes back to the nearest row first. */
        bool step = action == ACTION_UP || action == ACTION_DOWN;
        go(a, shown || !step ? l->cursor : before);
    } else if (!columns_act(&a->states->table.columns, action) && !finder_act(a, &finder, action)) {
        return false;
    }
    a->dirty = true;
    return true;
}

static void click(struct app *a, struct area area, int row, int column)
{
    prepare(a, area);
    struct columns_rows rows = rows_of(a, area);
    if (row == rows.header)
        columns_click(&a->states->table.columns, column);
    else if (row >= rows.first && row < rows.first + rows.n)
        go(a, a->states->table.list.top + row - rows.first);
    a->dirty = true;
}

void table_reset(struct table_view *t)
{
    free(t->order);
    *t = (struct table_view){0};
}

const struct pane table_pane = {"layers", prepare, draw, act, click};
