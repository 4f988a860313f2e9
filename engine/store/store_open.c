#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/store_parts.h"
#include "store/store_schema.h"

/* Files up to this size are checked completely when opened for writing: some ten milliseconds. */
#define CHECKED_BYTES ((off_t)8 << 20)
/* Opening waits no longer than this for another program, which is creating the file, or writing without a
 * log. */
enum { OPEN_PATIENCE_MS = 1000 };
#define SETTINGS "PRAGMA cache_size=-8000;PRAGMA temp_store=MEMORY"

void store_prepare(void)
{
    sql_prepare();
}

char *store_default_path(void)
{
    return file_user_path("XDG_CACHE_HOME", ".cache", "rows.db");
}

int store_check_place(const char *path, struct error *e)
{
    struct stat st;
    char *copy = memory_copy(path);
    const char *folder = dirname(copy);
    int failed = 0;
    if (stat(folder, &st) < 0) {
        char *shown = text_escape(folder);
        failed = error_at(e, path, 0, "cannot be made in the folder %s: %s", shown, strerror(errno));
        free(shown);
    }
    free(copy);
    return failed;
}

/* SQLite creates its journals next to the file, and reports a folder without write permission as a missing
 * one. */
static int check_folder(const char *path, struct error *e)
{
    char *copy = memory_copy(path);
    int failed = store_check_place(path, e);
    if (!failed && access(dirname(copy), W_OK | X_OK) < 0)
        failed = error_at(e, path, 0, "cannot be written in its folder: %s", strerror(errno));
    free(copy);
    return failed;
}

const char *store_path(const struct store *s)
{
    return s->sql.path;
}

/* ---- Journals ------------------------------------------------------------------------------------ */

/* Write-ahead logs need memory that all programs share: over a network they may seem to work, until two
 * machines write at once. <linux/magic.h> lacks the last three. */
static bool is_on_network(const char *path)
{
    static const unsigned long network[] = {
        NFS_SUPER_MAGIC,       SMB_SUPER_MAGIC,   CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC,
        AFS_SUPER_MAGIC,       AFS_FS_MAGIC,      V9FS_MAGIC,       CODA_SUPER_MAGIC,
        CEPH_SUPER_MAGIC,      OCFS2_SUPER_MAGIC, FUSE_SUPER_MAGIC, 0x0bd00bd0 /* Lustre */,
        0x47504653 /* GPFS */, 0x19830326 /* BeeGFS */};
    struct statfs fs;
    if (statfs(path, &fs) < 0)
        return false;
    for (size_t i = 0; i < sizeof network / sizeof *network; i++)
        if (((unsigned long)fs.f_type & 0xffffffff) == network[i])
            return true;
    return false;
}

/* A write that changes nothing: shows whether the journal can be created. If another program is writing, it
 * can, and that is not waited for. */
static int try_to_write(struct sql *q, struct error *e)
{
    sql_set_patience(q, 0);
    int failed = sql_begin(q, e);
    sql_rollback(q);
    sql_set_patience(q, OPEN_PATIENCE_MS);
    return failed < 0 && q->code != SQLITE_BUSY ? -1 : 0;
}

enum log { LOG_SET, LOG_IMPOSSIBLE, LOG_LATER /* another program writes with the present journal */ };

static enum log set_log(struct sql *q)
{
    char mode[SQL_WORD] = "";
    if (sql_pragma(q, "PRAGMA journal_mode=WAL", mode, NULL) < 0)
        return q->code == SQLITE_BUSY ? LOG_LATER : LOG_IMPOSSIBLE;
    return strcmp(mode, "wal") == 0 && try_to_write(q, NULL) == 0 ? LOG_SET : LOG_IMPOSSIBLE;
}

/* `sharable`: the file could be read as it is. A file marked as having a log can be read without shared
 * memory only by a single program; then the mark is removed. */
static int set_journal(struct sql *q, bool sharable, struct error *e)
{
    char mode[SQL_WORD];
    enum log log = sharable && !is_on_network(q->path) ? set_log(q) : LOG_IMPOSSIBLE;
    if (log == LOG_LATER)
        return sql_script(q, "PRAGMA synchronous=FULL", e);
    if (log == LOG_SET)
        return sql_script(q, "PRAGMA synchronous=NORMAL;PRAGMA journal_size_limit=67108864", e);
    if (sql_script(q, "PRAGMA locking_mode=EXCLUSIVE", e) < 0 ||
        sql_pragma(q, "PRAGMA journal_mode=DELETE", mode, e) < 0 ||
        sql_script(q, "PRAGMA locking_mode=NORMAL;PRAGMA synchronous=FULL", e) < 0)
        return -1;
    return try_to_write(q, e);
}

