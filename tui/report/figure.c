#include "report/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "report/figure_page.h"
#include "report/svg.h"

static const double COLUMN = 88, PAGE = 180; /* widths that journals call one and two columns */
static const double LEFT = 13.5, RIGHT = 2, GAP = 3.5, LEGEND_LINE = 3.4;
static const double DOTS_PITCH = 1.2; /* minimum distance, to avoid overlap */
static const double NAME_PITCH = 2.4;
enum {
    COLUMN_LAYERS = 24, /* more of them take two columns */
    TURNED_MOST = 20,   /* longer names are set upright, so as not to leave the page */
    LEGEND_NAME = 44,   /* characters of a series' name */
};

/* ---- Curves -------------------------------------------------------------------------------------- */

static void put_band(const struct page *p, int series)
{
    const struct figure_series *s = &p->f->series[series];
    for (int i = 0, end; i < p->f->layers_n; i = end + 1) {
        for (end = i; end < p->f->layers_n && figure_has_interval(s, end); end++)
            ;
        if (end == i)
            continue;
        if (end == i + 1) { /* isolated: a bar */
            fprintf(p->out,
                    "<path d=\"M%.3f %.3fV%.3f\" stroke=\"%s\" stroke-opacity=\"0.4\" stroke-width=\"1\"/>\n",
                    figure_x(p, i), figure_y(&p->curve, s->high[i]), figure_y(&p->curve, s->low[i]),
                    svg_colour(series));
            continue;
        }
        fputs("<path d=\"", p->out);
        for (int k = i; k < end; k++)
            fprintf(p->out, "%s%.3f %.3f", k == i ? "M" : "L", figure_x(p, k),
                    figure_y(&p->curve, s->high[k]));
        for (int k = end - 1; k >= i; k--)
            fprintf(p->out, "L%.3f %.3f", figure_x(p, k), figure_y(&p->curve, s->low[k]));
        fprintf(p->out, "Z\" fill=\"%s\" fill-opacity=\"0.2\" stroke=\"none\"/>\n", svg_colour(series));
    }
}

static void put_curve(const struct page *p, int series)
{
    const struct figure_series *s = &p->f->series[series];
    bool joined = false, any = false;
    for (int i = 0; i < p->f->layers_n; i++) {
        if (isnan(s->values[i])) {
            joined = false;
            continue;
        }
        if (!any)
            fprintf(p->out,
                    "<path fill=\"none\" stroke=\"%s\" stroke-width=\"0.35\" stroke-linejoin=\"round\" "
                    "stroke-dasharray=\"%s\" d=\"",
                    svg_colour(series), svg_dashes(series));
        fprintf(p->out, "%s%.3f %.3f", joined ? "L" : "M", figure_x(p, i), figure_y(&p->curve, s->values[i]));
        joined = any = true;
    }
    if (any)
        fputs("\"/>\n", p->out);
}

static void put_points(const struct page *p, int series)
{
    const struct figure_series *s = &p->f->series[series];
    for (int i = 0; i < p->f->layers_n; i++) {
        if (isnan(s->values[i]))
            continue;
        double x = figure_x(p, i), y = figure_y(&p->curve, s->values[i]);
        if (s->candidates && s->candidates[i])
            svg_star(p->out, x, y, p->pitch < 2 ? 0.8 : 1.25, svg_colour(series));
        else if (p->pitch >= DOTS_PITCH)
            svg_dot(p->out, series, x, y, 0.45);
        if (i == s->best)
            fprintf(p->out,
                    "<circle cx=\"%.3f\" cy=\"%.3f\" r=\"1.9\" fill=\"none\" stroke=\"%s\" "
                    "stroke-width=\"0.3\"/>\n",
                    x, y, svg_colour(series));
    }
}

/* ---- Bytes --------------------------------------------------------------------------------------- */

static void put_cde(const struct page *p, double x, double y)
{
    fprintf(p->out, "<path d=\"M%.3f %.3fl-0.8 -1.3h1.6Z\" fill=\"#000000\"/>\n", x, y);
}

