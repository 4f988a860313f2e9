#include "store/store_check.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "curve/excluded.h"
#include "data/dataset.h"
#include "store/row_key.h"
#include "store/store_features.h"
#include "store/store_image_list.h"
#include "store/store_join.h"
#include "store/store_keep.h"

struct check {
    struct sql *q;
    void (*say)(void *data, const char *fault);
    void *data;
    int64_t rows_n, rows_done; /* of `measured`; those that were looked at */
};

/* Rows between two looks at how far it is. */
enum { CHECK_ROWS_TOLD = 1024 };

static void check_fault(const struct check *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void check_fault(const struct check *c, const char *format, ...)
{
    struct error e;
    va_list args;
    va_start(args, format);
    char *text = memory_format_list(format, args);
    va_end(args);
    error_at(&e, c->q->path, 0, "%s", text);
    c->say(c->data, e.text);
    free(text);
}

/* ---- References and contents ----------------------------------------------------------------------- */

static int check_references(const struct check *c, struct error *e)
{
    sqlite3_stmt *s = sql_use(
        c->q, e, "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2", "");
    int status;
    while ((status = sql_step(c->q, s, e)) == 1) {
        long long n = sqlite3_column_int64(s, 2);
        check_fault(c, "%lld row%s of table %s refer%s to no row of table %s", n, n == 1 ? "" : "s",
                    sqlite3_column_text(s, 0), n == 1 ? "s" : "", sqlite3_column_text(s, 1));
    }
    return status;
}

static int check_hashes(const struct check *c, struct error *e)
{
    int64_t n = 0;
    if (sql_number(c->q, e, &n, "SELECT count(*) FROM content WHERE length(hash) <> 16", "") < 0)
        return -1;
    if (n)
        check_fault(c, "%lld contents are not 16 bytes long", (long long)n);
    return 0;
}

/* Numbers are given from 1 up. */
static int check_ids(const struct check *c, struct error *e)
{
    static const char text[] = "SELECT 'content', min(id) FROM content UNION ALL"
                               " SELECT 'series', min(id) FROM series UNION ALL"
                               " SELECT 'data set', min(id) FROM dataset";
    sqlite3_stmt *s = sql_use(c->q, e, text, "");
    int status;
    while ((status = sql_step(c->q, s, e)) == 1)
        if (sqlite3_column_type(s, 1) != SQLITE_NULL && sqlite3_column_int64(s, 1) < 1)
            check_fault(c, "a %s has the number %lld (expected 1 or more)", sqlite3_column_text(s, 0),
                        sqlite3_column_int64(s, 1));
    return status;
}

/* ---- Rows ---------------------------------------------------------------------------------------- */

/* What every row of a run key must match. */
struct frame {
    int64_t run_key;
    int columns, layers, classes; /* of the rows; of the network */
    float *values;                /* [columns] */
};

static const char *fault_of_cells(const struct frame *f, sqlite3_stmt *row)
{
    const struct curve_row adjacent = {.class_index = sqlite3_column_int(row, 1),
                                       .predicted = sqlite3_column_int(row, 3),
                                       .score = (float)sqlite3_column_double(row, 4)};
    return keep_cells_read(sqlite3_column_blob(row, 6), (size_t)sqlite3_column_bytes(row, 6), f->columns,
                           &adjacent, f->values);
}

/* Columns: 0 content, 1 class, 2 kind, 3 top, 4 score, 5 layer, 6 cells. */
static const char *fault_of_row(const struct frame *f, sqlite3_stmt *row)
{
    int64_t class_index = sqlite3_column_int64(row, 1), kind = sqlite3_column_int64(row, 2);
    int64_t predicted = sqlite3_column_int64(row, 3), layer = sqlite3_column_int64(row, 5);
    if (class_index < DATASET_NO_CLASS || class_index >= f->classes)
        return "has a class that the network does not have";
    if (kind < EXCLUDED_NOT || kind > EXCLUDED_NONFINITE)
        return "is of no known kind";
    if (kind == EXCLUDED_NONFINITE && (layer < 0 || layer >= f->layers))
        return "says no layer that was not finite";
    if (kind != EXCLUDED_NOT)
        return NULL;
    if (predicted < 0 || predicted >= f->classes)
        return "has a winning class that the network does not have";
    if (sqlite3_column_type(row, 4) != SQLITE_FLOAT || !isfinite(sqlite3_column_double(row, 4)))
        return "has a score that is not finite";
    return fault_of_cells(f, row);
}

static int check_rows(struct check *c, const struct frame *f, struct error *e)
{
    sqlite3_stmt *row = sql_use(
        c->q, e, "SELECT content, class, kind, top, score, layer, cells FROM measured WHERE series = ?", "i",
        f->run_key);
    int status;
    while ((status = sql_step(c->q, row, e)) == 1) {
        const char *why = fault_of_row(f, row);
        if (c->rows_done++ % CHECK_ROWS_TOLD == 0)
            sql_tell(c->q, "checking rows", (long)c->rows_done - 1, (long)c->rows_n);
        if (why)
            check_fault(c, "the row of series %lld, content %lld, class %lld %s", (long long)f->run_key,
                        sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), why);
    }
    return status;
}