/* Whether the failure is that the file system has no shared memory. */
static bool cannot_share(const struct sql *q)
{
    return q->code == SQLITE_CANTOPEN || q->code == SQLITE_READONLY || q->code == SQLITE_IOERR ||
           q->code == SQLITE_PROTOCOL;
}

/* ---- For writing --------------------------------------------------------------------------------- */

static int store_open_refuse(struct sql *q, enum schema_owner owner, struct error *e)
{
    if (owner == SCHEMA_LATER)
        return error_at(e, q->path, 0, "was written by a later version of isplit: left as it is");
    return error_at(e, q->path, 0, "is an SQLite file of another program: left as it is");
}

static int check_whole(struct sql *q, struct error *e)
{
    char word[SQL_WORD];
    if (sql_pragma(q, "PRAGMA quick_check(1)", word, e) < 0)
        return -1;
    int checked = sql_checked(q, word, e);
    if (checked <= 0)
        return checked;
    q->code = SQLITE_CORRUPT;
    return error_at(e, q->path, 0, "is damaged: %s", sql_plain(word));
}

static int check_small(struct sql *q, struct error *e)
{
    struct stat st;
    return stat(q->path, &st) < 0 || st.st_size > CHECKED_BYTES ? 0 : check_whole(q, e);
}

int store_connect(struct sql *q, const char *path, struct error *e)
{
    enum schema_owner owner;
    if (sql_open(q, path, NULL, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e) < 0)
        return -1;
    sql_set_patience(q, OPEN_PATIENCE_MS);
    if (sqlite3_db_readonly(q->db, "main"))
        return error_at(e, path, 0, "cannot write: the file is read-only");
    if (sql_script(q, "PRAGMA page_size=" SCHEMA_PAGE, e) < 0)
        return -1;
    bool sharable = schema_owner(q, &owner, e) == 0;
    if (!sharable && (!cannot_share(q) || sql_script(q, "PRAGMA locking_mode=EXCLUSIVE", e) < 0 ||
                      schema_owner(q, &owner, e) < 0))
        return -1;
    if (owner != SCHEMA_OURS && owner != SCHEMA_NOBODY)
        return store_open_refuse(q, owner, e);
    return sql_script(q, SETTINGS, e) < 0 ? -1 : set_journal(q, sharable, e);
}

static int open_to_write(struct sql *q, const char *path, struct error *e)
{
    if (!path[0] || file_is_device(path))
        return error_at(e, path, 0, "is not a regular file");
    if (check_folder(path, e) < 0 || store_connect(q, path, e) < 0 || schema_make(q, e) < 0 ||
        check_small(q, e) < 0)
        return -1;
    sql_set_patience(q, SQL_PATIENCE_MS);
    return 0;
}

/* ---- Damaged files ------------------------------------------------------------------------------- */

static bool is_damage(int code)
{
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

/* Journals with data: the shared memory is only an index of the log. */
static void move_journals(const char *path, const char *aside)
{
    static const char *const endings[] = {"-wal", "-shm", "-journal"};
    for (int i = 0; i < 3; i++) {
        struct stat st;
        char *from = memory_format("%s%s", path, endings[i]);
        char *to = memory_format("%s%s", aside, endings[i]);
        bool is_empty = stat(from, &st) == 0 && st.st_size == 0;
        if (is_empty || i == 1)
            unlink(from);
        else
            rename(from, to); /* most do not exist */
        free(from);
        free(to);
    }
}

int store_lock_file(int fd)
{
    enum {
        LOCKS_BEGIN = 0x40000000,
        LOCKS = 512
    }; /* pending, reserved and shared bytes (SQLite file format) */
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCKS_BEGIN, .l_len = LOCKS};
    return fcntl(fd, F_SETLK, &lock) < 0 ? -1 : 0;
}

/* SQLite's own locks are held meanwhile: a program that kept writing to the renamed file would remove the
 * journals of the file under the old name. */
