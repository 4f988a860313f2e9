#include "panes/plan_scatter.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "panes/plan_rows.h"
#include "panes/scatter.h"
#include "screen/bitmap.h"

/* ---- Layout -------------------------------------------------------------------------------------------- */

struct scatter_layout {
    enum metric across, up;
    bool log; /* across: then points and edges are log2 of the value */
    int top;  /* rows above the axis for the whole networks: 0 or 1 */
    struct axis frame;
    struct area words, field, ticks; /* field: the axis's columns, with the rows above it */
    struct tradeoff *points;         /* [rows of the plan] gain INFINITY: above all; NaN: not known */
    int n;
};

static bool scatter_is_known(const struct app *a, enum metric metric)
{
    for (int i = 0; i < a->planning.verdict.n; i++)
        if (a->planning.cuts[i].kind == PLACEMENT_SPLIT &&
            isfinite(metric_value(metric, &a->planning.cuts[i])))
            return true;
    return false;
}

enum metric plan_scatter_across(const struct app *a)
{
    enum metric objective = a->planning.deployment.objective;
    bool asked = !metric_table[objective].higher && scatter_is_known(a, objective);
    return asked ? objective : METRIC_LATENCY;
}

enum metric plan_scatter_up(const struct app *a)
{
    enum metric objective = a->planning.deployment.objective;
    if (metric_table[objective].higher && scatter_is_known(a, objective))
        return objective;
    return scatter_is_known(a, METRIC_IMPORTANCE) || !scatter_is_known(a, METRIC_ACCURACY) ? METRIC_IMPORTANCE
                                                                                           : METRIC_ACCURACY;
}

/* A share in per cent, a CUI on the scale of the curve. An importance of 0 has no logarithm: no point. */
static double scatter_height(const struct app *a, const struct placement *cut, enum metric up)
{
    double value = metric_value(up, cut);
    if (metric_table[up].unit == METRIC_UNIT_FRACTION)
        return 100 * value;
    if (up == METRIC_IMPORTANCE && !a->settings.linear && isfinite(value))
        return value > 0 ? log10(value) : NAN;
    return value;
}

static bool scatter_has_point(const struct scatter_layout *l, int i)
{
    return !isnan(l->points[i].cost) && !isnan(l->points[i].gain);
}

/* A scale of ten times or more is logarithmic; what is sent or spent for nothing stands left of the others.
 */
static void scatter_scale(struct scatter_layout *l)
{
    const double wide = 10, beside = 0.1, air = 0.04;
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < l->n; i++)
        if (scatter_has_point(l, i) && l->points[i].cost > 0)
            axis_widen(&low, &high, l->points[i].cost);
    l->log = high >= wide * low;
    double nothing = l->log ? log2(low) - beside * log2(high / low) : 0;
    for (int i = 0; i < l->n && l->log; i++)
        l->points[i].cost = l->points[i].cost == 0 ? nothing : log2(l->points[i].cost);
    low = high = NAN;
    for (int i = 0; i < l->n; i++)
        if (scatter_has_point(l, i)) {
            low = fmin(low, l->points[i].cost);
            high = fmax(high, l->points[i].cost);
        }
    l->frame.left = isnan(low) ? 0 : low;
    l->frame.right = isnan(high) ? 1 : high > low ? high : low + 1;
    double around = air * (l->frame.right - l->frame.left);
    l->frame.left -= around;
    l->frame.right += around;
}

/* From top to bottom: words, the whole networks, points, ticks. */
static void scatter_place(struct scatter_layout *l, struct area area)
{
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < l->n; i++)
        if (scatter_has_point(l, i))
            axis_widen(&low, &high, l->points[i].gain);
    double air = 0.04 * (high - low);
    l->words = area_above(area, area.rows >= 4);
    struct area rest = area_below(area, l->words.rows);
    l->ticks = area_below(rest, rest.rows - (rest.rows >= 3));
    rest = area_above(rest, rest.rows - l->ticks.rows);
    l->top = l->top && rest.rows >= 3;
    l->frame = axis_make(area_below(rest, l->top), AXIS_GUTTER, 0, 0, low - air, high + air, false);
    l->field = l->frame.dots;
    l->field.row -= l->top;
    l->field.rows += l->top;
    l->ticks.column = l->field.column;
    l->ticks.columns = l->field.columns;
}

