/* A device, as far as it counts here: how long it takes for each layer of a network. */
#ifndef ISPLIT_DEPLOY_DEVICE_H
#define ISPLIT_DEPLOY_DEVICE_H

#include "net/table.h"

struct device {
    double *layer_ms; /* [layers_n] forward time of one image, >= 0 */
    int layers_n;     /* of the network */
    char *source;     /* as people read it: the file's name, or "20 GFLOP/s" */
};

/* One that takes 2 macs / speed for a layer, and nothing where nothing is multiplied (pools, activations). */
struct device device_of_speed(double gflop_s, const struct table *table);
void device_free(struct device *device);

/* Of layers first..last (last included; none where first > last). */
double device_ms(const struct device *device, int first, int last);

#endif
