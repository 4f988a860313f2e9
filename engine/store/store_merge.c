/* Merges the rows of other stores into one, in one transaction: numbers of contents, run keys and data sets
 * are mapped, everything else is matched by value. Existing entries of the target stay. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/text.h"
#include "store/store_check.h"
#include "store/store_features.h"
#include "store/store_join.h"
#include "store/store_keep.h"
#include "store/store_image_list.h"
#include "store/store_parts.h"
#include "store/store_share.h"
#include "store/store_study.h"

/* Maps numbers of one file to those of the other. Its size follows the rows that there are, not their
 * numbers, which a file may have as large as it likes. */
struct map {
    struct map_pair {
        int64_t from, to;
    } * pairs; /* [n] ascending by `from` */
    size_t n, capacity;
};

struct merge {
    struct sql *into, *from;
    struct map contents, run_key, datasets;
    long added;
};

/* 0: none. */
static int64_t mapped(const struct map *map, int64_t number)
{
    size_t low = 0, high = map->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->pairs[middle].from < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < map->n && map->pairs[low].from == number ? map->pairs[low].to : 0;
}

/* Numbers come in ascending order. */
static void store_merge_set(struct map *map, int64_t number, int64_t to)
{
    if (map->n == map->capacity) {
        map->capacity += map->capacity + 256;
        map->pairs = memory_grow(map->pairs, map->capacity, sizeof *map->pairs);
    }
    map->pairs[map->n++] = (struct map_pair){number, to};
}

/* ---- Run keys ------------------------------------------------------------------------------------ */

/* Columns: 0 id, 1 cfg_xxh3, 2 weights_xxh3, 3 row_key, 4 tuning, 5 cfg, 6 weights, 7 layers, 8 versions, 9
 * whether there are rows. Valid until the next step. */
static const char all_run_key[] =
    "SELECT s.id, n.cfg_xxh3, n.weights_xxh3, s.question, s.plan, n.cfg, n.weights, n.layers, s.versions,"
    " EXISTS (SELECT 1 FROM measured m WHERE m.series = s.id)"
    " FROM series s JOIN network n ON n.id = s.network ORDER BY s.id";

/* Rows of another tuning differ in their bits and must not be mixed in one curve. */
static int store_merge_check_tuning(struct merge *m, sqlite3_stmt *s, struct error *e)
{
    static const char text[] =
        "SELECT s.plan, s.plan = ?4 FROM series s JOIN network n ON n.id = s.network WHERE n.cfg_xxh3 = ?1"
        " AND n.weights_xxh3 = ?2 AND s.question = ?3"
        " AND EXISTS (SELECT 1 FROM measured m WHERE m.series = s.id) ORDER BY 2 DESC";
    const char *tuning = (const char *)sqlite3_column_text(s, 4);
    sqlite3_stmt *theirs = sql_use(m->into, e, text, "tttt", sqlite3_column_text(s, 1),
                                   sqlite3_column_text(s, 2), sqlite3_column_text(s, 3), tuning);
    int status = sql_step(m->into, theirs, e);
    if (status == 1 && !sqlite3_column_int(theirs, 1)) {
        char *cfg = sql_string(s, 5);
        char *name = text_escape(cfg);
        status =
            error_at(e, m->from->path, 0,
                     "its rows of %s were measured with tuning %s, those of %s with tuning %s: they are not "
                     "joined (measure both with one --tuning)",
                     name, tuning, m->into->path, sqlite3_column_text(theirs, 0));
        free(cfg);
        free(name);
    }
    if (theirs)
        sqlite3_reset(theirs);
    return status < 0 ? -1 : 0;
}