static struct scatter_layout scatter_lay_out(const struct app *a, struct area area)
{
    struct scatter_layout l = {.across = plan_scatter_across(a), .up = plan_scatter_up(a)};
    l.n = a->planning.verdict.n;
    l.points = memory_new((size_t)l.n + 1, sizeof *l.points);
    for (int i = 0; i < l.n; i++) {
        const struct placement *cut = &a->planning.cuts[i];
        l.points[i] = (struct tradeoff){metric_value(l.across, cut), scatter_height(a, cut, l.up)};
        l.top = l.top || isinf(l.points[i].gain);
    }
    scatter_place(&l, area);
    scatter_scale(&l);
    return l;
}

/* The cell of a point, from the corner of the field. A dot has across times down in a cell. */
static struct scatter_dot scatter_cell_of(const struct scatter_layout *l, int i, int across, int down)
{
    struct tradeoff at = l->points[i];
    bool above = isinf(at.gain);
    at.gain = above ? l->frame.high : at.gain;
    struct scatter_dot cell = scatter_dot(&l->frame, at, across, down);
    cell.x /= across;
    cell.y = above ? 0 : cell.y / down + l->top;
    return cell;
}

static struct scatter_dot scatter_sign_cell(const struct scatter_layout *l, const struct canvas *c, int i)
{
    return scatter_cell_of(l, i, bitmap_across(c->glyphs), bitmap_down(c->glyphs));
}

/* ---- Lines --------------------------------------------------------------------------------------------- */

/* The front of the splits that hold the limits. */
static void scatter_draw_steps(const struct app *a, struct canvas *c, const struct scatter_layout *l)
{
    struct tradeoff *front = memory_new((size_t)l->n + 1, sizeof *front);
    int n = 0;
    for (int i = 0; i < l->n; i++) {
        const struct placement *cut = &a->planning.cuts[i];
        if (cut->kind == PLACEMENT_SPLIT && cut->feasible && scatter_has_point(l, i))
            front[n++] = l->points[i];
    }
    scatter_draw_front(&l->frame, c, front, rate_front(front, n), ROLE_GOOD);
    free(front);
}

static void scatter_draw_limits(const struct app *a, struct canvas *c, const struct scatter_layout *l)
{
    const double *limits = a->planning.deployment.limits;
    double across = l->log ? log2(limits[l->across]) : limits[l->across];
    double up = l->up == METRIC_ACCURACY ? 100 * limits[METRIC_ACCURACY] : planning_least_cui(a);
    if (l->up == METRIC_IMPORTANCE && !a->settings.linear)
        up = log10(up);
    if (across >= l->frame.left && across <= l->frame.right) {
        struct scatter_dot at = scatter_dot(&l->frame, (struct tradeoff){across, l->frame.high}, 1, 1);
        for (int row = 0; row < l->field.rows; row++)
            canvas_glyph(c, l->field, row, at.x, ROLE_WARNING, GLYPH_VERTICAL);
    }
    for (int column = 0; column < l->frame.dots.columns && up >= l->frame.low; column += 4)
        canvas_glyph(c, l->frame.dots, axis_row(&l->frame, up), column, ROLE_WARNING, GLYPH_HORIZONTAL);
}

/* ---- Signs --------------------------------------------------------------------------------------------- */

struct scatter_sign {
    enum role role;
    enum glyph glyph;
    int order; /* a later one covers an earlier one, and has its name first */
};

