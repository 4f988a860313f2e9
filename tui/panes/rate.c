#include "panes/rate.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/model.h"
#include "base/memory.h"
#include "base/text.h"
#include "features/rate_curves.h"
#include "panes/axis.h"
#include "panes/pane.h"
#include "panes/plot.h"
#include "panes/rate_words.h"
#include "panes/scatter.h"
#include "panes/states.h"
#include "report/rate_figure.h"
#include "screen/bitmap.h"

/* ---- Layout -------------------------------------------------------------------------------------------- */

enum { TABLE_WIDE = 100, TABLE_TALL = 30, TICK_APART = 3, TICKS_LEAST = 12 };

struct rate_layout {
    struct rate_curves curves;
    const struct rate_curve *here; /* of the cut under the cursor, or NULL: it was not measured */
    struct area words, legend, plot, ticks, table;
    struct axis frame; /* across: log2 of the bytes; up: per cent */
};

/* From top to bottom: words, legend, plot, ticks; the cut's points beside them, or below. */
static void rate_place(struct rate_layout *l, struct area area)
{
    int wanted = DTYPES + 1;
    struct area rest = area;
    if (area.columns >= TABLE_WIDE) {
        l->table = area;
        l->table.column += area.columns - RATE_TABLE_COLUMNS;
        l->table.columns = RATE_TABLE_COLUMNS;
        rest.columns -= RATE_TABLE_COLUMNS + 2;
    } else if (area.rows >= TABLE_TALL) {
        l->table = area_below(area, area.rows - wanted);
        rest = area_above(area, area.rows - wanted - 1);
    }
    l->words = area_above(rest, 1);
    l->legend = area_above(area_below(rest, 1), rest.rows >= 5);
    rest = area_below(rest, 1 + l->legend.rows);
    l->plot = area_above(rest, rest.rows - (rest.rows > 1));
    l->ticks = area_below(rest, l->plot.rows);
}

static struct rate_layout rate_lay_out(const struct app *a, struct area area)
{
    struct rate_layout l = {0};
    double left = INFINITY, right = -INFINITY, low = INFINITY, high = -INFINITY;
    l.curves = rate_curves_make(a->planning.deployment.cost_model.features, a->states->rate_agreement);
    l.here = rate_curves_find(&l.curves, app_layer(a, a->plot.cursor));
    for (int i = 0; i < l.curves.n; i++)
        for (int k = 0; k < l.curves.curves[i].n; k++) {
            const struct tradeoff at = l.curves.curves[i].marks[k].at;
            axis_widen(&left, &right, log2(at.cost));
            axis_widen(&low, &high, 100 * at.gain);
        }
    double air = 0.04 * (high - low);
    low -= air;
    high = fmin(high + air, 100);
    rate_place(&l, area);
    l.frame = axis_make(l.plot, AXIS_GUTTER, 0, 0, low, high, false);
    l.frame.left = floor(left);
    l.frame.right = fmax(right, l.frame.left + 1);
    l.ticks.column = l.frame.dots.column;
    l.ticks.columns = l.frame.dots.columns;
    return l;
}

/* ---- Dots ---------------------------------------------------------------------------------------------- */

static struct tradeoff rate_place_of(struct tradeoff at)
{
    return (struct tradeoff){log2(at.cost), 100 * at.gain};
}

static struct scatter_dot rate_dot_of(const struct rate_layout *l, struct tradeoff at, int across, int down)
{
    return scatter_dot(&l->frame, rate_place_of(at), across, down);
}

static struct scatter_dot rate_cell(const struct rate_layout *l, const struct canvas *c, struct tradeoff at)
{
    return scatter_cell(&l->frame, c, rate_place_of(at));
}

static void rate_draw_curve(const struct rate_layout *l, struct canvas *c, const struct rate_curve *curve,
                            enum role role)
{
    struct bitmap *b = bitmap_new(l->frame.dots.rows, l->frame.dots.columns, c->glyphs);
    int across = bitmap_across(c->glyphs), down = bitmap_down(c->glyphs);
    for (int k = 0; k < curve->n; k++) {
        struct scatter_dot to = rate_dot_of(l, curve->marks[k].at, across, down);
        struct scatter_dot from = k ? rate_dot_of(l, curve->marks[k - 1].at, across, down) : to;
        bitmap_line(b, from.x, from.y, to.x, to.y);
    }
    bitmap_draw(b, c, l->frame.dots, role);
    bitmap_free(b);
}