static int take_one_run_key(struct merge *m, sqlite3_stmt *s, struct error *e)
{
    char *texts[9];
    for (int i = 1; i < 9; i++)
        texts[i] = sql_string(s, i);
    const struct store_run_key run_key = {.cfg_xxh3 = texts[1],
                                          .weights_xxh3 = texts[2],
                                          .row_key = texts[3],
                                          .tuning = texts[4],
                                          .cfg = texts[5],
                                          .weights = texts[6],
                                          .layers = texts[7],
                                          .versions = texts[8]};
    int64_t network, key = 0;
    int failed = sqlite3_column_int(s, 9) ? store_merge_check_tuning(m, s, e) : 0;
    failed = failed < 0 ? -1 : keep_run_key(m->into, &run_key, &network, &key, e);
    store_merge_set(&m->run_key, sqlite3_column_int64(s, 0), key);
    for (int i = 1; i < 9; i++)
        free(texts[i]);
    return failed;
}

static int take_choices(struct merge *m, struct error *e)
{
    static const char all[] = "SELECT s.id, c.asked FROM choice c JOIN series s ON s.network = c.network"
                              " AND s.question = c.question AND s.plan = c.plan";
    static const char put[] = "INSERT OR IGNORE INTO choice(network, question, asked, plan)"
                              " SELECT network, question, ?2, plan FROM series WHERE id = ?1";
    sqlite3_stmt *s = sql_use(m->from, e, all, "");
    int status;
    while ((status = sql_step(m->from, s, e)) == 1)
        if (sql_run(m->into, e, put, "it", mapped(&m->run_key, sqlite3_column_int64(s, 0)),
                    sqlite3_column_text(s, 1)) < 0)
            return -1;
    return status;
}

static int take_run_key(struct merge *m, struct error *e)
{
    sqlite3_stmt *s = sql_use(m->from, e, all_run_key, "");
    int status;
    while ((status = sql_step(m->from, s, e)) == 1)
        if (take_one_run_key(m, s, e) < 0)
            return -1;
    return status < 0 ? -1 : take_choices(m, e);
}

/* ---- Contents and rows --------------------------------------------------------------------------- */

static int take_contents(struct merge *m, struct error *e)
{
    sqlite3_stmt *s = sql_use(m->from, e, "SELECT id, hash FROM content ORDER BY id", "");
    int status;
    while ((status = sql_step(m->from, s, e)) == 1) {
        struct content content;
        int64_t id;
        const void *hash = sqlite3_column_blob(s, 1);
        if (!keep_hash_read(hash, (size_t)sqlite3_column_bytes(s, 1), &content))
            return error_at(e, m->from->path, 0, "a content is not %d bytes long", KEEP_HASH);
        if (keep_content(m->into, &content, &id, e) < 0)
            return -1;
        store_merge_set(&m->contents, sqlite3_column_int64(s, 0), id);
    }
    return status;
}

/* Columns of a row, in both files. */
#define ROW "kind, top, score, layer, reason, cells"
enum { KIND = 3, TOP, SCORE, LAYER, REASON, CELLS };

static bool store_merge_is_same(sqlite3_stmt *a, sqlite3_stmt *b)
{
    /* The reason why an image could not be decoded may be worded differently. */
    for (int i = KIND; i <= CELLS; i++) {
        int length = sqlite3_column_bytes(a, i);
        if (i == REASON)
            continue;
        if (sqlite3_column_type(a, i) != sqlite3_column_type(b, i))
            return false;
        if (i == CELLS) {
            const void *x = sqlite3_column_blob(a, i), *y = sqlite3_column_blob(b, i);
            if (length != sqlite3_column_bytes(b, i) || (length && memcmp(x, y, (size_t)length) != 0))
                return false;
        } else if (sqlite3_column_double(a, i) != sqlite3_column_double(b, i)) {
            return false;
        }
    }
    return true;
}

/* The row exists already: it must be the same. */
static int compare_row(struct merge *m, sqlite3_stmt *row, int64_t run_key, int64_t content, struct error *e)
{
    static const char text[] = "SELECT series, content, class, " ROW " FROM measured"
                               " WHERE series = ? AND content = ? AND class = ?";
    int64_t class_index = sqlite3_column_int64(row, 2);
    sqlite3_stmt *theirs = sql_use(m->into, e, text, "iii", run_key, content, class_index);
    int status = sql_step(m->into, theirs, e);
    if (status != 1)
        return -1;
    bool same = store_merge_is_same(row, theirs);
    sqlite3_reset(theirs);
    return same ? 0
                : error_at(
                      e, m->from->path, 0,
                      "content %lld of its series %lld has other numbers than in %s, with the same tuning: "
                      "they are not joined",
                      sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 0), m->into->path);
}