static void put_bars(const struct page *p)
{
    const struct figure *f = p->f;
    const struct panel *panel = &p->bytes;
    double width = 0.7 * (panel->right - panel->left) / f->layers_n;
    width = width > 4 ? 4 : width;
    for (int i = 0; i < f->layers_n; i++) {
        if (f->bytes[i] <= 0)
            continue;
        double x = figure_x(p, i), y = figure_y(panel, log2((double)f->bytes[i]));
        fprintf(p->out, "<rect x=\"%.3f\" y=\"%.3f\" width=\"%.3f\" height=\"%.3f\" fill=\"%s\"/>\n",
                x - width / 2, y, width, panel->bottom - y, f->cde && f->cde[i] ? "#606060" : "#b4b4b4");
        if (f->cde && f->cde[i])
            put_cde(p, x, y - 0.4);
    }
    if (f->input_bytes <= 0)
        return;
    double y = figure_y(panel, log2((double)f->input_bytes));
    figure_line(p, panel->left, y, panel->right, y,
                "stroke=\"#000000\" stroke-width=\"0.2\" stroke-dasharray=\"1 0.7\"");
    figure_text(p, panel->right, y - 0.6, "end", FIGURE_SMALL, "", "input");
}

/* ---- The legend ---------------------------------------------------------------------------------- */

/* Entries are set in lines from left to right; widths are estimates, since fonts differ. */
struct pen {
    double x, y;
};

static double width_of(const char *text)
{
    return (double)strlen(text) * FIGURE_SMALL * 0.56;
}

/* Places one entry with its sample of `sample` mm; returns where the sample begins. */
static double next_entry(const struct page *p, struct pen *pen, double sample, const char *text)
{
    double width = sample + 0.8 + width_of(text);
    if (pen->x > p->curve.left && pen->x + width > p->width - RIGHT) {
        pen->x = p->curve.left;
        pen->y += LEGEND_LINE;
    }
    double x = pen->x;
    pen->x += width + 2.6;
    return x;
}

static void put_entry(const struct page *p, double x, const struct pen *pen, const char *text)
{
    if (p->out)
        figure_text(p, x, pen->y + FIGURE_SMALL * 0.35, "start", FIGURE_SMALL, "", text);
}

/* A series' name, cut to what fits in a legend. New string. */
static char *entry_name(const char *name)
{
    char *text = text_escape(name);
    int length, characters = 0;
    for (char *c = text; *c; c += length) {
        text_decode(c, &length);
        if (++characters > LEGEND_NAME) {
            *c = '\0';
            break;
        }
    }
    char *shown = characters > LEGEND_NAME ? memory_format("%s...", text) : memory_copy(text);
    free(text);
    return shown;
}

static void put_series_entries(const struct page *p, struct pen *pen)
{
    for (int s = 0; s < p->f->series_n && p->f->series_n > 1; s++) {
        char *name = entry_name(p->f->series[s].name);
        double x = next_entry(p, pen, 6, name);
        if (p->out) {
            fprintf(p->out,
                    "<line x1=\"%.3f\" y1=\"%.3f\" x2=\"%.3f\" y2=\"%.3f\" stroke=\"%s\" "
                    "stroke-width=\"0.35\" stroke-dasharray=\"%s\"/>\n",
                    x, pen->y, x + 6, pen->y, svg_colour(s), svg_dashes(s));
            svg_dot(p->out, s, x + 3, pen->y, 0.6);
        }
        put_entry(p, x + 6.8, pen, name);
        free(name);
    }
}

/* Which signs the figure uses. */
static bool uses(const struct figure *f, bool (*has)(const struct figure_series *s, int layer))
{
    for (int s = 0; s < f->series_n; s++)
        for (int i = 0; i < f->layers_n; i++)
            if (has(&f->series[s], i))
                return true;
    return false;
}

static bool has_candidate(const struct figure_series *s, int i)
{
    return s->candidates && s->candidates[i];
}

static bool has_best(const struct figure_series *s, int i)
{
    return s->best == i;
}

static bool any_of(const bool *flags, int n)
{
    for (int i = 0; flags && i < n; i++)
        if (flags[i])
            return true;
    return false;
}

