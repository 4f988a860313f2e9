#include "panes/axis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "screen/bitmap.h"

/* ---- Scales -------------------------------------------------------------------------------------- */

enum {
    PLOT_MIN = 15, /* minimum of columns left by a gutter */
};

void axis_widen(double *low, double *high, double value)
{
    if (!isfinite(value))
        return;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

/* How a range is laid over rows: `every` rows from tick to tick, each tick at the upper edge of a row. */
struct scale {
    double step;
    int every;
    double low;
    double span; /* of all rows */
};

/* The next round step: 1, 2, 2.5 or 5 times a power of ten; `whole`: the next integer. */
static double axis_next_step(double step, bool whole)
{
    static const double steps[] = {1, 2, 2.5, 5, 10};
    if (whole)
        return step + 1;
    double power = pow(10, floor(log10(step * (1 + 1e-9))));
    int i = 0;
    while (steps[i] * power < step * (1 + 1e-6))
        i++;
    return steps[i] * power;
}

/* Rows that the range needs where each is worth `row`: no value is on the lower edge of the last one. */
static double rows_needed(double low, double high, double row)
{
    return ceil(high / row - 1e-9) - (ceil(low / row - 1e-9) - 1);
}

/* With a tick in every `every`-th row: the smallest round step with which the range fits. */
static struct scale scale_with(int rows, int every, double low, double high, bool whole)
{
    double step = pow(10, floor(log10((high - low) * every / rows)) - 1);
    step = whole ? 1 : step;
    while (rows_needed(low, high, step / every) > rows)
        step = axis_next_step(step, whole);
    return (struct scale){step, every, (ceil(low / step * every - 1e-9) - 1) * (step / every),
                          step / every * rows};
}

static int ticks_of(const struct scale *s)
{
    return (int)(floor((s->low + s->span) / s->step + 1e-6) - floor(s->low / s->step + 1e-6));
}

/* Ticks are round numbers, and as many rows apart everywhere: of the scales with two ticks or more the one
 * that leaves the fewest rows empty, with ticks neither dense nor far apart. */
static struct scale choose_scale(int rows, double low, double high, bool whole)
{
    enum { APART_MOST = 8, TICKS_USUAL = 5 };
    const double off = 0.02; /* a row more or less between ticks is worth so much of the height */
    int usual = rows / TICKS_USUAL < 2 ? 2 : rows / TICKS_USUAL;
    double least = INFINITY;
    if (rows == 1)
        return (struct scale){pow(10, floor(log10(high - low))), 1, low, high - low};
    struct scale best = scale_with(rows, 2, low, high, whole);
    for (int every = 2; every < rows && every <= APART_MOST; every++) {
        struct scale s = scale_with(rows, every, low, high, whole);
        double cost = s.span / (high - low) + off * abs(every - usual);
        if (cost < least && ticks_of(&s) >= 2) {
            best = s;
            least = cost;
        }
    }
    return best;
}

/* Empty rows are divided between above and below, but none is under a zero that all values are above. */
static void set_scale(struct axis *x, double low, double high, bool zero, bool whole)
{
    int rows = x->dots.rows > 0 ? x->dots.rows : 1;
    x->empty = low > high;
    if (zero)
        axis_widen(&low, &high, 0);
    if (x->empty) {
        low = 0;
        high = 1;
    }
    /* Numbers that differ by less than their last digits are equal. */
    double least = fmax(fabs(low), fabs(high)) * 1e-6;
    if (high - low <= least) {
        bool positive = zero && high > 0;
        low = positive ? 0 : low - fmax(0.5, least);
        high = positive ? 2 * high : high + fmax(0.5, least);
    }
    struct scale s = choose_scale(rows, low, high, whole);
    double row = s.step / s.every;
    int spare = rows - (int)rows_needed(low, high, row);
    int below = zero && low == 0 ? 0 : zero && high == 0 ? spare : spare / 2;
    x->step = s.step;
    x->low = s.low - below * row;
    x->high = x->low + s.span;
}

struct axis axis_make(struct area area, int gutter, int first, int last, double low, double high, bool zero)
{
    struct axis x = {.dots = area, .first = first, .last = last < first ? first : last};
    x.gutter = area.columns >= gutter + PLOT_MIN ? gutter : 0;
    x.dots.column += x.gutter;
    x.dots.columns -= x.gutter;
    int n = x.last - x.first + 1;
    /* Equal steps look best, unless they leave much of the width unused. */
    x.pitch = x.dots.columns / n * n >= x.dots.columns * 9 / 10 ? x.dots.columns / n : 0;
    set_scale(&x, low, high, zero, false);
    return x;
}

void axis_octaves(struct axis *x, double low, double high)
{
    set_scale(x, low, high, false, true);
}

double axis_tick(const struct axis *x, int which)
{
    double tick = (floor(x->low / x->step + 1e-6) + 1 + which) * x->step; /* none on the lower edge of all */
    return x->empty || tick > x->high + 1e-6 * x->step ? NAN : tick;
}

/* ---- Positions ----------------------------------------------------------------------------------- */

/* The dot of a position where a cell has `across` dots. */
static int dot_x(const struct axis *x, int position, int across)
{
    long long i = position - x->first, n = x->last - x->first + 1;
    if (x->pitch)
        return (int)((i * x->pitch + x->pitch / 2) * across + across / 2);
    return (int)((2 * i + 1) * x->dots.columns * across / (2 * n));
}

int axis_column(const struct axis *x, int position)
{
    if (position < x->first)
        return -1;
    return position > x->last ? x->dots.columns : dot_x(x, position, 1);
}

/* The dot of a value where a cell has `down` dots, so that dot / down is its row. A value between two rows
 * but for rounding goes to the lower one, else evenly spaced values would not get evenly spaced rows. */
static int dot_y(const struct axis *x, double value, int down)
{
    int height = x->dots.rows * down;
    double y = floor(((x->high - value) / (x->high - x->low) * x->dots.rows + 1e-9) * down);
    return y >= height ? height - 1 : y > 0 ? (int)y : 0;
}

int axis_row(const struct axis *x, double value)
{
    return isnan(value) ? x->dots.rows : dot_y(x, value, 1);
}

int axis_position(const struct axis *x, int column)
{
    long long n = x->last - x->first + 1;
    if (column < 0 || x->dots.columns <= 0)
        return x->first;
    if (column >= x->dots.columns)
        return x->last;
    long long i = x->pitch ? column / x->pitch : (2LL * column + 1) * n / (2LL * x->dots.columns);
    return i >= n ? x->last : x->first + (int)i;
}

/* ---- Axes ---------------------------------------------------------------------------------------- */

void axis_number(char out[AXIS_NUMBER], double value, double step)
{
    if (fabs(value) < step * 1e-6)
        value = 0;
    int decimals = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;
    if (fabs(step * pow(10, decimals) - rint(step * pow(10, decimals))) > 1e-3) /* of 0.25, 2.5 */
        decimals++;
    if (decimals > 4 || fabs(value) >= 1e6)
        snprintf(out, AXIS_NUMBER, "%.3g", value);
    else
        snprintf(out, AXIS_NUMBER, "%.*f", decimals, value);
}

/* A line in one column of the area, and the ticks with their numbers in the others. */
static void axis_draw_ticks(const struct axis *x, struct canvas *c, struct area area, bool right)
{
    int line = right ? 0 : area.columns - 1, width = area.columns - 1;
    for (int row = 0; row < area.rows; row++)
        canvas_glyph(c, area, row, line, ROLE_DIM, GLYPH_VERTICAL);
    double tick;
    for (int i = 0; i < area.rows && !isnan(tick = axis_tick(x, i)); i++) {
        char text[AXIS_NUMBER];
        int row = axis_row(x, tick);
        axis_number(text, tick, x->step);
        canvas_field(c, area, row, right, right ? width : -width, ROLE_DIM, text);
        canvas_glyph(c, area, row, line, ROLE_DIM, right ? GLYPH_TEE_RIGHT : GLYPH_TEE_LEFT);
    }
}

void axis_draw(const struct axis *x, struct canvas *c)
{
    if (x->gutter)
        axis_draw_ticks(x, c, (struct area){x->dots.row, x->dots.column - x->gutter, x->dots.rows, x->gutter},
                        false);
}

void axis_draw_right(const struct axis *x, struct canvas *c, struct area area)
{
    axis_draw_ticks(x, c, area, true);
}

void axis_draw_level(const struct axis *x, struct canvas *c, double value, enum role role)
{
    if (!(value >= x->low && value <= x->high))
        return;
    for (int column = 0; column < x->dots.columns; column += 2)
        canvas_glyph(c, x->dots, axis_row(x, value), column, role, GLYPH_HORIZONTAL);
}

void axis_draw_edge(const struct axis *x, struct canvas *c, int position, enum role role)
{
    int column = axis_column(x, position);
    for (int row = 0; row < x->dots.rows; row += 2)
        canvas_glyph(c, x->dots, row, column, role, GLYPH_VERTICAL);
}

void axis_draw_stem(const struct axis *x, struct canvas *c, int position, double value, enum role role)
{
    enum { SHORT = 2 };
    int column = axis_column(x, position);
    int top = isnan(value) ? x->dots.rows - SHORT : axis_row(x, value);
    for (int row = top < 0 ? 0 : top; row < x->dots.rows; row++)
        canvas_glyph(c, x->dots, row, column, role, GLYPH_VERTICAL);
}

/* ---- Curves -------------------------------------------------------------------------------------- */

static bool is_shown(const struct axis *x, const double *values, int position)
{
    return position >= x->first && position <= x->last && !isnan(values[position]);
}

/* The caller frees it. */
static struct bitmap *curve_bitmap(const struct axis *x, const struct canvas *c, const double *values,
                                   enum bitmap_dash dash)
{
    struct bitmap *b = bitmap_new(x->dots.rows, x->dots.columns, c->glyphs);
    bitmap_dash(b, dash);
    const int across = bitmap_across(c->glyphs), down = bitmap_down(c->glyphs);
    for (int p = x->first; p <= x->last && x->dots.rows > 0; p++) {
        if (!is_shown(x, values, p))
            continue;
        int here = dot_x(x, p, across), y = dot_y(x, values[p], down);
        if (is_shown(x, values, p + 1))
            bitmap_line(b, here, y, dot_x(x, p + 1, across), dot_y(x, values[p + 1], down));
        else if (!is_shown(x, values, p - 1)) /* a point by itself */
            bitmap_line(b, here - 1, y, here + 1, y);
    }
    return b;
}

void axis_draw_curve(const struct axis *x, struct canvas *c, const double *values, enum role role)
{
    struct bitmap *b = curve_bitmap(x, c, values, BITMAP_SOLID);
    bitmap_draw(b, c, x->dots, role);
    bitmap_free(b);
}

void axis_draw_dashed(const struct axis *x, struct canvas *c, const double *values, enum role role,
                      enum bitmap_dash dash, enum glyph sign)
{
    bool signs = c->glyphs != GLYPHS_BRAILLE;
    struct bitmap *b = curve_bitmap(x, c, values, signs ? BITMAP_SOLID : dash);
    if (signs)
        bitmap_draw_sign(b, c, x->dots, role, sign);
    else
        bitmap_draw(b, c, x->dots, role);
    bitmap_free(b);
}

/* The band in one column of dots: in braille every other dot; in cells with fewer dots a light glyph of its
 * own. A band no higher than the curve is not drawn. */
static void draw_band_at(const struct axis *x, struct canvas *c, struct bitmap *b, int column, double low,
                         double high, enum role role)
{
    const int down = bitmap_down(c->glyphs);
    int top = dot_y(x, high, down), bottom = dot_y(x, low, down);
    if (c->glyphs == GLYPHS_BRAILLE) {
        for (int y = top; y <= bottom && bottom > top + 1; y++)
            if ((column + y) % 2 == 0)
                bitmap_point(b, column, y);
        return;
    }
    const char *light = c->glyphs == GLYPHS_ASCII ? ":" : glyphs_text(c->glyphs, GLYPH_SHADE_1);
    for (int row = top / down; row <= bottom / down && bottom - top >= down; row++)
        canvas_put(c, x->dots, row, column, role, light);
}

void axis_draw_band(const struct axis *x, struct canvas *c, const double *low, const double *high,
                    enum role role)
{
    struct bitmap *b = bitmap_new(x->dots.rows, x->dots.columns, c->glyphs);
    const int across = bitmap_across(c->glyphs);
    for (int p = x->first; p <= x->last && x->dots.rows > 0; p++) {
        if (!is_shown(x, low, p) || !is_shown(x, high, p))
            continue;
        bool joined = is_shown(x, low, p + 1) && is_shown(x, high, p + 1);
        int from = dot_x(x, p, across), to = joined ? dot_x(x, p + 1, across) : from;
        for (int column = from; column <= to; column++) {
            double t = to > from ? (double)(column - from) / (to - from) : 0;
            double bottom = joined ? low[p] + t * (low[p + 1] - low[p]) : low[p];
            double top = joined ? high[p] + t * (high[p + 1] - high[p]) : high[p];
            draw_band_at(x, c, b, column, bottom, top, role);
        }
    }
    bitmap_draw(b, c, x->dots, role);
    bitmap_free(b);
}

void axis_draw_marker(const struct axis *x, struct canvas *c, int position, double value, enum role role,
                      enum glyph glyph)
{
    int down = bitmap_down(c->glyphs); /* the row of the curve's own dot, rounded alike */
    if (!isnan(value))
        canvas_glyph(c, x->dots, dot_y(x, value, down) / down, axis_column(x, position), role, glyph);
}