static int store_merge_take_row(struct merge *m, sqlite3_stmt *row, struct error *e)
{
    static const char put[] = "INSERT INTO measured(series, content, class, " ROW ")"
                              " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    int64_t run_key = mapped(&m->run_key, sqlite3_column_int64(row, 0));
    int64_t content = mapped(&m->contents, sqlite3_column_int64(row, 1));
    if (!run_key || !content)
        return error_at(e, m->from->path, 0, "is damaged: a row belongs to no series or content");
    sqlite3_stmt *s = sql_use(m->into, e, put, "ii", run_key, content);
    for (int i = 2; s && i <= CELLS; i++)
        sqlite3_bind_value(s, i + 1, sqlite3_column_value(row, i));
    if (sql_step(m->into, s, e) < 0)
        return -1;
    if (sqlite3_changes(m->into->db) == 0)
        return compare_row(m, row, run_key, content, e);
    m->added++;
    return 0;
}

/* Rows between two looks at how far it is. */
enum { MERGE_ROWS_TOLD = 256 };

static int store_merge_take_rows(struct merge *m, struct error *e)
{
    static const char all[] =
        "SELECT series, content, class, " ROW " FROM measured ORDER BY series, content, class";
    sqlite3_stmt *s = sql_use(m->from, e, all, "");
    int status;
    int64_t all_n = 0;
    if (sql_number(m->from, e, &all_n, "SELECT count(*) FROM measured", "") < 0)
        return -1;
    for (long n = 0; (status = sql_step(m->from, s, e)) == 1; n++) {
        if (n % MERGE_ROWS_TOLD == 0)
            sql_tell(m->from, "taking in rows", n, (long)all_n);
        if (store_merge_take_row(m, s, e) < 0)
            return -1;
    }
    return status;
}

/* ---- Data sets ----------------------------------------------------------------------------------- */

/* The data set being merged. */
struct moving {
    struct merge *m;
    int64_t from, root; /* its number; its files' root in the target */
    long images_n;
    int64_t *files; /* [images_n] the target's numbers, */
    int *classes;   /* [images_n] and the classes */
    bool differs;
};

static int walk_files(struct moving *v, int (*file)(void *, long, int, sqlite3_stmt *, struct error *),
                      struct error *e)
{
    const struct join_listener listener = {.data = v, .file = file};
    return join_run(v->m->from, v->from, v->images_n, 0, &listener, e);
}

/* Whether the target has another content under the same name. */
static int compare_file(void *data, long image, int class_index, sqlite3_stmt *file, struct error *e)
{
    struct moving *v = data;
    (void)image;
    (void)class_index;
    int64_t ours = mapped(&v->m->contents, sqlite3_column_int64(file, 1)), theirs = 0;
    if (!ours || v->differs)
        return 0;
    const void *path = sqlite3_column_blob(file, 2);
    int found = sql_number(v->m->into, e, &theirs, "SELECT content FROM file WHERE root = ? AND path = ?",
                           "ib", v->root, path, (size_t)sqlite3_column_bytes(file, 2));
    v->differs = found == 1 && theirs && theirs != ours;
    return found < 0 ? -1 : 0;
}

static int store_merge_take_file(void *data, long image, int class_index, sqlite3_stmt *file, struct error *e)
{
    static const char put[] =
        "UPDATE file SET size = ?, mtime_ns = ?, content = ? WHERE id = ? AND content IS NULL";
    struct moving *v = data;
    int64_t content = mapped(&v->m->contents, sqlite3_column_int64(file, 1));
    const char *path = sqlite3_column_blob(file, 2);
    v->classes[image] = class_index;
    if (keep_file(v->m->into, v->root, path ? path : "", (size_t)sqlite3_column_bytes(file, 2),
                  &v->files[image], e) < 0)
        return -1;
    if (!content)
        return 0;
    return sql_run(v->m->into, e, put, "iiii", sqlite3_column_int64(file, 3), sqlite3_column_int64(file, 4),
                   content, v->files[image]);
}

