#include "panes/detail.h"

#include <stdlib.h>
#include <string.h>

#include "app/model.h"
#include "base/memory.h"
#include "base/text.h"
#include "panes/pane.h"
#include "panes/states.h"
#include "panes/wrap.h"

static struct text_list detail_wrap(const struct app *a, struct area area)
{
    char *text = detail_text(a);
    struct text_list lines = wrap_text(text, area.columns);
    free(text);
    return lines;
}

static int detail_top(const struct app *a, int lines, int rows)
{
    int most = lines > rows ? lines - rows : 0;
    int top = a->states->detail_position == a->plot.cursor ? a->states->detail_first : 0;
    return top > most ? most : top < 0 ? 0 : top;
}

static void detail_prepare(struct app *a, struct area area)
{
    planning_refresh(a);
    app_place(a, a->shown.best);
    struct text_list lines = detail_wrap(a, area);
    a->states->detail_first = detail_top(a, lines.n, area.rows);
    a->states->detail_position = a->plot.cursor;
    text_list_free(&lines);
}

static void detail_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    struct text_list lines = detail_wrap(a, area);
    int top = detail_top(a, lines.n, area.rows);
    for (int row = 0; row < area.rows && top + row < lines.n; row++)
        canvas_text(c, area, row, 0, top + row == 0 ? ROLE_TITLE : ROLE_TEXT, lines.texts[top + row]);
    if (top > 0)
        canvas_glyph(c, area, 0, area.columns - 1, ROLE_DIM, GLYPH_UP);
    if (top + area.rows < lines.n)
        canvas_glyph(c, area, area.rows - 1, area.columns - 1, ROLE_DIM, GLYPH_DOWN);
    if (focused)
        canvas_cursor(c, area, 0, 0);
    text_list_free(&lines);
}

static bool detail_act(struct app *a, enum action action, struct area area)
{
    int page = area.rows > 1 ? area.rows - 1 : 1;
    int by = action == ACTION_UP          ? -1
             : action == ACTION_DOWN      ? 1
             : action == ACTION_PAGE_UP   ? -page
             : action == ACTION_PAGE_DOWN ? page
                                          : 0;
    struct text_list lines = detail_wrap(a, area);
    int n = lines.n;
    text_list_free(&lines);
    if (action == ACTION_FIRST)
        by = -n;
    else if (action == ACTION_LAST)
        by = n;
    if (by == 0)
        return false;
    a->states->detail_first = detail_top(a, n, area.rows) + by;
    a->states->detail_position = a->plot.cursor;
    a->states->detail_first = detail_top(a, n, area.rows);
    a->dirty = true;
    return true;
}

const struct pane detail_pane = {
    .name = "detail", .prepare = detail_prepare, .draw = detail_draw, .act = detail_act};
