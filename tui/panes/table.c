#include "panes/table.h"

#include <stdlib.h>

#include "app/model.h"
#include "panes/list_pane.h"
#include "panes/pane.h"
#include "panes/states.h"
#include "panes/table_rows.h"

static struct columns_rows table_rows_of(const struct app *a, struct area area)
{
    return columns_rows(area.rows, false, *a->states->table.list.filter);
}

static void table_prepare(struct app *a, struct area area)
{
    table_rows_refresh(a, area.columns);
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

/* One place for each, so that they are aligned. */
static void table_draw_marks(const struct app *a, struct canvas *c, struct area area, int row, int position)
{
    const struct columns_column *k = &a->states->table.columns.columns[TABLE_MARKS];
    if (k->width < TABLE_MARKS_WIDTH)
        return;
    if (app_point(a, position)->local_max)
        canvas_glyph(c, area, row, k->at, ROLE_CANDIDATE, GLYPH_CANDIDATE);
    if (position == a->shown.best)
        canvas_glyph(c, area, row, k->at + 1, ROLE_BEST, GLYPH_BEST);
    if (a->study->layer_list.cde[position])
        canvas_glyph(c, area, row, k->at + 2, ROLE_CDE, GLYPH_CDE);
    if (marks_find(&a->marks, app_layer(a, position)))
        canvas_glyph(c, area, row, k->at + 3, ROLE_MARK, GLYPH_MARK);
    if (app_row(a, position)->cut_tensors > 1)
        canvas_text(c, area, row, k->at + 4, ROLE_WARNING, "!");
}

static void table_draw_row(const struct app *a, struct canvas *c, struct area area, int row, int position)
{
    const struct table_view *t = &a->states->table;
    bool found = list_matches(&t->list, app_row(a, position)->name);
    for (int k = 0; k < TABLE_COLUMNS; k++) {
        char text[TABLE_TEXT];
        table_rows_text(a, position, k, text);
        columns_cell(&t->columns, c, area, row, k, k == TABLE_NAME && found ? ROLE_MATCH : ROLE_TEXT, text);
    }
    table_draw_marks(a, c, area, row, position);
}

static void table_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    const struct table_view *t = &a->states->table;
    struct columns_rows rows = table_rows_of(a, area);
    columns_header(&t->columns, c, area, rows.header);
    for (int i = 0; i < rows.n && t->list.first + i < t->list.n; i++)
        table_draw_row(a, c, area, rows.first + i, t->order[t->list.first + i]);
    columns_status(&t->list, c, area, rows, a->study->layer_list.n, "layer", "layers");
    columns_cursor(&t->list, c, area, rows, table_rows_cursor_is_shown(a), focused);
}

/* ---- As a list ------------------------------------------------------------------------------------- */

static struct list *table_list(struct app *a)
{
    return &a->states->table.list;
}

static const char *table_row_name(const void *data, int row)
{
    const struct app *a = data;
    return app_row(a, a->states->table.order[row])->name;
}

static int table_position(const struct app *a)
{
    return a->plot.cursor;
}

static void table_back(struct app *a, int position)
{
    app_move(a, position);
    table_rows_refresh(a, a->screen.columns);
}

static void table_go(struct app *a, int row)
{
    app_move(a, a->states->table.order[row]);
}

static struct columns_table *table_columns(struct app *a)
{
    return &a->states->table.columns;
}

static const struct list_pane table_as_list = {
    .list = table_list,
    .go = table_go,
    .rows = table_rows_of,
    .columns = table_columns,
    .is_shown = table_rows_cursor_is_shown,
    .finder = {"layers (glob on name or type): ", "layer", "name", table_row_name, table_position,
               table_back},
};

void table_reset(struct table_view *t)
{
    free(t->order);
    *t = (struct table_view){0};
}

const struct pane table_pane = {
    .name = "layers",
    .shows = PANE_VALUES,
    .rows = &table_as_list,
    .prepare = table_prepare,
    .draw = table_draw,
};
