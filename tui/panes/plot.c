#include "panes/plot.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "panes/measures.h"
#include "panes/pane.h"
#include "panes/plot_parts.h"

/* ---- Drawing ------------------------------------------------------------------------------------- */

/* Prints texts one after the other as long as they fit. */
struct line {
    struct canvas *c;
    struct area area;
    int column;
};

static void line_add(struct line *l, enum role role, const char *text)
{
    if (l->column + canvas_width(text) <= l->area.columns)
        l->column += canvas_text(l->c, l->area, 0, l->column, role, text) + 2;
}

static void line_legend(struct line *l, enum role role, enum glyph glyph, const char *text)
{
    if (l->column + 2 + canvas_width(text) > l->area.columns)
        return;
    canvas_glyph(l->c, l->area, 0, l->column, role, glyph);
    canvas_text(l->c, l->area, 0, l->column + 2, ROLE_DIM, text);
    l->column += canvas_width(text) + 4;
}

static bool plot_all_clean(const struct app *a)
{
    for (int i = 0; i < a->study->layer_list.n; i++)
        if (!app_row(a, i)->clean)
            return false;
    return true;
}

/* Each sign that is drawn, and what it means. */
static void plot_draw_measured_legend(const struct app *a, const struct plot_parts *p, struct line *l)
{
    line_legend(l, ROLE_MEASURED, GLYPH_MEASURED, p->right.columns > 0 ? "accuracy % (right)" : "accuracy %");
    if (measured_leader(evaluating_measured(a)))
        line_legend(l, ROLE_LEADER, GLYPH_LEADER, "leader");
    if (measured_in_set(evaluating_measured(a)) > 1)
        line_legend(l, ROLE_MEASURED, GLYPH_IN_SET, "in the set");
}

static void plot_draw_title(const struct app *a, struct canvas *c, const struct plot_parts *p)
{
    struct line l = {c, p->title, 0};
    char text[80];
    line_add(&l, ROLE_TITLE, plot_shown_name(a));
    int n = a->study->layer_list.n;
    if (a->plot.zoom_from >= 0) {
        snprintf(text, sizeof text, "zoom from %s: z at the other end", app_row(a, a->plot.zoom_from)->name);
        line_add(&l, ROLE_WARNING, text);
    } else if (a->plot.last - a->plot.first + 1 < n) {
        snprintf(text, sizeof text, "layers %d-%d of %d, Z: all", a->plot.first + 1, a->plot.last + 1, n);
        line_add(&l, ROLE_WARNING, text);
    }
    bool measured = measured_known(evaluating_measured(a)) > 0;
    if (measured)
        plot_draw_measured_legend(a, p, &l);
    if (!measured && p->bars.rows > 0 && p->strip_title.rows == 0) {
        snprintf(text, sizeof text, "bars: bytes sent (%s, log scale)", dtype_words[a->settings.bytes]);
        line_add(&l, ROLE_DIM, text);
    }
    line_legend(&l, ROLE_CANDIDATE, GLYPH_CANDIDATE,
                a->plot.trapped         ? "candidate by CUI"
                : a->settings.corrected ? "local maximum"
                                        : "candidate");
    line_legend(&l, ROLE_BEST, GLYPH_BEST,
                a->plot.trapped         ? "best by CUI"
                : a->settings.corrected ? "best by raw CUI"
                                        : "best");
    if (p->bars.rows > 0)
        line_legend(&l, ROLE_CDE, GLYPH_CDE, "CDE");
    if (p->bars.rows > 0 && !plot_all_clean(a))
        line_add(&l, ROLE_DIM, "! not clean");
    if (marks_n(a->marks) > 0)
        line_legend(&l, ROLE_MARK, GLYPH_MARK, "marked");
}

/* Whether there is space for a word with a blank on either side, or the area's end. */
static bool plot_is_free(const struct canvas *c, struct area area, int row, int column, int width)
{
    for (int k = column - 1; k <= column + width; k++) {
        int y = area.row + row, x = area.column + k;
        bool inside = area_holds(area, y, x) && area_holds(canvas_area(c), y, x);
        bool adjacent = k < column || k == column + width;
        if (inside ? strcmp(c->cells[(size_t)y * (size_t)c->columns + (size_t)x].text, " ") != 0 : !adjacent)
            return false;
    }
    return true;
}

/* The word next to a point, on the free side, else above or below it; never over the curve. False: nowhere.
 */
