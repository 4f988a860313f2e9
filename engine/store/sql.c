#include "store/sql.h"

#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/memory.h"

struct sql_statement {
    const char *text;
    sqlite3_stmt *prepared;
};

/* ---- Failures ------------------------------------------------------------------------------------ */

char *sql_plain(char *text)
{
    char *begin = strncmp(text, "***", 3) == 0 ? strchr(text, '\n') : NULL;
    begin = begin ? begin + 1 : text;
    begin[strcspn(begin, "\n")] = '\0';
    return begin;
}

int sql_fail(struct sql *q, struct error *e)
{
    q->code = sqlite3_errcode(q->db) & 0xff;
    q->system = sqlite3_system_errno(q->db);
    const char *why = sqlite3_errmsg(q->db);
    switch (q->code) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return error_at(e, q->path, 0, "is damaged: %s", why);
    case SQLITE_FULL:
        return error_at(e, q->path, 0, "cannot write: no room is left on the disk");
    case SQLITE_READONLY:
        return error_at(e, q->path, 0, "cannot write: the file or its folder is read-only");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_at(e, q->path, 0, "is held by another program (waited %g s)", q->patience_ms / 1000.0);
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return error_at(e, q->path, 0, "%s: %s",
                        q->code == SQLITE_IOERR ? "cannot be read or written" : "cannot open",
                        q->system ? strerror(q->system) : why);
    default:
        return error_at(e, q->path, 0, "%s", why);
    }
}

/* ---- Memory -------------------------------------------------------------------------------------- */

/* What is larger may be asked for by a damaged file. */
#define SQL_LARGE (1 << 20)

static void *sql_grow(void *old, int bytes)
{
    return bytes < SQL_LARGE ? memory_grow(old, (size_t)bytes, 1) : realloc(old, (size_t)bytes);
}

static void *sql_memory(int bytes)
{
    return sql_grow(NULL, bytes);
}

static int sql_memory_size(void *p)
{
    return (int)malloc_usable_size(p);
}

void sql_prepare(void)
{
    sqlite3_mem_methods memory;
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory);
    memory.xMalloc = sql_memory;
    memory.xRealloc = sql_grow;
    memory.xFree = free;
    memory.xSize = sql_memory_size;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
}

/* ---- Connections --------------------------------------------------------------------------------- */

/* Short waits of equal length: another program's pauses between two writes are short too (store_write.c), and
 * SQLite's own growing waits would miss them. */
static int wait_a_little(void *patience_ms, int calls)
{
    enum { STEP_MS = 4 };
    if (calls >= (int)(intptr_t)patience_ms / STEP_MS)
        return 0;
    nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
    return 1;
}

void sql_set_patience(struct sql *q, int ms)
{
    q->patience_ms = ms;
    sqlite3_busy_handler(q->db, wait_a_little, (void *)(intptr_t)ms); /* not an address: q may be moved */
}

int sql_open(struct sql *q, const char *path, const char *uri, int flags, struct error *e)
{
    *q = (struct sql){.path = memory_copy(path)};
    flags |= SQLITE_OPEN_NOMUTEX | (uri ? SQLITE_OPEN_URI : 0);
    /* To SQLite, ":memory:" would be no file. */
    char *name = memory_format("%s%s", !uri && path[0] == ':' ? "./" : "", uri ? uri : path);
    int code = sqlite3_open_v2(name, &q->db, flags, NULL);
    free(name);
    if (code != SQLITE_OK)
        return sql_fail(q, e);
    sql_set_patience(q, SQL_PATIENCE_MS);
    return 0;
}

void sql_close(struct sql *q)
{
    for (int i = 0; i < q->statements_n; i++)
        sqlite3_finalize(q->statements[i].prepared);
    free(q->statements);
    sqlite3_close(q->db);
    free(q->path);
    *q = (struct sql){0};
}

/* ---- What is told meanwhile ----------------------------------------------------------------------- */

static int tell_again(void *data)
{
    struct sql *q = data;
    if (q->watch.what)
        q->watch.tell(q->watch.data, q->watch.what, q->watch.done, q->watch.of);
    return 0;
}

void sql_watch(struct sql *q, sql_tell_call *tell, void *data)
{
    enum { OPERATIONS = 100000 }; /* of SQLite's machine, some milliseconds */
    q->watch.tell = tell;
    q->watch.data = data;
    sqlite3_progress_handler(q->db, OPERATIONS, tell ? tell_again : NULL, q);
}

void sql_tell(struct sql *q, const char *what, long done, long of)
{
    q->watch.what = what;
    q->watch.done = done;
    q->watch.of = of;
    if (q->watch.tell)
        tell_again(q);
}

/* ---- Statements ---------------------------------------------------------------------------------- */

static sqlite3_stmt *sql_find(struct sql *q, const char *text, struct error *e)
{
    for (int i = 0; i < q->statements_n; i++)
        if (q->statements[i].text == text)
            return q->statements[i].prepared;
    sqlite3_stmt *prepared;
    if (sqlite3_prepare_v3(q->db, text, -1, SQLITE_PREPARE_PERSISTENT, &prepared, NULL) != SQLITE_OK) {
        sql_fail(q, e);
        return NULL;
    }
    q->statements = memory_grow(q->statements, (size_t)q->statements_n + 1, sizeof *q->statements);
    q->statements[q->statements_n++] = (struct sql_statement){text, prepared};
    return prepared;
}

