/* Under the curve: what each cut sends. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "screen/bitmap.h"
#include "panes/plot_parts.h"

enum { BAR_MOST = 11, BYTES_TEXT = 16 };

/* From so many rows on the scale has ticks; in fewer the bars fill them, with the largest and least number.
 */
enum { TICKED_ROWS = 3 };

/* log2 of bytes: the only scale on which cuts can be seen beside each other. */
struct strip_scale {
    struct axis axis;
    int64_t least, most;
};

static struct strip_scale strip_scale_of(const struct app *a, struct area bars)
{
    struct strip_scale s = {.axis.dots = bars};
    for (int i = 0; i < a->study->layer_list.n; i++) {
        int64_t bytes = app_bytes(a, app_row(a, i)->cut_bytes);
        if (bytes <= 0)
            continue;
        s.least = s.least == 0 || bytes < s.least ? bytes : s.least;
        s.most = bytes > s.most ? bytes : s.most;
    }
    int64_t input = app_bytes(a, a->study->table->input_bytes);
    double low = log2((double)(s.least > 1 ? s.least : 1));
    double high = log2((double)(s.most > input ? s.most : input) + 1);
    if (bars.rows >= TICKED_ROWS) {
        axis_octaves(&s.axis, low, high);
    } else {
        s.axis.low = low - 1; /* the smallest cut keeps a bar of half a step */
        s.axis.high = high;
    }
    return s;
}

/* In eighths of a row; 1 at least. */
static int level_of(const struct strip_scale *s, int64_t bytes, int rows)
{
    if (bytes <= 0)
        return 0;
    int level = (int)lround((log2((double)bytes) - s->axis.low) / (s->axis.high - s->axis.low) * rows * 8);
    return level < 1 ? 1 : level;
}

/* With fewer columns than layers, the maximum in each column. New array by column. */
static int *column_levels(const struct app *a, const struct plot_parts *p, const struct strip_scale *s)
{
    int columns = p->bars.columns > 0 ? p->bars.columns : 0;
    int *levels = memory_new((size_t)columns + 1, sizeof *levels);
    int width = columns / (p->axis.last - p->axis.first + 1) - 1;
    width = width < 1 ? 1 : width > BAR_MOST ? BAR_MOST : width;
    for (int i = p->axis.first; i <= p->axis.last; i++) {
        int level = level_of(s, app_bytes(a, app_row(a, i)->cut_bytes), p->bars.rows);
        int from = axis_column(&p->axis, i) - width / 2;
        for (int k = from < 0 ? 0 : from; k < from + width && k < columns; k++)
            levels[k] = level > levels[k] ? level : levels[k];
    }
    return levels;
}

/* A line under the bars, a sign in every `apart`-th column. */
static void draw_level(struct canvas *c, const struct plot_parts *p, const struct strip_scale *s,
                       int64_t bytes, int apart, enum role role)
{
    int row = p->bars.rows - 1 - (level_of(s, bytes, p->bars.rows) - 1) / 8;
    for (int k = 0; k < p->bars.columns && row >= 0; k += apart)
        canvas_glyph(c, p->bars, row, k, role, GLYPH_HORIZONTAL);
}

static void draw_bars(const struct app *a, struct canvas *c, const struct plot_parts *p,
                      const struct strip_scale *s, bool limits)
{
    int *levels = column_levels(a, p, s);
    if (p->strip_title.rows > 0)
        draw_level(c, p, s, app_bytes(a, a->study->table->input_bytes), 2, ROLE_DIM);
    double limit = a->planning.deployment.limits[METRIC_BYTES];
    if (limits && limit >= 1)
        draw_level(c, p, s, (int64_t)limit, 1, ROLE_WARNING);
    for (int k = 0; k < p->bars.columns; k++)
        for (int row = 0; row < p->bars.rows; row++) {
            int eighths = levels[k] - 8 * (p->bars.rows - 1 - row);
            if (eighths > 0)
                canvas_put(c, p->bars, row, k, ROLE_BYTES, bitmap_level(c->glyphs, eighths));
        }
    free(levels);
}

