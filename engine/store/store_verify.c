#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/store_check.h"
#include "store/store_parts.h"
#include "store/store_study.h"

struct verify {
    struct sql *q;
    long most, faults;
    void (*say)(void *data, const char *fault);
    void *data;
};

static void fault(struct verify *v, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void fault(struct verify *v, const char *format, ...)
{
    if (v->faults++ >= v->most)
        return;
    va_list args;
    va_start(args, format);
    char *text = memory_format_list(format, args);
    va_end(args);
    v->say(v->data, text);
    free(text);
}

/* ---- SQLite's own check ------------------------------------------------------------------------ */

/* A row of SQLite's check can have several lines, the first of which only names the database. */
static void tell_lines(struct verify *v, const char *text)
{
    for (const char *line = text; *line; line += *line == '\n') {
        int length = (int)strcspn(line, "\n");
        if (length > 0 && strncmp(line, "***", 3) != 0)
            fault(v, "%s: %.*s", v->q->path, length, line);
        line += length;
    }
}

static int check_pages(struct verify *v, struct error *e)
{
    sqlite3_stmt *s = sql_use(v->q, e, "PRAGMA integrity_check", "");
    int status;
    while ((status = sql_step(v->q, s, e)) == 1) {
        const char *text = (const char *)sqlite3_column_text(s, 0);
        if (text && sqlite3_stricmp(text, "ok") != 0)
            tell_lines(v, text);
    }
    return status;
}

/* ---- All of it ----------------------------------------------------------------------------------- */

static void say_entry(void *data, const char *text)
{
    fault(data, "%s", text);
}

static int check_all(struct verify *v, struct error *e)
{
    const struct check_listener listener = {v, say_entry};
    return check_pages(v, e) < 0 || check_entries(v->q, &listener, e) < 0 ? -1 : 0;
}

long store_verify(struct store *s, long most, void (*say)(void *data, const char *fault), void *data,
                  struct error *e)
{
    struct verify v = {.q = &s->sql, .most = most, .say = say, .data = data};
    struct error why;
    if (sql_script(&s->sql, "BEGIN", e) < 0)
        return -1;
    int status = check_all(&v, &why);
    sql_rollback(&s->sql);
    if (status < 0 && s->sql.code == SQLITE_CORRUPT)
        fault(&v, "%s", why.text);
    else if (status < 0)
        return error_set(e, "%s", why.text);
    return v.faults;
}
