#include "store/store_image_list.h"

#include <endian.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/store_keep.h"
#include "wire/message_data.h"

/* ---- The copy ------------------------------------------------------------------------------------ */

struct image_list {
    char *place, *split;
    char *about; /* the message `dataset` */
    long images_n;
    char *paths;         /* all of them, each with its NUL */
    size_t *starts;      /* [images_n + 1] */
    int *classes;        /* [images_n] */
    struct content hash; /* of the order, the paths, the classes and the split; from image_list_hash on */
};

struct image_list *image_list_new(const struct dataset *d)
{
    if (!d->place)
        return NULL;
    json_t *message = message_dataset(d);
    struct image_list *l = memory_new(1, sizeof *l);
    l->place = memory_copy(d->place);
    l->split = memory_copy(d->split);
    l->about = json_dumps(message, JSON_COMPACT);
    json_decref(message);
    l->images_n = d->images_n;
    l->starts = memory_new((size_t)d->images_n + 1, sizeof *l->starts);
    l->classes = memory_new((size_t)d->images_n, sizeof *l->classes);
    for (long i = 0; i < d->images_n; i++) {
        l->starts[i + 1] = l->starts[i] + strlen(d->images[i].path) + 1;
        l->classes[i] = d->images[i].class_index;
    }
    l->paths = memory_new(l->starts[d->images_n], 1);
    for (long i = 0; i < d->images_n; i++)
        memcpy(l->paths + l->starts[i], d->images[i].path, l->starts[i + 1] - l->starts[i]);
    return l;
}

void image_list_drop(struct image_list *l)
{
    if (!l)
        return;
    free(l->place);
    free(l->split);
    free(l->about);
    free(l->paths);
    free(l->starts);
    free(l->classes);
    free(l);
}

const char *image_list_path(const struct image_list *l, long image)
{
    return image >= 0 && image < l->images_n ? l->paths + l->starts[image] : NULL;
}

void image_list_about(const struct image_list *l, const char **place, const char **split, int64_t *images)
{
    *place = l->place;
    *split = l->split;
    *images = l->images_n;
}

/* ---- The hash ------------------------------------------------------------------------------------ */

/* Of `about` only what identifies the data set wherever it is stored. */
static char *split_and_classes(const struct image_list *l)
{
    json_t *message = json_loads(l->about, 0, NULL);
    json_t *whole = json_array();
    json_array_append(whole, json_object_get(message, "split"));
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(message, "classes"), i, c)
    {
        json_array_append(whole, json_object_get(c, "index"));
        json_array_append(whole, json_object_get(c, "name"));
    }
    char *text = json_dumps(whole, JSON_COMPACT);
    json_decref(whole);
    json_decref(message);
    return text;
}

void image_list_hash(struct image_list *l)
{
    if (l->hash.known)
        return;
    char *words = split_and_classes(l);
    size_t length = strlen(words) + 1;
    unsigned char *rest = memory_new((size_t)l->images_n + length / sizeof(uint32_t) + 1, sizeof(uint32_t));
    memcpy(rest, words, length);
    for (long i = 0; i < l->images_n; i++) {
        uint32_t word = htole32((uint32_t)l->classes[i]);
        memcpy(rest + length + (size_t)i * sizeof word, &word, sizeof word);
    }
    struct content halves[2] = {content_of(l->paths, l->starts[l->images_n]),
                                content_of(rest, length + (size_t)l->images_n * sizeof(uint32_t))};
    unsigned char bytes[2 * KEEP_HASH];
    keep_hash_bytes(&halves[0], bytes);
    keep_hash_bytes(&halves[1], bytes + KEEP_HASH);
    l->hash = content_of(bytes, sizeof bytes);
    free(rest);
    free(words);
}

bool image_list_is(struct image_list *l, const void *hash, size_t n)
{
    unsigned char own[KEEP_HASH];
    image_list_hash(l);
    keep_hash_bytes(&l->hash, own);
    return n == sizeof own && memcmp(own, hash, sizeof own) == 0;
}

/* ---- On disk ------------------------------------------------------------------------------------- */

int64_t image_list_entry_read(const unsigned char *bytes, int *class_index)
{
    uint64_t file;
    uint32_t label;
    memcpy(&file, bytes, sizeof file);
    memcpy(&label, bytes + sizeof file, sizeof label);
    if (class_index)
        *class_index = (int)le32toh(label);
    return (int64_t)le64toh(file);
}

