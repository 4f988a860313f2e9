#include "deploy/device.h"

#include <stdlib.h>

#include "base/memory.h"

struct device device_of_speed(double gflop_s, const struct table *table)
{
    struct device d = {.layers_n = table->rows_n, .source = memory_format("%.9g GFLOP/s", gflop_s)};
    d.layer_ms = memory_new((size_t)table->rows_n, sizeof *d.layer_ms);
    for (int l = 0; l < table->rows_n; l++)
        d.layer_ms[l] = 2 * (double)table->rows[l].macs / (gflop_s * 1e9) * 1e3;
    return d;
}

void device_free(struct device *device)
{
    free(device->layer_ms);
    free(device->source);
    *device = (struct device){0};
}

double device_ms(const struct device *device, int first, int last)
{
    double sum = 0;
    for (int l = first; l <= last; l++)
        sum += device->layer_ms[l];
    return sum;
}
