/* The runs of isplit features for `isplit store`: as studies, part by part, and away with one. */
#include "store/store_features.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "curve/excluded.h"
#include "store/store_keep.h"
#include "store/store_parts.h"
#include "store/store_study.h"

/* ---- Part by part ------------------------------------------------------------------------------------ */

static int feature_take_part(struct store *s, sqlite3_stmt *row,
                             int (*take)(void *data, const struct content *content, const char *name,
                                         const uint32_t *words, size_t n, struct error *e),
                             void *data, struct error *e)
{
    struct content content;
    size_t n = 0;
    const void *hash = sqlite3_column_blob(row, 0);
    const char *name = (const char *)sqlite3_column_text(row, 1);
    bool of_image = keep_hash_read(hash, (size_t)sqlite3_column_bytes(row, 0), &content);
    uint32_t *words = name ? feature_part_read(name, of_image ? &content : NULL, sqlite3_column_blob(row, 2),
                                               (size_t)sqlite3_column_bytes(row, 2), &n)
                           : NULL;
    int status = words ? take(data, of_image ? &content : NULL, name, words, n, e)
                       : error_at(e, store_path(s), 0,
                                  "a row of features is not as it was written (see isplit store verify)");
    free(words);
    return status;
}

int store_features_each(struct store *s, int64_t run,
                        int (*take)(void *data, const struct content *content, const char *name,
                                    const uint32_t *words, size_t n, struct error *e),
                        void *data, struct error *e)
{
    static const char text[] =
        "SELECT content, name, words FROM feature_part WHERE run = ? ORDER BY content, name";
    sqlite3_stmt *row = sql_use(&s->sql, e, text, "i", run);
    int status;
    while ((status = sql_step(&s->sql, row, e)) == 1)
        if (feature_take_part(s, row, take, data, e) < 0) {
            sqlite3_reset(row);
            return -1;
        }
    return status;
}

/* ---- As studies -------------------------------------------------------------------------------------- */

/* An image part counts as it says; a picture's is of one that can be used. */
static int feature_count_part(void *data, const struct content *content, const char *name,
                              const uint32_t *words, size_t n, struct error *e)
{
    struct store_study *study = data;
    enum feature_part_kind kind = feature_part_kind_of(name);
    (void)e;
    if (!content || n == 0 || (kind != FEATURE_PART_IMAGE && kind != FEATURE_PART_PICTURE))
        return 0;
    enum exclusion why = kind == FEATURE_PART_IMAGE ? (enum exclusion)words[0] : EXCLUDED_NOT;
    study->rows += why == EXCLUDED_NOT;
    study->skipped += why == EXCLUDED_UNDECODABLE;
    study->nonfinite += why == EXCLUDED_NONFINITE;
    return 0;
}

static struct store_study feature_study(sqlite3_stmt *row)
{
    struct store_study study = {
        .features = true,
        .id = sqlite3_column_int64(row, 0),
        .changed = sqlite3_column_int64(row, 1),
        .row_key = sql_string(row, 2),
        .versions = sql_string(row, 4),
        .cfg = sql_string(row, 7),
        .weights = sql_string(row, 8),
        .layers = sql_string(row, 9),
        .split = sql_string(row, 10),
        .images = (long)sqlite3_column_int64(row, 11),
        .place = sql_string(row, 12),
        .tuning_key = sql_string(row, 13),
        .complete = true,
    };
    const int hashes[] = {3, 5, 6};
    char *const to[] = {study.tuning, study.cfg_xxh3, study.weights_xxh3};
    for (int i = 0; i < 3; i++)
        sqlite3_snprintf(17, to[i], "%s", (const char *)sqlite3_column_text(row, hashes[i]));
    return study;
}

static struct store_study *feature_studies_found(struct store *s, int *n, struct error *e)
{
    static const char text[] =
        "SELECT r.id, r.changed, r.question, r.plan, r.versions, r.cfg_xxh3, r.weights_xxh3, r.cfg, "
        "r.weights,"
        " r.layers, r.split, r.images, r.place, (SELECT c.asked FROM feature_choice c"
        " WHERE c.cfg_xxh3 = r.cfg_xxh3 AND c.weights_xxh3 = r.weights_xxh3 AND c.question = r.question"
        " AND c.plan = r.plan ORDER BY length(c.asked), c.asked LIMIT 1) FROM feature_run r ORDER BY r.id";
    struct store_study *studies = memory_new(1, sizeof *studies);
    int status, there = feature_is_there(&s->sql, e);
    sqlite3_stmt *row = there > 0 ? sql_use(&s->sql, e, text, "") : NULL;
    if (there == 0)
        return studies;
    while ((status = there < 0 ? -1 : sql_step(&s->sql, row, e)) == 1) {
        studies = memory_grow(studies, (size_t)*n + 1, sizeof *studies);
        studies[(*n)++] = feature_study(row);
    }
    if (status == 0)
        return studies;
    store_studies_free(studies, *n);
    return NULL;
}

struct store_study *store_features_studies(struct store *s, int *n, struct error *e)
{
    *n = 0;
    struct store_study *studies = feature_studies_found(s, n, e);
    for (int i = 0; i < *n && studies; i++)
        if (store_features_each(s, studies[i].id, feature_count_part, &studies[i], e) < 0) {
            store_studies_free(studies, *n);
            studies = NULL;
        }
    *n = studies ? *n : 0;
    return studies;
}

/* ---- Removing ---------------------------------------------------------------------------------------- */

static int feature_remove(struct sql *q, int64_t run, struct error *e)
{
    static const char choices[] =
        "DELETE FROM feature_choice WHERE NOT EXISTS (SELECT 1 FROM feature_run r"
        " WHERE r.cfg_xxh3 = feature_choice.cfg_xxh3 AND r.weights_xxh3 = feature_choice.weights_xxh3"
        " AND r.question = feature_choice.question AND r.plan = feature_choice.plan)";
    return sql_run(q, e, "DELETE FROM feature_part WHERE run = ?", "i", run) < 0 ||
                   sql_run(q, e, "DELETE FROM feature_run WHERE id = ?", "i", run) < 0
               ? -1
               : sql_run(q, e, choices, "");
}

int store_features_remove(struct store *s, int64_t run, struct error *e)
{
    struct sql *q = &s->sql;
    struct error why;
    char busy[SQL_WORD];
    if (store_flush(s, e) < 0)
        return -1;
    if (sql_begin(q, e) < 0 || feature_remove(q, run, e) < 0 || sql_commit(q, e) < 0) {
        sql_rollback(q);
        return -1;
    }
    if (sql_script(q, "VACUUM", &why) < 0 || sql_pragma(q, "PRAGMA wal_checkpoint(TRUNCATE)", busy, &why) < 0)
        return error_set(e, "%.1900s (the study is removed, but its disk space could not be freed)",
                         why.text);
    return 0;
}