/* Those of the table; one cell has room for one. */
static struct scatter_sign scatter_sign_of(const struct app *a, int i)
{
    const struct placement *cut = &a->planning.cuts[i];
    if (i == a->planning.verdict.pick.best)
        return (struct scatter_sign){ROLE_BEST, GLYPH_RECOMMENDED, 5};
    if (i == a->planning.verdict.pick.second)
        return (struct scatter_sign){ROLE_BEST, GLYPH_RUNNER_UP, 4};
    if (cut->pareto)
        return (struct scatter_sign){ROLE_GOOD, GLYPH_RIGHT_ANSWER, 3};
    if (cut->candidate && cut->feasible)
        return (struct scatter_sign){ROLE_CANDIDATE, GLYPH_CANDIDATE, 2};
    return (struct scatter_sign){ROLE_DIM, cut->feasible ? GLYPH_OFF : GLYPH_WRONG_ANSWER, cut->feasible};
}

enum { SIGN_ORDERS = 6 };

static void scatter_draw_signs(const struct app *a, struct canvas *c, const struct scatter_layout *l)
{
    for (int order = 0; order < SIGN_ORDERS; order++)
        for (int i = 0; i < l->n; i++) {
            struct scatter_sign sign = scatter_sign_of(a, i);
            struct scatter_dot at = scatter_sign_cell(l, c, i);
            if (sign.order == order && scatter_has_point(l, i))
                canvas_glyph(c, l->field, at.y, at.x, sign.role, sign.glyph);
        }
}

/* An arrow at the point under the cursor, which is drawn last. */
static void scatter_draw_cursor(const struct app *a, struct canvas *c, const struct scatter_layout *l,
                                bool focused)
{
    int row = plan_rows_cursor(a);
    if (!scatter_has_point(l, row))
        return;
    struct scatter_sign sign = scatter_sign_of(a, row);
    struct scatter_dot at = scatter_sign_cell(l, c, row);
    enum role role = focused ? ROLE_SELECTED : ROLE_CHOSEN;
    canvas_glyph(c, l->field, at.y, at.x, sign.role, sign.glyph);
    canvas_shade(c, (struct area){l->field.row + at.y, l->field.column + at.x, 1, 1}, role);
    canvas_glyph(c, l->field, at.y, at.x > 0 ? at.x - 1 : at.x + 1, ROLE_TEXT,
                 at.x > 0 ? GLYPH_CURSOR : GLYPH_LEFT);
    if (focused)
        canvas_cursor(c, l->field, at.y, at.x);
}

/* ---- Names --------------------------------------------------------------------------------------------- */

/* Cells that a name must not cover, nor stand beside; the axis is beside the first column. */
struct scatter_taken {
    char *cells; /* [rows][columns] */
    int rows, columns;
};

static void scatter_take(struct scatter_taken *t, int row, int from, int width)
{
    for (int column = from; column < from + width; column++)
        if (row >= 0 && row < t->rows && column >= 0 && column < t->columns)
            t->cells[row * t->columns + column] = 1;
}

static bool scatter_is_free(const struct scatter_taken *t, int row, int from, int width)
{
    if (row < 0 || row >= t->rows || from < 1 || from + width > t->columns)
        return false;
    for (int column = from - 1; column <= from + width; column++)
        if (column >= 0 && column < t->columns && t->cells[row * t->columns + column])
            return false;
    return true;
}

/* Right of its point, left of it, above or below; left out where none of these is free. */
static bool scatter_name(struct canvas *c, const struct scatter_layout *l, struct scatter_taken *t,
                         struct scatter_dot at, enum role role, const char *name)
{
    int width = canvas_width(name), last = t->columns - width;
    int middle = at.x - width / 2 > last ? last : at.x > width / 2 ? at.x - width / 2 : 1;
    const struct scatter_dot places[] = {
        {at.x + 2, at.y}, {at.x - 1 - width, at.y}, {middle, at.y - 1}, {middle, at.y + 1}};
    for (size_t k = 0; k < sizeof places / sizeof places[0]; k++)
        if (scatter_is_free(t, places[k].y, places[k].x, width)) {
            canvas_field(c, l->field, places[k].y, places[k].x - 1, width + 2, role, "");
            canvas_text(c, l->field, places[k].y, places[k].x, role, name);
            scatter_take(t, places[k].y, places[k].x, width);
            return true;
        }
    return false;
}

