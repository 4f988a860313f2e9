#include "report/rate_figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/figure_page.h"
#include "report/svg.h"

static const double COLUMN = 88, PAGE = 180, LEFT = 13.5, RIGHT = 4.5, LEGEND_LINE = 3.4;
enum { COLUMN_CURVES = 10, STYLES = 5 }; /* more curves take two columns; styles of svg_dot */

#define PICTURES_COLOUR "#808080"
#define FRONT_STROKE                                                                                         \
    "stroke=\"#f0e442\" stroke-opacity=\"0.7\" stroke-width=\"1.6\" stroke-linejoin=\"round\""

/* The page, with exponents of 2 across. */
struct rate_page {
    struct page page;
    const struct rate_curves *curves;
    const struct table *table;
    const struct tradeoff *chosen; /* or NULL */
    double low, high;              /* log2 of the bytes at the left and the right edge */
};

static double rate_x(const struct rate_page *p, double bytes)
{
    const struct panel *panel = &p->page.curve;
    return panel->left + (log2(bytes) - p->low) / (p->high - p->low) * (panel->right - panel->left);
}

static double rate_y(const struct rate_page *p, double share)
{
    return figure_y(&p->page.curve, 100 * share);
}

/* ---- Scales and axes ----------------------------------------------------------------------------------- */

static void rate_scale(struct rate_page *p)
{
    struct panel *panel = &p->page.curve;
    p->low = panel->low = INFINITY;
    p->high = panel->high = -INFINITY;
    for (int i = 0; i < p->curves->n; i++)
        for (int k = 0; k < p->curves->curves[i].n; k++) {
            const struct tradeoff at = p->curves->curves[i].marks[k].at;
            p->low = fmin(p->low, log2(at.cost));
            p->high = fmax(p->high, log2(at.cost));
            panel->low = fmin(panel->low, 100 * at.gain);
            panel->high = fmax(panel->high, 100 * at.gain);
        }
    if (!(p->low <= p->high))
        p->low = p->high = panel->low = panel->high = 0;
    p->low = floor(p->low - 0.2);
    p->high = ceil(p->high + 0.2);
    double air = panel->high > panel->low ? 0.06 * (panel->high - panel->low) : 0.5;
    panel->low -= air;
    panel->high += air;
}

static void rate_put_bytes_ticks(const struct rate_page *p)
{
    const struct panel *panel = &p->page.curve;
    double step = fmax(1, ceil((p->high - p->low) / (p->page.width > COLUMN ? 12 : 6)));
    for (double e = ceil(fmax(p->low, 0) / step) * step; e <= p->high; e += step) {
        char text[FIGURE_BYTES];
        double x = rate_x(p, exp2(e));
        figure_bytes_text(text, e);
        figure_line(&p->page, x, panel->top, x, panel->bottom, FIGURE_GRID);
        figure_line(&p->page, x, panel->bottom, x, panel->bottom + 0.7, FIGURE_AXIS);
        figure_text(&p->page, x, panel->bottom + 3.1, "middle", FIGURE_SMALL, "", text);
    }
}

static void rate_put_share_ticks(const struct rate_page *p)
{
    const struct panel *panel = &p->page.curve;
    double step = figure_nice_step((panel->high - panel->low) / 6);
    int decimals = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;
    for (double k = ceil(panel->low / step - 1e-9); k * step <= panel->high; k++) {
        char text[32];
        double y = figure_y(panel, k * step);
        snprintf(text, sizeof text, "%.*f", decimals > 4 ? 4 : decimals, k == 0 ? 0 : k * step);
        figure_line(&p->page, panel->left, y, panel->right, y, FIGURE_GRID);
        figure_line(&p->page, panel->left - 0.7, y, panel->left, y, FIGURE_AXIS);
        figure_text(&p->page, panel->left - 1.1, y + FIGURE_SMALL * 0.35, "end", FIGURE_SMALL, "", text);
    }
}

static void rate_put_axes(const struct rate_page *p)
{
    const struct panel *panel = &p->page.curve;
    rate_put_bytes_ticks(p);
    rate_put_share_ticks(p);
    figure_line(&p->page, panel->left, panel->top, panel->left, panel->bottom, FIGURE_AXIS);
    figure_line(&p->page, panel->left, panel->bottom, panel->right, panel->bottom, FIGURE_AXIS);
    figure_text(&p->page, (panel->left + panel->right) / 2, panel->bottom + 6.4, "middle", FIGURE_FONT, "",
                "sent for an image");
    fprintf(p->page.out,
            "<text transform=\"translate(3 %.3f) rotate(-90)\" text-anchor=\"middle\" "
            "font-size=\"%.2f\">%s (%%)</text>\n",
            (panel->top + panel->bottom) / 2, FIGURE_FONT, p->curves->agreement ? "agreement" : "accuracy");
}

/* ---- Curves -------------------------------------------------------------------------------------------- */

/* Colours first, then dashes: 25 cuts differ. The pictures' line is grey and wider. */
static void rate_put_stroke(const struct rate_page *p, int i)
{
    if (p->curves->curves[i].layer == RATE_PICTURES)
        fputs("stroke=\"" PICTURES_COLOUR "\" stroke-width=\"0.7\"", p->page.out);
    else
        fprintf(p->page.out, "stroke=\"%s\" stroke-width=\"0.35\" stroke-dasharray=\"%s\"", svg_colour(i),
                svg_dashes(i / STYLES));
}

static void rate_put_dot(const struct rate_page *p, int i, double x, double y, double size)
{
    if (p->curves->curves[i].layer == RATE_PICTURES)
        fprintf(p->page.out, "<circle cx=\"%.3f\" cy=\"%.3f\" r=\"%.3f\" fill=\"" PICTURES_COLOUR "\"/>\n", x,
                y, size);
    else
        svg_dot(p->page.out, i, x, y, size);
}

