/* The provenance of a measured curve: everything needed to make it again, and to tell two apart. */
#ifndef ISPLIT_OUTPUT_CURVE_META_H
#define ISPLIT_OUTPUT_CURVE_META_H

#include "batch/command.h"
#include "output/provenance.h"

struct curve_meta {
    const struct command *c;
    const char *cfg, *weights, *data;
    const char *state; /* "complete", "interrupted", ... */
    long asked;        /* images */
};

void curve_meta_describe(const struct curve_meta *m, const struct curve *curve, const bool *chosen,
                         struct provenance *p);

#endif
