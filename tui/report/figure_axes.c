#include <math.h>
#include <string.h>

#include "report/figure_page.h"
#include "report/svg.h"

double figure_x(const struct page *p, int layer)
{
    return p->curve.left + (layer + 0.5) * (p->curve.right - p->curve.left) / p->f->layers_n;
}

/* Clamped to the panel. */
double figure_y(const struct panel *panel, double value)
{
    double share = (value - panel->low) / (panel->high - panel->low);
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return panel->bottom - share * (panel->bottom - panel->top);
}

/* `extra`: further attributes; `size` in mm. */
void figure_text(const struct page *p, double x, double y, const char *anchor, double size, const char *extra,
                 const char *text)
{
    fprintf(p->out, "<text x=\"%.3f\" y=\"%.3f\" text-anchor=\"%s\" font-size=\"%.2f\"%s%s>", x, y, anchor,
            size, *extra ? " " : "", extra);
    svg_escape(p->out, text);
    fputs("</text>\n", p->out);
}

void figure_line(const struct page *p, double x0, double y0, double x1, double y1, const char *style)
{
    fprintf(p->out, "<line x1=\"%.3f\" y1=\"%.3f\" x2=\"%.3f\" y2=\"%.3f\" %s/>\n", x0, y0, x1, y1, style);
}

/* ---- Scales -------------------------------------------------------------------------------------- */

double figure_nice_step(double least)
{
    double power = pow(10, floor(log10(least)));
    double steps[] = {1, 2, 5, 10};
    int i = 0;
    while (i < 3 && steps[i] * power < least * (1 - 1e-9))
        i++;
    return steps[i] * power;
}

static void figure_axes_widen(struct panel *panel, double value)
{
    if (!isfinite(value))
        return;
    panel->low = fmin(panel->low, value);
    panel->high = fmax(panel->high, value);
}

bool figure_has_interval(const struct figure_series *s, int i)
{
    return s->low && s->high && !isnan(s->low[i]) && !isnan(s->high[i]);
}

/* The curves with some margin; a wide interval adds at most half their height. */
void figure_scale_curve(struct page *p)
{
    const struct figure *f = p->f;
    struct panel *panel = &p->curve;
    panel->low = f->linear ? 0 : INFINITY;
    panel->high = -INFINITY;
    for (int s = 0; s < f->series_n; s++)
        for (int i = 0; i < f->layers_n; i++)
            figure_axes_widen(panel, f->series[s].values[i]);
    if (!(panel->low <= panel->high)) {
        panel->low = 0;
        panel->high = 1;
    }
    double low = panel->low, high = panel->high, most = (high - low) / 2;
    for (int s = 0; s < f->series_n; s++)
        for (int i = 0; i < f->layers_n; i++)
            if (figure_has_interval(&f->series[s], i)) {
                figure_axes_widen(panel, fmax(f->series[s].low[i], low - most));
                figure_axes_widen(panel, fmin(f->series[s].high[i], high + most));
            }
    double air = panel->high > panel->low ? 0.06 * (panel->high - panel->low) : 0.5;
    panel->low -= f->linear && panel->low == 0 ? 0 : air;
    panel->high += air;
}

void figure_scale_bytes(struct page *p)
{
    const struct figure *f = p->f;
    struct panel *panel = &p->bytes;
    panel->low = INFINITY;
    panel->high = -INFINITY;
    for (int i = 0; i < f->layers_n; i++)
        if (f->bytes[i] > 0)
            figure_axes_widen(panel, log2((double)f->bytes[i]));
    if (f->input_bytes > 0)
        figure_axes_widen(panel, log2((double)f->input_bytes));
    if (!(panel->low <= panel->high))
        panel->low = panel->high = 0;
    panel->low -= 1;
    panel->high += 1;
}

/* ---- Axes ---------------------------------------------------------------------------------------- */

