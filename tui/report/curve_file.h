/* Reads a curve written by `isplit curve`: the rows of one subset, name and shape of each layer, and from its
 * provenance the network it was measured on. */
#ifndef ISPLIT_REPORT_CURVE_FILE_H
#define ISPLIT_REPORT_CURVE_FILE_H

#include <stdbool.h>

#include "base/error.h"
#include "curve/curve.h"
#include "net/table.h"

struct curve_file;

/* `subset` says which where the file holds several curves; NULL: it holds one. NULL on error. */
struct curve_file *curve_file_read(const char *path, const char *subset, struct error *e);
void curve_file_free(struct curve_file *f);

/* 0 where every row is a layer of this network, by number, name and shape; else -1 with the first that is
 * not. `cfg` names the network in the message. */
int curve_file_match(const struct curve_file *f, const struct table *table, const char *cfg, struct error *e);

const char *curve_file_path(const struct curve_file *f);

/* From the provenance; "" and 0 where there is none. The resamples are those behind the pick shares. */
const char *curve_file_weights(const struct curve_file *f);
int curve_file_resamples(const struct curve_file *f);

/* The rows by layer, ascending: each layer, its point and its pick share, in new arrays of the number that is
 * returned. A point has cui, log10_cui, local_max and rank, the rest is 0. NaN, rank 0: an empty cell, of
 * log10_cui and the share also where the file has no such column. */
int curve_file_points(const struct curve_file *f, int **layers, struct curve_point **points,
                      double **pick_share);

/* The layer of the best candidate: of the local maxima the one with the best rank. -1: there is none. */
int curve_file_best(const struct curve_file *f);

/* The columns that are read, NULL after the last; report/columns_csv.h describes them. */
extern const char *const curve_file_columns[];

#endif
