/* Which row belongs to which image of a data set: its image list, the table of files and the table of rows
 * are each read once, in disk order, and joined in memory by number. 16 bytes an image, 32 while they are
 * sorted. */
#ifndef ISPLIT_STORE_STORE_JOIN_H
#define ISPLIT_STORE_STORE_JOIN_H

#include "store/sql.h"

struct join;

/* Callbacks; each may be NULL. -1 with the reason ends the join. */
struct join_listener {
    void *data;
    /* A file of the image list. Columns: 0 number, 1 content, 2 path, 3 size, 4 time. */
    int (*file)(void *data, long image, int class_index, sqlite3_stmt *row, struct error *e);
    /* After the last file. */
    int (*files_end)(void *data, struct error *e);
    /* A row of an image. Columns: 0 content, 1 class, 2 kind, and from 2 on those of keep_row_read. */
    int (*row)(void *data, long image, int class_index, sqlite3_stmt *row, struct error *e);
    /* The row of this image may come soon: a hint, so that memory can be fetched. */
    void (*ahead)(void *data, long image);
};

/* Of a data set whose listing is complete and has `images_n` images; `series` 0: no rows. The connection
 * should be in a transaction, so that all is of one moment. join_free frees it. */
struct join *join_new(struct sql *q, int64_t dataset, long images_n, int64_t run_key);
/* The same of rows alone, where it is known which contents the images have; keys[n], taken over, in any
 * order. */
struct join_key {
    int64_t number; /* of the content (in the join's own memory first that of a file) */
    int class_index;
    int image;
};
struct join *join_new_of_contents(struct sql *q, struct join_key *keys, long n, int64_t run_key);
void join_free(struct join *j); /* NULL is passed over */

/* Works for about `ms`. 2: more to do, 1: done, -1: error. Progress counts images times stages. */
int join_step(struct join *j, int ms, const struct join_listener *listener, struct error *e);
/* All of it at once; arguments as of join_new. 0 or -1. */
int join_run(struct sql *q, int64_t dataset, long images_n, int64_t run_key,
             const struct join_listener *listener, struct error *e);
void join_progress(const struct join *j, long *done, long *of);

#endif