static char *put_aside_locked(int fd, const char *path, const char *why, struct error *e)
{
    struct stat ours, theirs;
    if (store_lock_file(fd) < 0) {
        error_at(e, path, 0, "is damaged (%.700s), and cannot be put aside: another program uses it", why);
        return NULL;
    }
    /* Two programs may have found it at once. */
    if (fstat(fd, &ours) < 0 || stat(path, &theirs) < 0 || ours.st_ino != theirs.st_ino ||
        ours.st_dev != theirs.st_dev)
        return memory_format("%s: was damaged: put aside by another program", path);
    char *aside = file_put_aside(path);
    if (!aside) {
        error_at(e, path, 0, "is damaged (%.700s), and cannot be put aside: %s", why, strerror(errno));
        return NULL;
    }
    move_journals(path, aside);
    char *notice = memory_format("%s: is damaged (%.700s): put aside as %s", path, why, aside);
    free(aside);
    return notice;
}

char *store_put_aside(const char *path, const char *why, struct error *e)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        error_at(e, path, 0, "is damaged (%.700s), and cannot be put aside: %s", why, strerror(errno));
        return NULL;
    }
    char *notice = put_aside_locked(fd, path, why, e);
    close(fd);
    return notice;
}

/* The reason, without the file's name and "is damaged:" before it. */
static const char *reason(const struct error *e)
{
    static const char before[] = "is damaged: ";
    const char *found = strstr(e->text, before);
    return found ? found + strlen(before) : e->text;
}

/* Whether a damaged file may have been a store: it begins as SQLite's files do, or is named like one. Other
 * files, named by mistake, are left alone. */
static bool may_be_store(const char *path)
{
    static const char magic[] = "SQLite format 3", ending[] = ".db";
    char begin[sizeof magic] = "";
    size_t length = strlen(path), more = strlen(ending);
    if (length >= more && strcmp(path + length - more, ending) == 0)
        return true;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool same = fd >= 0 && read(fd, begin, sizeof begin) == (ssize_t)sizeof begin &&
                memcmp(begin, magic, sizeof magic) == 0;
    if (fd >= 0)
        close(fd);
    return same;
}

static int open_or_put_aside(struct sql *q, const char *path, char **notice, struct error *e)
{
    struct error why = {""};
    int status = open_to_write(q, path, &why);
    if (status < 0 && is_damage(q->code)) {
        sql_close(q);
        char *text = NULL;
        if (may_be_store(path))
            text = store_put_aside(path, reason(&why), &why);
        else
            error_at(&why, path, 0, "is no store (expected one, or a name that is free)");
        if (text)
            status = open_to_write(q, path, &why);
        if (text && notice)
            *notice = text;
        else
            free(text);
    }
    if (status < 0 && e)
        *e = why;
    return status;
}

/* After SQLite has reported damage while the file was in use. */
static void put_aside_if_damaged(const char *path)
{
    struct sql q = {0};
    struct error why = {""};
    bool damaged = (sql_open(&q, path, NULL, SQLITE_OPEN_READWRITE, &why) < 0 || check_whole(&q, &why) < 0) &&
                   is_damage(q.code);
    sql_close(&q);
    if (damaged)
        free(store_put_aside(path, reason(&why), NULL));
}

/* ---- For reading --------------------------------------------------------------------------------- */

static int store_open_look(struct sql *q, struct error *e)
{
    enum schema_owner owner;
    if (schema_owner(q, &owner, e) < 0)
        return -1;
    if (owner == SCHEMA_NOBODY)
        return error_at(e, q->path, 0, "is empty: no rows are kept in it yet");
    return owner == SCHEMA_OURS ? 0 : store_open_refuse(q, owner, e);
}

int store_open_immutable(struct sql *q, const char *path, struct error *e)
{
    char *encoded = text_percent_encode(path);
    char *uri = memory_format("file:%s?immutable=1", encoded);
    int status = sql_open(q, path, uri, SQLITE_OPEN_READONLY, e);
    free(encoded);
    free(uri);
    return status;
}

/* -1: there is none. */
static off_t size_of(const char *path, const char *ending)
{
    struct stat st;
    char *file = memory_format("%s%s", path, ending);
    off_t size = stat(file, &st) == 0 ? st.st_size : -1;
    free(file);
    return size;
}

/* A file with a log that is not writable, or on a read-only disk: the shared memory next to it cannot be
 * created, or would be left behind, but the file is unlikely to change. Data in a leftover log would be
 * missed: that is an error. */
static int open_unchanging(struct sql *q, const char *path, struct error *e)
{
    if (size_of(path, "-wal") > 0)
        return -1;
    sql_close(q);
    return store_open_immutable(q, path, e) < 0 ? -1 : store_open_look(q, e);
}

/* A reader of a file with a log creates an empty log and the shared memory next to it, and cannot remove
 * them: SQLite does that, under its own locks, when the last connection that may write closes. */
