/* A damaged store: the input says which bytes and which entries are changed; then it is listed, loaded,
 * verified, merged into another one, and written to. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/file.h"
#include "base/memory.h"
#include "fuzz.h"
#include "store/store_features.h"
#include "store/store_share.h"
#include "store/store_study.h"
#include "study/saved_rows.h"
#include "wire/message_table.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))
enum { IMAGES = 8, LAYERS = 3 };
static char *path, *other;    /* the damaged store, and one without rows to merge it into */
static sqlite3 *rows;         /* a whole store in memory: it is damaged in a transaction that is undone */
static sqlite3_int64 whole_n; /* bytes of it as a file */
static char *empty;           /* [empty_n] the other one as a file */
static size_t empty_n;

/* ---- A store ---------------------------------------------------------------------------------------- */

static struct content image_content(int image)
{
    char text[16];
    return content_of(text, (size_t)snprintf(text, sizeof text, "image %d", image));
}

static struct dataset *store_images(void)
{
    struct dataset *d = memory_new(1, sizeof *d);
    *d = (struct dataset){.root = memory_copy("data"),
                          .place = memory_copy("/data"),
                          .layout = memory_copy("class folders"),
                          .split = memory_copy("val"),
                          .images_n = IMAGES,
                          .classes_n = 2};
    d->images = memory_new(IMAGES, sizeof *d->images);
    d->classes = memory_new(2, sizeof *d->classes);
    for (int c = 0; c < 2; c++)
        d->classes[c] = (struct dataset_class){c, memory_format("class %d", c), NULL, IMAGES / 2};
    for (int i = 0; i < IMAGES; i++)
        d->images[i] = (struct dataset_image){memory_format("%d.png", i), i % 2, 100 + i, 1000 + i};
    return d;
}

/* Features of two images, and of none. */
static void fill_features(struct store *s, const struct store_run_key *key, const struct dataset *d)
{
    static const uint32_t answers[2 * LAYERS] = {1, 0, 0, 1}, sizes[9 * LAYERS] = {7, 8, 9};
    char name[FEATURE_PART_NAME];
    struct store_target *t = store_features_begin(s, key, "batch 2", d);
    for (int i = 0; i < 2; i++) {
        struct content content = image_content(i);
        store_features_keep(t, &content, "image", (const uint32_t[]){0, 1, 0}, 3);
        feature_part_name(FEATURE_PART_ANSWERS, DTYPE_INT6, CODER_NONE, 0, "", name);
        store_features_keep(t, &content, name, answers, LENGTH(answers));
        feature_part_name(FEATURE_PART_SIZES, DTYPE_INT6, CODER_ZSTD, 11, "1.5.4", name);
        store_features_keep(t, &content, name, sizes, LENGTH(sizes));
    }
    store_features_keep(t, NULL, "calibration", (const uint32_t[]){9, 8}, 2);
    store_end(t);
}

static void fill(struct store *s)
{
    json_t *message = message_layers(fuzz_table(), 1, &(uint64_t){2});
    char *layers = json_dumps(message, JSON_COMPACT);
    const struct store_run_key key = {
        .cfg_xxh3 = "0000000000000001",
        .weights_xxh3 = "0000000000000002",
        .tuning = "00000000000000aa",
        .row_key =
            "{\"bgr\":false,\"darknet\":\"0\",\"fit\":\"crop\",\"layers\":[0,1,3],\"mean\":[0.0,0.0,0.0],"
            "\"precision\":\"f32\",\"reduce\":\"mean\",\"rows\":1,\"scale\":1,\"score\":\"truth\",\"stb\":"
            "\"2.27\","
            "\"std\":[1.0,1.0,1.0],\"tap\":\"post\"}",
        .layers = layers,
        .cfg = "net.cfg",
        .weights = "net.weights",
        .versions = "isplit 0.1.0",
        .share = "1 of 2"};
    struct dataset *d = store_images();
    struct store_target *t = store_begin(s, &key, "batch 2", d, LAYERS);
    for (int i = 0; i < IMAGES; i++) {
        struct content content = image_content(i);
        struct store_row row = {
            .kind = (enum exclusion)(i < 6 ? 0 : i - 5), .predicted = i % 3 / 2, .score = 1, .reason = "bad"};
        store_keep_content(t, i, 100 + i, 1000 + i, &content);
        store_keep_row(t, &content, i % 2, &row, (const float[]){1, 2, (float)i});
    }
    store_end(t);
    fill_features(s, &key, d);
    FUZZ_CHECK(store_flush(s, NULL) == 0);
    dataset_free(d);
    free(layers);
    json_decref(message);
}