static void put_sign_entries(const struct page *p, struct pen *pen)
{
    const struct figure *f = p->f;
    if (uses(f, figure_has_interval)) {
        double x = next_entry(p, pen, 4, "95 % interval");
        if (p->out)
            fprintf(p->out,
                    "<rect x=\"%.3f\" y=\"%.3f\" width=\"4\" height=\"1.6\" fill=\"%s\" "
                    "fill-opacity=\"0.2\"/>\n",
                    x, pen->y - 0.8, svg_colour(0));
        put_entry(p, x + 4.8, pen, "95 % interval");
    }
    if (uses(f, has_candidate)) {
        double x = next_entry(p, pen, 2.5, "candidate");
        if (p->out)
            svg_star(p->out, x + 1.25, pen->y, 1.25, "#000000");
        put_entry(p, x + 3.3, pen, "candidate");
    }
    if (uses(f, has_best)) {
        double x = next_entry(p, pen, 3.2, "best");
        if (p->out)
            fprintf(p->out,
                    "<circle cx=\"%.3f\" cy=\"%.3f\" r=\"1.4\" fill=\"none\" stroke=\"#000000\" "
                    "stroke-width=\"0.3\"/>\n",
                    x + 1.6, pen->y);
        put_entry(p, x + 4, pen, "best");
    }
    if (f->bytes && any_of(f->cde, f->layers_n)) {
        double x = next_entry(p, pen, 1.6, "CDE");
        if (p->out)
            put_cde(p, x + 0.8, pen->y + 0.65);
        put_entry(p, x + 2.4, pen, "CDE");
    }
    if (any_of(f->marked, f->layers_n)) {
        double x = next_entry(p, pen, 6, "marked");
        if (p->out)
            figure_text(p, x, pen->y + FIGURE_SMALL * 0.35, "start", FIGURE_SMALL, "font-weight=\"bold\"",
                        "name");
        put_entry(p, x + 6.4, pen, "marked");
    }
}

/* Returns its lower end; without a file only computes it. */
static double put_legend(const struct page *p, FILE *out)
{
    struct page q = *p;
    struct pen pen = {p->curve.left, 2.6};
    q.out = out;
    put_series_entries(&q, &pen);
    put_sign_entries(&q, &pen);
    return pen.y + 2.4;
}

/* ---- The page ------------------------------------------------------------------------------------ */

static struct page make_page(FILE *out, const struct figure *f)
{
    struct page p = {.f = f, .out = out};
    bool wide = f->layers_n > COLUMN_LAYERS;
    p.width = wide ? PAGE : COLUMN;
    p.curve.left = p.bytes.left = LEFT;
    p.curve.right = p.bytes.right = p.width - RIGHT;
    p.curve.top = put_legend(&p, NULL);
    p.curve.bottom = p.curve.top + (wide ? 52 : 40);
    double end = p.curve.bottom;
    if (f->bytes) {
        p.bytes.top = end + GAP;
        end = p.bytes.bottom = p.bytes.top + 15;
        figure_scale_bytes(&p);
    }
    figure_scale_curve(&p);
    p.pitch = (p.curve.right - p.curve.left) / f->layers_n;
    p.every = p.pitch < NAME_PITCH ? (int)ceil(NAME_PITCH / p.pitch) : 1;
    size_t longest = 0;
    for (int i = 0; i < f->layers_n; i++)
        longest = strlen(f->names[i]) > longest ? strlen(f->names[i]) : longest;
    p.angle = longest > TURNED_MOST ? -90 : -60;
    p.height = end + 3.2 + (double)longest * FIGURE_SMALL * 0.58 * sin(-p.angle * M_PI / 180);
    return p;
}

void figure_write(FILE *out, const struct figure *f)
{
    struct page p = make_page(out, f);
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%.1fmm\" height=\"%.1fmm\" "
            "viewBox=\"0 0 %.1f %.1f\" font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\" "
            "role=\"img\">\n<title>",
            p.width, p.height, p.width, p.height);
    svg_escape(out, f->title ? f->title : "");
    fputs("</title>\n", out);
    if (f->description) {
        fputs("<desc>", out);
        svg_escape(out, f->description);
        fputs("</desc>\n", out);
    }
    fprintf(out, "<rect width=\"%.1f\" height=\"%.1f\" fill=\"#ffffff\"/>\n", p.width, p.height);
    put_legend(&p, out);
    figure_curve_axes(&p);
    for (int s = 0; s < f->series_n; s++)
        put_band(&p, s);
    for (int s = f->series_n - 1; s >= 0; s--) {
        put_curve(&p, s);
        put_points(&p, s);
    }
    if (f->bytes) {
        figure_bytes_axes(&p);
        put_bars(&p);
    }
    figure_names(&p, (f->bytes ? p.bytes.bottom : p.curve.bottom) + 2.4);
    fputs("</svg>\n", out);
}
