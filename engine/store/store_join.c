#include "store/store_join.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "store/store_image_list.h"

struct join {
    struct sql *q;
    int64_t dataset, run_key;
    long images_n;
    struct join_key *keys;  /* [keys_n] */
    long keys_n, at;        /* at: done so far, of this stage */
    struct join_key *spare; /* [keys_n] while they are sorted, else NULL */
    int shift;              /* by so many bits of their numbers, counted from */
    int64_t least;          /* this one, */
    uint64_t width;         /* up to so far above it */
    int stage;
    sqlite3_stmt *scan;
    int64_t reached; /* by the scan: its rows have this number or a higher one */
};

enum { IMAGE_LIST, FILES, ROWS, DONE };
/* Gaps of up to this many rows are stepped over rather than sought. */
enum { GAP = 64 };
/* Rows between two looks at the clock. */
enum { PORTION = 1024 };
/* So many images before its turn it is told that an image's row may come. */
enum { AHEAD = 16 };
/* Bits of a number that keys are sorted by in one go: some milliseconds for a million. */
enum { DIGIT = 11 };

struct join *join_new(struct sql *q, int64_t dataset, long images_n, int64_t run_key)
{
    struct join *j = memory_new(1, sizeof *j);
    *j = (struct join){.q = q, .dataset = dataset, .images_n = images_n, .run_key = run_key};
    return j;
}

void join_free(struct join *j)
{
    if (!j)
        return;
    if (j->scan)
        sqlite3_reset(j->scan);
    free(j->keys);
    free(j->spare);
    free(j);
}

void join_progress(const struct join *j, long *done, long *of)
{
    long stages = j->run_key ? DONE : ROWS;
    long stage = j->stage < stages ? j->stage : stages;
    long within =
        j->keys_n && j->stage < stages ? (long)((double)j->at / (double)j->keys_n * (double)j->images_n) : 0;
    *of = stages * j->images_n;
    *done = stage * j->images_n + within;
}

/* ---- The image list ------------------------------------------------------------------------------ */

static int take_part(struct join *j, struct error *e)
{
    const unsigned char *entries = sqlite3_column_blob(j->scan, 0);
    int length = sqlite3_column_bytes(j->scan, 0);
    long n = length / IMAGE_LIST_ENTRY;
    if (length % IMAGE_LIST_ENTRY || n > j->images_n - j->keys_n)
        return error_at(e, j->q->path, 0, "the list of images of data set %lld does not have %ld of them",
                        (long long)j->dataset, j->images_n);
    for (long i = 0; i < n; i++) {
        int class_index;
        int64_t file = image_list_entry_read(entries + i * IMAGE_LIST_ENTRY, &class_index);
        long image = j->keys_n++;
        j->keys[image] = (struct join_key){file, class_index, (int)image};
    }
    return 0;
}

/* 0: the end; 1: more; -1. */
static int step_image_list(struct join *j, struct error *e)
{
    if (!j->scan) {
        if (image_list_check(j->q, j->dataset, j->images_n, e) < 0)
            return -1;
        j->keys = memory_new((size_t)j->images_n, sizeof *j->keys);
        j->scan =
            sql_use(j->q, e, "SELECT entries FROM listing WHERE dataset = ? ORDER BY part", "i", j->dataset);
    }
    int status = sql_step(j->q, j->scan, e);
    if (status == 1)
        return take_part(j, e) < 0 ? -1 : 1;
    if (status == 0 && j->keys_n != j->images_n)
        return error_at(e, j->q->path, 0, "the list of images of data set %lld ends after %ld of %ld",
                        (long long)j->dataset, j->keys_n, j->images_n);
    return status;
}

/* ---- By number ----------------------------------------------------------------------------------- */

static int store_join_compare(const void *a, const void *b)
{
    const struct join_key *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    if (x->class_index != y->class_index)
        return x->class_index < y->class_index ? -1 : 1;
    return (x->image > y->image) - (x->image < y->image);
}

