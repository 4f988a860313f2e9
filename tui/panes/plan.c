#include "panes/plan.h"

#include <math.h>
#include <stdlib.h>

#include "app/model.h"
#include "panes/plan_fields.h"
#include "panes/list_pane.h"
#include "panes/pane.h"
#include "panes/plan_headline.h"
#include "panes/plan_rows.h"
#include "panes/plan_scatter.h"
#include "panes/plan_words.h"
#include "panes/states.h"
#include "panes/wrap.h"

/* ---- The parts --------------------------------------------------------------------------------------- */

/* From top to bottom; only the table is there at any size. */
struct parts {
    struct area values, pick, limits, table, words;
};

static struct area plan_take(struct area *rest, int rows)
{
    struct area part = area_above(*rest, rows);
    *rest = area_below(*rest, part.rows);
    return part;
}

/* The conclusion is whole wherever it takes less than a third. */
static int pick_rows(const struct app *a, struct area area)
{
    int most = area.rows >= 26 ? 8 : area.rows >= 17 ? 5 : area.rows >= 11 ? 3 : area.rows >= 7;
    return plan_headline_rows(a, area.columns, most);
}

static struct parts parts_of(const struct app *a, struct area area)
{
    struct parts p;
    int rows = a->study->layer_list.n + 2;
    struct area rest = area;
    int words = area.rows >= 26 ? 5 : area.rows >= 17 ? 4 : area.rows >= 11 ? 2 : area.rows >= 5;
    p.values = plan_take(&rest, area.rows >= 9);
    p.pick = plan_take(&rest, pick_rows(a, area));
    p.limits = plan_take(&rest, area.rows >= 13);
    bool picture = a->states->plan_scatter;
    words = picture && words > 2 ? 2 : words;
    int table = rest.rows - words < rows + 1 || picture ? rest.rows - words : rows + 1;
    p.table = area_above(rest, table);
    p.words = area_below(rest, p.table.rows);
    return p;
}

static struct columns_rows rows_of(const struct parts *p)
{
    return columns_rows(p->table.rows, false, false);
}

static void plan_prepare(struct app *a, struct area area)
{
    plan_rows_refresh(a, area.columns);
    if (!a->plot.placed && a->planning.verdict.pick.best >= 0)
        plan_rows_go(a, a->planning.verdict.pick.best);
}

/* ---- Bars -------------------------------------------------------------------------------------------- */

/* The three parts, distinguished by their glyphs. The colours are those of the curve, of the bytes, and a
 * third one. */
static const struct {
    enum glyph glyph;
    enum role role;
    const char *name;
} parts[3] = {
    {GLYPH_HEAD, ROLE_CURVE, "head"}, {GLYPH_LINK, ROLE_BYTES, "link"}, {GLYPH_TAIL, ROLE_PIN_3, "tail"}};

/* The column of a time; past the last one where it is longer than the axis. */
static int column_of(double ms, double end, int columns)
{
    double at = ms / end * columns;
    return at > columns ? columns + 1 : (int)lround(at);
}

static void draw_limit(const struct app *a, struct canvas *c, struct area bar, double end)
{
    double limit = a->planning.deployment.limits[METRIC_LATENCY];
    if (isnan(limit))
        return;
    int at = column_of(limit, end, bar.columns);
    if (at < bar.columns)
        canvas_glyph(c, bar, 0, at, ROLE_WARNING, GLYPH_VERTICAL);
}

/* One row. A row that is not feasible is drawn without colours and has a sign. */
static void draw_bar(const struct app *a, struct canvas *c, struct area bar, const struct placement *cut)
{
    double end = plan_rows_axis(a), stopping = 0;
    const double times[3] = {cut->head_ms, cut->transfer_ms, cut->tail_ms};
    int from = 0;
    for (int k = 0; k < 3 && !isnan(times[k]); k++) {
        stopping += times[k];
        int to = column_of(stopping, end, bar.columns);
        for (; from < to && from < bar.columns; from++)
            canvas_glyph(c, bar, 0, from, cut->feasible ? parts[k].role : ROLE_DIM, parts[k].glyph);
        if (to > bar.columns) {
            canvas_glyph(c, bar, 0, bar.columns - 1, ROLE_WARNING, GLYPH_RIGHT);
            break;
        }
    }
    draw_limit(a, c, bar, end);
}

static struct area bar_area(const struct app *a, struct area area, int row)
{
    const struct columns_column *k = &a->states->columns[STATES_PLAN].columns[PLAN_BAR];
    struct area bar = area_above(area_below(area, row), 1);
    int capacity = area.columns - k->at; /* on a very narrow screen columns extend beyond it */
    bar.column += k->at;
    bar.columns = k->width < capacity ? k->width : capacity > 0 ? capacity : 0;
    return bar;
}

/* Above the bars: names of the parts, if they fit, and the end of the axis. */
enum { LEGEND = 6 }; /* columns: a sign, a name, a blank */

