/* Measured rows opened without a network: a study of a store, or the rows of one run as CSV with its
 * .meta.csv beside it (`--images-csv`, `isplit store export`). */
#ifndef ISPLIT_STUDY_SAVED_ROWS_H
#define ISPLIT_STUDY_SAVED_ROWS_H

#include "study/layer_list.h"
#include "csv/provenance.h"
#include "curve/run_options.h"
#include "store/store_study.h"
#include "wire/message_hello.h"
#include "wire/message_result.h"

struct saved_rows {
    char *path;
    char *cfg, *weights, *data; /* names, as they were when it was measured */
    char cfg_xxh3[17], weights_xxh3[17];
    struct message_versions versions; /* of the programs that measured; empty where not known */
    struct message_tuning tuning;     /* likewise batch and threads 0 */
    struct run_options run;           /* definition: score, reduce, tap, layers, ... ; no images */
    struct table *table;
    struct dataset *dataset;           /* for dataset_free; NULL until loaded */
    struct curve *curve;               /* NULL until loaded */
    int class_next;                    /* its rows are added up before this class (a study's) */
    struct excluded excluded;          /* images without a row for ever; whole once the curve is loaded */
    long study;                        /* of a store; 0: the file is CSV */
    struct provenance *made;           /* of CSV: its .meta.csv; else NULL */
    struct saved_rows_store *in_store; /* private, as is the next: of the two the kind of file it is */
    struct saved_rows_csv *in_csv;
};

/* `study`: its number in a store, 0: the only one. NULL on error, with the numbers to choose from where there
 * are several. Quick: rows come with saved_rows_step. */
struct saved_rows *saved_rows_open(const char *path, long study, struct error *e);
/* Works for about `ms`. 2: more to do; 1: everything is loaded; -1: error. */
int saved_rows_step(struct saved_rows *a, int ms, long *done, long *of, struct error *e);
void saved_rows_free(struct saved_rows *a);

/* While a store is read: whether it has given as many rows as that; then `dataset` is there. */
bool saved_rows_has_part(struct saved_rows *a, long rows);
/* Then, once: its rows so far, as a curve that is the caller's but grows with the next steps, and is `curve`
 * after the last one. It may be freed when there is no further step. */
struct curve *saved_rows_take_part(struct saved_rows *a);

/* Those of the images order[n] that are lost: the caller's, excluded_free. Returns whether every image is, or
 * has a row in `c`: none is left to be measured. */
bool saved_rows_is_whole(const struct saved_rows *a, const struct curve *c, const long *order, long n,
                         struct excluded *lost);

#endif