static void rate_put_curve(const struct rate_page *p, int i)
{
    const struct rate_curve *c = &p->curves->curves[i];
    fputs("<path fill=\"none\" stroke-linejoin=\"round\" ", p->page.out);
    rate_put_stroke(p, i);
    fputs(" d=\"", p->page.out);
    for (int k = 0; k < c->n; k++)
        fprintf(p->page.out, "%s%.3f %.3f", k ? "L" : "M", rate_x(p, c->marks[k].at.cost),
                rate_y(p, c->marks[k].at.gain));
    fputs("\"/>\n", p->page.out);
    for (int k = 0; k < c->n; k++)
        rate_put_dot(p, i, rate_x(p, c->marks[k].at.cost), rate_y(p, c->marks[k].at.gain), 0.55);
}

/* What no other way of sending beats: a wide band under the curves, as steps. */
static void rate_put_front(const struct rate_page *p)
{
    struct tradeoff *points = NULL;
    int n = rate_curves_front(p->curves, &points);
    fputs("<path " FRONT_STROKE " fill=\"none\" d=\"", p->page.out);
    for (int i = 0; i < n; i++)
        fprintf(p->page.out, i ? "H%.3fV%.3f" : "M%.3f %.3f", rate_x(p, points[i].cost),
                rate_y(p, points[i].gain));
    if (n > 0)
        fprintf(p->page.out, "H%.3f", p->page.curve.right);
    fputs("\"/>\n", p->page.out);
    free(points);
}

static void rate_put_ring(const struct rate_page *p, double x, double y, double radius)
{
    fprintf(p->page.out,
            "<circle cx=\"%.3f\" cy=\"%.3f\" r=\"%.3f\" fill=\"none\" stroke=\"#000000\" "
            "stroke-width=\"0.3\"/>\n",
            x, y, radius);
}

/* ---- The legend ---------------------------------------------------------------------------------------- */

/* Entries behind those of the curves. */
enum { RATE_FRONT, RATE_RING, RATE_SIGNS };

static const char *rate_name(const struct rate_page *p, int i)
{
    static const char *const signs[RATE_SIGNS] = {"front", "recommended"};
    if (i >= p->curves->n)
        return signs[i - p->curves->n];
    int layer = p->curves->curves[i].layer;
    return layer == RATE_PICTURES ? "the picture as JPEG, and as it is stored" : p->table->rows[layer].name;
}

static void rate_put_sample(const struct rate_page *p, int i, double x, double y)
{
    fprintf(p->page.out, "<path fill=\"none\" d=\"M%.3f %.3fH%.3f\" ", x, y, x + 6);
    if (i >= p->curves->n)
        fputs(FRONT_STROKE "/>\n", p->page.out);
    else {
        rate_put_stroke(p, i);
        fputs("/>\n", p->page.out);
        rate_put_dot(p, i, x + 3, y, 0.6);
    }
}

/* Entries in lines from left to right; without a file only their end is found. */
static double rate_put_legend(struct rate_page *p, FILE *out)
{
    double x = LEFT, y = 2.6;
    int n = p->curves->n + (p->chosen ? RATE_SIGNS : RATE_RING);
    p->page.out = out;
    for (int i = 0; i < n; i++) {
        const char *name = rate_name(p, i);
        double width = 6.8 + (double)strlen(name) * FIGURE_SMALL * 0.56;
        if (x > LEFT && x + width > p->page.width - RIGHT) {
            x = LEFT;
            y += LEGEND_LINE;
        }
        if (out && i == p->curves->n + RATE_RING)
            rate_put_ring(p, x + 3, y, 1.3);
        else if (out)
            rate_put_sample(p, i, x, y);
        if (out)
            figure_text(&p->page, x + 6.8, y + FIGURE_SMALL * 0.35, "start", FIGURE_SMALL, "", name);
        x += width + 2.6;
    }
    return y + 2.4;
}

void rate_figure_write(FILE *out, const struct rate_curves *curves, const struct table *table,
                       const struct tradeoff *chosen, const char *description)
{
    struct rate_page p = {.curves = curves, .table = table, .chosen = chosen};
    p.page.width = curves->n > COLUMN_CURVES ? PAGE : COLUMN;
    p.page.curve = (struct panel){.left = LEFT, .right = p.page.width - RIGHT};
    p.page.curve.top = rate_put_legend(&p, NULL);
    p.page.curve.bottom = p.page.curve.top + (curves->n > COLUMN_CURVES ? 70 : 50);
    p.page.height = p.page.curve.bottom + 8;
    rate_scale(&p);
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%.1fmm\" height=\"%.1fmm\" "
            "viewBox=\"0 0 %.1f %.1f\" font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\" "
            "role=\"img\">\n<title>%s against bytes</title>\n<desc>",
            p.page.width, p.page.height, p.page.width, p.page.height,
            curves->agreement ? "Agreement" : "Accuracy");
    svg_escape(out, description);
    fprintf(out, "</desc>\n<rect width=\"%.1f\" height=\"%.1f\" fill=\"#ffffff\"/>\n", p.page.width,
            p.page.height);
    rate_put_legend(&p, out);
    rate_put_axes(&p);
    rate_put_front(&p);
    for (int i = curves->n - 1; i >= 0; i--)
        rate_put_curve(&p, i);
    if (chosen)
        rate_put_ring(&p, rate_x(&p, chosen->cost), rate_y(&p, chosen->gain), 1.9);
    fputs("</svg>\n", out);
}
