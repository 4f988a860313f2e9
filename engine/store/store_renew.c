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
#include "store/store_parts.h"

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
    char busy[64];
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

char *store_renew(struct sql *q, const char *path, struct error *e)
{
    struct stat st;
    char *real = memory_copy(sqlite3_db_filename(q->db, "main")); /* where links led to */
    int failed = lstat(real, &st) == 0 ? store_fail_replaced(path, e) : make_anew(q, real, e);
    free(real);
    if (failed)
        return NULL;
    sql_close(q);
    if (store_connect(q, path, e) < 0)
        return NULL;
    sql_set_patience(q, SQL_PATIENCE_MS);
    return memory_format("%s: was deleted while it was in use: made anew, with all its rows", path);
}
