/* The deployment given by options: two devices, a link, how the tensor is sent, and the limits. Used by
 * `isplit plan` and the screen's plan. */
#ifndef ISPLIT_DEPLOYMENT_DEPLOYMENT_H
#define ISPLIT_DEPLOYMENT_DEPLOYMENT_H

#include "cli/options.h"
#include "csv/provenance.h"
#include "deploy/cost_model.h"
#include "deploy/link_text.h"
#include "report/verdict.h"

struct deployment {
    struct device edge, server;
    struct link_list *links; /* the user's own */
    struct features features;
    struct cost_model cost_model; /* points to these: a deployment must not be moved */
    double limits[METRICS];
    enum metric objective;
};

/* "--edge 5GFLOP/s, --link wifi": the assumed values of options that are not given. New string; "" where
 * nothing is. */
char *deployment_assumed(const struct options *o);

/* `cfg` names the network in messages. -1: nothing is left to free. */
int deployment_open(struct deployment *d, const struct options *o, const struct table *table, const char *cfg,
                    struct error *e);
/* The same without the files that options name: default devices and link, numbers as given. */
void deployment_usual(struct deployment *d, const struct options *o, const struct table *table);
void deployment_free(struct deployment *d);

/* Adds how cuts were evaluated, with all assumptions; uses of the options only which were given, and
 * --features. verdict->cuts[0] is all on the server. deployment_meta.c. */
void deployment_describe(const struct deployment *d, const struct options *o, const struct verdict *verdict,
                         struct provenance *out);

/* The same of an evaluation by retraining: devices, link and limits. */
void deployment_describe_limits(const struct deployment *d, struct provenance *out);

/* -1: wrong usage, an option needs another one that is not given. */
int deployment_check_usage(const struct options *o, struct error *e);

/* Checks possible before a network is known: the link is valid, the devices are speeds or readable files, and
 * the usage. */
int deployment_check(const struct options *o, struct error *e);

#endif
