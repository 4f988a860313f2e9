/* The plot as a vector figure for a paper: SVG 1.1, one or two columns wide, in millimetres, readable without
 * colour, without scripts or embedded fonts. Independent of the rest of the program. Arrays are borrowed. */
#ifndef ISPLIT_REPORT_FIGURE_H
#define ISPLIT_REPORT_FIGURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { FIGURE_SERIES = 5 };

struct figure {
    const char *title;       /* also for screen readers; escaped here */
    const char *description; /* network, data, images; or NULL */
    const char *value_name;  /* of the vertical axis */
    bool linear;             /* the axis begins at 0 */
    int layers_n;
    const char *const *names; /* [layers_n] */
    struct figure_series {    /* arrays [layers_n]; NaN leaves a gap */
        const char *name;
        const double *values;     /* as drawn: log10 or linear */
        const double *low, *high; /* 95 % interval, or NULL */
        const bool *candidates;   /* local maxima, or NULL */
        int best;                 /* or -1 */
    } series[FIGURE_SERIES];
    int series_n;

    /* The lower panel; omitted where bytes is NULL. */
    const int64_t *bytes; /* [layers_n] what each cut sends */
    const bool *cde;      /* [layers_n] or NULL */
    const bool *marked;   /* [layers_n] or NULL: under the layer's name a mark */
    int64_t input_bytes;
    const char *bytes_name; /* "f32" */
};

void figure_write(FILE *out, const struct figure *f);

#endif
