#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/store_join.h"
#include "store/store_keep.h"
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

static int check_references(struct verify *v, struct error *e)
{
    sqlite3_stmt *s = sql_use(
        v->q, e, "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2", "");
    int status;
    while ((status = sql_step(v->q, s, e)) == 1) {
        long long n = sqlite3_column_int64(s, 2);
        fault(v, "%s: %lld row%s of table %s refer%s to no row of table %s", v->q->path, n, n == 1 ? "" : "s",
              sqlite3_column_text(s, 0), n == 1 ? "s" : "", sqlite3_column_text(s, 1));
    }
    return status;
}

static int check_hashes(struct verify *v, struct error *e)
{
    int64_t n = 0;
    if (sql_number(v->q, e, &n, "SELECT count(*) FROM content WHERE length(hash) <> 16", "") < 0)
        return -1;
    if (n)
        fault(v, "%s: %lld contents are not 16 bytes long", v->q->path, (long long)n);
    return 0;
}

/* ---- Rows ---------------------------------------------------------------------------------------- */

/* What every row of a run key must match. */
struct frame {
    int64_t run_key;
    int layers, classes;
    float *values; /* [layers] */
};

static json_int_t member(const char *text, const char *name, bool is_array)
{
    json_t *object = json_loads(text ? text : "", 0, NULL);
    const json_t *value = json_object_get(object, name);
    json_int_t n = is_array ? (json_int_t)json_array_size(value) : json_integer_value(value);
    json_decref(object);
    return n;
}

static const char *fault_of_cells(const struct frame *f, sqlite3_stmt *row)
{
    const struct keep_context adjacent = {sqlite3_column_int(row, 1), sqlite3_column_int(row, 3),
                                          (float)sqlite3_column_double(row, 4)};
    return keep_cells_read(sqlite3_column_blob(row, 6), (size_t)sqlite3_column_bytes(row, 6), f->layers,
                           &adjacent, f->values);
}

/* Columns: 0 content, 1 class, 2 kind, 3 top, 4 score, 5 layer, 6 cells. */
static const char *fault_of_row(const struct frame *f, sqlite3_stmt *row)
{
    int64_t class_index = sqlite3_column_int64(row, 1), predicted = sqlite3_column_int64(row, 3);
    int kind = sqlite3_column_int(row, 2);
    if (class_index < 0 || class_index >= f->classes)
        return "has a class that the network does not have";
    if (kind < EXCLUDED_NOT || kind > EXCLUDED_NONFINITE)
        return "is of no known kind";
    if (kind == EXCLUDED_NONFINITE && sqlite3_column_int64(row, 5) < 0)
        return "says no layer that was not finite";
    if (kind != EXCLUDED_NOT)
        return NULL;
    if (predicted < 0 || predicted >= f->classes)
        return "has a winning class that the network does not have";
    if (sqlite3_column_type(row, 4) != SQLITE_FLOAT || !isfinite(sqlite3_column_double(row, 4)))
        return "has a score that is not finite";
    return fault_of_cells(f, row);
}

static int check_rows(struct verify *v, const struct frame *f, struct error *e)
{
    sqlite3_stmt *row = sql_use(
        v->q, e, "SELECT content, class, kind, top, score, layer, cells FROM measured WHERE series = ?", "i",
        f->run_key);
    int status;
    while ((status = sql_step(v->q, row, e)) == 1) {
        const char *why = fault_of_row(f, row);
        if (why)
            fault(v, "%s: the row of series %lld, content %lld, class %lld %s", v->q->path,
                  (long long)f->run_key, sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), why);
    }
    return status;
}

static int check_run_key(struct verify *v, struct error *e)
{
    sqlite3_stmt *s = sql_use(v->q, e,
                              "SELECT s.id, s.question, n.layers FROM series s JOIN network n"
                              " ON n.id = s.network",
                              "");
    int status;
    while ((status = sql_step(v->q, s, e)) == 1) {
        struct frame f = {.run_key = sqlite3_column_int64(s, 0)};
        f.layers = (int)member((const char *)sqlite3_column_text(s, 1), "layers", true);
        f.classes = (int)member((const char *)sqlite3_column_text(s, 2), "classes", false);
        if (f.layers == 0 || f.classes <= 0) {
            fault(v, "%s: series %lld does not say its layers and classes", v->q->path, (long long)f.run_key);
            continue;
        }
        f.values = memory_new((size_t)f.layers, sizeof *f.values);
        int failed = check_rows(v, &f, e);
        free(f.values);
        if (failed)
            return -1;
    }
    return status;
}

/* ---- Image lists --------------------------------------------------------------------------------- */

static void check_image_list(struct verify *v, int64_t dataset, long images)
{
    const struct join_listener nobody = {0};
    struct error why;
    if (join_run(v->q, dataset, images, 0, &nobody, &why) < 0)
        fault(v, "%s", why.text);
}

static int check_listings(struct verify *v, struct error *e)
{
    sqlite3_stmt *s = sql_use(v->q, e, "SELECT id, images FROM dataset WHERE complete", "");
    int status;
    while ((status = sql_step(v->q, s, e)) == 1) {
        int64_t images = sqlite3_column_int64(s, 1);
        if (images < 0 || images > INT32_MAX)
            fault(v, "%s: data set %lld has %lld images", v->q->path, sqlite3_column_int64(s, 0),
                  (long long)images);
        else
            check_image_list(v, sqlite3_column_int64(s, 0), (long)images);
    }
    return status;
}

/* ---- All of it ----------------------------------------------------------------------------------- */

static int check_all(struct verify *v, struct error *e)
{
    if (check_pages(v, e) < 0 || check_references(v, e) < 0 || check_hashes(v, e) < 0 ||
        check_run_key(v, e) < 0 || check_listings(v, e) < 0)
        return -1;
    return 0;
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
