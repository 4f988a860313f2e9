#include "store/store.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/store_keep.h"
#include "store/store_parts.h"

/* ---- Run keys ------------------------------------------------------------------------------------ */

int store_last_tuning(struct store *s, const struct store_run_key *run_key, const char *tuning_key,
                      char tuning[17], struct error *e)
{
    static const char text[] =
        "SELECT c.plan FROM network n JOIN choice c ON c.network = n.id"
        " WHERE n.cfg_xxh3 = ? AND n.weights_xxh3 = ? AND c.question = ? AND c.asked = ?";
    sqlite3_stmt *found = sql_use(&s->sql, e, text, "tttt", run_key->cfg_xxh3, run_key->weights_xxh3,
                                  run_key->row_key, tuning_key);
    int status = sql_step(&s->sql, found, e);
    if (status == 1) {
        sqlite3_snprintf(17, tuning, "%s", (const char *)sqlite3_column_text(found, 0));
        sqlite3_reset(found);
    }
    return status;
}

int64_t store_number_of(struct sql *q, const struct store_run_key *run_key, struct error *e)
{
    static const char text[] =
        "SELECT s.id FROM network n JOIN series s ON s.network = n.id"
        " WHERE n.cfg_xxh3 = ? AND n.weights_xxh3 = ? AND s.question = ? AND s.plan = ?"
        " AND EXISTS (SELECT 1 FROM measured m WHERE m.series = s.id)";
    int64_t id = 0;
    int found = sql_number(q, e, &id, text, "tttt", run_key->cfg_xxh3, run_key->weights_xxh3,
                           run_key->row_key, run_key->tuning);
    return found < 0 ? -1 : id;
}

int64_t store_find_run_key(struct store *s, const struct store_run_key *run_key, struct error *e)
{
    return store_number_of(&s->sql, run_key, e);
}

char *store_versions(struct store *s, int64_t run_key, struct error *e)
{
    sqlite3_stmt *found = sql_use(&s->sql, e, "SELECT versions FROM series WHERE id = ?", "i", run_key);
    int status = sql_step(&s->sql, found, e);
    if (status == 0)
        error_at(e, store_path(s), 0, "has no series %lld any more", (long long)run_key);
    if (status != 1)
        return NULL;
    char *versions = sql_string(found, 0);
    sqlite3_reset(found);
    return versions;
}

/* ---- Looking up ---------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static int wrong(const struct store *s, struct error *e,
                                                       const char *format, ...)
{
    char why[160];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    error_at(e, store_path(s), 0, "%s", why);
    return STORE_WRONG;
}

/* What fails here fails in the look-up that follows, too, which says so. */
void store_look_begin(struct store *s)
{
    sql_run(&s->sql, NULL, "BEGIN", "");
}

void store_look_end(struct store *s)
{
    sql_rollback(&s->sql);
}

/* The columns of both look-ups. */
#define ROW_COLUMNS "c.hash, m.kind, m.top, m.score, m.layer, m.reason, m.cells"
enum { HASH, KIND /* and the others of keep_row_read */ };

static int store_read_row(struct store *s, sqlite3_stmt *found, int class_index, struct store_row *row,
                          float *values, int layers_n, struct error *e)
{
    struct error why;
    if (keep_row_read(found, KIND, class_index, row, values, layers_n, &why) == 0)
        return 1;
    return wrong(s, e, "%.150s", why.text);
}

static int store_read_image(struct store *s, sqlite3_stmt *found, int class_index, struct content *content,
                            struct store_row *row, float *values, int layers_n, struct error *e)
{
    const void *hash = sqlite3_column_blob(found, HASH);
    if (!keep_hash_read(hash, (size_t)sqlite3_column_bytes(found, HASH), content))
        return wrong(s, e, "a content is not %d bytes long", KEEP_HASH);
    if (sqlite3_column_type(found, KIND) == SQLITE_NULL)
        return 0;
    return store_read_row(s, found, class_index, row, values, layers_n, e);
}

int store_find_image(struct store *s, int64_t run_key, const struct dataset *d, long image,
                     struct content *content, struct store_row *row, float *values, int layers_n,
                     struct error *e)
{
    static const char text[] =
        "SELECT " ROW_COLUMNS " FROM root r JOIN file f ON f.root = r.id JOIN content c ON c.id = f.content"
        " LEFT JOIN measured m ON m.series = ? AND m.content = c.id AND m.class = ?"
        " WHERE r.place = ? AND f.path = ? AND f.size = ? AND f.mtime_ns = ?";
    const struct dataset_image *i = &d->images[image];
    *content = (struct content){0};
    if (!d->place || i->size < 0)
        return 0;
    sqlite3_stmt *found = sql_use(&s->sql, e, text, "iippii", run_key, (int64_t)i->class_index, d->place,
                                  i->path, i->size, i->mtime_ns);
    int status = sql_step(&s->sql, found, e);
    if (status != 1)
        return status;
    status = store_read_image(s, found, i->class_index, content, row, values, layers_n, e);
    sqlite3_reset(found);
    return status;
}

int store_find_row(struct store *s, int64_t run_key, const struct content *content, int class_index,
                   struct store_row *row, float *values, int layers_n, struct error *e)
{
    static const char text[] = "SELECT " ROW_COLUMNS " FROM content c JOIN measured m ON m.content = c.id "
                               "WHERE c.hash = ? AND m.series = ? AND m.class = ?";
    unsigned char hash[KEEP_HASH];
    if (!content->known)
        return 0;
    keep_hash_bytes(content, hash);
    sqlite3_stmt *found = sql_use(&s->sql, e, text, "bii", hash, sizeof hash, run_key, (int64_t)class_index);
    int status = sql_step(&s->sql, found, e);
    if (status != 1)
        return status;
    status = store_read_row(s, found, class_index, row, values, layers_n, e);
    sqlite3_reset(found);
    return status;
}
