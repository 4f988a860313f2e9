/* A device: how long it takes for each layer of a network. */
#ifndef ISPLIT_DEPLOY_DEVICE_H
#define ISPLIT_DEPLOY_DEVICE_H

#include "net/table.h"

struct device {
    double *layer_ms; /* [layers_n] forward time of one image, >= 0 */
    int layers_n;     /* of the network */
    char *source;     /* for display: the file's name, or "20 GFLOP/s" */
};

/* A device of a given speed: 2 macs / speed for a layer, and 0 without multiply-adds (pools, activations). */
struct device device_of_speed(double gflop_s, const struct table *table);
void device_free(struct device *device);

/* Total of layers first..last (last included; none where first > last). */
double device_ms(const struct device *device, int first, int last);

#endif
