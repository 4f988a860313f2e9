/* Shared by the files of the store only. */
#ifndef ISPLIT_STORE_STORE_PARTS_H
#define ISPLIT_STORE_STORE_PARTS_H

#include "store/sql.h"
#include "store/store.h"

struct writer;

struct store {
    enum store_access access;
    struct sql sql;        /* the caller's thread */
    struct writer *writer; /* from store_begin on; has its own thread and connection */
};

/* store_open.c. Sets up a connection to one of our stores, or to an empty file, for writing. It is left with
 * a short timeout (sql_set_patience). -1 with q->code SQLITE_BUSY: may be tried again after sql_close. */
int store_connect(struct sql *q, const char *path, struct error *e);
/* The same for one that reads; also from a disk that cannot be written. store_disconnect_reader leaves no new
 * files next to it (in place of sql_close, also after an error). */
int store_connect_to_read(struct sql *q, const char *path, struct error *e);
void store_disconnect_reader(struct sql *q);
/* Renames a damaged file that no program uses, with its journals. New string, a sentence for the user; NULL
 * on error. */
char *store_put_aside(const char *path, const char *why, struct error *e);

/* store_write.c */
/* Writes what is queued and frees. true: damage was found. */
bool writer_close(struct writer *w);

#endif
