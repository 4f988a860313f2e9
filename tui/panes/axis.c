#include "panes/axis.h"

#include <math.h>
#include <stdio.h>

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

/* The smallest of 1, 2 or 5 times a power of ten that is at least `least`; or the one below it. */
static double axis_nice_step(double least, bool below)
{
    static const double steps[] = {0.5, 1, 2, 5, 10};
    double power = pow(10, floor(log10(least)));
    int i = 1;
    while (i < 4 && steps[i] * power < least * (1 - 1e-9))
        i++;
    return steps[below ? i - 1 : i] * power;
}

static int ticks_between(double low, double high, double step)
{
    return (int)(floor(high / step + 1e-9) - ceil(low / step - 1e-9)) + 1;
}

static double rows_between_ticks(const struct axis *x, double step)
{
    return step / (x->high - x->low) * x->dots.rows;
}

/* A tick in every other row at most, two at least. The ends are rounded to fifths of a step, so that a curve
 * that is still being measured does not move the scale with every image. */
static void set_scale(struct axis *x, double low, double high, bool zero)
{
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
    int ticks = x->dots.rows / 2 + 1;
    double wanted = (high - low) / (ticks > 2 ? ticks - 1 : 1);
    x->step = axis_nice_step(wanted, false);
    double fifth = x->step / 5;
    x->low = floor(low / fifth + 1e-6) * fifth;
    x->high = ceil(high / fifth - 1e-6) * fifth;
    if (ticks_between(x->low, x->high, x->step) < 2)
        x->step = axis_nice_step(wanted, true);
    /* Rounding out may have brought ticks closer: some would be in adjacent rows. */
    double wider = axis_nice_step(x->step * 1.01, false);
    if (rows_between_ticks(x, x->step) < 2 && ticks_between(x->low, x->high, wider) >= 2)
        x->step = wider;
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
    set_scale(&x, low, high, zero);
    return x;
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
    double lowest = ceil(x->low / x->step - 1e-9);
    int ticks = ticks_between(x->low, x->high, x->step), before = area.rows + 1;
    int apart = ticks > 2 ? 2 : 1; /* with only two ticks both are drawn: one alone is no scale */
    for (int i = 0; i < ticks && i < area.rows && !x->empty; i++) {
        char text[AXIS_NUMBER];
        double tick = (lowest + i) * x->step;
        int row = axis_row(x, tick);
        if (before - row < apart)
            continue;
        before = row;
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

void axis_draw_cursor(const struct axis *x, struct canvas *c, int position, enum role role, bool sparse)
{
    int column = axis_column(x, position);
    for (int row = 0; row < x->dots.rows; row += sparse ? 2 : 1)
        canvas_glyph(c, x->dots, row, column, role, GLYPH_VERTICAL);
}

/* ---- Curves -------------------------------------------------------------------------------------- */

static bool is_shown(const struct axis *x, const double *values, int position)
{
    return position >= x->first && position <= x->last && !isnan(values[position]);
}

void axis_draw_curve(const struct axis *x, struct canvas *c, const double *values, enum role role)
{
    struct bitmap *b = bitmap_new(x->dots.rows, x->dots.columns, c->glyphs);
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
