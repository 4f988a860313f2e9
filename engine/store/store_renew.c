/* A store that is deleted while it is in use: Linux keeps its nameless file until the last program closes it,
 * so all that stood in it can be copied to the place where it was. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/store_features.h"
#include "store/store_parts.h"
#include "store/store_schema.h"

/* Also what only the log has. */
static int copy_into(struct sql *q, const char *fresh, struct error *e)
{
    unlink(fresh);
    return sql_run(q, e, "VACUUM INTO ?", "t", fresh);
}

/* Journals of the deleted file would be taken for the new one's. For a file that was renamed rather than
 * deleted, what only they have is first written into it. */
static void remove_journals(struct sql *q, const char *path)
{
    static const char *const endings[] = {"-wal", "-shm", "-journal"};
    char busy[SQL_WORD];
    sql_pragma(q, "PRAGMA wal_checkpoint(PASSIVE)", busy, NULL);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char *journal = memory_format("%s%s", path, endings[i]);
        unlink(journal);
        free(journal);
    }
}

/* Never over another file. */
static int name_it(const char *fresh, const char *path)
{
    int status = renameat2(AT_FDCWD, fresh, AT_FDCWD, path, RENAME_NOREPLACE);
    return status < 0 && errno == EINVAL ? link(fresh, path) : status; /* file systems without the first */
}

/* Locked meanwhile, so that nobody opens it next to the old journals. */
static int put_in_place(struct sql *q, const char *fresh, const char *path)
{
    int fd = open(fresh, O_RDWR | O_CLOEXEC);
    bool placed = fd >= 0 && store_lock_file(fd) == 0 && fsync(fd) == 0 && name_it(fresh, path) == 0;
    int why = errno;
    if (placed)
        remove_journals(q, path);
    if (fd >= 0)
        close(fd);
    errno = why;
    return placed ? 0 : -1;
}

static int make_anew(struct sql *q, const char *path, struct error *e)
{
    struct error why;
    char *fresh = memory_format("%s.new-%ld", path, (long)getpid());
    int failed = copy_into(q, fresh, &why);
    if (!failed && put_in_place(q, fresh, path) < 0)
        failed = error_set(&why, "%s", strerror(errno));
    unlink(fresh);
    free(fresh);
    if (failed)
        return error_at(e, path, 0, "was deleted while it was in use, and cannot be made anew (%.900s)",
                        why.text);
    return 0;
}

int store_fail_replaced(const char *path, struct error *e)
{
    return error_at(e, path, 0,
                    "was replaced by another file while it was in use: no more rows are kept, in neither of "
                    "them");
}

/* Rows of q that the other store does not have under the same numbers; -1: it is no store. */
static long count_missing(struct sql *q, struct sql *other)
{
    static const char all[] = "SELECT series, content, class FROM measured";
    static const char one[] = "SELECT 1 FROM measured WHERE series = ? AND content = ? AND class = ?";
    struct error ignored;
    int64_t number;
    long missing = 0;
    int status, found = 0;
    sqlite3_stmt *row = sql_use(q, &ignored, all, "");
    while (found >= 0 && (status = sql_step(q, row, &ignored)) == 1) {
        found = sql_number(other, &ignored, &number, one, "iii", sqlite3_column_int64(row, 0),
                           sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2));
        missing += found == 0;
    }
    sqlite3_reset(row);
    return found < 0 || status < 0 ? -1 : missing;
}

static long add_missing(long rows, long parts)
{
    return rows < 0 || parts < 0 ? -1 : rows + parts;
}

/* Whether what is at the path now was made from this store by another program that used it, too: it has all
 * rows but those that this program wrote last. The log next to it may still be that of the file that is gone.
 */
static bool is_copy(struct sql *q, const char *real, long unsettled)
{
    struct sql other;
    enum schema_owner owner;
    struct error ignored;
    long missing = -1;
    if (store_open_immutable(&other, real, &ignored) == 0 && schema_owner(&other, &owner, &ignored) == 0 &&
        owner == SCHEMA_OURS)
        missing = add_missing(count_missing(q, &other), feature_count_missing(q, &other));
    sql_close(&other);
    return missing >= 0 && missing <= unsettled;
}

/* 0: connected to the file that is now at the path; -1 with why. */
static int renew_at(struct sql *q, const char *path, long unsettled, struct error *e)
{
    struct stat st;
    char *real = memory_copy(sqlite3_db_filename(q->db, "main")); /* where links led to */
    if (sql_leads_elsewhere(q)) {
        error_at(e, path, 0,
                 "was a link to %s, and leads elsewhere now: no more rows are kept, neither here nor there",
                 real);
        free(real);
        return -1;
    }
    int status = lstat(real, &st) == 0 ? -1 : make_anew(q, real, e);
    /* It was there, or came while another one was made for the same reason. */
    if (status < 0 && lstat(real, &st) == 0)
        status = is_copy(q, real, unsettled) ? 0 : store_fail_replaced(path, e);
    free(real);
    return status;
}

char *store_renew(struct sql *q, const char *path, long unsettled, struct error *e)
{
    if (renew_at(q, path, unsettled, e) < 0)
        return NULL;
    sql_close(q);
    if (store_connect(q, path, e) < 0)
        return NULL;
    sql_set_patience(q, SQL_PATIENCE_MS);
    return memory_format("%s: was deleted while it was in use: made anew, with all its rows", path);
}