static void begin_sort(struct join *j)
{
    long i = 1;
    while (i < j->keys_n && store_join_compare(&j->keys[i - 1], &j->keys[i]) < 0)
        i++;
    if (i >= j->keys_n)
        return;
    int64_t most = j->least = j->keys[0].number;
    for (i = 1; i < j->keys_n; i++) {
        most = j->keys[i].number > most ? j->keys[i].number : most;
        j->least = j->keys[i].number < j->least ? j->keys[i].number : j->least;
    }
    j->width = (uint64_t)most - (uint64_t)j->least;
    j->shift = 0;
    j->spare = memory_new((size_t)j->keys_n, sizeof *j->spare);
}

static size_t digit_of(const struct join *j, const struct join_key *key)
{
    return ((uint64_t)key->number - (uint64_t)j->least) >> j->shift & ((1U << DIGIT) - 1);
}

/* Those of the same number. */
static void sort_equal(struct join *j)
{
    for (long i = 0, n; i < j->keys_n; i += n) {
        for (n = 1; i + n < j->keys_n && j->keys[i + n].number == j->keys[i].number; n++)
            continue;
        if (n > 1)
            qsort(j->keys + i, (size_t)n, sizeof *j->keys, store_join_compare);
    }
}

/* By the next digit of their numbers, the lowest first; what is equal in it stays in order. */
static void sort_digit(struct join *j)
{
    long starts[(1 << DIGIT) + 1] = {0};
    for (long i = 0; i < j->keys_n; i++)
        starts[digit_of(j, &j->keys[i]) + 1]++;
    for (int d = 0; d < 1 << DIGIT; d++)
        starts[d + 1] += starts[d];
    for (long i = 0; i < j->keys_n; i++)
        j->spare[starts[digit_of(j, &j->keys[i])]++] = j->keys[i];
    struct join_key *sorted = j->spare;
    j->spare = j->keys;
    j->keys = sorted;
    j->shift += DIGIT;
    if (j->shift < 64 && j->width >> j->shift)
        return;
    sort_equal(j);
    free(j->spare);
    j->spare = NULL;
}

static sqlite3_stmt *seek(struct join *j, struct error *e)
{
    int64_t from = j->reached = j->keys[j->at].number;
    if (j->stage == FILES)
        return sql_use(j->q, e,
                       "SELECT id, content, path, size, mtime_ns FROM file WHERE id >= ? ORDER BY id", "i",
                       from);
    return sql_use(j->q, e,
                   "SELECT content, class, kind, top, score, layer, reason, cells FROM measured"
                   " WHERE series = ? AND content >= ? ORDER BY content, class",
                   "ii", j->run_key, from);
}

/* In a damaged store a number may be a text, which comes behind all numbers and reads as a small one: sought
 * again and again it would never end. */
static int check_order(struct join *j, int64_t number, struct error *e)
{
    if (number < j->reached)
        return error_at(e, j->q->path, 0, "is damaged: rows are not in the order of their numbers");
    j->reached = number;
    return 0;
}

static void skip_gap(struct join *j, int64_t number)
{
    int64_t next = j->at < j->keys_n ? j->keys[j->at].number : number;
    if (next > number && (uint64_t)next - (uint64_t)number > GAP) {
        sqlite3_reset(j->scan);
        j->scan = NULL;
    }
}

static int tell_file(struct join *j, const struct join_listener *listener, struct error *e)
{
    struct join_key *key = &j->keys[j->at++];
    if (listener->file && listener->file(listener->data, key->image, key->class_index, j->scan, e) < 0)
        return -1;
    key->number = sqlite3_column_int64(j->scan, 1); /* 0 for null */
    return 0;
}

/* Handles one row of the table, and the keys up to it. 0: the end; 1: more; -1. */
static int step_files(struct join *j, const struct join_listener *listener, struct error *e)
{
    if (j->at == j->keys_n)
        return 0;
    if (!j->scan)
        j->scan = seek(j, e);
    int status = sql_step(j->q, j->scan, e);
    int64_t number = status == 1 ? sqlite3_column_int64(j->scan, 0) : 0;
    if (status == 1 && check_order(j, number, e) < 0)
        return -1;
    if (status == 0 || (status == 1 && number > j->keys[j->at].number))
        return error_at(e, j->q->path, 0, "image %d of data set %lld has no file", j->keys[j->at].image,
                        (long long)j->dataset);
    while (status == 1 && j->at < j->keys_n && j->keys[j->at].number == number)
        if (tell_file(j, listener, e) < 0)
            return -1;
    if (status == 1)
        skip_gap(j, number);
    return status;
}

