/* The content of a store, for listing and for opening without a network: studies, each one run key on one
 * data set. */
#ifndef ISPLIT_STORE_STORE_STUDY_H
#define ISPLIT_STORE_STORE_STUDY_H

#include "curve/curve.h"
#include "curve/excluded.h"
#include "store/store.h"

struct store_study {
    bool features; /* of isplit features (store/store_features.h): then its numbers are its own, and it cannot
                      be loaded */
    int64_t id;
    char *cfg, *weights, *place, *split; /* names */
    char cfg_xxh3[17], weights_xxh3[17], tuning[17];
    char *row_key, *layers, *versions; /* as in struct store_run_key */
    char *tuning_key;                  /* one of its tuning keys, as in store_begin; "" where unknown */
    long images;                       /* of the data set */
    bool complete; /* false: isplit ended before the list of images was written; cannot be loaded */
    long rows, skipped, nonfinite; /* images measured, undecodable, not finite; -1 until store_study_count */
    int64_t changed;               /* time of the last new rows, in seconds since 1970 */
};

/* All studies, by id; *n of them. NULL on error (an empty store gives an array too, of 0). */
struct store_study *store_studies(struct store *s, int *n, struct error *e);
/* Counts a study's rows (if it is incomplete: those of its run key). Reads the whole study, as loading does,
 * except the cells. */
int store_study_count(struct store *s, struct store_study *study, struct error *e);
void store_studies_free(struct store_study *studies, int n);

/* Reads a study in slices, in the calling thread: the whole data set (every image of the list, measured or
 * not, with its number), and a row for each image that has one. */
struct store_load {
    struct dataset *dataset;       /* for dataset_free; NULL until it is complete (the rows come after it) */
    struct curve *curve;           /* layers_n columns; of the rows so far */
    bool lent;                     /* the curve is somebody else's to free, but more rows are added to it */
    struct excluded excluded;      /* excluded images, in no order */
    struct store_loading *loading; /* private */
};
/* Through a connection of its own, for one consistent state whatever is written meanwhile. */
int store_load_begin(struct store *s, const struct store_study *study, int layers_n, int classes,
                     struct store_load *load, struct error *e);
/* Works for about `ms`. 2: more to do, 1: done, -1: error. Progress: `done` of `of`. */
int store_load_step(struct store_load *load, int ms, long *done, long *of, struct error *e);
/* Frees what the caller has not taken (by setting it NULL or, `excluded`, empty). */
void store_load_free(struct store_load *load);

/* Who wants to know how far store_verify and store_merge (from this store) are: `of` pieces in all, 0 where
 * that is not known. `what` is a text of the program's. Before these are called. */
void store_watch(struct store *s, void (*tell)(void *data, const char *what, long done, long of), void *data);

/* Checks the whole file: SQLite's own check, then every row's length and numbers, every reference. Calls
 * `say` for each fault (at most `most`). Number of faults, or -1 where the file cannot be read. */
long store_verify(struct store *s, long most, void (*say)(void *data, const char *fault), void *data,
                  struct error *e);

/* Removes a study, its rows where no other study of the same run key needs them, and frees the space. */
int store_remove(struct store *s, int64_t id, struct error *e);

/* One transaction: until it ends other programs wait, and with `keep` false or after an error of
 * store_merge_end nothing has changed. */
int store_merge_begin(struct store *into, struct error *e);
int store_merge_end(struct store *into, bool keep, struct error *e);

/* Between store_merge_begin and store_merge_end: merges all of another store's studies and rows. Two run keys
 * that differ in their tuning only are refused, by name (also an existing row with other numbers under the
 * same tuning); the transaction must be undone then. *added: new rows. */
int store_merge(struct store *into, struct store *from, long *added, struct error *e);

#endif
