#include "store/store_recall.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/memory.h"
#include "store/store_join.h"
#include "store/store_keep.h"
#include "store/store_parts.h"

/* Files between two looks at the clock. */
enum { PORTION = 256 };

struct store_recall {
    struct sql sql; /* in one transaction from begin to end */
    const struct dataset *dataset;
    int64_t run_key;
    int layers_n;
    sqlite3_stmt *files;
    long files_n; /* that were read */
    long next;    /* the image whose file is next where both are in the same order */

    /* Images by path, made once that order differs: slots[slots_n] image + 1 in open addressing, 0: none. */
    uint32_t *slots;
    size_t slots_n; /* a power of 2 */
    long slotted;   /* images that are in it */
    bool waits;     /* the present file is looked up once all are */

    struct join_key *keys; /* [keys_n] images whose content is known; the join's from then on */
    long keys_n;
    bool *keyed; /* [dataset->images_n] */
    struct join *join;
    float *values; /* [layers_n] */

    store_recall_take *take; /* of the present step */
    void *data;
};

/* The table of files is in the order in which they were listed, which reads it from front to back. Where it
 * also has those of many other places, the index leads to this one's alone. */
static sqlite3_stmt *recall_files(struct store_recall *r, struct error *e)
{
    enum { FOREIGN = 4 };
    static const char whole[] = "SELECT path, size, mtime_ns, content FROM file NOT INDEXED WHERE root = ?";
    static const char own[] = "SELECT path, size, mtime_ns, content FROM file WHERE root = ? ORDER BY path";
    int64_t all = 0, root = 0;
    if (sql_number(&r->sql, e, &all, "SELECT ifnull(max(id), 0) FROM file", "") < 0 ||
        sql_number(&r->sql, e, &root, "SELECT id FROM root WHERE place = ?", "p", r->dataset->place) < 0)
        return NULL;
    return sql_use(&r->sql, e, all <= FOREIGN * (int64_t)r->dataset->images_n ? whole : own, "i", root);
}

struct store_recall *store_recall_new(const char *path, const struct store_run_key *run_key,
                                      const struct dataset *d, int layers_n, struct error *e)
{
    struct store_recall *r = memory_new(1, sizeof *r);
    r->dataset = d;
    r->layers_n = layers_n;
    if (store_connect_to_read(&r->sql, path, e) == 0 && sql_script(&r->sql, "BEGIN", e) == 0)
        r->run_key = store_number_of(&r->sql, run_key, e);
    if (r->run_key > 0)
        r->files = recall_files(r, e);
    if (!r->files) {
        if (r->run_key == 0)
            error_at(e, path, 0, "holds no rows of the run");
        store_recall_free(r);
        return NULL;
    }
    r->keys = memory_new((size_t)d->images_n, sizeof *r->keys);
    r->keyed = memory_new((size_t)d->images_n, sizeof *r->keyed);
    r->values = memory_new((size_t)layers_n, sizeof *r->values);
    return r;
}

void store_recall_free(struct store_recall *r)
{
    if (!r)
        return;
    join_free(r->join);
    store_disconnect_reader(&r->sql);
    free(r->slots);
    free(r->keys);
    free(r->keyed);
    free(r->values);
    free(r);
}

double store_recall_progress(const struct store_recall *r)
{
    long images = r->dataset->images_n, done, of;
    if (images == 0)
        return 1;
    double files = r->files_n < images ? (double)r->files_n / (double)images : 1;
    if (!r->join)
        return files / 2;
    join_progress(r->join, &done, &of);
    return 0.5 + 0.5 * (of ? (double)done / (double)of : 1);
}

/* ---- Which image a file is ------------------------------------------------------------------------ */

static bool recall_is_path(const struct store_recall *r, long image, const void *path, size_t length)
{
    const char *own = r->dataset->images[image].path;
    return strncmp(own, path, length) == 0 && own[length] == '\0';
}

