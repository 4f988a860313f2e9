/* The runs of isplit features in another store, taken into one; and what one of two stores lacks. */
#include "store/store_features.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/store_keep.h"

/* The run being taken over. */
struct feature_move {
    struct sql *into, *from;
    int64_t from_run, into_run;
    bool changes; /* parts of it were put there */
    long added;
};

/* Columns of a run: 0 id, 1 cfg_xxh3, 2 weights_xxh3, 3 question, 4 plan, 5 versions, 6 cfg, 7 weights, 8
 * layers, 9 place, 10 split, 11 images. */
enum { RUN_TEXTS = 11 };
static const char feature_runs[] =
    "SELECT id, cfg_xxh3, weights_xxh3, question, plan, versions, cfg, weights,"
    " layers, place, split, images FROM feature_run ORDER BY id";

/* Rows of another tuning differ in their bits: as of importance rows. */
static int feature_check_tuning(const struct feature_move *m, const struct store_run_key *k, struct error *e)
{
    static const char text[] = "SELECT plan, plan = ?4 FROM feature_run WHERE cfg_xxh3 = ?1"
                               " AND weights_xxh3 = ?2 AND question = ?3 ORDER BY 2 DESC";
    sqlite3_stmt *theirs =
        sql_use(m->into, e, text, "tttt", k->cfg_xxh3, k->weights_xxh3, k->row_key, k->tuning);
    int status = sql_step(m->into, theirs, e);
    if (status == 1 && !sqlite3_column_int(theirs, 1)) {
        char *name = text_escape(k->cfg);
        status = error_at(e, m->from->path, 0,
                          "its features of %s were measured with tuning %s, those of %s with tuning %s: they "
                          "are not joined (measure both with one --batch and --exact)",
                          name, k->tuning, m->into->path, sqlite3_column_text(theirs, 0));
        free(name);
    }
    if (theirs)
        sqlite3_reset(theirs);
    return status < 0 ? -1 : 0;
}

static int feature_take_run(struct feature_move *m, sqlite3_stmt *row, struct error *e)
{
    char *t[RUN_TEXTS];
    for (int i = 1; i < RUN_TEXTS; i++)
        t[i] = sql_string(row, i);
    const struct store_run_key k = {.cfg_xxh3 = t[1],
                                    .weights_xxh3 = t[2],
                                    .row_key = t[3],
                                    .tuning = t[4],
                                    .versions = t[5],
                                    .cfg = t[6],
                                    .weights = t[7],
                                    .layers = t[8]};
    const struct feature_about about = {t[9], t[10], sqlite3_column_int64(row, 11)};
    m->from_run = sqlite3_column_int64(row, 0);
    m->changes = false;
    int status =
        feature_check_tuning(m, &k, e) < 0 ? -1 : feature_make_run(m->into, &k, &about, &m->into_run, e);
    for (int i = 1; i < RUN_TEXTS; i++)
        free(t[i]);
    return status;
}

/* ---- Parts ------------------------------------------------------------------------------------------- */

static int feature_put_over(struct feature_move *m, const struct content *content, const char *name,
                            const unsigned char *bytes, size_t length, struct error *e)
{
    m->changes = true;
    return feature_keep_part(m->into, m->into_run, content, name, bytes, length, e);
}

/* Where both have it: the same words, or what one of them has not measured. */
static int feature_join_part(struct feature_move *m, const struct content *content, const char *name,
                             const unsigned char *theirs, size_t theirs_n, const unsigned char *bytes,
                             size_t length, struct error *e)
{
    size_t own_n = 0, n = 0;
    uint32_t *own = feature_part_read(name, content, theirs, theirs_n, &own_n);
    uint32_t *words = feature_part_read(name, content, bytes, length, &n);
    int status = 0;
    if (!words)
        status = error_at(e, m->from->path, 0, "a row of features is not as it was written");
    else if (own && (own_n != n || !feature_part_same(name, own, words, n)))
        status =
            error_at(e, m->from->path, 0,
                     "its part '%s' of features has other numbers than in %s, with the same tuning: they "
                     "are not joined",
                     name, m->into->path);
    else if (!own || feature_part_kind_of(name) == FEATURE_PART_SIZES)
        status = feature_put_over(m, content, name, bytes, length, e);
    free(own);
    free(words);
    return status;
}

