/* Where the halves of a network are to run, as options say it: two devices, a link, how the tensor is sent,
 * what the devices may be asked for. `isplit plan` and the screen's plan read it here. */
#ifndef ISPLIT_CLIENT_DEPLOYMENT_H
#define ISPLIT_CLIENT_DEPLOYMENT_H

#include "cli/options.h"
#include "model/link_text.h"
#include "split/deploy.h"

/* Where an option is not given. */
#define DEPLOYMENT_EDGE "5GFLOP/s"
#define DEPLOYMENT_SERVER "500GFLOP/s"
#define DEPLOYMENT_LINK "wifi"

struct deployment {
    struct device edge, server;
    struct link_list links; /* the user's own */
    struct features features;
    struct deploy deploy; /* points to these: a deployment must not be moved */
    struct choice_limits limits;
    enum choice_figure wish;
};

/* `cfg` names the network in messages. -1: nothing is left to free. */
int deployment_open(struct deployment *d, const struct options *o, const struct table *table, const char *cfg,
                    struct error *e);
void deployment_free(struct deployment *d);

#endif
