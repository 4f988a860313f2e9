/* Where the halves of a network are to run, as options say it: two devices, a link, how the tensor is sent,
 * what the devices may be asked for. `isplit plan` and the screen's plan read it here. */
#ifndef ISPLIT_DEPLOYMENT_DEPLOYMENT_H
#define ISPLIT_DEPLOYMENT_DEPLOYMENT_H

#include "cli/options.h"
#include "csv/provenance.h"
#include "deploy/cost_model.h"
#include "deploy/link_text.h"
#include "report/verdict.h"

struct deployment {
    struct device edge, server;
    struct link_list links; /* the user's own */
    struct features features;
    struct cost_model cost_model; /* points to these: a deployment must not be moved */
    double limits[METRICS];
    enum metric objective;
};

/* "--edge 5GFLOP/s, --link wifi": what is taken because it was not given. New string; "" where nothing is. */
char *deployment_assumed(const struct options *o);

/* `cfg` names the network in messages. -1: nothing is left to free. */
int deployment_open(struct deployment *d, const struct options *o, const struct table *table, const char *cfg,
                    struct error *e);
/* The same without the files that options name: usual devices and link, the numbers as they are given. */
void deployment_usual(struct deployment *d, const struct options *o, const struct table *table);
void deployment_free(struct deployment *d);

/* How cuts were weighed, with all that was assumed; of the options only which were given, and --features.
 * verdict->cuts[0] is all on the server. deployment_meta.c. */
void deployment_describe(const struct deployment *d, const struct options *o, const struct verdict *verdict,
                         struct provenance *out);

/* -1: options that need others, which are not given: wrong usage. */
int deployment_check_usage(const struct options *o, struct error *e);

/* What can be seen before a network is there: whether the link is one, the devices are speeds or files that
 * can be read, and the usage. */
int deployment_check(const struct options *o, struct error *e);

#endif
