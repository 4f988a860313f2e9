#include "app/layout.h"

#include "app/model.h"
#include "panes/card.h"
#include "panes/images.h"
#include "panes/plot.h"
#include "panes/table.h"

static void layout_add(struct app *a, const struct pane *pane, struct area area)
{
    struct app_layout *l = &a->layout;
    if (area.rows <= 0 || area.columns <= 0 || l->n == PANES_MAX)
        return;
    l->panes[l->n] = pane;
    l->areas[l->n++] = area;
}

/* The left `columns` of an area, and the rest right of it with a column between. */
static struct area layout_left_of(struct area area, int columns)
{
    area.columns = columns;
    return area;
}

static struct area layout_right_of(struct area area, int columns)
{
    area.column += columns + 1;
    area.columns -= columns + 1;
    return area;
}

enum {
    DETAIL_COLUMNS = 44,
    WIDE = 130, /* minimum for the detail next to the rest */
    TALL = 36,  /* or below it */
    DETAIL_ROWS = 9,
    TABLE_ROWS_MIN = 5,
    PLOT_ROWS_MIN = 9,
    PLAN_WIDE = 100,       /* minimum for the curve next to the bars */
    PLAN_ROWS_BESIDE = 12, /* rows of the plan, besides one for each cut */
};

void layout_whole(struct app *a, const struct pane *first, struct area body)
{
    layout_add(a, first, body);
}

void layout_curve(struct app *a, const struct pane *first, struct area body)
{
    struct area rest = body;
    struct area detail = {0};
    if (body.columns >= WIDE) {
        rest = layout_left_of(body, body.columns - DETAIL_COLUMNS - 1);
        detail = layout_right_of(body, rest.columns);
    } else if (body.rows >= TALL) {
        rest = area_above(body, body.rows - DETAIL_ROWS);
        detail = area_below(body, rest.rows);
    }
    /* The table takes what it needs, up to some two fifths. */
    int table = rest.rows * 2 / 5;
    int needed = a->study->layer_list.n + 1;
    table = table > needed ? needed : table;
    if (table < TABLE_ROWS_MIN)
        table = rest.rows - PLOT_ROWS_MIN < 3 ? 0 : 3;
    layout_add(a, first, area_above(rest, rest.rows - table));
    layout_add(a, &table_pane, area_below(rest, rest.rows - table));
    layout_add(a, &card_pane, detail);
}

void layout_classes(struct app *a, const struct pane *first, struct area body)
{
    if (body.columns >= 110) {
        int left = body.columns / 2;
        layout_add(a, first, layout_left_of(body, left));
        layout_add(a, &plot_pane, layout_right_of(body, left));
    } else {
        int plot = body.rows >= 16 ? body.rows / 2 : 0;
        layout_add(a, first, area_above(body, body.rows - plot));
        layout_add(a, &plot_pane, area_below(body, body.rows - plot));
    }
}

void layout_images(struct app *a, const struct pane *first, struct area body)
{
    if (body.columns >= 70) {
        int left = body.columns * 2 / 5;
        layout_add(a, first, layout_left_of(body, left));
        layout_add(a, &picture_pane, layout_right_of(body, left));
    } else {
        layout_add(a, first, area_above(body, body.rows / 3));
        layout_add(a, &picture_pane, area_below(body, body.rows / 3));
    }
}

/* The bars next to the curve; on a narrow screen below it, if there is enough height. */
void layout_plan(struct app *a, const struct pane *first, struct area body)
{
    int needed = a->study->layer_list.n + PLAN_ROWS_BESIDE;
    if (body.columns >= PLAN_WIDE) {
        int right = body.columns - body.columns * 2 / 5;
        layout_add(a, first, layout_right_of(body, body.columns - right - 1));
        layout_add(a, &plot_plan_pane, layout_left_of(body, body.columns - right - 1));
        return;
    }
    int most = body.rows >= TALL ? body.rows * 2 / 3 : body.rows; /* of the plan */
    int plot = body.rows - (needed < most ? needed : most);
    plot = plot < PLOT_ROWS_MIN ? 0 : plot;
    layout_add(a, first, area_below(body, plot));
    layout_add(a, &plot_plan_pane, area_above(body, plot));
}
