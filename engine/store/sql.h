/* A connection to an SQLite file: statements that are prepared once, values bound by a list of types, and
 * every failure as a sentence with the file's name. One thread at a time. */
#ifndef ISPLIT_STORE_SQL_H
#define ISPLIT_STORE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* How far a long piece of work is: `of` pieces in all, 0 where that is not known. */
typedef void sql_tell_call(void *data, const char *what, long done, long of);

struct sql {
    sqlite3 *db;
    char *path;
    int code;   /* SQLite's of the last failure: SQLITE_BUSY, ... without the extended part */
    int system; /* errno of the last failure, or 0 */
    int patience_ms;
    struct sql_statement *statements;
    int statements_n;
    struct {
        sql_tell_call *tell; /* NULL: nobody listens */
        void *data;
        const char *what;
        long done, of;
    } watch;
};

/* See store_prepare. */
void sql_prepare(void);

/* `flags` as sqlite3_open_v2 takes them; the file need not be named by `path` where `uri` is given. -1:
 * sql_close all the same. Waits up to SQL_PATIENCE_MS where another program locks the file... */
#define SQL_PATIENCE_MS 10000
int sql_open(struct sql *q, const char *path, const char *uri, int flags, struct error *e);
/* ...and from now on up to this long. */
void sql_set_patience(struct sql *q, int ms);
void sql_close(struct sql *q);

/* The statement of that text (a literal, identified by its address), with its parameters bound: `types` holds
 * a letter for each.
 *     i int64_t    r double    t const char * as text    p const char * as a blob without its NUL
 *     b const void *, size_t
 * NULL is null. The memory must stay valid until sql_step has returned anything but 1. NULL on error. */
sqlite3_stmt *sql_use(struct sql *q, struct error *e, const char *text, const char *types, ...);

/* 1: a row is there; 0: no more (the statement is reset); -1: error (reset too). */
int sql_step(struct sql *q, sqlite3_stmt *statement, struct error *e);

/* sql_use, then steps to the end. */
int sql_run(struct sql *q, struct error *e, const char *text, const char *types, ...);

/* The first column of the first row: 1; 0: no row; -1: error. */
int sql_number(struct sql *q, struct error *e, int64_t *number, const char *text, const char *types, ...);

/* Statements that are run once and not kept, separated by ';'. */
int sql_script(struct sql *q, const char *text, struct error *e);

/* The value of a pragma; "" if it has none. */
enum { SQL_WORD = 128 };
int sql_pragma(struct sql *q, const char *text, char out[SQL_WORD], struct error *e);

/* A text of SQLite's checks. 1: a fault of the file; 0: "ok"; -1: of a page that could not be had, for lack
 * of memory or because the disk failed, which they tell as if it were one. */
int sql_checked(struct sql *q, const char *text, struct error *e);

/* BEGIN IMMEDIATE and COMMIT; sql_rollback after a failure of anything between them: it ends all statements
 * too. */
int sql_begin(struct sql *q, struct error *e);
int sql_commit(struct sql *q, struct error *e);
void sql_rollback(struct sql *q);

/* Whether the file has lost its name since it was opened: deleted, renamed, replaced by another one, or no
 * longer what the path leads to. */
bool sql_has_moved(struct sql *q);
/* The last of these: the file is where it was, but links in the path were changed. */
bool sql_leads_elsewhere(struct sql *q);

/* From now on `tell` hears what sql_tell says, and hears the last of it again while a statement takes long.
 */
void sql_watch(struct sql *q, sql_tell_call *tell, void *data);
void sql_tell(struct sql *q, const char *what, long done, long of); /* `what` is borrowed */

/* A message of SQLite's checks as one line, without a leading "*** in database main ***". Changes it in
 * place; returns its beginning. */
char *sql_plain(char *text);

/* The failure reported by q->db. Always -1. */
int sql_fail(struct sql *q, struct error *e);

/* Columns of the present row. A new string from a blob or text; "" for null. */
char *sql_string(sqlite3_stmt *statement, int column);

#endif