static void scatter_name_row(const struct app *a, struct canvas *c, const struct scatter_layout *l,
                             struct scatter_taken *t, int i, enum role role)
{
    char brief[AXIS_SHORT];
    struct scatter_dot at = scatter_sign_cell(l, c, i);
    if (!scatter_has_point(l, i))
        return;
    axis_short_name(brief, plan_rows_name(a, i));
    if (!scatter_name(c, l, t, at, role, plan_rows_name(a, i)) && a->planning.cuts[i].kind == PLACEMENT_SPLIT)
        scatter_name(c, l, t, at, role, brief);
}

/* The row under the cursor first, then by rank; those without a sign of their own only by the cursor. */
static void scatter_draw_names(const struct app *a, struct canvas *c, const struct scatter_layout *l)
{
    int here = plan_rows_cursor(a), rows = l->field.rows, columns = l->field.columns;
    struct scatter_taken t = {memory_new((size_t)rows + 1, (size_t)columns + 1), rows, columns};
    for (int i = 0; i < l->n; i++) {
        struct scatter_dot at = scatter_sign_cell(l, c, i);
        if (scatter_has_point(l, i))
            scatter_take(&t, at.y, i == here ? at.x - (at.x > 0) : at.x, i == here ? 2 : 1);
    }
    scatter_name_row(a, c, l, &t, here, ROLE_TITLE);
    for (int order = SIGN_ORDERS - 1; order > 1; order--)
        for (int i = 0; i < l->n; i++)
            if (i != here && scatter_sign_of(a, i).order == order)
                scatter_name_row(a, c, l, &t, i, ROLE_DIM);
    free(t.cells);
}

/* ---- Ticks --------------------------------------------------------------------------------------------- */

enum { SCATTER_TICKS = 64, SCATTER_LEVELS = 40, SCATTER_APART = 2 };

struct scatter_ticks {
    double values[SCATTER_TICKS]; /* not logarithms */
    int n;
};

static void scatter_tick(struct scatter_ticks *t, double value)
{
    if (t->n < SCATTER_TICKS)
        t->values[t->n++] = value;
}

/* At even distances: multiples of 1, 2 or 5 times a power of ten; on a log scale powers of two for bytes and
 * powers of ten for others, the latter with 2 and 5 times them where there is room. Each level has fewer. */
static struct scatter_ticks scatter_ticks_at(const struct scatter_layout *l, int level)
{
    static const double steps[] = {1, 2, 5};
    struct scatter_ticks t = {.n = 0};
    double low = l->frame.left, high = l->frame.right;
    if (!l->log) {
        const int decade = level / 3;
        double step = pow(10, floor(log10((high - low) / SCATTER_TICKS)) + 1 + decade) * steps[level % 3];
        for (double i = ceil(fmax(low, 0) / step); i * step <= high && t.n < SCATTER_TICKS; i++)
            scatter_tick(&t, i * step);
    } else if (metric_table[l->across].unit == METRIC_UNIT_BYTES) {
        for (double e = fmax(ceil(low / (level + 1)) * (level + 1), 0); e <= high; e += level + 1)
            scatter_tick(&t, exp2(e));
    } else {
        double decades = level > 1 ? level : 1;
        for (double e = floor(low / log2(10) / decades) * decades; e <= high / log2(10); e += decades)
            for (int k = 0; k < (level ? 1 : 3); k++) {
                double value = pow(10, e) * steps[k];
                if (log2(value) >= low && log2(value) <= high)
                    scatter_tick(&t, value);
            }
    }
    return t;
}

static void scatter_tick_text(const struct scatter_layout *l, double value, char out[24])
{
    if (metric_table[l->across].unit != METRIC_UNIT_BYTES) {
        snprintf(out, 24, "%.6g", value);
        return;
    }
    char text[16];
    text_bytes(text, (int64_t)value);
    char *point = strstr(text, ".0 ");
    snprintf(out, 24, "%.*s%s", point ? (int)(point - text) : 15, text, point ? point + 2 : "");
}

