/* Which row belongs to which image of a data set: its image list, the table of files and the table of rows
 * are each read once, in disk order, and joined in memory by number. 16 bytes an image, 24 while they are
 * sorted. */
#ifndef ISPLIT_STORE_STORE_JOIN_H
#define ISPLIT_STORE_STORE_JOIN_H

#include "store/sql.h"

struct join_key;

struct join {
    struct sql *q;
    int64_t dataset, run_key;
    long images_n;
    struct join_key *keys;  /* [keys_n] */
    long keys_n, at;        /* at: progress within this stage */
    struct join_key *spare; /* [keys_n] while they are sorted */
    long run, sort_at;      /* sorted in runs of so many keys, 0: all; the next run of this pass */
    int stage;
    sqlite3_stmt *scan;
};

/* Callbacks; each may be NULL. -1 with the reason ends the join. */
struct join_listener {
    void *data;
    /* A file of the image list. Columns: 0 number, 1 content, 2 path, 3 size, 4 time. */
    int (*file)(void *data, long image, int class_index, sqlite3_stmt *row, struct error *e);
    /* After the last file. */
    int (*files_end)(void *data, struct error *e);
    /* A row of an image. Columns: 0 content, 1 class, 2 kind, 3 top, 4 score, 5 cells. */
    int (*row)(void *data, long image, int class_index, sqlite3_stmt *row, struct error *e);
};

/* For a data set whose image list is complete and has `images_n` images; `run_key` 0: no rows. The connection
 * should be in a transaction, for one consistent state. */
struct join join_of(struct sql *q, int64_t dataset, long images_n, int64_t run_key);
void join_free(struct join *j);

/* Works for about `ms`. 2: more to do, 1: done, -1: error. Progress counts images times stages. */
int join_step(struct join *j, int ms, const struct join_listener *listener, struct error *e);
/* All of it at once; arguments as for join_of. 0 or -1. */
int join_run(struct sql *q, int64_t dataset, long images_n, int64_t run_key,
             const struct join_listener *listener, struct error *e);
void join_progress(const struct join *j, long *done, long *of);

#endif
