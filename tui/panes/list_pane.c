#include "panes/list_pane.h"

#include "app/model.h"

struct list *list_pane_list(const struct list_pane *p, const struct app *a)
{
    return &a->states->lists[p->list];
}

void list_pane_go(const struct list_pane *p, struct app *a, int row)
{
    if (p->go)
        p->go(a, row);
    else
        list_pane_list(p, a)->cursor = row;
}

void list_pane_fit(const struct list_pane *p, struct app *a, struct area area)
{
    struct list *l = list_pane_list(p, a);
    list_fit(l, l->n, p->rows(a, area).n);
}

/* Where there is such a row. */
static void list_pane_try(const struct list_pane *p, struct app *a, int row)
{
    if (row >= 0 && row < list_pane_list(p, a)->n)
        list_pane_go(p, a, row);
}

bool list_pane_act(const struct list_pane *p, struct app *a, enum action action, struct area area)
{
    struct list *l = list_pane_list(p, a);
    bool shown = !p->is_shown || p->is_shown(a);
    int before = l->cursor;
    if (list_act(l, action, l->n, p->rows(a, area).n)) {
        /* A hidden cursor first moves to the nearest row. */
        bool step = action == ACTION_UP || action == ACTION_DOWN;
        list_pane_try(p, a, shown || !step ? l->cursor : before);
        return true;
    }
    return (p->sorts && columns_act(&a->states->columns[p->list], action)) ||
           (p->finder.text && finder_act(a, p, action));
}

int list_pane_at(const struct list_pane *p, struct app *a, struct area area, int row)
{
    const struct list *l = list_pane_list(p, a);
    struct columns_rows rows = p->rows(a, area);
    int at = l->first + row - rows.first;
    return row >= rows.first && row < rows.first + rows.n && at < l->n ? at : -1;
}

bool list_pane_click(const struct list_pane *p, struct app *a, struct area area, int row, int column)
{
    int header = p->rows(a, area).header;
    bool sorted = p->sorts && row == header && header >= 0;
    if (sorted)
        columns_click(&a->states->columns[p->list], column);
    else
        list_pane_try(p, a, list_pane_at(p, a, area, row));
    return sorted;
}
