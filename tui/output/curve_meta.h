/* The provenance of a measured curve: everything needed to make it again, and to tell two apart. */
#ifndef ISPLIT_OUTPUT_CURVE_META_H
#define ISPLIT_OUTPUT_CURVE_META_H

#include "cli/options.h"
#include "client/engine.h"
#include "model/until.h"
#include "output/provenance.h"

/* Everything belongs to others. */
struct curve_meta {
    const char *program; /* "isplit curve" */
    int argc;            /* its command line */
    char **argv;
    const struct engine *engine; /* versions, hashes, data set */
    const struct message_plan *plan;
    const struct options *options;
    const char *cfg, *weights, *data;
    const char *classes;       /* an expression, or NULL: all */
    const char *state;         /* "complete", "interrupted", ... */
    long asked;                /* images */
    long skipped, nonfinite;   /* of them: not decodable, left out */
    const struct until *until; /* where measuring was to end early; or NULL */
};

void curve_meta_describe(const struct curve_meta *m, const struct curve *curve, const bool *chosen,
                         struct provenance *p);

#endif