/* Puts some images into the slots. */
static void recall_slot(struct store_recall *r)
{
    long end = r->slotted + PORTION;
    end = end < r->dataset->images_n ? end : r->dataset->images_n;
    for (; r->slotted < end; r->slotted++) {
        const char *path = r->dataset->images[r->slotted].path;
        size_t at = XXH3_64bits(path, strlen(path)) & (r->slots_n - 1);
        while (r->slots[at])
            at = (at + 1) & (r->slots_n - 1);
        r->slots[at] = (uint32_t)r->slotted + 1;
    }
}

static void recall_begin_slots(struct store_recall *r)
{
    r->slots_n = 1024;
    while (r->slots_n < 2 * (size_t)r->dataset->images_n)
        r->slots_n *= 2;
    r->slots = memory_new(r->slots_n, sizeof *r->slots);
}

/* -1: no image of the data set. */
static long recall_find(const struct store_recall *r, const void *path, size_t length)
{
    size_t at = XXH3_64bits(path, length) & (r->slots_n - 1);
    for (; r->slots[at]; at = (at + 1) & (r->slots_n - 1))
        if (recall_is_path(r, (long)r->slots[at] - 1, path, length))
            return (long)r->slots[at] - 1;
    return -1;
}

/* Its content is known where the file is as it was. */
static void recall_take_file(struct store_recall *r, long image)
{
    const struct dataset_image *i = &r->dataset->images[image];
    bool known = i->size >= 0 && sqlite3_column_type(r->files, 3) != SQLITE_NULL &&
                 sqlite3_column_int64(r->files, 1) == i->size &&
                 sqlite3_column_int64(r->files, 2) == i->mtime_ns;
    r->next = image + 1;
    if (!known || r->keyed[image])
        return;
    r->keyed[image] = true;
    r->keys[r->keys_n++] = (struct join_key){sqlite3_column_int64(r->files, 3), i->class_index, (int)image};
}

/* The present file; false where the images have to be put into slots first. */
static bool recall_place_file(struct store_recall *r)
{
    const void *path = sqlite3_column_blob(r->files, 0);
    size_t length = (size_t)sqlite3_column_bytes(r->files, 0);
    long image = r->next;
    if (!path)
        return true; /* an empty path is none */
    if (image >= r->dataset->images_n || !recall_is_path(r, image, path, length)) {
        if (!r->slots)
            recall_begin_slots(r);
        if (r->slotted < r->dataset->images_n)
            return false;
        image = recall_find(r, path, length);
    }
    if (image >= 0)
        recall_take_file(r, image);
    return true;
}

/* 1: there is more; 0: all files were read; -1. */
static int recall_step_files(struct store_recall *r, struct error *e)
{
    if (r->waits) {
        recall_slot(r);
        r->waits = !recall_place_file(r);
        return 1;
    }
    for (long n = 0; n < PORTION && !r->waits; n++) {
        int status = sql_step(&r->sql, r->files, e);
        if (status != 1)
            return status;
        r->files_n++;
        r->waits = !recall_place_file(r);
    }
    return 1;
}

/* ---- Its row -------------------------------------------------------------------------------------- */

static int recall_take_row(void *data, long image, int class_index, sqlite3_stmt *found, struct error *e)
{
    struct store_recall *r = data;
    struct store_row row;
    (void)e;
    if (keep_row_read(found, 2, class_index, &row, r->values, r->layers_n, NULL) == 0)
        r->take(r->data, image, &row, r->values);
    return 0; /* what is wrong with a row is said where it is looked up alone */
}

static void recall_begin_join(struct store_recall *r)
{
    r->join = join_new_of_contents(&r->sql, r->keys, r->keys_n, r->run_key);
    r->keys = NULL;
    free(r->slots);
    r->slots = NULL;
}

int store_recall_step(struct store_recall *r, int ms, store_recall_take *take, void *data, struct error *e)
{
    int64_t end = clock_ms() + ms;
    const struct join_listener listener = {.data = r, .row = recall_take_row};
    r->take = take;
    r->data = data;
    while (!r->join) {
        int status = recall_step_files(r, e);
        if (status < 0)
            return -1;
        if (status == 0)
            recall_begin_join(r);
        if (clock_ms() >= end)
            return 2;
    }
    return join_step(r->join, ms, &listener, e);
}