static bool plot_draw_word(const struct axis *x, struct canvas *c, int row, int column, enum role role,
                           const char *word)
{
    static const struct {
        int row;
        bool left;
        int gap; /* blanks between the point's column and the word */
    } places[] = {{0, false, 1}, {0, true, 1},   {0, false, 2}, {0, true, 2},  {-1, false, 0},
                  {-1, true, 0}, {-1, false, 1}, {-1, true, 1}, {1, false, 0}, {1, true, 0},
                  {1, false, 1}, {1, true, 1},   {0, true, 4},  {0, true, 6}};
    int width = canvas_width(word);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int at = places[i].left ? column - places[i].gap - width : column + 1 + places[i].gap;
        if (plot_is_free(c, x->dots, row + places[i].row, at, width)) {
            canvas_text(c, x->dots, row + places[i].row, at, role, word);
            return true;
        }
    }
    return false;
}

int plot_highest_end(const struct app *a)
{
    int highest = -1, n = a->study->layer_list.n;
    for (int i = 0; i < n && !a->plot.trapped; i++)
        if (app_value(a, &a->shown, i) > (highest < 0 ? -INFINITY : app_value(a, &a->shown, highest)))
            highest = i;
    bool end = highest >= 0 && (highest == 0 || highest == n - 1);
    return end && !app_is_peak(a, &a->shown, highest) ? highest : -1;
}

/* Why the highest point has no star. */
static void plot_draw_end(const struct app *a, struct canvas *c, const struct plot_parts *p)
{
    static const char *const words[] = {"no candidate: end of the curve", "no candidate: end", "the end"};
    const struct axis *x = &p->axis;
    int end = plot_highest_end(a);
    if (end < x->first || end > x->last)
        return;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (plot_draw_word(x, c, axis_row(x, p->values[end]), axis_column(x, end), ROLE_DIM, words[i]))
            return;
}

/* Above the point, or below it where above is outside. */
static void plot_draw_mark(const struct axis *x, struct canvas *c, int position, double value)
{
    int row = isnan(value) ? x->dots.rows - 1 : axis_row(x, value) - 1;
    canvas_glyph(c, x->dots, row < 0 ? 1 : row, axis_column(x, position), ROLE_MARK, GLYPH_MARK);
}

static void plot_draw_markers(const struct app *a, struct canvas *c, const struct plot_parts *p)
{
    const struct axis *x = &p->axis;
    for (int i = x->first; i <= x->last; i++) {
        const struct curve_point *point = app_point(a, i);
        /* A layer that is zero for every image has no place on a log scale. */
        if (point->cui == 0 && isnan(p->values[i]) && !a->plot.trapped)
            canvas_put(c, x->dots, x->dots.rows - 1, axis_column(x, i), ROLE_CURVE, "0");
        if (marks_find(a->marks, app_layer(a, i)))
            plot_draw_mark(x, c, i, p->values[i]);
        if (app_is_peak(a, &a->shown, i) && i != a->shown.best)
            axis_draw_marker(x, c, i, p->values[i], ROLE_CANDIDATE, GLYPH_CANDIDATE);
    }
    int best = a->shown.best;
    if (best < x->first || best > x->last)
        return;
    axis_draw_marker(x, c, best, p->values[best], ROLE_BEST, GLYPH_BEST);
    char word[16] = "best";
    double share = shares_pick(a, best);
    if (share < SHARES_SURE)
        snprintf(word, sizeof word, "best %.0f %%", 100 * share);
    if (!plot_draw_word(x, c, axis_row(x, p->values[best]), axis_column(x, best), ROLE_BEST, word))
        plot_draw_word(x, c, axis_row(x, p->values[best]), axis_column(x, best), ROLE_BEST, "best");
}

/* Why there is no curve. */
static void plot_draw_missing(const struct app *a, struct canvas *c, const struct axis *x)
{
    bool trapped = a->plot.trapped && a->study->trapped.answer.images == 0;
    const char *text = NULL;
    if (trapped && study_is_trapping(a->study))
        text = "trapped energy is being measured";
    else if (trapped)
        text = study_wants_trapped(a->study)
                   ? "trapped energy is measured after the images, or in a pause (p)"
                   : "trapped energy is not measured (T twice asks again)";
    else if (!a->plot.trapped && app_point(a, a->plot.cursor)->images == 0)
        text = app_unmeasured(a, a->shown.chosen);
    if (text)
        canvas_text(c, x->dots, x->dots.rows / 2, 1, ROLE_DIM, text);
}

