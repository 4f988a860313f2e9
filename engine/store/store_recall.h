/* The rows that a run key has of a whole data set, for a run that wants most of them: the files of its place
 * and the rows, in the order of their contents, are each read once in place of a look-up an image. It sees
 * one moment of the file through a connection of its own, which holds a lock for as long as it lives: where
 * there is no log others wait to write meanwhile, so it is not left unfinished.
 *
 * Only what is right beyond doubt is told. Whatever it does not tell of (an image that is new or has changed,
 * one that is listed twice, a row that cannot be one) store_find_image has the word on. */
#ifndef ISPLIT_STORE_STORE_RECALL_H
#define ISPLIT_STORE_STORE_RECALL_H

#include "data/dataset.h"
#include "store/store.h"

struct store_recall;

/* A row of an image; values[layers_n] where it was measured. Never twice of one image. */
typedef void store_recall_take(void *data, long image, const struct store_row *row, const float *values);

/* The data set and the run key are borrowed; the key by its texts, since the file may be another one by now.
 * NULL on error. */
struct store_recall *store_recall_new(const char *path, const struct store_run_key *run_key,
                                      const struct dataset *d, int layers_n, struct error *e);
void store_recall_free(struct store_recall *r); /* NULL is passed over */

/* Works for about `ms`. 2: there is more; 1: that was all; -1. */
int store_recall_step(struct store_recall *r, int ms, store_recall_take *take, void *data, struct error *e);
/* How far it is, 0 to 1. */
double store_recall_progress(const struct store_recall *r);

#endif