static void remove_files(void)
{
    static const char *const ends[] = {"",         "-wal",       "-shm",      "-journal",
                                       ".damaged", ".damaged-2", ".damaged-3"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char *name = memory_format("%s%s", path, ends[i]);
        unlink(name);
        free(name);
    }
}

/* A store as a file of small pages: some of the time of an execution goes by pages. */
static void make_file(const char *store, bool filled)
{
    struct error e;
    sqlite3 *db = NULL;
    struct store *s = store_open(store, STORE_WRITE, NULL, &e);
    FUZZ_CHECK(s);
    if (filled)
        fill(s);
    store_close(s);
    sqlite3_open(store, &db);
    FUZZ_CHECK(
        sqlite3_exec(db, "PRAGMA journal_mode=DELETE; PRAGMA page_size=512; VACUUM", NULL, NULL, NULL) == 0);
    sqlite3_close(db);
}

static void copy_to_memory(void)
{
    sqlite3 *file = NULL;
    FUZZ_CHECK(sqlite3_open(path, &file) == 0 && sqlite3_open(":memory:", &rows) == 0);
    sqlite3_backup *copy = sqlite3_backup_init(rows, "main", file, "main");
    FUZZ_CHECK(copy && sqlite3_backup_step(copy, -1) == SQLITE_DONE && sqlite3_backup_finish(copy) == 0);
    sqlite3_close(file);
    sqlite3_free(sqlite3_serialize(rows, "main", &whole_n, 0));
}

static void make_stores(void)
{
    struct error e;
    path = fuzz_path("a.db");
    other = fuzz_path("b.db");
    make_file(path, true);
    make_file(other, false);
    store_close(store_open(other, STORE_WRITE, NULL, &e)); /* again with a log, as stores are */
    empty = file_read(other, 1 << 20, &empty_n, &e);
    FUZZ_CHECK(empty);
    /* Only this thread uses SQLite from now on: locks were a tenth of its time. */
    FUZZ_CHECK(sqlite3_shutdown() == 0 && sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) == 0 &&
               sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == 0);
    copy_to_memory();
    remove_files();
}

/* ---- Damage ----------------------------------------------------------------------------------------- */

static const struct {
    const char *table, *id, *columns[10];
} tables[] = {
    {"content", "id", {"id", "hash"}},
    {"root", "id", {"id", "place"}},
    {"file", "id", {"id", "root", "path", "size", "mtime_ns", "content"}},
    {"network", "id", {"id", "cfg_xxh3", "weights_xxh3", "cfg", "weights", "layers", "layers", "layers"}},
    {"series", "id", {"id", "network", "question", "question", "plan", "versions"}},
    {"choice", "network", {"network", "question", "asked", "plan"}},
    {"dataset", "id", {"id", "listing", "root", "split", "about", "about", "images", "complete"}},
    {"listing", "id", {"id", "dataset", "part", "entries", "entries", "entries"}},
    {"study", "id", {"id", "series", "dataset", "changed"}},
    {"measured",
     "content",
     {"series", "content", "class", "kind", "top", "score", "layer", "reason", "cells"}},
    {"share", "study", {"study", "text"}},
    {"feature_run",
     "id",
     {"id", "cfg_xxh3", "weights_xxh3", "question", "question", "plan", "layers", "place", "images",
      "changed"}},
    {"feature_choice", "cfg_xxh3", {"cfg_xxh3", "question", "asked", "plan"}},
    {"feature_part", "words", {"run", "content", "name", "name", "words", "words"}},
};
static const char *const values[] = {"0",
                                     "1",
                                     "-1",
                                     "-2",
                                     "3",
                                     "99",
                                     "2147483647",
                                     "-2147483648",
                                     "4294967296",
                                     "9223372036854775807",
                                     "-9223372036854775807",
                                     "1.5",
                                     "9e999",
                                     "NULL",
                                     "''",
                                     "'x'",
                                     "x''",
                                     "x'00'",
                                     "x'ffffffffffffffffffffffffffffffff'",
                                     "zeroblob(5000)",
                                     "'{'",
                                     "'{}'",
                                     "'[]'",
                                     "'{\"classes\":0}'",
                                     "'{\"classes\":268435456}'",
                                     "'fffffffffffffff1'"};