/* Layers that meet the limit on the rank are on or above a line. */
static void plot_draw_rank_limit(const struct app *a, struct canvas *c, const struct axis *x)
{
    double least = planning_least_cui(a);
    int position = 0;
    while (position < a->study->layer_list.n && app_point(a, position)->cui != least)
        position++;
    if (position == a->study->layer_list.n)
        return;
    double value = app_value(a, &a->shown, position);
    if (isfinite(value))
        axis_draw_level(x, c, value, ROLE_WARNING);
}

static void plot_draw_curve(const struct app *a, struct canvas *c, const struct plot_parts *p, bool limits)
{
    const struct axis *x = &p->axis;
    axis_draw(x, c);
    if (a->plot.zoom_from >= 0)
        axis_draw_edge(x, c, a->plot.zoom_from, ROLE_WARNING);
    axis_draw_band(x, c, p->low, p->high, ROLE_BAND);
    if (limits && !a->plot.trapped)
        plot_draw_rank_limit(a, c, x);
    axis_draw_stem(x, c, a->plot.cursor, p->values[a->plot.cursor], ROLE_TEXT);
    plot_draw_intervals(a, c, p);
    axis_draw_curve(x, c, p->values, ROLE_CURVE);
    plot_draw_accuracies(a, c, p);
    plot_draw_markers(a, c, p);
    plot_draw_end(a, c, p);
    plot_draw_missing(a, c, x);
}

static void plot_draw_all(const struct app *a, struct canvas *c, struct area area, bool focused, bool limits)
{
    struct plot_parts p = plot_parts_make(a, area);
    plot_draw_title(a, c, &p);
    plot_draw_curve(a, c, &p, limits);
    plot_draw_words(a, c, p.words);
    axis_draw_names(&p.axis, c, p.names, p.layers, a->plot.cursor, focused ? ROLE_SELECTED : ROLE_CHOSEN);
    plot_draw_strip(a, c, &p, limits);
    int row = axis_row(&p.axis, p.values[a->plot.cursor]);
    if (focused)
        canvas_cursor(c, p.axis.dots, row < p.axis.dots.rows ? row : p.axis.dots.rows - 1,
                      axis_column(&p.axis, a->plot.cursor));
    plot_parts_free(&p);
}

static void plot_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    plot_draw_all(a, c, area, focused, false);
}

static void plot_draw_in_plan(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    plot_draw_all(a, c, area, focused, true);
}

/* ---- Keys and clicks ------------------------------------------------------------------------------- */

/* Layers in a page: a quarter of those shown. */
static int plot_page(const struct app *a)
{
    return (a->plot.last - a->plot.first + 4) / 4;
}

bool plot_leave_zoom(struct app *a, enum action action)
{
    if (action != ACTION_ESCAPE || a->plot.zoom_from < 0)
        return false;
    a->plot.zoom_from = -1;
    return true;
}

bool plot_move(struct app *a, enum action action)
{
    switch (action) {
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
        app_move(a, a->plot.cursor + (action == ACTION_PAGE_UP ? -plot_page(a) : plot_page(a)));
        return true;
    case ACTION_FIRST:
        app_move(a, 0);
        return true;
    case ACTION_LAST:
        app_move(a, a->study->layer_list.n - 1);
        return true;
    default:
        return false;
    }
}

static bool plot_act(struct app *a, enum action action, struct area area)
{
    (void)area;
    if (action != ACTION_UP && action != ACTION_DOWN)
        return plot_move(a, action) || plot_leave_zoom(a, action);
    app_move(a, a->plot.cursor + (action == ACTION_UP ? -1 : 1));
    return true;
}

static void plot_click(struct app *a, struct area area, int row, int column)
{
    (void)row;
    struct plot_parts p = plot_parts_make(a, area);
    app_move(a, axis_position(&p.axis, area.column + column - p.axis.dots.column));
    plot_parts_free(&p);
}

const struct pane plot_pane = {
    .name = "plot",
    .shows = PANE_CURVE | PANE_VALUES,
    .draw = plot_draw,
    .act = plot_act,
    .click = plot_click,
};

const struct pane plot_plan_pane = {
    .name = "plot",
    .shows = PANE_CURVE | PANE_VALUES,
    .draw = plot_draw_in_plan,
    .act = plot_act,
    .click = plot_click,
};
