#include "store/store_keep.h"

#include <endian.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

/* ---- Bytes --------------------------------------------------------------------------------------- */

void keep_hash_bytes(const struct content *content, unsigned char bytes[KEEP_HASH])
{
    uint64_t words[2] = {htobe64(content->high), htobe64(content->low)};
    memcpy(bytes, words, KEEP_HASH);
}

bool keep_hash_read(const void *bytes, size_t length, struct content *content)
{
    uint64_t words[2];
    *content = (struct content){0};
    if (length != KEEP_HASH)
        return false;
    memcpy(words, bytes, KEEP_HASH);
    *content = (struct content){.high = be64toh(words[0]), .low = be64toh(words[1]), .known = true};
    return true;
}

size_t keep_cells_size(int n)
{
    return (size_t)n * sizeof(uint32_t) + sizeof(uint64_t);
}

static uint64_t check_of(const unsigned char *cells, int n, const struct curve_row *adjacent)
{
    uint32_t score;
    const float plain = adjacent->score + 0.0f; /* SQLite does not keep the sign of a zero */
    memcpy(&score, &plain, sizeof score);
    uint64_t seed = (uint64_t)(uint32_t)adjacent->class_index << 32 | (uint32_t)adjacent->predicted;
    return htole64(XXH3_64bits_withSeed(cells, (size_t)n * sizeof(uint32_t), seed) ^ score);
}

void keep_cells_bytes(const float *values, int n, const struct curve_row *adjacent, unsigned char *bytes)
{
    for (int i = 0; i < n; i++) {
        uint32_t word;
        memcpy(&word, values + i, sizeof word);
        word = htole32(word);
        memcpy(bytes + (size_t)i * sizeof word, &word, sizeof word);
    }
    uint64_t check = check_of(bytes, n, adjacent);
    memcpy(bytes + (size_t)n * sizeof(uint32_t), &check, sizeof check);
}

static const char *read_cells(const unsigned char *bytes, int n, float *values)
{
    for (int i = 0; i < n; i++) {
        uint32_t word;
        memcpy(&word, bytes + (size_t)i * sizeof word, sizeof word);
        word = le32toh(word);
        memcpy(values + i, &word, sizeof word);
        if (isinf(values[i]) || values[i] < 0)
            return "has an importance that is negative or infinite";
    }
    return NULL;
}

const char *keep_cells_read(const unsigned char *bytes, size_t length, int n,
                            const struct curve_row *adjacent, float *values)
{
    if (length != keep_cells_size(n))
        return "has another number of layers than its series";
    uint64_t check = check_of(bytes, n, adjacent);
    if (memcmp(bytes + (size_t)n * sizeof(uint32_t), &check, sizeof check) != 0)
        return "is not as it was written";
    return read_cells(bytes, n, values);
}

int keep_row_read(sqlite3_stmt *found, int first, int class_index, struct store_row *row, float *values,
                  int layers_n, struct error *e)
{
    enum { KIND, PREDICTED, SCORE, LAYER, REASON, CELLS };
    int kind = sqlite3_column_int(found, first + KIND);
    if (kind < EXCLUDED_NOT || kind > EXCLUDED_NONFINITE)
        return error_set(e, "a row is of kind %d (expected 0 to 2)", kind);
    *row = (struct store_row){.kind = (enum exclusion)kind,
                              .predicted = sqlite3_column_int(found, first + PREDICTED),
                              .score = (float)sqlite3_column_double(found, first + SCORE),
                              .layer = sqlite3_column_int(found, first + LAYER)};
    if (kind != EXCLUDED_NOT) {
        const char *reason = (const char *)sqlite3_column_text(found, first + REASON);
        sqlite3_snprintf(sizeof row->reason, row->reason, "%s", reason ? reason : "");
        return 0;
    }
    const struct curve_row adjacent = {
        .class_index = class_index, .predicted = row->predicted, .score = row->score};
    const unsigned char *cells = sqlite3_column_blob(found, first + CELLS);
    const char *fault = keep_cells_read(cells, (size_t)sqlite3_column_bytes(found, first + CELLS), layers_n,
                                        &adjacent, values);
    return fault ? error_set(e, "a row %s", fault) : 0;
}

/* ---- Entries with a number ------------------------------------------------------------------------ */

static int made(struct sql *q, int64_t *id)
{
    *id = sqlite3_last_insert_rowid(q->db);
    return 0;
}

