/* What the front end adds to a metric (deploy/metric.h): columns of tables about a plan, and what must be
 * given before the metric is known. One row for each. */
#ifndef ISPLIT_DEPLOYMENT_DEPLOYMENT_METRIC_H
#define ISPLIT_DEPLOYMENT_DEPLOYMENT_METRIC_H

#include "cli/options.h"
#include "deploy/cost_model.h"

struct deployment_metric {
    /* On the screen: the column's title, another where that is too wide (or NULL), the usual width of a cell
     * (0: as wide as it must be), and when it goes on narrow screens (columns.h; 0: never). */
    const char *title, *brief;
    int content, drop;

    const char *printed; /* the title in the table that isplit plan prints */

    /* Of a metric that is optional: what it takes, as options (behind "--max-energy needs") and as the screen
     * names it, and whether that is there. */
    const char *needs, *missing;
    bool (*given)(const struct options *o);
    bool (*known)(const struct cost_model *d);
};
extern const struct deployment_metric deployment_metrics[]; /* [METRICS] */

/* The limit that an option sets; NaN: none does. */
double deployment_limit(const struct options *o, enum metric metric);

#endif
