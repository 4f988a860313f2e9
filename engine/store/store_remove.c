/* Removing a study, and everything that nothing else in the file needs then. */
#include "store/store_join.h"
#include "store/store_image_list.h"
#include "store/store_parts.h"
#include "store/store_share.h"
#include "store/store_study.h"

struct doomed {
    int64_t study, run_key, network, dataset, root;
};

static int store_remove_find(struct sql *q, int64_t study, struct doomed *d, struct error *e)
{
    static const char text[] = "SELECT t.series, s.network, t.dataset, d.root FROM study t"
                               " JOIN series s ON s.id = t.series JOIN dataset d ON d.id = t.dataset"
                               " WHERE t.id = ?";
    sqlite3_stmt *s = sql_use(q, e, text, "i", study);
    int status = sql_step(q, s, e);
    if (status == 0)
        return error_at(e, q->path, 0, "has no study %lld", (long long)study);
    if (status < 0)
        return -1;
    *d = (struct doomed){study, sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1),
                         sqlite3_column_int64(s, 2), sqlite3_column_int64(s, 3)};
    sqlite3_reset(s);
    return 0;
}

/* ---- Rows ---------------------------------------------------------------------------------------- */

static int need_row(void *data, long image, int class_index, sqlite3_stmt *file, struct error *e)
{
    (void)image;
    return sql_run(data, e, "INSERT OR IGNORE INTO needed_row VALUES(?, ?)", "ii",
                   sqlite3_column_int64(file, 1), (int64_t)class_index);
}

static int need_rows_of(struct sql *q, int64_t dataset, long images, struct error *e)
{
    const struct join_listener listener = {.data = q, .file = need_row};
    return join_run(q, dataset, images, 0, &listener, e);
}

/* Rows that another study of the run key shows are kept. */
static int remove_rows(struct sql *q, const struct doomed *d, struct error *e)
{
    static const char others[] = "SELECT d.id, d.images, d.complete FROM study t JOIN dataset d"
                                 " ON d.id = t.dataset WHERE t.series = ?";
    if (sql_script(q, "DELETE FROM needed_row", e) < 0)
        return -1;
    sqlite3_stmt *s = sql_use(q, e, others, "i", d->run_key);
    int status;
    bool all_known = true;
    while ((status = sql_step(q, s, e)) == 1) {
        all_known = all_known && sqlite3_column_int(s, 2);
        if (all_known && need_rows_of(q, sqlite3_column_int64(s, 0), (long)sqlite3_column_int64(s, 1), e) < 0)
            return -1;
    }
    /* The rows of an image list that is still being written are unknown. */
    if (status < 0 || !all_known)
        return status;
    return sql_run(q, e, "DELETE FROM measured WHERE series = ? AND (content, class) NOT IN needed_row", "i",
                   d->run_key);
}

static int remove_run_key(struct sql *q, const struct doomed *d, struct error *e)
{
    static const char choices[] =
        "DELETE FROM choice WHERE network = ? AND NOT EXISTS (SELECT 1 FROM series s"
        " WHERE s.network = choice.network AND s.question = choice.question AND s.plan = choice.plan)";
    return sql_run(q, e,
                   "DELETE FROM series WHERE id = ? AND id NOT IN (SELECT series FROM study)"
                   " AND NOT EXISTS (SELECT 1 FROM measured WHERE series = series.id)",
                   "i", d->run_key) < 0 ||
                   sql_run(q, e, choices, "i", d->network) < 0 ||
                   sql_run(q, e,
                           "DELETE FROM network WHERE id = ? AND id NOT IN (SELECT network FROM series)", "i",
                           d->network) < 0
               ? -1
               : 0;
}

/* ---- Files --------------------------------------------------------------------------------------- */

static int need_files(struct sql *q, sqlite3_stmt *part, struct error *e)
{
    const unsigned char *entries = sqlite3_column_blob(part, 0);
    int length = sqlite3_column_bytes(part, 0);
    for (int at = 0; at + IMAGE_LIST_ENTRY <= length; at += IMAGE_LIST_ENTRY)
        if (sql_run(q, e, "INSERT OR IGNORE INTO needed_file VALUES(?)", "i",
                    image_list_entry_read(entries + at, NULL)) < 0)
            return -1;
    return 0;
}

/* Files that no other data set of the same root lists. */
static int remove_files(struct sql *q, const struct doomed *d, struct error *e)
{
    static const char parts[] =
        "SELECT l.entries FROM dataset d JOIN listing l ON l.dataset = d.id WHERE d.root = ?";
    if (sql_script(q, "DELETE FROM needed_file", e) < 0)
        return -1;
    sqlite3_stmt *s = sql_use(q, e, parts, "i", d->root);
    int status;
    while ((status = sql_step(q, s, e)) == 1)
        if (need_files(q, s, e) < 0)
            return -1;
    if (status < 0 ||
        sql_run(q, e, "DELETE FROM file WHERE root = ? AND id NOT IN needed_file", "i", d->root) < 0)
        return -1;
    return sql_run(q, e,
                   "DELETE FROM root WHERE id = ? AND id NOT IN (SELECT root FROM dataset)"
                   " AND NOT EXISTS (SELECT 1 FROM file WHERE root = root.id)",
                   "i", d->root);
}

static int remove_dataset(struct sql *q, const struct doomed *d, struct error *e)
{
    int64_t shown;
    int found = sql_number(q, e, &shown, "SELECT 1 FROM study WHERE dataset = ?", "i", d->dataset);
    if (found)
        return found < 0 ? -1 : 0;
    return sql_run(q, e, "DELETE FROM listing WHERE dataset = ?", "i", d->dataset) < 0 ||
                   sql_run(q, e, "DELETE FROM dataset WHERE id = ?", "i", d->dataset) < 0
               ? -1
               : remove_files(q, d, e);
}

/* ---- All of it ----------------------------------------------------------------------------------- */

static int remove_all(struct sql *q, int64_t study, struct error *e)
{
    static const char contents[] = "DELETE FROM content WHERE id NOT IN (SELECT content FROM measured"
                                   " UNION ALL SELECT content FROM file WHERE content IS NOT NULL)";
    struct doomed d = {0};
    if (store_remove_find(q, study, &d, e) < 0 ||
        sql_run(q, e, "DELETE FROM study WHERE id = ?", "i", study) < 0 || share_remove(q, study, e) < 0)
        return -1;
    return remove_rows(q, &d, e) < 0 || remove_run_key(q, &d, e) < 0 || remove_dataset(q, &d, e) < 0
               ? -1
               : sql_run(q, e, contents, "");
}

int store_remove(struct store *s, int64_t id, struct error *e)
{
    struct sql *q = &s->sql;
    if (store_flush(s, e) < 0)
        return -1;
    if (sql_script(q,
                   "CREATE TEMP TABLE IF NOT EXISTS needed_row(content INTEGER, class INTEGER,"
                   " PRIMARY KEY(content, class)) WITHOUT ROWID;"
                   "CREATE TEMP TABLE IF NOT EXISTS needed_file(id INTEGER PRIMARY KEY)",
                   e) < 0)
        return -1;
    if (sql_begin(q, e) < 0 || remove_all(q, id, e) < 0 || sql_commit(q, e) < 0) {
        sql_rollback(q);
        return -1;
    }
    struct error why;
    char busy[SQL_WORD];
    if (sql_script(q, "VACUUM", &why) < 0 || sql_pragma(q, "PRAGMA wal_checkpoint(TRUNCATE)", busy, &why) < 0)
        return error_set(e, "%.1900s (the study is removed, but its disk space could not be freed)",
                         why.text);
    return 0;
}