int image_list_keep(struct sql *q, const struct image_list *l, struct image_list_ids *ids, struct error *e)
{
    unsigned char hash[KEEP_HASH];
    keep_hash_bytes(&l->hash, hash);
    if (keep_root(q, l->place, &ids->root, e) < 0)
        return -1;
    sqlite3_stmt *s = sql_use(q, e, "SELECT id, complete FROM dataset WHERE listing = ? AND root = ?", "bi",
                              hash, sizeof hash, ids->root);
    int found = sql_step(q, s, e);
    if (found == 1) {
        ids->dataset = sqlite3_column_int64(s, 0);
        ids->complete = sqlite3_column_int(s, 1);
        sqlite3_reset(s);
    }
    if (found)
        return found < 0 ? -1 : 0;
    if (sql_run(q, e,
                "INSERT INTO dataset(listing, root, split, about, images, complete) VALUES(?, ?, ?, ?, ?, 0)",
                "bipti", hash, sizeof hash, ids->root, l->split, l->about, (int64_t)l->images_n) < 0)
        return -1;
    ids->dataset = sqlite3_last_insert_rowid(q->db);
    ids->complete = false;
    return 0;
}

int image_list_write_part(struct sql *q, int64_t dataset, int64_t part, const int64_t *files,
                          const int *classes, long n, struct error *e)
{
    unsigned char bytes[IMAGE_LIST_PART * IMAGE_LIST_ENTRY];
    for (long i = 0; i < n; i++) {
        uint64_t file = htole64((uint64_t)files[i]);
        uint32_t label = htole32((uint32_t)classes[i]);
        memcpy(bytes + i * IMAGE_LIST_ENTRY, &file, sizeof file);
        memcpy(bytes + i * IMAGE_LIST_ENTRY + sizeof file, &label, sizeof label);
    }
    return sql_run(q, e, "INSERT INTO listing(dataset, part, entries) VALUES(?, ?, ?)", "iib", dataset, part,
                   bytes, (size_t)n * IMAGE_LIST_ENTRY);
}

int image_list_mark_complete(struct sql *q, int64_t dataset, struct error *e)
{
    return sql_run(q, e, "UPDATE dataset SET complete = 1 WHERE id = ?", "i", dataset);
}

int image_list_keep_part(struct sql *q, const struct image_list *l, struct image_list_ids *ids,
                         struct error *e)
{
    int64_t files[IMAGE_LIST_PART];
    int64_t part;
    if (sql_number(q, e, &part, "SELECT ifnull(max(part) + 1, 0) FROM listing WHERE dataset = ?", "i",
                   ids->dataset) < 0)
        return -1;
    long first = (long)part * IMAGE_LIST_PART;
    if (first >= l->images_n) {
        ids->complete = true;
        return image_list_mark_complete(q, ids->dataset, e);
    }
    long n = l->images_n - first < IMAGE_LIST_PART ? l->images_n - first : IMAGE_LIST_PART;
    for (long i = 0; i < n; i++) {
        size_t start = l->starts[first + i], length = l->starts[first + i + 1] - start - 1;
        if (keep_file(q, ids->root, l->paths + start, length, &files[i], e) < 0)
            return -1;
    }
    return image_list_write_part(q, ids->dataset, part, files, l->classes + first, n, e);
}

int image_list_check(struct sql *q, int64_t dataset, int64_t images, struct error *e)
{
    int64_t bytes = 0;
    if (sql_number(q, e, &bytes, "SELECT ifnull(sum(length(entries)), 0) FROM listing WHERE dataset = ?", "i",
                   dataset) < 0)
        return -1;
    if (bytes % IMAGE_LIST_ENTRY == 0 && bytes / IMAGE_LIST_ENTRY == images)
        return 0;
    return error_at(e, q->path, 0, "the list of images of data set %lld has %lld of %lld images",
                    (long long)dataset, (long long)(bytes / IMAGE_LIST_ENTRY), (long long)images);
}

/* In words of its own: the message would not say which image. */
static int check_classes(struct sql *q, int64_t dataset, const struct dataset *d, struct error *e)
{
    for (long i = 0; i < d->images_n; i++)
        if (d->images[i].class_index < DATASET_NO_CLASS)
            return error_at(e, q->path, 0,
                            "data set %lld: image %ld has class %d (expected -1 for none, or from 0 up)",
                            (long long)dataset, i, d->images[i].class_index);
    return 0;
}

int image_list_read_about(struct sql *q, int64_t dataset, const char *about, struct dataset *d,
                          struct error *e)
{
    struct error why;
    if (check_classes(q, dataset, d, e) < 0)
        return -1;
    json_t *message = json_loads(about, JSON_REJECT_DUPLICATES, NULL);
    int failed = message_dataset_read(message, d, &why);
    json_decref(message);
    return failed ? error_at(e, q->path, 0, "data set %lld: %.900s", (long long)dataset, why.text) : 0;
}