/* The same list of images in the target: at the same place, else at another one (each machine has its own
 * copy) whose known contents agree. *id 0: none. Columns of d as in take_datasets. */
static int find_twin(struct moving *v, sqlite3_stmt *d, struct image_list_ids *twin, struct error *e)
{
    static const char text[] = "SELECT d.id, d.root, d.complete, r.place = ?3 FROM dataset d"
                               " JOIN root r ON r.id = d.root WHERE d.listing = ?1 AND d.images = ?2"
                               " ORDER BY 4 DESC, 1";
    sqlite3_stmt *s =
        sql_use(v->m->into, e, text, "bib", sqlite3_column_blob(d, 1), (size_t)sqlite3_column_bytes(d, 1),
                (int64_t)v->images_n, sqlite3_column_blob(d, 5), (size_t)sqlite3_column_bytes(d, 5));
    int status;
    *twin = (struct image_list_ids){0};
    while ((status = sql_step(v->m->into, s, e)) == 1) {
        v->root = sqlite3_column_int64(s, 1);
        v->differs = false;
        if (!sqlite3_column_int(s, 3) && walk_files(v, compare_file, e) < 0)
            return -1;
        if (v->differs)
            continue;
        *twin = (struct image_list_ids){v->root, sqlite3_column_int64(s, 0), sqlite3_column_int(s, 2)};
        sqlite3_reset(s);
        return 0;
    }
    return status;
}

static int make_dataset(struct moving *v, sqlite3_stmt *d, struct image_list_ids *ids, struct error *e)
{
    static const char put[] =
        "INSERT INTO dataset(listing, root, split, about, images, complete) VALUES(?, ?, ?, ?, ?, 0)";
    char *place = sql_string(d, 5), *about = sql_string(d, 4);
    const void *split = sqlite3_column_blob(d, 3); /* NULL where it is empty */
    int failed = keep_root(v->m->into, place, &v->root, e) < 0 ||
                 sql_run(v->m->into, e, put, "bibti", sqlite3_column_blob(d, 1),
                         (size_t)sqlite3_column_bytes(d, 1), v->root, split ? split : "",
                         (size_t)sqlite3_column_bytes(d, 3), about, (int64_t)v->images_n) < 0;
    *ids = (struct image_list_ids){v->root, sqlite3_last_insert_rowid(v->m->into->db), false};
    free(place);
    free(about);
    return failed ? -1 : 0;
}

static int write_image_list(const struct moving *v, int64_t dataset, struct error *e)
{
    if (sql_run(v->m->into, e, "DELETE FROM listing WHERE dataset = ?", "i", dataset) < 0)
        return -1;
    for (long first = 0; first < v->images_n; first += IMAGE_LIST_PART) {
        long n = v->images_n - first < IMAGE_LIST_PART ? v->images_n - first : IMAGE_LIST_PART;
        if (image_list_write_part(v->m->into, dataset, first / IMAGE_LIST_PART, v->files + first,
                                  v->classes + first, n, e) < 0)
            return -1;
    }
    return image_list_mark_complete(v->m->into, dataset, e);
}

static int take_dataset(struct merge *m, sqlite3_stmt *d, struct error *e)
{
    struct moving v = {.m = m, .from = sqlite3_column_int64(d, 0)};
    int64_t images = sqlite3_column_int64(d, 2);
    if (image_list_check(m->from, v.from, images, e) < 0)
        return -1;
    v.images_n = (long)images;
    v.files = memory_new((size_t)images, sizeof *v.files);
    v.classes = memory_new((size_t)images, sizeof *v.classes);
    struct image_list_ids ids;
    int failed = find_twin(&v, d, &ids, e) < 0 || (!ids.dataset && make_dataset(&v, d, &ids, e) < 0) ||
                 walk_files(&v, store_merge_take_file, e) < 0 ||
                 (!ids.complete && write_image_list(&v, ids.dataset, e) < 0);
    if (!failed)
        store_merge_set(&m->datasets, v.from, ids.dataset);
    free(v.files);
    free(v.classes);
    return failed ? -1 : 0;
}

