/* What the files of the store share; nobody else's business. */
#ifndef ISPLIT_STORE_STORE_PARTS_H
#define ISPLIT_STORE_STORE_PARTS_H

#include "store/sql.h"
#include "store/store.h"

struct writer;

struct store {
    enum store_access access;
    struct sql sql;        /* the caller's thread */
    struct writer *writer; /* from store_begin on, with a thread and a connection of its own */
};

/* store_open.c. The settings of a connection that has found a store of ours, or an empty file, to write into.
 * It is left with little patience (sql_set_patience). -1 with q->code SQLITE_BUSY: may be tried again after
 * sql_close. */
int store_connect(struct sql *q, const char *path, struct error *e);
/* The same for one that reads; also from a disk that cannot be written. Nothing that was not there is left
 * beside the file by store_disconnect_reader (in place of sql_close, also after an error). */
int store_connect_to_read(struct sql *q, const char *path, struct error *e);
void store_disconnect_reader(struct sql *q);
/* Renames a damaged file that no program uses, with its journals. New sentence for people; NULL on error. */
char *store_put_aside(const char *path, const char *why, struct error *e);

/* store_write.c */
/* Writes what is queued and frees. true: it came upon damage. */
bool writer_close(struct writer *w);

#endif
