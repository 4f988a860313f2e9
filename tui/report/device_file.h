/* A device from a file written by isplit profile, on this machine or another, or by hand; or from a speed. */
#ifndef ISPLIT_REPORT_DEVICE_FILE_H
#define ISPLIT_REPORT_DEVICE_FILE_H

#include "base/error.h"
#include "deploy/device.h"

/* `text` is either a speed above 0, "20", "20GFLOP/s" or "500 MFLOP/s" (TFLOP/s too): a layer takes 2 macs /
 * speed, which is 0 where nothing is multiplied (pools, activations). Or it names a CSV file with the columns
 * layer and median_ms and one row for every layer of the table, in any order; where it has the columns name
 * or type, and their cells are not empty, they must be the table's. Other columns are ignored. `cfg` names
 * the network in messages. -1 ("FILE:LINE: ..." where it is about a row) leaves nothing to free. */
int device_read(const char *text, const struct table *table, const char *cfg, struct device *device,
                struct error *e);

/* Why the times in a file of isplit profile are not to be trusted, as its .meta.csv tells: "FILE: the layers'
 * sum is 32 % above the whole network's time (...)"; or that it is not this file's. New string; NULL: they
 * are, or nobody knows, as of a speed. */
char *device_doubt(const char *text);

/* "32 % above": how far the layers' sum is from the whole network's time. NULL where it is near enough, else
 * new. */
char *device_sum_off(double sum_ms, double whole_ms);

/* Check without a network: whether it is a speed, or a readable file. */
int device_check(const char *text, struct error *e);

/* The columns that are read, NULL after the last; report/columns_csv.h describes them. */
extern const char *const device_file_columns[];

#endif
