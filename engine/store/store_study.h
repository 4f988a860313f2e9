/* What a store holds, for people and for opening without a network: studies, each one series on one data
 * set. */
#ifndef ISPLIT_STORE_STORE_STUDY_H
#define ISPLIT_STORE_STORE_STUDY_H

#include "curve/curve.h"
#include "curve/excluded.h"
#include "store/store.h"

struct store_study {
    int64_t id;
    char *cfg, *weights, *place, *split; /* names */
    char cfg_xxh3[17], weights_xxh3[17], tuning[17];
    char *row_key, *layers, *versions; /* as in struct store_run_key */
    char *tuning_key; /* one of the words in which its tuning was asked for, as of store_begin; "" where
                         unknown */
    long images;      /* of the data set */
    bool complete;    /* false: isplit was ended while it wrote the list of images; cannot be loaded */
    long rows, skipped, nonfinite; /* images measured, undecodable, left out; -1 until store_study_count */
    int64_t changed;               /* seconds since 1970 when rows came last */
};

/* All studies, by id; *n of them. NULL on error (an empty store gives an array too). */
struct store_study *store_studies(struct store *s, int *n, struct error *e);
/* Counts a study's rows (where it is not complete: those of its series). Reads the whole study, as loading
 * does, but for the cells. */
int store_study_count(struct store *s, struct store_study *study, struct error *e);
void store_studies_free(struct store_study *studies, int n);

/* Reads a study in slices, in the calling thread: the data set whole (every image of the listing, measured or
 * not, numbered as it was), and a row for each image that has one. */
struct store_load {
    struct dataset *dataset;       /* for dataset_free; NULL until it is whole (the rows come after it) */
    struct curve *curve;           /* layers_n columns */
    struct excluded excluded;      /* images measured without a row, in no order */
    struct store_loading *loading; /* private */
};
/* Through a connection of its own: all of it is of the moment when it begins, whatever is written meanwhile.
 */
int store_load_begin(struct store *s, const struct store_study *study, int layers_n, int classes,
                     struct store_load *load, struct error *e);
/* Works for about `ms`. 2: more to do, 1: done, -1: error. `done` of `of` says how far it is. */
int store_load_step(struct store_load *load, int ms, long *done, long *of, struct error *e);
/* Frees what the caller has not taken (by setting it NULL or, `lost`, empty). */
void store_load_free(struct store_load *load);

/* Checks the whole file: SQLite's own check, then every row's length and numbers, every reference. Calls
 * `say` for each fault (at most `most`). Number of faults, or -1 where the file cannot be read. */
long store_verify(struct store *s, long most, void (*say)(void *data, const char *fault), void *data,
                  struct error *e);

/* Removes a study, its rows where no other study of the same series needs them, and gives the room back. */
int store_remove(struct store *s, int64_t id, struct error *e);

/* One transaction: until it is ended other programs wait, and with `keep` false or after an error of
 * store_merge_end nothing has changed. */
int store_merge_begin(struct store *into, struct error *e);
int store_merge_end(struct store *into, bool keep, struct error *e);

/* Between store_merge_begin and store_merge_end: takes in all of another store's studies and rows. Two series
 * that differ by nothing but their tuning are refused, by name (also a row that is there with other numbers
 * under the same tuning); nothing may be kept then. *added: rows that were new. */
int store_merge(struct store *into, struct store *from, long *added, struct error *e);

#endif