/* "log10 CUI*KHW" with a lowered 10 and a dot. */
static void put_value_name(const struct page *p)
{
    const struct panel *panel = &p->curve;
    double y = (panel->top + panel->bottom) / 2;
    const char *name = p->f->value_name;
    fprintf(p->out,
            "<text transform=\"translate(3 %.3f) rotate(-90)\" text-anchor=\"middle\" font-size=\"%.2f\">", y,
            FIGURE_FONT);
    if (strncmp(name, "log10", 5) == 0) {
        fprintf(p->out, "log<tspan dy=\"0.7\" font-size=\"%.2f\">10</tspan><tspan dx=\"%.2f\" dy=\"-0.7\">",
                FIGURE_FONT * 0.7, FIGURE_FONT * 0.25);
        name += 5;
        name += *name == ' '; /* the gap is dx: a blank there might be dropped */
    } else {
        fputs("<tspan>", p->out);
    }
    for (; *name; name++) {
        char letter[2] = {*name, '\0'};
        if (*name == '*')
            fputs("\xc2\xb7", p->out);
        else
            svg_escape(p->out, letter);
    }
    fputs("</tspan></text>\n", p->out);
}

static void put_frame(const struct page *p, const struct panel *panel)
{
    figure_line(p, panel->left, panel->top, panel->left, panel->bottom, FIGURE_AXIS);
    figure_line(p, panel->left, panel->bottom, panel->right, panel->bottom, FIGURE_AXIS);
    for (int i = 0; i < p->f->layers_n; i += p->every)
        figure_line(p, figure_x(p, i), panel->bottom, figure_x(p, i), panel->bottom + 0.7, FIGURE_AXIS);
}

static void put_tick(const struct page *p, const struct panel *panel, double value, const char *text)
{
    double y = figure_y(panel, value);
    figure_line(p, panel->left, y, panel->right, y, FIGURE_GRID);
    figure_line(p, panel->left - 0.7, y, panel->left, y, FIGURE_AXIS);
    figure_text(p, panel->left - 1.1, y + FIGURE_SMALL * 0.35, "end", FIGURE_SMALL, "", text);
}

void figure_curve_axes(const struct page *p)
{
    const struct panel *panel = &p->curve;
    double step = figure_nice_step((panel->high - panel->low) / 6);
    int decimals = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;
    for (double k = ceil(panel->low / step - 1e-9); k * step <= panel->high; k++) {
        char text[32];
        double value = k == 0 ? 0 : k * step; /* no -0 */
        if (decimals > 4)
            snprintf(text, sizeof text, "%.3g", value);
        else
            snprintf(text, sizeof text, "%.*f", decimals, value);
        put_tick(p, panel, value, text);
    }
    put_frame(p, panel);
    put_value_name(p);
}

void figure_bytes_text(char out[FIGURE_BYTES], double exponent)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    int unit = exponent < 0 ? 0 : (int)(exponent / 10);
    unit = unit > 4 ? 4 : unit;
    snprintf(out, FIGURE_BYTES, "%.0f %s", exp2(exponent - 10 * unit), units[unit]);
}

void figure_bytes_axes(const struct page *p)
{
    const struct panel *panel = &p->bytes;
    double step = fmax(1, ceil((panel->high - panel->low) / 4));
    int last = (int)floor(panel->high / step);
    for (int i = (int)ceil(panel->low / step); i <= last; i++) {
        char text[FIGURE_BYTES];
        double e = i * step;
        if (e < 0)
            continue;
        figure_bytes_text(text, e);
        put_tick(p, panel, e, text);
    }
    put_frame(p, panel);
    fprintf(
        p->out,
        "<text transform=\"translate(3 %.3f) rotate(-90)\" text-anchor=\"middle\" font-size=\"%.2f\">sent (",
        (panel->top + panel->bottom) / 2, FIGURE_FONT);
    svg_escape(p->out, p->f->bytes_name ? p->f->bytes_name : "f32");
    fputs(")</text>\n", p->out);
}

void figure_names(const struct page *p, double y)
{
    const struct figure *f = p->f;
    for (int i = 0; i < f->layers_n; i += p->every) {
        bool marked = f->marked && f->marked[i];
        fprintf(p->out,
                "<text transform=\"translate(%.3f %.3f) rotate(%d)\" text-anchor=\"end\" "
                "font-size=\"%.2f\"%s>",
                figure_x(p, i) + FIGURE_SMALL * 0.35, y, p->angle, FIGURE_SMALL,
                marked ? " font-weight=\"bold\"" : "");
        svg_escape(p->out, f->names[i]);
        fputs("</text>\n", p->out);
    }
}