void store_disconnect_reader(struct sql *q)
{
    struct sql last;
    char word[SQL_WORD];
    char *path = memory_copy(q->path ? q->path : "");
    sql_close(q);
    off_t log = size_of(path, "-wal");
    bool is_left = log == 0 || (log < 0 && size_of(path, "-shm") >= 0);
    if (path[0] && is_left && access(path, W_OK) == 0) {
        if (sql_open(&last, path, NULL, SQLITE_OPEN_READWRITE, NULL) == 0) {
            sql_set_patience(&last, 0);
            sql_pragma(&last, "PRAGMA schema_version", word, NULL); /* opens the log */
        }
        sql_close(&last);
    }
    free(path);
}

int store_connect_to_read(struct sql *q, const char *path, struct error *e)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return error_at(e, path, 0, "cannot open: %s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return error_at(e, path, 0, "is not a regular file");
    if (access(path, W_OK) < 0 && access(path, R_OK) == 0 && size_of(path, "-wal") < 0)
        return store_open_immutable(q, path, e) < 0 || store_open_look(q, e) < 0 ? -1
                                                                                 : sql_script(q, SETTINGS, e);
    int status = sql_open(q, path, NULL, SQLITE_OPEN_READONLY, e) < 0 ? -1 : store_open_look(q, e);
    if (status < 0 && cannot_share(q) && access(path, R_OK) == 0)
        status = open_unchanging(q, path, e);
    return status < 0 ? -1 : sql_script(q, SETTINGS, e);
}

bool store_is_empty(const char *path)
{
    struct stat st;
    struct sql q;
    enum schema_owner owner;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    if (st.st_size == 0)
        return true;
    bool empty = sql_open(&q, path, NULL, SQLITE_OPEN_READONLY, NULL) == 0 &&
                 schema_owner(&q, &owner, NULL) == 0 && owner == SCHEMA_NOBODY;
    sql_close(&q);
    return empty;
}

int store_is_database(const char *path, struct error *e)
{
    struct stat st;
    if (stat(path, &st) < 0 || access(path, R_OK) < 0)
        return error_at(e, path, 0, "cannot open: %s", strerror(errno));
    if (S_ISDIR(st.st_mode))
        return error_at(e, path, 0, "cannot read: %s", strerror(EISDIR));
    if (!S_ISREG(st.st_mode) || st.st_size <= 1) /* SQLite takes a file of one byte for empty */
        return 0;
    struct sql q;
    char word[SQL_WORD];
    /* Only the beginning of the header is read, which no writer changes. */
    if (store_open_immutable(&q, path, NULL) == 0)
        sql_pragma(&q, "PRAGMA schema_version", word, NULL);
    int code = q.code;
    sql_close(&q);
    return code != SQLITE_NOTADB;
}

/* ---- Both ---------------------------------------------------------------------------------------- */

static void disconnect(struct store *s)
{
    if (s->access == STORE_READ)
        store_disconnect_reader(&s->sql);
    else
        sql_close(&s->sql);
}

struct store *store_open(const char *path, enum store_access access, char **notice, struct error *e)
{
    struct store *s = memory_new(1, sizeof *s);
    if (notice)
        *notice = NULL;
    s->access = access;
    int status = access == STORE_WRITE ? open_or_put_aside(&s->sql, path, notice, e)
                                       : store_connect_to_read(&s->sql, path, e);
    if (status == 0)
        return s;
    disconnect(s);
    free(s);
    return NULL;
}

bool store_renewed(struct store *s, struct error *e)
{
    char *news = s->writer ? writer_news(s->writer) : NULL;
    if (!news)
        return false;
    error_set(e, "%s", news);
    free(news);
    struct sql fresh;
    if (store_connect(&fresh, store_path(s), NULL) == 0) {
        sql_set_patience(&fresh, SQL_PATIENCE_MS);
        sql_close(&s->sql);
        s->sql = fresh;
    } else { /* the nameless file has the rows of before, which can still be looked up */
        sql_close(&fresh);
    }
    return true;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    bool damaged = is_damage(s->sql.code);
    damaged = writer_close(s->writer) || damaged;
    char *path = memory_copy(s->sql.path);
    bool moved = sql_has_moved(&s->sql); /* then what is there now is not ours */
    disconnect(s);
    if (damaged && !moved && s->access == STORE_WRITE)
        put_aside_if_damaged(path);
    free(path);
    free(s);
}
