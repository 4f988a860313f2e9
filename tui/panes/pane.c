#include "panes/pane.h"

#include "app/model.h"
#include "panes/list_pane.h"

void pane_prepare(const struct pane *p, struct app *a, struct area area)
{
    if (p->prepare)
        p->prepare(a, area);
    if (p->rows)
        list_pane_fit(p->rows, a, area);
}

/* After sorting: the rows in their new order, from the first one on. */
static void pane_show_top(const struct pane *p, struct app *a, struct area area)
{
    pane_prepare(p, a, area);
    if (list_pane_list(p->rows, a)->n > 0)
        list_pane_go(p->rows, a, 0);
    pane_prepare(p, a, area);
}

bool pane_act(const struct pane *p, struct app *a, enum action action, struct area area)
{
    if (!p->act && !p->rows)
        return false;
    pane_prepare(p, a, area);
    bool taken = (p->act && p->act(a, action, area)) || (p->rows && list_pane_act(p->rows, a, action, area));
    if (taken && p->rows && p->rows->sorts &&
        (action == ACTION_SORT_PREVIOUS || action == ACTION_SORT_NEXT || action == ACTION_SORT_REVERSE))
        pane_show_top(p, a, area);
    a->dirty = a->dirty || taken;
    return taken;
}

void pane_click(const struct pane *p, struct app *a, struct area area, int row, int column)
{
    pane_prepare(p, a, area);
    if (p->rows && list_pane_click(p->rows, a, area, row, column))
        pane_show_top(p, a, area);
    if (p->click)
        p->click(a, area, row, column);
    a->dirty = true;
}