/* Short enough for the gutter: "9.5 KiB", "64 KiB", "512 B". */
static void short_bytes(char out[BYTES_TEXT], int64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    int unit = 0;
    for (; value >= 999.5 && unit < 4; unit++)
        value /= 1024;
    snprintf(out, BYTES_TEXT, "%.*f %s", unit && value < 9.95 ? 1 : 0, value, units[unit]);
}

static void draw_bytes_label(struct canvas *c, struct area area, int row, int64_t bytes)
{
    char text[BYTES_TEXT];
    short_bytes(text, bytes);
    canvas_field(c, area, row, 0, -(area.columns - 1), ROLE_DIM, text);
}

/* Each at the row that a bar of so many bytes fills. */
static void draw_bytes_labels(struct canvas *c, const struct plot_parts *p, struct area area,
                              const struct strip_scale *s)
{
    double tick;
    if (p->bars.rows < TICKED_ROWS) {
        draw_bytes_label(c, area, 0, s->most);
        if (p->bars.rows > 1 && s->least < s->most)
            draw_bytes_label(c, area, p->bars.rows - 1, s->least);
        return;
    }
    for (int i = 0; i < p->bars.rows && !isnan(tick = axis_tick(&s->axis, i)); i++) {
        int row = axis_row(&s->axis, tick);
        draw_bytes_label(c, area, row, (int64_t)exp2(tick));
        canvas_glyph(c, area, row, area.columns - 1, ROLE_DIM, GLYPH_TEE_LEFT);
    }
}

static void draw_gutter(const struct app *a, struct canvas *c, const struct plot_parts *p,
                        const struct strip_scale *s)
{
    int gutter = p->axis.gutter;
    struct area area = {p->bars.row, p->bars.column - gutter, p->bars.rows + p->signs.rows, gutter};
    bool cde = false;
    if (!gutter)
        return;
    for (int row = 0; row < p->bars.rows; row++)
        canvas_glyph(c, area, row, gutter - 1, ROLE_DIM, GLYPH_VERTICAL);
    draw_bytes_labels(c, p, area, s);
    for (int i = 0; i < a->study->layer_list.n; i++)
        cde = cde || a->study->layer_list.cde[i];
    if (cde)
        canvas_field(c, area, p->bars.rows, 0, -(gutter - 1), ROLE_CDE, "CDE");
}

static void draw_signs(const struct app *a, struct canvas *c, const struct plot_parts *p)
{
    for (int i = p->axis.first; i <= p->axis.last; i++) {
        int column = axis_column(&p->axis, i);
        if (a->study->layer_list.cde[i])
            canvas_glyph(c, p->signs, 0, column, ROLE_CDE, GLYPH_CDE);
        else if (!app_row(a, i)->clean)
            canvas_put(c, p->signs, 0, column, ROLE_WARNING, "!");
    }
}

void plot_draw_strip(const struct app *a, struct canvas *c, const struct plot_parts *p, bool limits)
{
    if (p->bars.rows == 0)
        return;
    struct strip_scale s = strip_scale_of(a, p->bars);
    draw_bars(a, c, p, &s, limits);
    draw_gutter(a, c, p, &s);
    draw_signs(a, c, p);
    if (p->strip_title.rows == 0)
        return;
    char input[16];
    text_bytes(input, app_bytes(a, a->study->table->input_bytes));
    struct area title = area_below(p->strip_title, 0);
    title.column += p->axis.gutter;
    title.columns -= p->axis.gutter;
    char text[120];
    snprintf(text, sizeof text, "bytes a cut sends (%s, log scale); dotted: the input, %s",
             dtype_words[a->settings.bytes], input);
    canvas_field(c, title, 0, 0, title.columns, ROLE_DIM, text);
}
