/* What isplit features has measured, beside the importance rows: runs, each of one network, definition and
 * tuning, with the parts (store/feature_part.h) of every image, found by its content. In tables of their own,
 * made with the first of them; programs of before do not know these and leave them alone, so they refer to no
 * other table: contents are kept as they are, and the network by its hashes. */
#ifndef ISPLIT_STORE_STORE_FEATURES_H
#define ISPLIT_STORE_STORE_FEATURES_H

#include "store/feature_part.h"
#include "store/sql.h"
#include "store/store.h"

/* As store_last_tuning and store_find_run_key, of a run of features: its row_key is a text of
 * store/feature_key.h. */
int store_features_last_tuning(struct store *s, const struct store_run_key *k, const char *tuning_key,
                               char tuning[17], struct error *e);
int64_t store_features_find(struct store *s, const struct store_run_key *k, struct error *e);
/* 1: there is a run of this network and definition, by whatever tuning. */
int store_features_any(struct store *s, const struct store_run_key *k, struct error *e);
/* As store_versions. */
char *store_features_versions(struct store *s, int64_t run, struct error *e);

/* Calls `take` for each part of an image, or, content NULL, of the run itself. 0, -1, or STORE_WRONG: one of
 * them is not as it was written and was passed over, as *e says. */
int store_features_parts(struct store *s, int64_t run, const struct content *content,
                         void (*take)(void *data, const char *name, const uint32_t *words, size_t n),
                         void *data, struct error *e);

/* For store_end, as store_begin. */
struct store_target *store_features_begin(struct store *s, const struct store_run_key *k,
                                          const char *tuning_key, const struct dataset *d);
/* words[n] of a part, in place of what is kept; content as above. An unknown content is passed over. */
void store_features_keep(struct store_target *t, const struct content *content, const char *name,
                         const uint32_t *words, size_t n);

/* ---- For isplit store -------------------------------------------------------------------------------- */

struct store_study;
/* The runs as studies (store/store_study.h; `features` is true), counted. For store_studies_free; NULL on
 * error. */
struct store_study *store_features_studies(struct store *s, int *n, struct error *e);
int store_features_remove(struct store *s, int64_t run, struct error *e);

/* Every part of a run, by content (NULL: of no image). `take` -1 ends it; one that is not as it was written
 * is an error. */
int store_features_each(struct store *s, int64_t run,
                        int (*take)(void *data, const struct content *content, const char *name,
                                    const uint32_t *words, size_t n, struct error *e),
                        void *data, struct error *e);

/* ---- In a transaction of the caller's: 0, or -1 with why ---- */

/* Whether the tables are there: 1, 0, or -1. */
int feature_is_there(struct sql *q, struct error *e);
/* The run's row, and, the second one, that its tuning was used last; `about`: where the images are, which
 * part of a tree, how many. */
struct feature_about {
    const char *place, *split;
    int64_t images;
};
int feature_make_tables(struct sql *q, struct error *e);
int feature_make_run(struct sql *q, const struct store_run_key *k, const struct feature_about *about,
                     int64_t *run, struct error *e);
int feature_keep_run(struct sql *q, const struct store_run_key *k, const char *tuning_key,
                     const struct feature_about *about, int64_t *run, struct error *e);
/* That it was changed now. */
int feature_date_run(struct sql *q, int64_t run, struct error *e);
/* In place of what is there; of sizes that stays where the new ones have none. */
int feature_keep_part(struct sql *q, int64_t run, const struct content *content, const char *name,
                      const unsigned char *bytes, size_t length, struct error *e);
/* All of another store: parts that are there already must be the same. *added: new parts of images. */
int feature_merge(struct sql *into, struct sql *from, long *added, struct error *e);
/* What check_store says of these tables. */
int feature_check(struct sql *q, void (*fault)(void *data, const char *text), void *data, struct error *e);
/* Parts of q that the other does not have; -1: it cannot be read. */
long feature_count_missing(struct sql *q, struct sql *other);

#endif
