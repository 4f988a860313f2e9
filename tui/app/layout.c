#include "app/layout.h"

#include "view/compare.h"
#include "view/detail.h"
#include "view/log.h"
#include "view/matrix.h"
#include "view/plan.h"
#include "view/plot.h"

static void place(struct app *a, const struct pane *pane, struct area area)
{
    if (area.rows > 0 && area.columns > 0 && a->layout.n < PANES_MAX)
        a->layout.panes[a->layout.n++] = (struct placed){pane, area};
}

/* The left `columns` of an area; what is right of them with a column between. */
static struct area left_of(struct area area, int columns)
{
    area.columns = columns;
    return area;
}

static struct area right_of(struct area area, int columns)
{
    area.column += columns + 1;
    area.columns -= columns + 1;
    return area;
}

enum {
    DETAIL_COLUMNS = 44,
    WIDE = 130, /* room for the detail beside the rest */
    TALL = 36,  /* or below it */
    DETAIL_ROWS = 9,
    TABLE_ROWS_MIN = 5,
    PLOT_ROWS_MIN = 9,
    PLAN_WIDE = 100,       /* room for the curve beside the bars */
    PLAN_ROWS_BESIDE = 12, /* of the plan, beside one for each cut */
};

static void place_curve(struct app *a, struct area body)
{
    struct area rest = body;
    struct area detail = {0};
    if (body.columns >= WIDE) {
        rest = left_of(body, body.columns - DETAIL_COLUMNS - 1);
        detail = right_of(body, rest.columns);
    } else if (body.rows >= TALL) {
        rest = area_above(body, body.rows - DETAIL_ROWS);
        detail = area_below(body, rest.rows);
    }
    /* The table takes what it needs, at most some two fifths. */
    int table = rest.rows * 2 / 5;
    int needed = a->study->listing.n + 1;
    table = table > needed ? needed : table;
    if (table < TABLE_ROWS_MIN)
        table = rest.rows - PLOT_ROWS_MIN < 3 ? 0 : 3;
    place(a, &plot_pane, area_above(rest, rest.rows - table));
    place(a, &table_pane, area_below(rest, rest.rows - table));
    place(a, &detail_pane, detail);
}

static void place_classes(struct app *a, struct area body)
{
    if (body.columns >= 110) {
        int left = body.columns / 2;
        place(a, &classes_pane, left_of(body, left));
        place(a, &plot_pane, right_of(body, left));
    } else {
        int plot = body.rows >= 16 ? body.rows / 2 : 0;
        place(a, &classes_pane, area_above(body, body.rows - plot));
        place(a, &plot_pane, area_below(body, body.rows - plot));
    }
}

static void place_images(struct app *a, struct area body)
{
    if (body.columns >= 70) {
        int left = body.columns * 2 / 5;
        place(a, &images_pane, left_of(body, left));
        place(a, &picture_pane, right_of(body, left));
    } else {
        place(a, &images_pane, area_above(body, body.rows / 3));
        place(a, &picture_pane, area_below(body, body.rows / 3));
    }
}

/* The bars beside the curve; on a narrow screen below it, if that is high enough for both. */
static void place_plan(struct app *a, struct area body)
{
    int needed = a->study->listing.n + PLAN_ROWS_BESIDE;
    if (body.columns >= PLAN_WIDE) {
        int right = body.columns - body.columns * 2 / 5;
        place(a, &plan_pane, right_of(body, body.columns - right - 1));
        place(a, &plot_pane, left_of(body, body.columns - right - 1));
        return;
    }
    int most = body.rows >= TALL ? body.rows * 2 / 3 : body.rows; /* of the plan */
    int plot = body.rows - (needed < most ? needed : most);
    plot = plot < PLOT_ROWS_MIN ? 0 : plot;
    place(a, &plan_pane, area_below(body, plot));
    place(a, &plot_pane, area_above(body, plot));
}

void layout_panes(struct app *a, struct area body)
{
    static const struct pane *const single[VIEWS] = {
        [VIEW_LAYERS] = &table_pane,  [VIEW_COMPARE] = &compare_pane, [VIEW_MATRIX] = &matrix_pane,
        [VIEW_DETAIL] = &detail_pane, [VIEW_LOG] = &log_pane,
    };
    a->layout.n = 0;
    if (a->view == VIEW_CURVE)
        place_curve(a, body);
    else if (a->view == VIEW_CLASSES)
        place_classes(a, body);
    else if (a->view == VIEW_IMAGES)
        place_images(a, body);
    else if (a->view == VIEW_PLAN)
        place_plan(a, body);
    else
        place(a, single[a->view], body);
    if (a->layout.focus >= a->layout.n)
        a->layout.focus = 0;
}
