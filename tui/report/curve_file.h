/* Reads a curve written by `isplit curve`: the rows of one subset, name and shape of each layer, and from its
 * provenance the network it was measured on. */
#ifndef ISPLIT_REPORT_CURVE_FILE_H
#define ISPLIT_REPORT_CURVE_FILE_H

#include <stdbool.h>

#include "base/error.h"
#include "net/net.h"
#include "net/table.h"

struct curve_file_row {
    long line; /* line of the file */
    int layer;
    char name[40];
    struct net_shape out;
    double cui, log10_cui; /* NaN: an empty cell; log10 also where there is no such column */
    bool local_max;
    int rank;          /* 0: an empty cell */
    double pick_share; /* as log10_cui */
};

struct curve_file {
    char *path;
    struct curve_file_row *rows; /* [rows_n] in the file's order */
    int rows_n;
    /* From the provenance; empty and 0 where there is none: */
    char cfg_xxh3[17], weights_xxh3[17];
    int resamples; /* resamples behind pick_share */
};

/* `subset` says which where the file holds several curves; NULL: it holds one. NULL on error. */
struct curve_file *curve_file_read(const char *path, const char *subset, struct error *e);
void curve_file_free(struct curve_file *f);

/* 0 where every row is a layer of this network, by number, name and shape; else -1 with the first that is
 * not. `cfg` names the network in the message. */
int curve_file_match(const struct curve_file *f, const struct table *table, const char *cfg, struct error *e);

/* The best candidate: of the local maxima the one with the best rank. NULL: there is none. */
const struct curve_file_row *curve_file_best(const struct curve_file *f);

/* The columns that are read, NULL after the last; report/columns_csv.h describes them. */
extern const char *const curve_file_columns[];

#endif