static int step_rows(struct join *j, const struct join_listener *listener, struct error *e)
{
    if (j->at == j->keys_n)
        return 0;
    if (!j->scan)
        j->scan = seek(j, e);
    if (listener->ahead && j->at + AHEAD < j->keys_n)
        listener->ahead(listener->data, j->keys[j->at + AHEAD].image);
    int status = sql_step(j->q, j->scan, e);
    if (status != 1)
        return status;
    struct join_key row = {sqlite3_column_int64(j->scan, 0), sqlite3_column_int(j->scan, 1), -1};
    if (check_order(j, row.number, e) < 0)
        return -1;
    while (j->at < j->keys_n && store_join_compare(&j->keys[j->at], &row) < 0)
        j->at++;
    for (; j->at < j->keys_n && j->keys[j->at].number == row.number &&
           j->keys[j->at].class_index == row.class_index;
         j->at++)
        if (listener->row &&
            listener->row(listener->data, j->keys[j->at].image, row.class_index, j->scan, e) < 0)
            return -1;
    skip_gap(j, row.number);
    return 1;
}

struct join *join_new_of_contents(struct sql *q, struct join_key *keys, long n, int64_t run_key)
{
    struct join *j = memory_new(1, sizeof *j);
    *j = (struct join){.q = q, .images_n = n, .run_key = run_key, .keys = keys, .keys_n = n, .stage = ROWS};
    begin_sort(j);
    return j;
}

/* ---- The stages ---------------------------------------------------------------------------------- */

/* Drops keys that can have no row: files of unknown content, images without a class among others with one. */
static void drop_rowless(struct join *j)
{
    long kept = 0;
    bool labelled = false;
    for (long i = 0; i < j->keys_n; i++)
        labelled = labelled || j->keys[i].class_index != DATASET_NO_CLASS;
    for (long i = 0; i < j->keys_n; i++)
        if (j->keys[i].number && (!labelled || j->keys[i].class_index != DATASET_NO_CLASS))
            j->keys[kept++] = j->keys[i];
    j->keys_n = kept;
}

static int next_stage(struct join *j, const struct join_listener *listener, struct error *e)
{
    if (j->scan)
        sqlite3_reset(j->scan);
    j->scan = NULL;
    j->at = 0;
    j->stage++;
    if (j->stage == ROWS) {
        if (listener->files_end && listener->files_end(listener->data, e) < 0)
            return -1;
        if (!j->run_key)
            j->stage = DONE;
        drop_rowless(j);
    }
    if (j->stage != DONE)
        begin_sort(j);
    return 0;
}

static int step_once(struct join *j, const struct join_listener *listener, struct error *e)
{
    if (j->spare) {
        sort_digit(j);
        return 1;
    }
    return j->stage == IMAGE_LIST ? step_image_list(j, e)
           : j->stage == FILES    ? step_files(j, listener, e)
                                  : step_rows(j, listener, e);
}

int join_step(struct join *j, int ms, const struct join_listener *listener, struct error *e)
{
    int64_t end = clock_ms() + ms;
    for (long n = 1; j->stage != DONE; n++) {
        int status = step_once(j, listener, e);
        if (status < 0 || (status == 0 && next_stage(j, listener, e) < 0))
            return -1;
        bool slow = j->stage == IMAGE_LIST || j->spare;
        if (j->stage != DONE && (n % PORTION == 0 || slow) && clock_ms() >= end)
            return 2;
    }
    return 1;
}

int join_run(struct sql *q, int64_t dataset, long images_n, int64_t run_key,
             const struct join_listener *listener, struct error *e)
{
    struct join *join = join_new(q, dataset, images_n, run_key);
    int status = join_step(join, INT_MAX, listener, e);
    join_free(join);
    return status < 0 ? -1 : 0;
}
