#include "panes/table.h"

#include "app/model.h"
#include "panes/list_pane.h"
#include "panes/pane.h"
#include "panes/states.h"
#include "panes/table_rows.h"

static struct columns_rows table_rows_of(const struct app *a, struct area area)
{
    return columns_rows(area.rows, false, *a->states->lists[STATES_TABLE].filter);
}

static void table_prepare(struct app *a, struct area area)
{
    table_rows_refresh(a, area.columns);
    struct list *l = &a->states->lists[STATES_TABLE];
    int rows = table_rows_of(a, area).n;
    bool follows = a->layout.n > 0 && a->layout.panes[a->layout.focus] != &table_pane;
    /* One that only follows the curve jumps by half its height: each step sends all of it. */
    if (follows && (l->cursor < l->first || l->cursor >= l->first + rows))
        l->first = l->cursor - rows / 2;
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

/* One place for each, so that they are aligned. */
static void table_draw_marks(const struct app *a, struct canvas *c, struct area area, int row, int position)
{
    const struct columns_column *k = &a->states->columns[STATES_TABLE].columns[TABLE_MARKS];
    if (k->width < TABLE_MARKS_WIDTH)
        return;
    if (app_is_peak(a, &a->shown, position))
        canvas_glyph(c, area, row, k->at, ROLE_CANDIDATE, GLYPH_CANDIDATE);
    if (position == a->shown.best)
        canvas_glyph(c, area, row, k->at + 1, ROLE_BEST, GLYPH_BEST);
    if (a->study->layer_list.cde[position])
        canvas_glyph(c, area, row, k->at + 2, ROLE_CDE, GLYPH_CDE);
    if (marks_find(a->marks, app_layer(a, position)))
        canvas_glyph(c, area, row, k->at + 3, ROLE_MARK, GLYPH_MARK);
    if (app_row(a, position)->cut_tensors > 1)
        canvas_text(c, area, row, k->at + 4, ROLE_WARNING, "!");
}

static void table_draw_row(const struct app *a, struct canvas *c, struct area area, int row, int position)
{
    bool found = list_matches(&a->states->lists[STATES_TABLE], app_row(a, position)->name);
    for (int k = 0; k < TABLE_COLUMNS; k++) {
        char text[TABLE_TEXT];
        table_rows_text(a, position, k, text);
        columns_cell(&a->states->columns[STATES_TABLE], c, area, row, k,
                     k == TABLE_NAME && found ? ROLE_MATCH : ROLE_TEXT, text);
    }
    table_draw_marks(a, c, area, row, position);
}

/* In the table that only follows the curve, no more than number and name are marked: the cursor's row has
 * then not to be sent as a whole. */
static void table_draw_cursor(const struct app *a, struct canvas *c, struct area area,
                              struct columns_rows rows, bool focused)
{
    const struct list *l = &a->states->lists[STATES_TABLE];
    const struct columns_column *name = &a->states->columns[STATES_TABLE].columns[TABLE_NAME];
    bool shown = table_rows_cursor_is_shown(a);
    if (focused) {
        columns_cursor(l, c, area, rows, shown, true);
        return;
    }
    columns_margin(l, c, area, rows, shown);
    struct area marked = area_above(area_below(area, rows.first + l->cursor - l->first), 1);
    marked.columns = name->at + name->width < area.columns ? name->at + name->width : area.columns;
    if (shown)
        canvas_shade(c, marked, ROLE_CHOSEN);
}

static void table_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    const struct list *l = &a->states->lists[STATES_TABLE];
    struct columns_rows rows = table_rows_of(a, area);
    columns_header(&a->states->columns[STATES_TABLE], c, area, rows.header);
    for (int i = 0; i < rows.n && l->first + i < l->n; i++)
        table_draw_row(a, c, area, rows.first + i, a->states->table_order[l->first + i]);
    columns_status(l, c, area, rows, a->study->layer_list.n, "layer", "layers");
    table_draw_cursor(a, c, area, rows, focused);
}

/* ---- As a list ------------------------------------------------------------------------------------- */

static const char *table_row_name(const void *data, int row)
{
    const struct app *a = data;
    return app_row(a, a->states->table_order[row])->name;
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
    app_move(a, a->states->table_order[row]);
}

static const struct list_pane table_as_list = {
    .list = STATES_TABLE,
    .go = table_go,
    .rows = table_rows_of,
    .sorts = true,
    .is_shown = table_rows_cursor_is_shown,
    .finder = {"layers (glob on name or type): ", "layer", "name", table_row_name, table_position,
               table_back},
};

const struct pane table_pane = {
    .name = "layers",
    .shows = PANE_VALUES,
    .rows = &table_as_list,
    .prepare = table_prepare,
    .draw = table_draw,
};