/* Between two points the fewest bytes that reach the accuracy of the first. */
static void rate_draw_front(const struct rate_layout *l, struct canvas *c)
{
    struct tradeoff *front;
    int n = rate_curves_front(&l->curves, &front);
    struct tradeoff *places = memory_new((size_t)n + 1, sizeof *places);
    for (int i = 0; i < n; i++)
        places[i] = rate_place_of(front[i]);
    scatter_draw_front(&l->frame, c, places, n, ROLE_GOOD);
    free(places);
    free(front);
}

/* ---- Signs --------------------------------------------------------------------------------------------- */

static void rate_draw_signs(const struct rate_layout *l, struct canvas *c, const struct rate_curve *curve,
                            enum role role)
{
    for (int k = 0; k < curve->n; k++) {
        struct scatter_dot at = rate_cell(l, c, curve->marks[k].at);
        canvas_put(c, l->frame.dots, at.y, at.x, role, rate_words_sign(curve, &curve->marks[k]));
    }
}

static void rate_draw_front_signs(const struct rate_layout *l, struct canvas *c)
{
    for (int i = 0; i < l->curves.n; i++)
        for (int k = 0; k < l->curves.curves[i].n; k++) {
            const struct rate_mark *mark = &l->curves.curves[i].marks[k];
            struct scatter_dot at = rate_cell(l, c, mark->at);
            if (mark->front)
                canvas_glyph(c, l->frame.dots, at.y, at.x, ROLE_GOOD, GLYPH_MEASURED);
        }
}

static void rate_draw_curves(const struct app *a, struct canvas *c, const struct rate_layout *l, bool focused)
{
    const struct rate_curve *pictures = rate_curves_find(&l->curves, RATE_PICTURES);
    struct tradeoff chosen;
    for (int i = 0; i < l->curves.n; i++)
        rate_draw_curve(l, c, &l->curves.curves[i], ROLE_DIM);
    rate_draw_front(l, c);
    if (pictures)
        rate_draw_curve(l, c, pictures, ROLE_BYTES);
    if (l->here)
        rate_draw_curve(l, c, l->here, ROLE_CURVE);
    rate_draw_front_signs(l, c);
    if (pictures)
        rate_draw_signs(l, c, pictures, ROLE_BYTES);
    if (l->here)
        rate_draw_signs(l, c, l->here, ROLE_CURVE);
    if (rate_words_chosen(a, &l->curves, &chosen)) {
        struct scatter_dot at = rate_cell(l, c, chosen);
        canvas_glyph(c, l->frame.dots, at.y, at.x, ROLE_BEST, GLYPH_RECOMMENDED);
    }
    const struct rate_mark *mark = l->here ? rate_curve_find(l->here, a->settings.bytes) : NULL;
    if (mark && focused) {
        struct scatter_dot at = rate_cell(l, c, mark->at);
        canvas_cursor(c, l->frame.dots, at.y, at.x);
    }
}

/* ---- Around it ----------------------------------------------------------------------------------------- */

/* "512 B", "64 KiB" at powers of two, as far apart as they need; at the end, that they are logarithmic. */
static void rate_draw_ticks(struct canvas *c, const struct rate_layout *l)
{
    static const char scale[] = "log scale";
    int end = -TICK_APART, columns = l->ticks.columns - (int)strlen(scale);
    if (columns < TICKS_LEAST)
        return;
    canvas_text(c, l->ticks, 0, columns, ROLE_DIM, scale);
    for (double e = fmax(l->frame.left, 0); e <= l->frame.right; e++) {
        char text[16];
        struct scatter_dot at = rate_dot_of(l, (struct tradeoff){exp2(e), 0}, 1, 1);
        text_bytes(text, (int64_t)exp2(e));
        char *point = strstr(text, ".0 ");
        if (point)
            memmove(point, point + 2, strlen(point + 2) + 1);
        int width = (int)strlen(text), column = at.x - width / 2;
        column = column < 0 ? 0 : column;
        if (column - end < TICK_APART || column + width + TICK_APART > columns)
            continue;
        canvas_text(c, l->ticks, 0, column, ROLE_DIM, text);
        end = column + width;
    }
}