/* Incomplete ones cannot be shown; their rows are merged all the same, and found when the data is measured
 * again. */
static int take_datasets(struct merge *m, struct error *e)
{
    static const char all[] = "SELECT d.id, d.listing, d.images, d.split, d.about, r.place FROM dataset d"
                              " JOIN root r ON r.id = d.root WHERE d.complete ORDER BY d.id";
    sqlite3_stmt *d = sql_use(m->from, e, all, "");
    int status;
    while ((status = sql_step(m->from, d, e)) == 1)
        if (take_dataset(m, d, e) < 0)
            return -1;
    return status;
}

static int take_studies(struct merge *m, struct error *e)
{
    sqlite3_stmt *s = sql_use(m->from, e, "SELECT series, dataset, changed, id FROM study ORDER BY id", "");
    int status;
    while ((status = sql_step(m->from, s, e)) == 1) {
        int64_t run_key = mapped(&m->run_key, sqlite3_column_int64(s, 0));
        int64_t dataset = mapped(&m->datasets, sqlite3_column_int64(s, 1)), id;
        if (run_key && dataset &&
            (keep_study(m->into, run_key, dataset, &id, e) < 0 ||
             keep_study_changed(m->into, id, sqlite3_column_int64(s, 2), e) < 0 ||
             share_take(m->into, id, m->from, sqlite3_column_int64(s, 3), e) < 0))
            return -1;
    }
    return status;
}

/* ---- All of it ----------------------------------------------------------------------------------- */

static int check_files(const struct store *into, const struct store *from, struct error *e)
{
    struct stat a, b;
    if (stat(store_path(into), &a) == 0 && stat(store_path(from), &b) == 0 && a.st_dev == b.st_dev &&
        a.st_ino == b.st_ino)
        return error_at(e, store_path(into), 0, "cannot be taken into itself");
    return 0;
}

struct first_fault {
    struct error error;
    bool found;
};

static void note_fault(void *data, const char *text)
{
    struct first_fault *first = data;
    if (!first->found)
        error_set(&first->error, "%s", text);
    first->found = true;
}

/* What store_verify would say of the other store, before anything is taken over. */
static int check_source(struct merge *m, struct error *e)
{
    struct first_fault first = {.found = false};
    if (check_store(m->from, note_fault, &first, e) < 0)
        return -1;
    return first.found ? error_set(e, "%s", first.error.text) : 0;
}

static int take_all(struct merge *m, struct error *e)
{
    return check_source(m, e) < 0 || take_run_key(m, e) < 0 || take_contents(m, e) < 0 ||
                   store_merge_take_rows(m, e) < 0 || take_datasets(m, e) < 0 || take_studies(m, e) < 0 ||
                   feature_merge(m->into, m->from, &m->added, e) < 0
               ? -1
               : 0;
}

int store_merge_begin(struct store *into, struct error *e)
{
    return store_flush(into, e) < 0 ? -1 : sql_begin(&into->sql, e);
}

int store_merge_end(struct store *into, bool keep, struct error *e)
{
    int failed = keep ? sql_commit(&into->sql, e) : 0;
    if (keep && !failed && sql_has_moved(&into->sql))
        failed = error_at(e, store_path(into), 0, "was deleted or replaced meanwhile");
    sql_rollback(&into->sql);
    return failed;
}

int store_merge(struct store *into, struct store *from, long *added, struct error *e)
{
    struct merge m = {.into = &into->sql, .from = &from->sql};
    *added = 0;
    if (check_files(into, from, e) < 0 || sql_script(m.from, "BEGIN", e) < 0)
        return -1;
    int failed = take_all(&m, e) < 0;
    sql_rollback(m.from);
    free(m.contents.pairs);
    free(m.run_key.pairs);
    free(m.datasets.pairs);
    sql_tell(m.from, NULL, 0, 0);
    *added = failed ? 0 : m.added;
    return failed ? -1 : 0;
}
