/* What a store must be: for store_verify, and for a merge, which takes over nothing from a store that has a
 * fault. */
#ifndef ISPLIT_STORE_STORE_CHECK_H
#define ISPLIT_STORE_STORE_CHECK_H

#include "store/sql.h"

/* SQLite's own check of its pages and indices (queries may read either copy of a text), then references,
 * contents, run keys as saved rows are opened by them, every row, every image list, and whether a study's two
 * halves belong together. In a transaction of the caller's, so that all is of one moment. -1: it cannot be
 * read. `say` gets a line that begins with the file's name for each fault. */
int check_store(struct sql *q, void (*say)(void *data, const char *fault), void *data, struct error *e);

#endif
