/* The plot as a vector figure fit for a paper: SVG 1.1 of one or two columns' width, in millimetres, told
 * apart without colour, without scripts or embedded fonts. It knows nothing of the program: whoever has a
 * curve can draw one. Arrays are borrowed. */
#ifndef ISPLIT_REPORT_FIGURE_H
#define ISPLIT_REPORT_FIGURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { FIGURE_SERIES = 5 };

/* Arrays [layers_n]; NaN leaves a gap. */
struct figure_series {
    const char *name;
    const double *values;     /* as drawn: log10 or linear */
    const double *low, *high; /* 95 % interval, or NULL */
    const bool *candidates;   /* local maxima, or NULL */
    int best;                 /* or -1 */
};

struct figure {
    const char *title;       /* also what screen readers say; escaped here */
    const char *description; /* network, data, images; or NULL */
    const char *value_name;  /* of the vertical axis */
    bool linear;             /* the axis begins at 0 */
    int layers_n;
    const char *const *names; /* [layers_n] */
    struct figure_series series[FIGURE_SERIES];
    int series_n;

    /* The lower panel; left out where bytes is NULL. */
    const int64_t *bytes; /* [layers_n] what each cut sends */
    const bool *cde;      /* [layers_n] or NULL */
    const bool *marked;   /* [layers_n] or NULL: under the layer's name a mark */
    int64_t input_bytes;
    const char *bytes_name; /* "f32" */
};

void figure_write(FILE *out, const struct figure *f);

#endif
