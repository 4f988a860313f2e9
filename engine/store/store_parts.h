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

/* store.c: store_find_run_key of a connection. */
int64_t store_number_of(struct sql *q, const struct store_run_key *run_key, struct error *e);

/* store_open.c. Sets up a connection to one of our stores, or to an empty file, for writing. It is left with
 * a short timeout (sql_set_patience). -1 with q->code SQLITE_BUSY: may be tried again after sql_close. */
int store_connect(struct sql *q, const char *path, struct error *e);
/* The same for one that reads; also from a disk that cannot be written. store_disconnect_reader leaves no new
 * files next to it (in place of sql_close, also after an error). */
int store_connect_to_read(struct sql *q, const char *path, struct error *e);
void store_disconnect_reader(struct sql *q);
/* Read only, without locks and without the log next to it, which may be another file's: for what does not
 * change meanwhile. */
int store_open_immutable(struct sql *q, const char *path, struct error *e);
/* Renames a damaged file that no program uses, with its journals. New string, a sentence for the user; NULL
 * on error. */
char *store_put_aside(const char *path, const char *why, struct error *e);

/* Takes SQLite's own locks on a file, as another program would that writes to it; closing it drops them. -1
 * where a program has it open. */
int store_lock_file(int fd);

/* store_renew.c. A store whose file has lost its name while it was in use: where nothing is at its path now
 * it is made anew there with all its rows, and q is connected to that; likewise where another program that
 * used it has done so: then all but `unsettled` rows, which are written again, must be there. Any other file
 * is left alone. A new string, a sentence for the user; NULL with why. */
char *store_renew(struct sql *q, const char *path, long unsettled, struct error *e);
/* -1: what is said of another file there. */
int store_fail_replaced(const char *path, struct error *e);

/* store_write.c */
/* Whether a deleted store was made anew, told once: a new string with a sentence for the user, or NULL. */
char *writer_news(struct writer *w);
/* Writes what is queued and frees. true: damage was found. */
bool writer_close(struct writer *w);

#endif