/* ---- Run keys ------------------------------------------------------------------------------------ */

/* A text that is none, for instance a number or a blob, is no text of ours. */
static const char *text_at(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text ? text : "";
}

/* Columns: 0 id, 1 row key, 2 tuning, 3 layers. */
static int check_run_key(struct check *c, sqlite3_stmt *s, struct error *e)
{
    struct run_options run;
    struct table *table;
    struct error why;
    char cfg[17], weights[17];
    int status = 0;
    long long id = sqlite3_column_int64(s, 0);
    if (!message_is_xxh3(text_at(s, 2)))
        check_fault(c, "series %lld does not say its tuning (expected 16 hex digits)", id);
    if (row_key_read_texts(text_at(s, 1), text_at(s, 3), &run, &table, cfg, weights, &why) < 0) {
        check_fault(c, "series %lld does not say its layers and classes: %.900s", id, why.text);
    } else {
        const struct frame f = {.run_key = id,
                                .columns = run.layers_n,
                                .layers = table->rows_n,
                                .classes = table->classes,
                                .values = memory_new((size_t)run.layers_n, sizeof *f.values)};
        status = check_rows(c, &f, e);
        free(f.values);
    }
    run_options_free(&run);
    table_free(table);
    return status;
}

static int check_run_keys(struct check *c, struct error *e)
{
    static const char text[] =
        "SELECT s.id, s.question, s.plan, n.layers FROM series s JOIN network n ON n.id = s.network";
    sqlite3_stmt *s = sql_use(c->q, e, text, "");
    int status;
    while ((status = sql_step(c->q, s, e)) == 1)
        if (check_run_key(c, s, e) < 0)
            return -1;
    return status;
}

/* ---- Image lists --------------------------------------------------------------------------------- */

static int check_take_file(void *data, long image, int class_index, sqlite3_stmt *row, struct error *e)
{
    (void)e;
    struct dataset *d = data;
    d->images[image].path = sql_string(row, 2);
    d->images[image].class_index = class_index;
    return 0;
}

/* As a study is loaded: the list, the files, and what is said of the data set. */
static int read_image_list(const struct check *c, int64_t dataset, int64_t images, const char *about,
                           struct dataset *d, struct error *e)
{
    const struct join_listener listener = {.data = d, .file = check_take_file};
    if (image_list_check(c->q, dataset, images, e) < 0)
        return -1;
    d->images = memory_new((size_t)images, sizeof *d->images);
    d->images_n = (long)images;
    return join_run(c->q, dataset, d->images_n, 0, &listener, e) < 0 ||
                   image_list_read_about(c->q, dataset, about, d, e) < 0
               ? -1
               : 0;
}

