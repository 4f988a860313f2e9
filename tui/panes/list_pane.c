#include "panes/list_pane.h"

void list_pane_fit(const struct list_pane *p, struct app *a, struct area area)
{
    struct list *l = p->list(a);
    list_fit(l, l->n, p->rows(a, area).n);
}

static void list_pane_go(const struct list_pane *p, struct app *a, int row)
{
    if (row >= 0 && row < p->list(a)->n)
        p->go(a, row);
}

bool list_pane_act(const struct list_pane *p, struct app *a, enum action action, struct area area)
{
    struct list *l = p->list(a);
    bool shown = !p->is_shown || p->is_shown(a);
    int before = l->cursor;
    if (list_act(l, action, l->n, p->rows(a, area).n)) {
        /* A hidden cursor first moves to the nearest row. */
        bool step = action == ACTION_UP || action == ACTION_DOWN;
        list_pane_go(p, a, shown || !step ? l->cursor : before);
        return true;
    }
    return (p->columns && columns_act(p->columns(a), action)) || (p->finder.text && finder_act(a, p, action));
}

int list_pane_at(const struct list_pane *p, struct app *a, struct area area, int row)
{
    const struct list *l = p->list(a);
    struct columns_rows rows = p->rows(a, area);
    int at = l->first + row - rows.first;
    return row >= rows.first && row < rows.first + rows.n && at < l->n ? at : -1;
}

void list_pane_click(const struct list_pane *p, struct app *a, struct area area, int row, int column)
{
    int header = p->rows(a, area).header;
    if (p->columns && row == header && header >= 0)
        columns_click(p->columns(a), column);
    else
        list_pane_go(p, a, list_pane_at(p, a, area, row));
}