/* Columns: 0 content, 1 name, 2 words. */
static int feature_move_part(struct feature_move *m, sqlite3_stmt *row, struct error *e)
{
    static const char find[] = "SELECT words FROM feature_part WHERE run = ? AND content = ? AND name = ?";
    struct content content;
    const void *hash = sqlite3_column_blob(row, 0), *bytes = sqlite3_column_blob(row, 2);
    const char *name = (const char *)sqlite3_column_text(row, 1);
    size_t hash_n = (size_t)sqlite3_column_bytes(row, 0), length = (size_t)sqlite3_column_bytes(row, 2);
    const struct content *of = keep_hash_read(hash, hash_n, &content) ? &content : NULL;
    sqlite3_stmt *theirs =
        sql_use(m->into, e, find, "ibt", m->into_run, of ? hash : "", of ? hash_n : 0, name);
    int status = sql_step(m->into, theirs, e);
    if (status == 0) {
        m->added += of != NULL;
        return feature_put_over(m, of, name, bytes, length, e);
    }
    if (status < 0)
        return -1;
    status = feature_join_part(m, of, name, sqlite3_column_blob(theirs, 0),
                               (size_t)sqlite3_column_bytes(theirs, 0), bytes, length, e);
    sqlite3_reset(theirs);
    return status;
}

static int feature_move_parts(struct feature_move *m, struct error *e)
{
    static const char choices[] =
        "SELECT c.cfg_xxh3, c.weights_xxh3, c.question, c.asked, c.plan FROM feature_choice c JOIN "
        "feature_run r"
        " ON c.cfg_xxh3 = r.cfg_xxh3 AND c.weights_xxh3 = r.weights_xxh3 AND c.question = r.question"
        " AND c.plan = r.plan WHERE r.id = ?";
    static const char put[] = "INSERT OR IGNORE INTO feature_choice(cfg_xxh3, weights_xxh3, question, asked,"
                              " plan) VALUES(?, ?, ?, ?, ?)";
    sqlite3_stmt *row =
        sql_use(m->from, e, "SELECT content, name, words FROM feature_part WHERE run = ?", "i", m->from_run);
    int status;
    while ((status = sql_step(m->from, row, e)) == 1)
        if (feature_move_part(m, row, e) < 0)
            return -1;
    if (status == 0 && m->changes)
        status = feature_date_run(m->into, m->into_run, e);
    row = status < 0 ? NULL : sql_use(m->from, e, choices, "i", m->from_run);
    while (status == 0 && (status = sql_step(m->from, row, e)) == 1)
        status =
            sql_run(m->into, e, put, "ttttt", sqlite3_column_text(row, 0), sqlite3_column_text(row, 1),
                    sqlite3_column_text(row, 2), sqlite3_column_text(row, 3), sqlite3_column_text(row, 4));
    return status;
}

int feature_merge(struct sql *into, struct sql *from, long *added, struct error *e)
{
    struct feature_move m = {.into = into, .from = from};
    int there = feature_is_there(from, e);
    if (there <= 0)
        return there;
    if (feature_make_tables(into, e) < 0)
        return -1;
    sqlite3_stmt *row = sql_use(from, e, feature_runs, "");
    int status;
    while ((status = sql_step(from, row, e)) == 1)
        if (feature_take_run(&m, row, e) < 0 || feature_move_parts(&m, e) < 0)
            return -1;
    *added += m.added;
    return status;
}

long feature_count_missing(struct sql *q, struct sql *other)
{
    static const char all[] = "SELECT run, content, name FROM feature_part";
    static const char one[] = "SELECT 1 FROM feature_part WHERE run = ? AND content = ? AND name = ?";
    struct error ignored;
    int64_t number;
    long missing = 0;
    int status, found = 0, here = feature_is_there(q, &ignored), there = feature_is_there(other, &ignored);
    if (here <= 0 || there < 0)
        return here < 0 || there < 0 ? -1 : 0;
    sqlite3_stmt *row = sql_use(q, &ignored, all, "");
    while (found >= 0 && (status = sql_step(q, row, &ignored)) == 1) {
        const void *hash = sqlite3_column_blob(row, 1);
        if (there)
            found = sql_number(other, &ignored, &number, one, "ibt", sqlite3_column_int64(row, 0),
                               hash ? hash : "", (size_t)sqlite3_column_bytes(row, 1),
                               sqlite3_column_text(row, 2));
        missing += found == 0;
    }
    sqlite3_reset(row);
    return found < 0 || status < 0 ? -1 : missing;
}
