/* For test_store_kill.py: writes rows into a store like a run that never waits, says which it handed over,
 * and dies by SIGKILL at a point that the test names; then the test looks what is left.
 *
 * store_writer write FILE IMAGES FIRST POINT N
 *     A line "NUMBER" for each row that was handed over. POINT, where it dies:
 *     rows     N rows are handed over
 *     flushed  the same, and 20 more after store_flush and the line "flushed"
 *     file, content   a transaction has made the N-th row of that table, and is not committed
 *     commit   the N-th transaction is complete and about to be committed
 *     never    N rows are handed over, and it waits for the test to kill it
 * store_writer read FILE IMAGES
 *     whether it opens, verifies and loads; the rows that are there */
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/store_study.h"

enum { LAYERS = 18, CLASSES = 10 };

/* As the worker would describe them: a store whose network cannot be read is no whole one. */
#define LAYER(n)                                                                                             \
    "{\"layer\":" #n ",\"name\":\"l" #n                                                                      \
    "\",\"kind\":\"connected\",\"out\":[10,1,1],\"params\":110,\"macs\":100,"                                \
    "\"crossing\":[" #n                                                                                      \
    "],\"cut_bytes\":40,\"head\":[0,0,0],\"tail\":[0,0,0],\"clean\":true,\"feature\":true}"
#define SIX(a, b, c, d, e, f) LAYER(a) "," LAYER(b) "," LAYER(c) "," LAYER(d) "," LAYER(e) "," LAYER(f)

static const char network[] =
    "{\"type\":\"layers\",\"cfg_xxh3\":\"0123456789abcdef\",\"weights_xxh3\":\"fedcba9876543210\","
    "\"input\":[10,1,1],\"input_bytes\":40,\"classes\":10,\"rows\":[" SIX(0, 1, 2, 3, 4, 5) "," SIX(
        6, 7, 8, 9, 10, 11) "," SIX(12, 13, 14, 15, 16, 17) "]}";
static const char row_key[] =
    "{\"bgr\":false,\"fit\":\"crop\",\"layers\":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17],"
    "\"mean\":[0,0,0],\"reduce\":\"mean\",\"scale\":1,\"score\":\"truth\",\"std\":[1,1,1],\"tap\":\"post\"}";
static const struct store_run_key run_key = {.cfg_xxh3 = "0123456789abcdef",
                                             .weights_xxh3 = "fedcba9876543210",
                                             .row_key = row_key,
                                             .tuning = "00000000000000aa",
                                             .layers = network,
                                             .cfg = "a.cfg",
                                             .weights = "a.weights",
                                             .versions = "test"};

static struct dataset *make_dataset(long n)
{
    struct dataset *d = memory_new(1, sizeof *d);
    d->root = memory_copy("data");
    d->place = memory_copy("/data");
    d->layout = memory_copy("class folders");
    d->split = memory_copy("");
    d->images_n = n;
    d->images = memory_new((size_t)n, sizeof *d->images);
    d->classes_n = CLASSES;
    d->classes = memory_new(CLASSES, sizeof *d->classes);
    for (int c = 0; c < CLASSES; c++)
        d->classes[c] = (struct dataset_class){.index = c, .name = memory_format("%d", c)};
    for (long i = 0; i < n; i++)
        d->images[i] = (struct dataset_image){
            .path = memory_format("%ld.png", i), .class_index = (int)(i % CLASSES), .size = i, .mtime_ns = i};
    return d;
}

static struct content content_of_image(long image)
{
    return content_of(&image, sizeof image);
}

static void make_values(long image, float values[LAYERS])
{
    for (int l = 0; l < LAYERS; l++)
        values[l] = (float)(image * LAYERS + l) / 8;
}

static int fail(const struct error *e)
{
    printf("error %s\n", e->text);
    return 1;
}

static void die(void)
{
    fflush(stdout);
    kill(getpid(), SIGKILL);
    pause();
}

/* What the hooks of SQLite count, in whatever thread it works. */
static struct {
    const char *point;
    long n;
    atomic_long seen;
} death;

static void count(const char *what)
{
    if (strcmp(what, death.point) == 0 && atomic_fetch_add(&death.seen, 1) + 1 == death.n)
        die();
}

static void on_change(void *data, int how, const char *database, const char *table, sqlite3_int64 id)
{
    (void)data, (void)database, (void)id;
    if (how == SQLITE_INSERT)
        count(table);
}

static int on_commit(void *data)
{
    (void)data;
    count("commit");
    return 0;
}

/* SQLite calls it for each connection that is opened. */
static int watch(sqlite3 *connection, char **trouble, const struct sqlite3_api_routines *routines)
{
    (void)trouble, (void)routines;
    sqlite3_update_hook(connection, on_change, NULL);
    sqlite3_commit_hook(connection, on_commit, NULL);
    return SQLITE_OK;
}

static void hand_over(struct store_target *t, const struct dataset *d, long image)
{
    struct content content = content_of_image(image);
    struct store_row row = {.predicted = (int)(image % 7), .score = (float)image};
    float values[LAYERS];
    make_values(image, values);
    store_keep_content(t, image, image, image, &content);
    store_keep_row(t, &content, d->images[image].class_index, &row, values);
    printf("%ld\n", image);
    fflush(stdout);
}