static void draw_axis(const struct app *a, struct canvas *c, struct area area, int row)
{
    struct area bar = bar_area(a, area, row);
    char ms[16], end[24];
    plan_rows_ms(ms, plan_rows_axis(a));
    snprintf(end, sizeof end, "%s ms", ms);
    int capacity = bar.columns - canvas_width(end);
    int gap = capacity >= 3 * LEGEND + 3;
    for (int k = 0; k < 3 && capacity >= 3 * LEGEND; k++) {
        int column = k * (LEGEND + gap);
        canvas_glyph(c, bar, 0, column, parts[k].role, parts[k].glyph);
        canvas_text(c, bar, 0, column + 1 + gap, ROLE_DIM, parts[k].name);
    }
    if (capacity >= 0)
        canvas_text(c, bar, 0, capacity, ROLE_DIM, end);
}

/* ---- Rows -------------------------------------------------------------------------------------------- */

static void draw_marks(const struct app *a, struct canvas *c, struct area area, int row, int i)
{
    const struct columns_column *k = &a->states->columns[STATES_PLAN].columns[PLAN_MARKS];
    const struct planning *w = &a->planning;
    const struct placement *cut = &w->cuts[i];
    if (k->width < PLAN_MARKS_WIDTH)
        return;
    canvas_glyph(c, area, row, k->at, cut->pareto ? ROLE_GOOD : ROLE_DIM,
                 cut->pareto     ? GLYPH_RIGHT_ANSWER
                 : cut->feasible ? GLYPH_OFF
                                 : GLYPH_WRONG_ANSWER);
    if (i == w->verdict.pick.best)
        canvas_glyph(c, area, row, k->at + 1, ROLE_BEST, GLYPH_RECOMMENDED);
    else if (i == w->verdict.pick.second)
        canvas_glyph(c, area, row, k->at + 1, ROLE_BEST, GLYPH_RUNNER_UP);
    if (cut->candidate)
        canvas_glyph(c, area, row, k->at + 2, ROLE_CANDIDATE, GLYPH_CANDIDATE);
    if (cut->kind == PLACEMENT_SPLIT && marks_find(a->marks, cut->layer))
        canvas_glyph(c, area, row, k->at + 3, ROLE_MARK, GLYPH_MARK);
}

static void draw_row(const struct app *a, struct canvas *c, struct area area, int row, int i)
{
    const struct placement *cut = &a->planning.cuts[i];
    for (int k = 0; k < PLAN_COLUMNS; k++) {
        char text[PLAN_TEXT];
        plan_rows_text(a, i, (enum plan_column)k, text);
        columns_cell(&a->states->columns[STATES_PLAN], c, area, row, k, cut->feasible ? ROLE_TEXT : ROLE_DIM,
                     text);
    }
    draw_bar(a, c, bar_area(a, area, row), cut);
    draw_marks(a, c, area, row, i);
}

static void draw_table(const struct app *a, struct canvas *c, const struct parts *p, bool focused)
{
    const struct list *l = &a->states->lists[STATES_PLAN];
    struct columns_rows rows = rows_of(p);
    columns_header(&a->states->columns[STATES_PLAN], c, p->table, rows.header);
    if (rows.header >= 0)
        draw_axis(a, c, p->table, rows.header);
    for (int i = 0; i < rows.n && l->first + i < l->n; i++)
        draw_row(a, c, p->table, rows.first + i, l->first + i);
    columns_cursor(l, c, p->table, rows, true, focused);
}

static void draw_line(struct canvas *c, struct area area, enum role role, char *text)
{
    if (area.rows > 0)
        canvas_field(c, area, 0, 0, area.columns, role, text);
    free(text);
}

static void draw_words(const struct app *a, struct canvas *c, struct area area)
{
    if (area.rows == 0)
        return;
    int row = plan_rows_cursor(a);
    enum role role = a->planning.cuts[row].feasible ? ROLE_TEXT : ROLE_WARNING;
    char *text = plan_words_row(a, row);
    struct text_list w = wrap_text(text, area.columns);
    for (int i = 0; i < area.rows && i < w.n; i++)
        canvas_text(c, area, i, 0, i == 0 ? role : ROLE_TEXT, w.texts[i]);
    if (w.n > area.rows)
        canvas_glyph(c, area, area.rows - 1, area.columns - 1, ROLE_DIM, GLYPH_ELLIPSIS);
    text_list_free(&w);
    free(text);
}

/* The limits, and the meaning of the signs in the first column. */
static void draw_limits(const struct app *a, struct canvas *c, struct area area)
{
    static const struct {
        enum role role;
        enum glyph glyph;
        const char *name;
    } signs[] = {{ROLE_GOOD, GLYPH_RIGHT_ANSWER, "Pareto front"},
                 {ROLE_DIM, GLYPH_OFF, "not"},
                 {ROLE_DIM, GLYPH_WRONG_ANSWER, "out"},
                 {ROLE_CANDIDATE, GLYPH_CANDIDATE, "candidate"}};
    char *text = plan_words_limits(a);
    int column = canvas_width(text) + 2;
    draw_line(c, area, ROLE_DIM, text);
    for (size_t i = 0; i < sizeof signs / sizeof signs[0] && area.rows > 0; i++) {
        int width = canvas_width(signs[i].name) + 4;
        if (column + width - 2 > area.columns)
            break;
        canvas_glyph(c, area, 0, column, signs[i].role, signs[i].glyph);
        canvas_text(c, area, 0, column + 2, ROLE_DIM, signs[i].name);
        column += width;
    }
}

