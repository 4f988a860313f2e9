#include "deployment/deployment_metric.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool energy_given(const struct options *o)
{
    return o->cost_model.joule_mac > 0;
}

static bool energy_known(const struct cost_model *d)
{
    return !isnan(d->joule_mac) && !isnan(link_joules(&d->link, 0));
}

static bool accuracy_given(const struct options *o)
{
    return o->cost_model.features_csv || o->screen.evaluation;
}

static bool accuracy_known(const struct cost_model *d)
{
    return d->features != NULL;
}

const struct deployment_metric deployment_metrics[] = {
    [METRIC_LATENCY] = {.title = "total ms", .brief = "ms", .content = 7, .printed = "total"},
    [METRIC_BYTES] = {.title = "sends", .drop = 5, .printed = "sent"},
    [METRIC_MEMORY] = {.title = "head needs", .brief = "needs", .drop = 2, .printed = "memory"},
    [METRIC_ENERGY] = {.title = "J",
                       .drop = 3,
                       .printed = "J",
                       .needs = "--joule-mac J: what a multiply-add costs the device",
                       .missing = "J/MAC and a link with energy",
                       .given = energy_given,
                       .known = energy_known},
    [METRIC_IMPORTANCE] = {.title = "rank", .drop = 4, .printed = "rank"},
    [METRIC_ACCURACY] = {.title = "accuracy %",
                         .brief = "acc",
                         .drop = 1,
                         .printed = "right",
                         .needs = "--features FILE or --evaluation DIR: the accuracy is measured",
                         .missing = "a features file",
                         .given = accuracy_given,
                         .known = accuracy_known},
};
static_assert(sizeof deployment_metrics / sizeof deployment_metrics[0] == METRICS, "a row for every metric");

static const struct option_entry *limit_entry(enum metric metric)
{
    for (int i = 0; i < options_screen.entries_n; i++)
        if (strcmp(options_screen.entries[i].name, metric_table[metric].limit_option) == 0)
            return &options_screen.entries[i];
    abort(); /* tests/unit/test_deploy.c looks for every metric's */
}

double deployment_limit(const struct options *o, enum metric metric)
{
    const struct option_entry *entry = limit_entry(metric);
    const char *at = (const char *)o + entry->offset;
    double value = entry->kind == OPTION_REAL ? *(const double *)at : (double)*(const long *)at;
    return value > 0 ? value : NAN;
}
