#include "app/views.h"

#include "app/layout.h"
#include "panes/classes.h"
#include "panes/compare.h"
#include "panes/detail.h"
#include "panes/images.h"
#include "panes/live.h"
#include "panes/log.h"
#include "panes/matrix.h"
#include "panes/plan.h"
#include "panes/plot.h"
#include "panes/rate.h"
#include "panes/table.h"

#define VIEWS_ROW(view, key, title, word, help, place, pane) [VIEW_##view] = {key, title, place, &(pane)},
static const struct {
    int key;
    const char *title;
    void (*place)(struct app *a, const struct pane *first, struct area body);
    const struct pane *first; /* for views of one pane */
} views_table[VIEWS] = {VIEWS_TABLE(VIEWS_ROW)};

int views_key(enum view view)
{
    return views_table[view].key;
}

const char *views_title(enum view view)
{
    return views_table[view].title;
}

const struct pane *views_first(enum view view)
{
    return views_table[view].first;
}

void views_place(struct app *a, enum view view, struct area body)
{
    views_table[view].place(a, views_table[view].first, body);
}