/* Where a tick's text begins, within the row. */
static int scatter_tick_column(const struct scatter_layout *l, double value, int width)
{
    struct tradeoff at = {l->log ? log2(value) : value, l->frame.low};
    int column = scatter_dot(&l->frame, at, 1, 1).x - width / 2;
    int last = l->ticks.columns - width;
    return column > last ? last : column < 0 ? 0 : column;
}

static bool scatter_ticks_fit(const struct scatter_layout *l, const struct scatter_ticks *t)
{
    int end = -SCATTER_APART;
    for (int i = 0; i < t->n; i++) {
        char text[24];
        scatter_tick_text(l, t->values[i], text);
        int column = scatter_tick_column(l, t->values[i], (int)strlen(text));
        if (column - end < SCATTER_APART)
            return false;
        end = column + (int)strlen(text);
    }
    return true;
}

static void scatter_draw_ticks(struct canvas *c, const struct scatter_layout *l)
{
    int level = 0;
    struct scatter_ticks t = scatter_ticks_at(l, level);
    while (!scatter_ticks_fit(l, &t) && ++level < SCATTER_LEVELS)
        t = scatter_ticks_at(l, level);
    for (int i = 0; i < t.n; i++) {
        char text[24];
        scatter_tick_text(l, t.values[i], text);
        canvas_text(c, l->ticks, 0, scatter_tick_column(l, t.values[i], (int)strlen(text)), ROLE_DIM, text);
    }
}

/* ---- All of it ----------------------------------------------------------------------------------------- */

/* "log10 CUI against total time, ms (log); steps: the front of the splits" */
static void scatter_draw_words(const struct app *a, struct canvas *c, const struct scatter_layout *l)
{
    static const char *const units[METRIC_UNITS] = {[METRIC_UNIT_MS] = ", ms", [METRIC_UNIT_JOULES] = ", J"};
    const struct metric_entry *across = &metric_table[l->across];
    const char *unit = units[across->unit] ? units[across->unit] : "";
    const char *up = l->up == METRIC_ACCURACY ? "accuracy %" : a->settings.linear ? "CUI" : "log10 CUI";
    int here = plan_rows_cursor(a);
    char *text = scatter_has_point(l, here)
                     ? memory_format("%s against %s%s%s; steps: the front of the splits", up, across->name,
                                     unit, l->log ? " (log)" : "")
                     : memory_format("%s against %s%s%s; %s has no point: not known", up, across->name, unit,
                                     l->log ? " (log)" : "", plan_rows_name(a, here));
    canvas_field(c, l->words, 0, 0, l->words.columns, ROLE_TITLE, text);
    free(text);
}

void plan_scatter_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    struct scatter_layout l = scatter_lay_out(a, area);
    scatter_draw_words(a, c, &l);
    axis_draw(&l.frame, c);
    scatter_draw_limits(a, c, &l);
    scatter_draw_steps(a, c, &l);
    scatter_draw_signs(a, c, &l);
    scatter_draw_cursor(a, c, &l, focused);
    scatter_draw_names(a, c, &l);
    scatter_draw_ticks(c, &l);
    free(l.points);
}

int plan_scatter_at(const struct app *a, struct area area, int row, int column)
{
    struct scatter_layout l = scatter_lay_out(a, area);
    int nearest = -1, least = INT_MAX;
    for (int i = 0; i < l.n; i++) {
        struct scatter_dot at = scatter_cell_of(&l, i, 1, 1);
        int x = at.x + l.field.column - area.column - column, y = at.y + l.field.row - area.row - row;
        int away = x * x + 4 * y * y; /* a cell is twice as high as wide */
        if (scatter_has_point(&l, i) && away < least) {
            least = away;
            nearest = i;
        }
    }
    free(l.points);
    return nearest;
}
