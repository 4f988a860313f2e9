#include "store/store_features.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"

#include "store/store_keep.h"
#include "store/store_parts.h"

/* ---- Tables ------------------------------------------------------------------------------------------ */

static const char feature_tables[] =
    "CREATE TABLE IF NOT EXISTS feature_run(id INTEGER PRIMARY KEY AUTOINCREMENT, cfg_xxh3 TEXT NOT NULL,"
    " weights_xxh3 TEXT NOT NULL, question TEXT NOT NULL, plan TEXT NOT NULL, versions TEXT NOT NULL,"
    " cfg BLOB NOT NULL, weights BLOB NOT NULL, layers TEXT NOT NULL, place BLOB NOT NULL,"
    " split BLOB NOT NULL, images INTEGER NOT NULL, changed INTEGER NOT NULL,"
    " UNIQUE(cfg_xxh3, weights_xxh3, question, plan));"
    /* The tuning last used for a tuning key. */
    "CREATE TABLE IF NOT EXISTS feature_choice(cfg_xxh3 TEXT NOT NULL, weights_xxh3 TEXT NOT NULL,"
    " question TEXT NOT NULL, asked TEXT NOT NULL, plan TEXT NOT NULL,"
    " PRIMARY KEY(cfg_xxh3, weights_xxh3, question, asked)) WITHOUT ROWID;"
    /* content: as KEEP_HASH bytes, or none where the part is of no image. */
    "CREATE TABLE IF NOT EXISTS feature_part(run INTEGER NOT NULL REFERENCES feature_run(id),"
    " content BLOB NOT NULL, name TEXT NOT NULL, words BLOB NOT NULL,"
    " PRIMARY KEY(run, content, name)) WITHOUT ROWID";

int feature_make_tables(struct sql *q, struct error *e)
{
    int there = feature_is_there(q, e);
    return there ? (there < 0 ? -1 : 0) : sql_script(q, feature_tables, e);
}

int feature_is_there(struct sql *q, struct error *e)
{
    int64_t found;
    return sql_number(q, e, &found,
                      "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'feature_part'", "");
}

/* ---- Looking up -------------------------------------------------------------------------------------- */

int store_features_last_tuning(struct store *s, const struct store_run_key *k, const char *tuning_key,
                               char tuning[17], struct error *e)
{
    static const char text[] = "SELECT plan FROM feature_choice"
                               " WHERE cfg_xxh3 = ? AND weights_xxh3 = ? AND question = ? AND asked = ?";
    int there = feature_is_there(&s->sql, e);
    if (there <= 0)
        return there;
    sqlite3_stmt *found =
        sql_use(&s->sql, e, text, "tttt", k->cfg_xxh3, k->weights_xxh3, k->row_key, tuning_key);
    int status = sql_step(&s->sql, found, e);
    if (status == 1) {
        sqlite3_snprintf(17, tuning, "%s", (const char *)sqlite3_column_text(found, 0));
        sqlite3_reset(found);
    }
    return status;
}

int64_t store_features_find(struct store *s, const struct store_run_key *k, struct error *e)
{
    static const char text[] =
        "SELECT id FROM feature_run WHERE cfg_xxh3 = ? AND weights_xxh3 = ? AND question = ? AND plan = ?";
    int64_t id = 0;
    int found = feature_is_there(&s->sql, e);
    if (found > 0)
        found =
            sql_number(&s->sql, e, &id, text, "tttt", k->cfg_xxh3, k->weights_xxh3, k->row_key, k->tuning);
    return found < 0 ? -1 : found == 0 ? 0 : id;
}

int store_features_any(struct store *s, const struct store_run_key *k, struct error *e)
{
    static const char text[] =
        "SELECT 1 FROM feature_run WHERE cfg_xxh3 = ? AND weights_xxh3 = ? AND question = ?";
    int64_t number;
    int there = feature_is_there(&s->sql, e);
    return there <= 0
               ? there
               : sql_number(&s->sql, e, &number, text, "ttt", k->cfg_xxh3, k->weights_xxh3, k->row_key);
}

char *store_features_versions(struct store *s, int64_t run, struct error *e)
{
    sqlite3_stmt *found = sql_use(&s->sql, e, "SELECT versions FROM feature_run WHERE id = ?", "i", run);
    int status = sql_step(&s->sql, found, e);
    if (status == 0)
        error_at(e, store_path(s), 0, "has no features %lld any more", (long long)run);
    if (status != 1)
        return NULL;
    char *versions = sql_string(found, 0);
    sqlite3_reset(found);
    return versions;
}

int store_features_parts(struct store *s, int64_t run, const struct content *content,
                         void (*take)(void *data, const char *name, const uint32_t *words, size_t n),
                         void *data, struct error *e)
{
    static const char text[] = "SELECT name, words FROM feature_part WHERE run = ? AND content = ?";
    unsigned char hash[KEEP_HASH];
    if (content)
        keep_hash_bytes(content, hash);
    sqlite3_stmt *found = sql_use(&s->sql, e, text, "ib", run, hash, (size_t)(content ? KEEP_HASH : 0));
    int status, wrong = 0;
    while ((status = sql_step(&s->sql, found, e)) == 1) {
        const char *name = (const char *)sqlite3_column_text(found, 0);
        size_t n;
        uint32_t *words = name ? feature_part_read(name, content, sqlite3_column_blob(found, 1),
                                                   (size_t)sqlite3_column_bytes(found, 1), &n)
                               : NULL;
        if (words)
            take(data, name, words, n);
        else
            wrong = STORE_WRONG;
        free(words);
    }
    if (status == 0 && wrong)
        error_at(e, store_path(s), 0, "a row of features is not as it was written");
    return status < 0 ? -1 : wrong;
}