int keep_content(struct sql *q, const struct content *content, int64_t *id, struct error *e)
{
    unsigned char hash[KEEP_HASH];
    keep_hash_bytes(content, hash);
    int found = sql_number(q, e, id, "SELECT id FROM content WHERE hash = ?", "b", hash, sizeof hash);
    if (found)
        return found < 0 ? -1 : 0;
    if (sql_run(q, e, "INSERT INTO content(hash) VALUES(?)", "b", hash, sizeof hash) < 0)
        return -1;
    return made(q, id);
}

int keep_root(struct sql *q, const char *place, int64_t *id, struct error *e)
{
    int found = sql_number(q, e, id, "SELECT id FROM root WHERE place = ?", "p", place);
    if (found)
        return found < 0 ? -1 : 0;
    if (sql_run(q, e, "INSERT INTO root(place) VALUES(?)", "p", place) < 0)
        return -1;
    return made(q, id);
}

int keep_file(struct sql *q, int64_t root, const char *path, size_t length, int64_t *id, struct error *e)
{
    /* Most files are new when an image list is written. */
    if (sql_run(q, e, "INSERT INTO file(root, path) VALUES(?, ?) ON CONFLICT DO NOTHING", "ib", root, path,
                length) < 0)
        return -1;
    if (sqlite3_changes(q->db) == 1)
        return made(q, id);
    return sql_number(q, e, id, "SELECT id FROM file WHERE root = ? AND path = ?", "ib", root, path, length) <
                   0
               ? -1
               : 0;
}

static int keep_network(struct sql *q, const struct store_run_key *s, int64_t *id, struct error *e)
{
    int found = sql_number(q, e, id, "SELECT id FROM network WHERE cfg_xxh3 = ? AND weights_xxh3 = ?", "tt",
                           s->cfg_xxh3, s->weights_xxh3);
    if (found)
        return found < 0 ? -1 : 0;
    if (sql_run(q, e,
                "INSERT INTO network(cfg_xxh3, weights_xxh3, cfg, weights, layers) VALUES(?, ?, ?, ?, ?)",
                "ttppt", s->cfg_xxh3, s->weights_xxh3, s->cfg, s->weights, s->layers) < 0)
        return -1;
    return made(q, id);
}

int keep_run_key(struct sql *q, const struct store_run_key *s, int64_t *network, int64_t *run_key,
                 struct error *e)
{
    if (keep_network(q, s, network, e) < 0)
        return -1;
    int found =
        sql_number(q, e, run_key, "SELECT id FROM series WHERE network = ? AND question = ? AND plan = ?",
                   "itt", *network, s->row_key, s->tuning);
    if (found)
        return found < 0 ? -1 : 0;
    if (sql_run(q, e, "INSERT INTO series(network, question, plan, versions) VALUES(?, ?, ?, ?)", "ittt",
                *network, s->row_key, s->tuning, s->versions) < 0)
        return -1;
    return made(q, run_key);
}

int keep_study(struct sql *q, int64_t run_key, int64_t dataset, int64_t *id, struct error *e)
{
    int found =
        sql_number(q, e, id, "SELECT id FROM study WHERE series = ? AND dataset = ?", "ii", run_key, dataset);
    if (found)
        return found < 0 ? -1 : 0;
    if (sql_run(q, e, "INSERT INTO study(series, dataset, changed) VALUES(?, ?, ?)", "iii", run_key, dataset,
                (int64_t)time(NULL)) < 0)
        return -1;
    return made(q, id);
}

int keep_study_changed(struct sql *q, int64_t study, int64_t seconds, struct error *e)
{
    return sql_run(q, e, "UPDATE study SET changed = max(changed, ?) WHERE id = ?", "ii", seconds, study);
}

/* ---- Rows ---------------------------------------------------------------------------------------- */

#define INTO "INSERT OR REPLACE INTO measured(series, content, class, kind, "

int keep_row(struct sql *q, int64_t run_key, int64_t content, int class_index, const struct store_row *row,
             const unsigned char *cells, size_t cells_length, struct error *e)
{
    int64_t kind = row->kind, label = class_index;
    switch (row->kind) {
    case EXCLUDED_UNDECODABLE:
        return sql_run(q, e, INTO "reason) VALUES(?, ?, ?, ?, ?)", "iiiit", run_key, content, label, kind,
                       row->reason);
    case EXCLUDED_NONFINITE:
        return sql_run(q, e, INTO "layer) VALUES(?, ?, ?, ?, ?)", "iiiii", run_key, content, label, kind,
                       (int64_t)row->layer);
    default:
        return sql_run(q, e, INTO "top, score, cells) VALUES(?, ?, ?, ?, ?, ?, ?)", "iiiiirb", run_key,
                       content, label, kind, (int64_t)row->predicted, (double)row->score, cells,
                       cells_length);
    }
}