static int bind_bytes(sqlite3_stmt *s, int at, const void *bytes, size_t length)
{
    return bytes ? sqlite3_bind_blob64(s, at, bytes, length, SQLITE_STATIC) : sqlite3_bind_null(s, at);
}

static int bind_one(sqlite3_stmt *s, int at, char type, va_list *args)
{
    switch (type) {
    case 'i':
        return sqlite3_bind_int64(s, at, va_arg(*args, int64_t));
    case 'r':
        return sqlite3_bind_double(s, at, va_arg(*args, double));
    case 't':
        return sqlite3_bind_text(s, at, va_arg(*args, const char *), -1, SQLITE_STATIC);
    case 'p': {
        const char *string = va_arg(*args, const char *);
        return bind_bytes(s, at, string, string ? strlen(string) : 0);
    }
    default: {
        const void *bytes = va_arg(*args, const void *);
        return bind_bytes(s, at, bytes, va_arg(*args, size_t));
    }
    }
}

static sqlite3_stmt *use(struct sql *q, struct error *e, const char *text, const char *types, va_list *args)
{
    sqlite3_stmt *s = sql_find(q, text, e);
    if (!s)
        return NULL;
    sqlite3_reset(s); /* an error may have left it unfinished */
    for (int i = 0; types[i]; i++)
        if (bind_one(s, i + 1, types[i], args) != SQLITE_OK) {
            sql_fail(q, e);
            return NULL;
        }
    return s;
}

sqlite3_stmt *sql_use(struct sql *q, struct error *e, const char *text, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *s = use(q, e, text, types, &args);
    va_end(args);
    return s;
}

int sql_step(struct sql *q, sqlite3_stmt *statement, struct error *e)
{
    if (!statement)
        return -1;
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        return 1;
    if (code != SQLITE_DONE)
        sql_fail(q, e);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? 0 : -1;
}

int sql_run(struct sql *q, struct error *e, const char *text, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *s = use(q, e, text, types, &args);
    va_end(args);
    int status;
    do
        status = sql_step(q, s, e);
    while (status == 1);
    return status;
}

int sql_number(struct sql *q, struct error *e, int64_t *number, const char *text, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *s = use(q, e, text, types, &args);
    va_end(args);
    int status = sql_step(q, s, e);
    if (status == 1) {
        *number = sqlite3_column_int64(s, 0);
        sqlite3_reset(s);
    }
    return status;
}

int sql_script(struct sql *q, const char *text, struct error *e)
{
    return sqlite3_exec(q->db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : sql_fail(q, e);
}

int sql_pragma(struct sql *q, const char *text, char out[SQL_WORD], struct error *e)
{
    sqlite3_stmt *s;
    out[0] = '\0';
    if (sqlite3_prepare_v2(q->db, text, -1, &s, NULL) != SQLITE_OK)
        return sql_fail(q, e);
    int status = sqlite3_step(s);
    const char *word = status == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
    if (word)
        sqlite3_snprintf(SQL_WORD, out, "%s", word);
    int failed = status == SQLITE_ROW || status == SQLITE_DONE ? 0 : sql_fail(q, e);
    sqlite3_finalize(s);
    return failed;
}

int sql_checked(struct sql *q, const char *text, struct error *e)
{
    static const char words[] = "error code=";
    const char *found = strstr(text, words);
    int code = found ? atoi(found + strlen(words)) & 0xff : SQLITE_CORRUPT;
    if (sqlite3_stricmp(text, "ok") == 0)
        return 0;
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        return 1;
    q->code = code;
    return error_at(e, q->path, 0, "cannot be checked: %s", sqlite3_errstr(code));
}

/* ---- Transactions -------------------------------------------------------------------------------- */

int sql_begin(struct sql *q, struct error *e)
{
    return sql_run(q, e, "BEGIN IMMEDIATE", "");
}

int sql_commit(struct sql *q, struct error *e)
{
    return sql_run(q, e, "COMMIT", "");
}

void sql_rollback(struct sql *q)
{
    for (int i = 0; i < q->statements_n; i++) /* a failure may have left some unfinished */
        sqlite3_reset(q->statements[i].prepared);
    /* SQLite may have rolled back already. */
    if (!sqlite3_get_autocommit(q->db))
        sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
}

bool sql_leads_elsewhere(struct sql *q)
{
    struct stat opened, named;
    const char *real = q->db ? sqlite3_db_filename(q->db, "main") : NULL;
    if (!real || !real[0] || stat(real, &opened) < 0)
        return false;
    if (stat(q->path, &named) < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
    return named.st_ino != opened.st_ino || named.st_dev != opened.st_dev;
}

bool sql_has_moved(struct sql *q)
{
    int moved = 0;
    return q->db &&
           ((sqlite3_file_control(q->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved) ||
            sql_leads_elsewhere(q));
}

char *sql_string(sqlite3_stmt *statement, int column)
{
    const void *bytes = sqlite3_column_blob(statement, column);
    return bytes ? memory_copy_n(bytes, (size_t)sqlite3_column_bytes(statement, column)) : memory_copy("");
}