static const char *column_of(size_t table, unsigned number)
{
    size_t n = 0;
    while (n < LENGTH(tables[0].columns) && tables[table].columns[n])
        n++;
    return tables[table].columns[number % n];
}

/* What four bytes (table, column, row, value) say: another value, other bytes within one, or no row. */
static void damage_row(unsigned kind, const uint8_t *b)
{
    size_t t = b[0] % LENGTH(tables);
    const char *table = tables[t].table, *id = tables[t].id, *column = column_of(t, b[1]);
    char *where =
             sqlite3_mprintf("WHERE %s=(SELECT %s FROM %s LIMIT 1 OFFSET %d %% (SELECT count(*) FROM %s))",
                             id, id, table, b[2], table),
         *sql;
    if (kind == 0)
        sql = sqlite3_mprintf("UPDATE %s SET %s=%s %s", table, column, values[b[3] % LENGTH(values)], where);
    else if (kind == 1)
        sql = sqlite3_mprintf("UPDATE %s SET %s=substr(%s,1,%d)||x'%02x%02x'||substr(%s,%d) %s", table,
                              column, column, b[3], b[2], b[1], column, b[3] + 3, where);
    else if (kind == 2)
        sql = sqlite3_mprintf("UPDATE %s SET %s=CAST(substr(%s,1,%d)||'%d'||substr(%s,%d) AS TEXT) %s", table,
                              column, column, 4 * b[3], b[2] * 99991, column, 4 * b[3] + 2, where);
    else
        sql = sqlite3_mprintf("DELETE FROM %s %s", table, where);
    sqlite3_exec(rows, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
    sqlite3_free(where);
}

static void damage_rows(const uint8_t *data, size_t size)
{
    for (; size >= 5; data += 5, size -= 5)
        if (data[0] < 0xc0)
            damage_row(data[0] % 4, data + 1);
}

/* From 0xc0 on: a byte of the file; 0xff: its end. Returns its size. */
static size_t damage_bytes(uint8_t *file, size_t n, const uint8_t *data, size_t size)
{
    for (; size >= 5; data += 5, size -= 5) {
        size_t at = (size_t)(data[1] << 16 | data[2] << 8 | data[3]) % (size_t)whole_n;
        if (data[0] == 0xff)
            n = at < n ? at : n;
        else if (data[0] >= 0xc0 && at < n)
            file[at] = data[4];
    }
    return n;
}

/* [*n] the store as a file, for sqlite3_free. */
static uint8_t *damaged_store(const uint8_t *data, size_t size, size_t *n)
{
    sqlite3_int64 bytes;
    sqlite3_exec(rows, "BEGIN", NULL, NULL, NULL);
    damage_rows(data, size);
    uint8_t *file = sqlite3_serialize(rows, "main", &bytes, 0);
    FUZZ_CHECK(file && sqlite3_exec(rows, "ROLLBACK", NULL, NULL, NULL) == 0);
    *n = damage_bytes(file, (size_t)bytes, data, size);
    return file;
}

/* Many inputs change nothing, or the same as another one did: such a store is not used again,
 * unless for the same input, which libFuzzer repeats where memory may have been lost. */
static bool is_known(const uint8_t *file, size_t n, const uint8_t *data, size_t size)
{
    static uint64_t known[1 << 20], last;
    const uint64_t store = XXH3_64bits(file, n), input = XXH3_64bits(data, size);
    uint64_t *place = &known[store % LENGTH(known)];
    bool is = *place == store && input != last;
    *place = store;
    last = input;
    return is;
}

/* ---- Use -------------------------------------------------------------------------------------------- */

/* To see what is wrong with one input: FUZZ_SAY=1. */
static void say(void *data, const char *fault)
{
    if (getenv("FUZZ_SAY"))
        fprintf(stderr, "%s: %s\n", (const char *)data, fault);
}

/* Faults, or -1. */
static long verify(struct store *s)
{
    struct error e;
    return store_verify(s, 5, say, (void *)store_path(s), &e);
}

static void load(int64_t study)
{
    struct error e;
    long done, of;
    struct saved_rows *saved = saved_rows_open(path, (long)study, &e);
    while (saved && saved_rows_step(saved, 100, &done, &of, &e) == 2)
        continue;
    saved_rows_free(saved);
}

static void list_and_load(struct store *s)
{
    struct error e;
    int n = 0, shares_n = 0;
    struct store_study *studies = store_studies(s, &n, &e);
    for (int i = 0; i < n && i < 4; i++) {
        store_study_count(s, &studies[i], &e);
        char **shares = store_shares(s, studies[i].id, &shares_n, &e);
        store_shares_free(shares, shares_n);
        load(studies[i].id);
    }
    store_studies_free(studies, n);
    studies = store_features_studies(s, &n, &e);
    store_studies_free(studies, n);
}

/* All or nothing, and nothing that is damaged. Whether it was all. */
static bool merge(struct store *from, long faults)
{
    struct error e;
    long added;
    struct store *into = store_open(other, STORE_WRITE, NULL, &e);
    FUZZ_CHECK(into);
    bool merged = store_merge_begin(into, &e) == 0 && store_merge(into, from, &added, &e) == 0;
    merged = store_merge_end(into, merged, &e) == 0 && merged;
    FUZZ_CHECK(!merged || (faults == 0 && verify(into) == 0));
    store_close(into);
    if (merged) {
        fuzz_write(other, (const uint8_t *)empty, empty_n);
        return true;
    }
    size_t n;
    char *left = file_read(other, 1 << 20, &n, &e);
    FUZZ_CHECK(left && n == empty_n && memcmp(left, empty, n) == 0);
    free(left);
    return false;
}

/* Whether it could be merged. */
static bool read_it(void)
{
    struct error e;
    struct store *s = store_open(path, STORE_READ, NULL, &e);
    if (!s)
        return false;
    list_and_load(s);
    bool merged = merge(s, verify(s));
    store_close(s);
    return merged;
}

static void write_to(bool features)
{
    struct error e;
    int n = 0;
    struct store *s = store_open(path, STORE_WRITE, NULL, &e);
    if (!s)
        return;
    struct store_study *studies = features ? store_features_studies(s, &n, &e) : store_studies(s, &n, &e);
    if (n > 0 && features)
        store_features_remove(s, studies[0].id, &e);
    else if (n > 0)
        store_remove(s, studies[0].id, &e);
    store_studies_free(studies, n);
    store_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!path)
        make_stores();
    size_t n;
    uint8_t *file = damaged_store(data, size, &n);
    if (!is_known(file, n, data, size)) {
        fuzz_write(path, file, n);
        FUZZ_CHECK(read_it() || size > 0); /* without damage */
        write_to(size > 0 && data[size - 1] & 1);
        remove_files();
    }
    sqlite3_free(file);
    return 0;
}