static void plan_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    struct parts p = parts_of(a, area);
    draw_line(c, p.values, ROLE_TITLE, plan_words_values(a, area.columns));
    plan_headline_draw(a, c, p.pick);
    draw_limits(a, c, p.limits);
    if (a->states->plan_scatter)
        plan_scatter_draw(a, c, p.table, focused);
    else
        draw_table(a, c, &p, focused);
    draw_words(a, c, p.words);
}

/* ---- Keys and clicks --------------------------------------------------------------------------------- */

static void go_to_pick(struct app *a)
{
    if (a->planning.verdict.pick.best >= 0)
        plan_rows_go(a, a->planning.verdict.pick.best);
    else
        app_say(a, JOURNAL_NOTE, "nothing is recommended: no cut meets the limits");
}

static void cut_here(struct app *a)
{
    const struct placement *c = &a->planning.cuts[plan_rows_cursor(a)];
    if (c->kind != PLACEMENT_SPLIT)
        app_say(a, JOURNAL_NOTE, "%s: there is nothing to cut", plan_rows_name(a, plan_rows_cursor(a)));
    else if (c->other)
        app_say(a, JOURNAL_WARNING, "%s", c->other);
    else
        partitioning_ask(a, c->layer);
}

/* Actions on a layer are refused where the cursor is on none. */
static bool act_on_whole(struct app *a, enum action action)
{
    if (a->planning.cuts[plan_rows_cursor(a)].kind == PLACEMENT_SPLIT ||
        (action != ACTION_MARK && action != ACTION_NOTE))
        return false;
    app_say(a, JOURNAL_NOTE, "only a split can be marked");
    return true;
}

static void step_axis(struct app *a, double factor)
{
    char ms[16];
    if (a->states->plan_scatter) {
        app_say(a, JOURNAL_NOTE, "the time axis is that of the table's bars");
        return;
    }
    plan_rows_set_axis(a, plan_rows_axis(a) * factor);
    plan_rows_ms(ms, plan_rows_axis(a));
    app_say(a, JOURNAL_NOTE, "time axis %s ms", ms);
}

static bool act_here(struct app *a, enum action action)
{
    switch (action) {
    case ACTION_LEFT:
    case ACTION_RIGHT:
        plan_rows_go(a, plan_rows_cursor(a) + (action == ACTION_RIGHT ? 1 : -1));
        return true;
    case ACTION_BEST:
        go_to_pick(a);
        return true;
    case ACTION_CUT:
        cut_here(a);
        return true;
    case ACTION_SCATTER:
        a->states->plan_scatter = !a->states->plan_scatter;
        return true;
    case ACTION_FIELD_NEXT:
    case ACTION_FIELD_PREVIOUS:
        plan_fields_move(a, action == ACTION_FIELD_NEXT ? 1 : -1);
        return true;
    case ACTION_AXIS_SHORTER:
    case ACTION_AXIS_LONGER:
        step_axis(a, action == ACTION_AXIS_LONGER ? 2 : 0.5);
        return true;
    default:
        return act_on_whole(a, action);
    }
}

static bool plan_act(struct app *a, enum action action, struct area area)
{
    (void)area;
    int by = action == ACTION_VALUE_UP ? 1 : action == ACTION_VALUE_DOWN ? -1 : 0;
    if (by)
        action = plan_fields_step(a, by);
    else if (action == ACTION_BYTES)
        return false; /* a key of all views */
    return act_here(a, action) || planning_act(a, action);
}

/* ---- As a list ------------------------------------------------------------------------------------- */

static struct columns_rows plan_rows_of(const struct app *a, struct area area)
{
    struct parts p = parts_of(a, area);
    struct columns_rows rows = rows_of(&p);
    rows.first += p.table.row - area.row;
    if (a->states->plan_scatter)
        rows.first = rows.header = area.rows; /* no row to click on */
    return rows;
}

static void plan_click(struct app *a, struct area area, int row, int column)
{
    struct parts p = parts_of(a, area);
    int inside = area.row + row - p.table.row;
    if (!a->states->plan_scatter || inside < 0 || inside >= p.table.rows)
        return;
    int at = plan_scatter_at(a, p.table, inside, column);
    if (at >= 0)
        plan_rows_go(a, at);
}

static const struct list_pane plan_as_list = {.list = STATES_PLAN, .go = plan_rows_go, .rows = plan_rows_of};

const struct pane plan_pane = {
    .name = "plan",
    .rows = &plan_as_list,
    .prepare = plan_prepare,
    .draw = plan_draw,
    .act = plan_act,
    .click = plan_click,
};