enum { AFTER_FLUSH = 20 };

static int write_rows(const char *path, const struct dataset *d, long first)
{
    struct error e;
    char *notice;
    struct store *s = store_open(path, STORE_WRITE, &notice, &e);
    if (!s)
        return fail(&e);
    if (notice) /* nothing that a kill leaves may count as damage */
        return printf("error %s\n", notice) > 0;
    struct store_target *t = store_begin(s, &run_key, "", d, LAYERS);
    bool flushes = strcmp(death.point, "flushed") == 0;
    bool by_rows = flushes || strcmp(death.point, "rows") == 0 || strcmp(death.point, "never") == 0;
    long end = by_rows ? first + death.n : d->images_n, image = first;
    for (; image < end && image < d->images_n; image++) {
        hand_over(t, d, image);
        if (!by_rows)
            usleep(500); /* not all images in one transaction */
    }
    if (flushes) {
        if (store_flush(s, &e) < 0)
            return fail(&e);
        printf("flushed\n");
        for (end += AFTER_FLUSH; image < end && image < d->images_n; image++)
            hand_over(t, d, image);
    }
    if (by_rows && strcmp(death.point, "never") != 0)
        die();
    pause(); /* the writer's thread dies, or the test is content */
    return 0;
}

static void say(void *data, const char *fault)
{
    (void)data;
    printf("error %s\n", fault);
}

/* Whether what is in the curve is what was written. */
static bool is_right(const struct curve *c)
{
    for (long r = 0; r < c->rows_n; r++) {
        float values[LAYERS];
        const struct curve_row *row = &c->rows[r];
        make_values(row->image, values);
        if (memcmp(values, c->values + r * LAYERS, sizeof values) != 0 || row->predicted != row->image % 7 ||
            row->score != (float)row->image || row->class_index != row->image % CLASSES)
            return false;
    }
    return true;
}

static int load(struct store *s, const struct dataset *d, const struct store_study *study, struct error *e)
{
    struct store_load l;
    long done, of;
    int status = store_load_begin(s, study, LAYERS, CLASSES, &l, e);
    while (status == 0 || status == 2)
        status = store_load_step(&l, 100, &done, &of, e);
    bool same = status == 1 && l.dataset->images_n == d->images_n && is_right(l.curve);
    for (long i = 0; same && i < d->images_n; i++)
        same = strcmp(d->images[i].path, l.dataset->images[i].path) == 0 &&
               d->images[i].class_index == l.dataset->images[i].class_index;
    store_load_free(&l);
    return status < 0 ? -1 : same ? 0 : error_set(e, "what was loaded is not what was written");
}

/* Each image's row, looked up as a run would; the numbers of those that are there. */
static int look(struct store *s, const struct dataset *d, struct error *e)
{
    int64_t id = store_find_run_key(s, &run_key, e);
    for (long i = 0; id > 0 && i < d->images_n; i++) {
        struct content content, wanted = content_of_image(i);
        struct store_row row;
        float values[LAYERS], right[LAYERS];
        int found = store_find_image(s, id, d, i, &content, &row, values, LAYERS, e);
        if (content.known && (content.high != wanted.high || content.low != wanted.low))
            return error_set(e, "image %ld has another content", i);
        make_values(i, right);
        if (found > 0 &&
            (memcmp(values, right, sizeof right) != 0 || row.predicted != i % 7 || row.score != (float)i))
            return error_set(e, "image %ld has another row", i);
        if (found < 0)
            return -1;
        if (found)
            printf("%ld\n", i);
    }
    return id < 0 ? -1 : 0;
}

static int read_rows(const char *path, const struct dataset *d)
{
    struct error e;
    char *notice;
    struct store *s = store_open(path, STORE_WRITE, &notice, &e);
    if (!s)
        return fail(&e);
    if (notice)
        printf("error %s\n", notice);
    int n = 0, status = store_verify(s, 10, say, NULL, &e) < 0 || look(s, d, &e) < 0 ? -1 : 0;
    struct store_study *studies = status < 0 ? NULL : store_studies(s, &n, &e);
    if (!studies)
        return fail(&e);
    if (n == 1 && studies[0].complete)
        status = load(s, d, &studies[0], &e);
    printf("listing %s\n", n == 1 && studies[0].complete ? "complete" : "incomplete");
    store_studies_free(studies, n);
    store_close(s);
    return status < 0 ? fail(&e) : 0;
}

int main(int argc, char **argv)
{
    bool writes = argc == 7 && strcmp(argv[1], "write") == 0;
    if (!writes && (argc != 4 || strcmp(argv[1], "read") != 0))
        return 2;
    struct dataset *d = make_dataset(atol(argv[3]));
    if (writes) {
        death.point = argv[5];
        death.n = atol(argv[6]);
        sqlite3_auto_extension((void (*)(void))watch);
    }
    int status = writes ? write_rows(argv[2], d, atol(argv[4])) : read_rows(argv[2], d);
    dataset_free(d);
    return status;
}
