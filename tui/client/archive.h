/* Measured rows opened without a network: a study of a store, or the rows of one run as CSV with its
 * .meta.csv beside it (`--images-csv`, `isplit store export`). */
#ifndef ISPLIT_CLIENT_ARCHIVE_H
#define ISPLIT_CLIENT_ARCHIVE_H

#include "client/listing.h"
#include "csv/provenance.h"
#include "link/message_hello.h"
#include "link/message_result.h"
#include "model/run_options.h"
#include "store/store_study.h"

struct archive {
    char *path;
    char *cfg, *weights, *data; /* names, as they were when it was measured */
    char cfg_xxh3[17], weights_xxh3[17];
    struct message_versions versions; /* of the programs that measured; empty where not known */
    struct message_tuning tuning;         /* likewise batch and threads 0 */
    struct run_options run;           /* definition: score, reduce, tap, layers, ... ; no images */
    struct table *table;
    struct dataset *dataset;         /* for dataset_free; NULL until loaded */
    struct curve *curve;             /* NULL until loaded */
    struct excluded excluded;              /* images without a row for ever; whole once the curve is loaded */
    long study;                      /* of a store; 0: the file is CSV */
    struct provenance made;          /* of CSV: its .meta.csv */
    struct archive_reading *reading; /* private */
};

/* `study`: its number in a store, 0: the only one. NULL on error, with the numbers to choose from where there
 * are several. Quick: rows come with archive_step. */
struct archive *archive_open(const char *path, long study, struct error *e);
/* Works for about `ms`. 2: more to do; 1: everything is loaded; -1: error. */
int archive_step(struct archive *a, int ms, long *done, long *of, struct error *e);
void archive_free(struct archive *a);

/* What it has of the images order[n], with their rows in `c`. */
struct archive_part {
    long rows;
    struct excluded excluded; /* the caller's: excluded_free */
    bool whole;         /* every image has a row or is lost: none is left to be measured */
};
struct archive_part archive_part(const struct archive *a, const struct curve *c, const long *order, long n);

#endif
