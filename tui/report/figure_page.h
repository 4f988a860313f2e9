/* Between figure.c and figure_axes.c: the layout of the page. All lengths in millimetres. */
#ifndef ISPLIT_REPORT_FIGURE_PAGE_H
#define ISPLIT_REPORT_FIGURE_PAGE_H

#include "report/figure.h"

#define FIGURE_FONT 2.3  /* 6.5 points */
#define FIGURE_SMALL 2.0 /* 5.7 points */

/* Styles of figure_line. */
#define FIGURE_AXIS "stroke=\"#000000\" stroke-width=\"0.2\""
#define FIGURE_GRID "stroke=\"#d0d0d0\" stroke-width=\"0.12\""

struct page {
    const struct figure *f;
    FILE *out;
    double width, height;
    struct panel {
        double left, right, top, bottom;
        double low, high; /* values at bottom and top */
    } curve, bytes;
    double pitch; /* between layers */
    int every;    /* n-th layer has its name */
    int angle;    /* of names, in degrees */
};

double figure_x(const struct page *p, int layer);
double figure_y(const struct panel *panel, double value); /* clamped to the panel */

/* `extra`: further attributes. */
void figure_text(const struct page *p, double x, double y, const char *anchor, double size, const char *extra,
                 const char *text);
void figure_line(const struct page *p, double x0, double y0, double x1, double y1, const char *style);

/* The round number (1, 2 or 5 times a power of 10) from `least` up; and 2 to the power of `exponent` as
 * "512 KiB". */
double figure_nice_step(double least);
enum { FIGURE_BYTES = 32 };
void figure_bytes_text(char out[FIGURE_BYTES], double exponent);

bool figure_has_interval(const struct figure_series *s, int layer);

/* Sets low and high of a panel; bytes as log2. */
void figure_scale_curve(struct page *p);
void figure_scale_bytes(struct page *p);

void figure_curve_axes(const struct page *p);
void figure_bytes_axes(const struct page *p);
void figure_names(const struct page *p, double y); /* turned, ending at y */

#endif
