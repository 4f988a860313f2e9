/* The provenance of a measured curve: everything needed to make it again, and to tell two apart. */
#ifndef ISPLIT_TUI_CURVE_META_H
#define ISPLIT_TUI_CURVE_META_H

#include "command.h"
#include "provenance.h"

struct curve_meta {
    const struct command *c;
    const char *cfg, *weights, *data;
    const char *state; /* "complete", "interrupted", ... */
    long asked;        /* images */
};

void curve_meta_describe(const struct curve_meta *m, const struct curve *curve, const bool *chosen,
                         struct provenance *p);

#endif