/* ---- Keeping ----------------------------------------------------------------------------------------- */

int feature_make_run(struct sql *q, const struct store_run_key *k, const struct feature_about *about,
                     int64_t *run, struct error *e)
{
    static const char find[] =
        "SELECT id FROM feature_run WHERE cfg_xxh3 = ? AND weights_xxh3 = ? AND question = ? AND plan = ?";
    static const char put[] =
        "INSERT INTO feature_run(cfg_xxh3, weights_xxh3, question, plan, versions, cfg, weights, layers,"
        " place, split, images, changed) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    int found = sql_number(q, e, run, find, "tttt", k->cfg_xxh3, k->weights_xxh3, k->row_key, k->tuning);
    if (found)
        return found < 0 ? -1 : 0;
    if (sql_run(q, e, put, "tttttpptppii", k->cfg_xxh3, k->weights_xxh3, k->row_key, k->tuning, k->versions,
                k->cfg, k->weights, k->layers, about->place, about->split, about->images,
                (int64_t)time(NULL)) < 0)
        return -1;
    *run = sqlite3_last_insert_rowid(q->db);
    return 0;
}

int feature_keep_run(struct sql *q, const struct store_run_key *k, const char *tuning_key,
                     const struct feature_about *about, int64_t *run, struct error *e)
{
    static const char choose[] =
        "INSERT OR REPLACE INTO feature_choice(cfg_xxh3, weights_xxh3, question, asked, plan)"
        " VALUES(?, ?, ?, ?, ?)";
    static const char latest[] =
        "UPDATE feature_run SET place = ?, split = ?, images = ?, cfg = ?, weights = ?"
        " WHERE id = ?";
    if (feature_make_tables(q, e) < 0 || feature_make_run(q, k, about, run, e) < 0)
        return -1;
    if (sql_run(q, e, choose, "ttttt", k->cfg_xxh3, k->weights_xxh3, k->row_key, tuning_key, k->tuning) < 0)
        return -1;
    return sql_run(q, e, latest, "ppippi", about->place, about->split, about->images, k->cfg, k->weights,
                   *run);
}

int feature_date_run(struct sql *q, int64_t run, struct error *e)
{
    return sql_run(q, e, "UPDATE feature_run SET changed = ?1 WHERE id = ?2 AND changed < ?1", "ii",
                   (int64_t)time(NULL), run);
}

static int feature_put_part(struct sql *q, int64_t run, const void *hash, size_t hash_n, const char *name,
                            const unsigned char *bytes, size_t length, struct error *e)
{
    static const char put[] =
        "INSERT OR REPLACE INTO feature_part(run, content, name, words) VALUES(?, ?, ?, ?)";
    return sql_run(q, e, put, "ibtb", run, hash, hash_n, name, bytes, length);
}

/* The words that are there, where these are sizes; NULL: none, or not as they were written. -1: error. */
static int feature_find_sizes(struct sql *q, int64_t run, const struct content *content, const void *hash,
                              size_t hash_n, const char *name, uint32_t **words, size_t *n, struct error *e)
{
    static const char find[] = "SELECT words FROM feature_part WHERE run = ? AND content = ? AND name = ?";
    *words = NULL;
    if (feature_part_kind_of(name) != FEATURE_PART_SIZES)
        return 0;
    sqlite3_stmt *found = sql_use(q, e, find, "ibt", run, hash, hash_n, name);
    int status = sql_step(q, found, e);
    if (status == 1) {
        *words = feature_part_read(name, content, sqlite3_column_blob(found, 0),
                                   (size_t)sqlite3_column_bytes(found, 0), n);
        sqlite3_reset(found);
    }
    return status < 0 ? -1 : 0;
}

int feature_keep_part(struct sql *q, int64_t run, const struct content *content, const char *name,
                      const unsigned char *bytes, size_t length, struct error *e)
{
    unsigned char hash[KEEP_HASH];
    size_t hash_n = content ? KEEP_HASH : 0, old_n = 0, n = 0;
    uint32_t *old, *now = NULL;
    if (content)
        keep_hash_bytes(content, hash);
    if (feature_find_sizes(q, run, content, hash, hash_n, name, &old, &old_n, e) < 0)
        return -1;
    if (old)
        now = feature_part_read(name, content, bytes, length, &n);
    int status;
    if (now && n == old_n) {
        unsigned char *joined = memory_new(length, 1);
        for (size_t i = 0; i < n; i++)
            now[i] = now[i] ? now[i] : old[i];
        feature_part_bytes(name, content, now, n, joined);
        status = feature_put_part(q, run, hash, hash_n, name, joined, length, e);
        free(joined);
    } else {
        status = feature_put_part(q, run, hash, hash_n, name, bytes, length, e);
    }
    free(old);
    free(now);
    return status;
}