/* Whether a study's network has the last class, which is the highest, of its data set. */
static int check_studies_of(const struct check *c, int64_t dataset, const struct dataset *d, struct error *e)
{
    static const char text[] = "SELECT t.id, n.layers FROM study t JOIN series s ON s.id = t.series"
                               " JOIN network n ON n.id = s.network WHERE t.dataset = ?";
    int last = d->classes_n ? d->classes[d->classes_n - 1].index : -1;
    sqlite3_stmt *s = sql_use(c->q, e, text, "i", dataset);
    int status;
    while ((status = sql_step(c->q, s, e)) == 1) {
        json_t *layers = json_loads(text_at(s, 1), JSON_REJECT_DUPLICATES, NULL);
        json_int_t classes = json_integer_value(json_object_get(layers, "classes"));
        json_decref(layers);
        if (last >= classes && classes > 0)
            check_fault(c, "study %lld: data set %lld names class %d of %lld", sqlite3_column_int64(s, 0),
                        (long long)dataset, last, (long long)classes);
    }
    return status;
}

/* A path or a class that changed would give other images to a subset, and others to the first of an order,
 * while each row is sound. Columns as of check_dataset. */
static void check_list_hash(const struct check *c, sqlite3_stmt *s, const struct dataset *d)
{
    struct image_list *l = image_list_new(d);
    if (!l || !image_list_is(l, sqlite3_column_blob(s, 3), (size_t)sqlite3_column_bytes(s, 3)))
        check_fault(c,
                    "the list of images of data set %lld is not the one that was kept: its hash is another",
                    sqlite3_column_int64(s, 0));
    image_list_drop(l);
}

/* Columns: 0 id, 1 images, 2 about, 3 hash of the list. */
static int check_dataset(const struct check *c, sqlite3_stmt *s, struct error *e)
{
    struct error why;
    int64_t id = sqlite3_column_int64(s, 0), images = sqlite3_column_int64(s, 1);
    if (images < 0 || images > INT32_MAX) {
        check_fault(c, "data set %lld has %lld images", (long long)id, (long long)images);
        return 0;
    }
    struct dataset *d = memory_new(1, sizeof *d);
    int status = 0;
    if (read_image_list(c, id, images, text_at(s, 2), d, &why) < 0) {
        c->say(c->data, why.text);
    } else {
        check_list_hash(c, s, d);
        status = check_studies_of(c, id, d, e);
    }
    dataset_free(d);
    return status;
}

static int check_datasets(const struct check *c, struct error *e)
{
    sqlite3_stmt *s = sql_use(c->q, e, "SELECT id, images, about, listing FROM dataset WHERE complete", "");
    int status;
    while ((status = sql_step(c->q, s, e)) == 1)
        if (check_dataset(c, s, e) < 0)
            return -1;
    return status;
}

/* ---- SQLite's own check ------------------------------------------------------------------------ */

/* A row of SQLite's check can have several lines, the first of which only names the database. */
static void check_lines(const struct check *c, const char *text)
{
    for (const char *line = text; *line; line += *line == '\n') {
        int length = (int)strcspn(line, "\n");
        if (length > 0 && strncmp(line, "***", 3) != 0)
            check_fault(c, "%.*s", length, line);
        line += length;
    }
}

static int check_pages(const struct check *c, struct error *e)
{
    sqlite3_stmt *s = sql_use(c->q, e, "PRAGMA integrity_check", "");
    int status;
    while ((status = sql_step(c->q, s, e)) == 1) {
        int checked = sql_checked(c->q, text_at(s, 0), e);
        if (checked < 0)
            return -1;
        if (checked)
            check_lines(c, text_at(s, 0));
    }
    return status;
}

/* ---- All of it ----------------------------------------------------------------------------------- */

int check_store(struct sql *q, void (*say)(void *data, const char *fault), void *data, struct error *e)
{
    struct check c = {.q = q, .say = say, .data = data};
    sql_tell(q, "checking pages", 0, 0);
    return check_pages(&c, e) < 0 || check_ids(&c, e) < 0 || check_references(&c, e) < 0 ||
                   check_hashes(&c, e) < 0 ||
                   sql_number(q, e, &c.rows_n, "SELECT count(*) FROM measured", "") < 0 ||
                   check_run_keys(&c, e) < 0 || check_datasets(&c, e) < 0 ||
                   feature_check(q, say, data, e) < 0
               ? -1
               : 0;
}
