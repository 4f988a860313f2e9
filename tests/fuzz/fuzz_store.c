/* A damaged store: the input says which bytes and which entries are changed; then it is listed, verified,
 * loaded and exported, merged into another one, and written to. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "fuzz.h"
#include "store/store_study.h"
#include "study/saved_rows.h"
#include "wire/message_table.h"

enum { IMAGES = 8, LAYERS = 3 };
static char *path, *other; /* the damaged store, and one to merge it into */
static struct image {
    char *bytes;
    size_t n;
} whole, empty; /* what they begin as */

/* ---- A store ---------------------------------------------------------------------------------------- */

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
        .versions = "isplit 0.1.0"};
    struct dataset *d = store_images();
    struct store_target *t = store_begin(s, &key, "batch 2", d, LAYERS);
    for (int i = 0; i < IMAGES; i++) {
        char text[16];
        struct content content = content_of(text, (size_t)snprintf(text, sizeof text, "image %d", i));
        struct store_row row = {
            .kind = (enum exclusion)(i < 6 ? 0 : i - 5), .predicted = i % 3 / 2, .score = 1, .reason = "bad"};
        store_keep_content(t, i, 100 + i, 1000 + i, &content);
        store_keep_row(t, &content, i % 2, &row, (const float[]){1, 2, (float)i});
    }
    FUZZ_CHECK(store_flush(s, NULL) == 0);
    store_end(t);
    dataset_free(d);
    free(layers);
    json_decref(message);
}

static void remove_files(const char *store)
{
    static const char *const ends[] = {"",         "-wal",       "-shm",      "-journal",
                                       ".damaged", ".damaged-2", ".damaged-3"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char *name = memory_format("%s%s", store, ends[i]);
        unlink(name);
        free(name);
    }
}

/* A store as a file of small pages: most of the time of an execution goes by pages. */
static struct image make_image(bool filled)
{
    struct error e;
    struct image image;
    sqlite3 *db = NULL;
    struct store *s = store_open(path, STORE_WRITE, NULL, &e);
    FUZZ_CHECK(s);
    if (filled)
        fill(s);
    store_close(s);
    sqlite3_open(path, &db);
    FUZZ_CHECK(
        sqlite3_exec(db, "PRAGMA journal_mode=DELETE; PRAGMA page_size=512; VACUUM", NULL, NULL, NULL) == 0);
    sqlite3_close(db);
    image.bytes = file_read(path, 1 << 20, &image.n, &e);
    FUZZ_CHECK(image.bytes);
    remove_files(path);
    return image;
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
#define LENGTH(array) (sizeof(array) / sizeof *(array))

static const char *column_of(size_t table, unsigned number)
{
    size_t n = 0;
    while (n < LENGTH(tables[0].columns) && tables[table].columns[n])
        n++;
    return tables[table].columns[number % n];
}

/* What four bytes (table, column, row, value) say: another value, other bytes within one, or no row. */
static void damage_row(sqlite3 *db, unsigned kind, const uint8_t *b)
{
    size_t t = b[0] % LENGTH(tables);
    const char *table = tables[t].table, *id = tables[t].id, *column = column_of(t, b[1]);
    char *where = sqlite3_mprintf("WHERE %s=(SELECT %s FROM %s LIMIT 1 OFFSET %d)", id, id, table, b[2] % 8),
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
    sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
    sqlite3_free(where);
}

static void damage_rows(const uint8_t *data, size_t size)
{
    sqlite3 *db = NULL;
    sqlite3_open(path, &db);
    sqlite3_exec(db, "PRAGMA synchronous=OFF", NULL, NULL, NULL);
    for (; size >= 5; data += 5, size -= 5)
        if (data[0] < 0xc0)
            damage_row(db, data[0] % 4, data + 1);
    sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    sqlite3_close(db);
}

/* From 0xc0 on: a byte of the file; 0xff: its end. */
static void damage_bytes(const uint8_t *data, size_t size)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    for (; size >= 5; data += 5, size -= 5) {
        off_t at = (off_t)((size_t)(data[1] << 16 | data[2] << 8 | data[3]) % whole.n);
        if (data[0] == 0xff && ftruncate(fd, at) < 0)
            break;
        if (data[0] >= 0xc0 && data[0] < 0xff && pwrite(fd, data + 4, 1, at) < 0)
            break;
    }
    close(fd);
}

/* ---- Use -------------------------------------------------------------------------------------------- */

/* To see what is wrong with one input: FUZZ_SAY=1. */
static void say(void *data, const char *fault)
{
    if (getenv("FUZZ_SAY"))
        fprintf(stderr, "%s: %s\n", (const char *)data, fault);
}

static long verify(const char *store)
{
    struct error e;
    struct store *s = store_open(store, STORE_READ, NULL, &e);
    char *name = memory_copy(store);
    long faults = s ? store_verify(s, 5, say, name, &e) : -1;
    free(name);
    if (s)
        store_close(s);
    return faults;
}

static void load_all(void)
{
    struct error e;
    int n = 0;
    long done, of;
    struct store *s = store_open(path, STORE_READ, NULL, &e);
    struct store_study *studies = s ? store_studies(s, &n, &e) : NULL;
    for (int i = 0; i < n && i < 4; i++) {
        store_study_count(s, &studies[i], &e);
        struct saved_rows *rows = saved_rows_open(path, (long)studies[i].id, &e);
        while (rows && saved_rows_step(rows, 100, &done, &of, &e) == 2)
            continue;
        saved_rows_free(rows);
    }
    store_studies_free(studies, n);
    if (s)
        store_close(s);
}

static void merge(void)
{
    struct error e;
    long added;
    struct store *into = store_open(other, STORE_WRITE, NULL, &e),
                 *from = store_open(path, STORE_READ, NULL, &e);
    FUZZ_CHECK(into);
    bool merged = false;
    if (from && store_merge_begin(into, &e) == 0) {
        merged = store_merge(into, from, &added, &e) == 0;
        merged = store_merge_end(into, merged, &e) == 0 && merged;
    }
    if (from)
        store_close(from);
    store_close(into);
    FUZZ_CHECK(!merged || verify(other) == 0); /* all or nothing, and nothing that is damaged */
}

static void write_to(void)
{
    struct error e;
    int n = 0;
    struct store *s = store_open(path, STORE_WRITE, NULL, &e);
    if (!s)
        return;
    struct store_study *studies = store_studies(s, &n, &e);
    if (n > 0)
        store_remove(s, studies[0].id, &e);
    store_studies_free(studies, n);
    store_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!path) {
        path = fuzz_path("a.db");
        other = fuzz_path("b.db");
        whole = make_image(true);
        empty = make_image(false);
    }
    remove_files(path);
    remove_files(other);
    fuzz_write(path, (const uint8_t *)whole.bytes, whole.n);
    fuzz_write(other, (const uint8_t *)empty.bytes, empty.n);
    damage_rows(data, size);
    damage_bytes(data, size);
    verify(path);
    load_all();
    merge();
    write_to();
    return 0;
}