static void rate_draw_legend(const struct app *a, struct canvas *c, const struct rate_layout *l)
{
    static const struct {
        enum role role;
        enum glyph glyph; /* or the text, where it is not NULL */
        const char *sign, *name;
    } entries[] = {
        {ROLE_CURVE, GLYPHS, "8", "this cut, bits"},
        {ROLE_BYTES, GLYPHS, "j", "JPEG"},
        {ROLE_BYTES, GLYPHS, "s", "stored"},
        {ROLE_GOOD, GLYPH_MEASURED, NULL, "front"},
        {ROLE_BEST, GLYPH_RECOMMENDED, NULL, "recommended"},
    };
    int column = canvas_text(c, l->legend, 0, 0, ROLE_TITLE,
                             a->states->rate_agreement ? "agreement %" : "accuracy %") +
                 2;
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        int width = 2 + canvas_width(entries[i].name);
        if (column + width > l->legend.columns)
            break;
        if (entries[i].sign)
            canvas_text(c, l->legend, 0, column, entries[i].role, entries[i].sign);
        else
            canvas_glyph(c, l->legend, 0, column, entries[i].role, entries[i].glyph);
        canvas_text(c, l->legend, 0, column + 2, ROLE_DIM, entries[i].name);
        column += width + 2;
    }
}

/* Why there is nothing to see. */
static void rate_draw_missing(const struct app *a, struct canvas *c, struct area area)
{
    char *title = memory_format("%s: %s against bytes is not known", app_row(a, a->plot.cursor)->name,
                                a->states->rate_agreement ? "agreement" : "accuracy");
    const char *const lines[] = {title, "", "isplit features ... -o FILE measures it",
                                 "--features FILE shows it, or D in view 9"};
    for (int i = 0; i < 4; i++)
        canvas_field(c, area, i, 0, area.columns, i ? ROLE_DIM : ROLE_TITLE, lines[i]);
    free(title);
}

static void rate_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    struct rate_layout l = rate_lay_out(a, area);
    if (l.curves.n == 0) {
        rate_draw_missing(a, c, area);
        rate_curves_free(&l.curves);
        return;
    }
    char *words = rate_words_here(a, &l.curves, l.here, l.words.columns);
    canvas_field(c, l.words, 0, 0, l.words.columns, ROLE_TEXT, words);
    free(words);
    rate_draw_legend(a, c, &l);
    axis_draw(&l.frame, c);
    rate_draw_curves(a, c, &l, focused);
    rate_draw_ticks(c, &l);
    rate_words_table(a, c, l.table, &l.curves, l.here);
    rate_curves_free(&l.curves);
}

/* ---- Keys and clicks ----------------------------------------------------------------------------------- */

static void rate_prepare(struct app *a, struct area area)
{
    (void)area;
    planning_refresh(a);
}

static bool rate_act(struct app *a, enum action action, struct area area)
{
    (void)area;
    if (action == ACTION_AGREEMENT)
        a->states->rate_agreement = !a->states->rate_agreement;
    else if (action == ACTION_UP || action == ACTION_DOWN)
        app_move(a, a->plot.cursor + (action == ACTION_UP ? -1 : 1));
    else
        return plot_move(a, action);
    return true;
}

/* Goes to the cut whose point is nearest. */
static void rate_click(struct app *a, struct area area, int row, int column)
{
    struct rate_layout l = rate_lay_out(a, area);
    int nearest = -1, least = INT_MAX;
    for (int i = 0; i < a->study->layer_list.n; i++) {
        const struct rate_curve *curve = rate_curves_find(&l.curves, app_layer(a, i));
        for (int k = 0; curve && k < curve->n; k++) {
            struct scatter_dot at = rate_dot_of(&l, curve->marks[k].at, 1, 1);
            int x = at.x + l.frame.dots.column - area.column - column,
                y = at.y + l.frame.dots.row - area.row - row;
            int away = x * x + 4 * y * y; /* a cell is twice as high as wide */
            if (away < least) {
                least = away;
                nearest = i;
            }
        }
    }
    if (nearest >= 0)
        app_move(a, nearest);
    rate_curves_free(&l.curves);
}

const struct pane rate_pane = {
    .name = "rate",
    .prepare = rate_prepare,
    .draw = rate_draw,
    .act = rate_act,
    .click = rate_click,
};

/* ---- For a paper --------------------------------------------------------------------------------------- */

bool rate_is_known(const struct app *a)
{
    const struct features *f = a->planning.open ? a->planning.deployment.cost_model.features : NULL;
    return f && f->rows_n > 0;
}

void rate_figure(const struct app *a, FILE *out)
{
    struct rate_curves curves =
        rate_curves_make(a->planning.deployment.cost_model.features, a->states->rate_agreement);
    struct tradeoff chosen;
    bool any = rate_words_chosen(a, &curves, &chosen);
    char *description = memory_format(
        "%s: %s of %ld images against the bytes sent; isplit " ISPLIT_VERSION, inputs_name(&a->study->inputs),
        curves.agreement ? "agreement" : "accuracy", a->planning.deployment.cost_model.features->images);
    rate_figure_write(out, &curves, a->study->table, any ? &chosen : NULL, description);
    free(description);
    rate_curves_free(&curves);
}
