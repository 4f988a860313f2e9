/* What is cached from a store, in which order the worker is asked, and what is kept: with a real store and
 * the answers of a worker that is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/memory.h"
#include "study/row_cache.h"
#include "net/definition.h"

enum { IMAGES = 1000, PORTION = 256, LAYERS = 3, CLASSES = 2, SKIPPED = 7, NONFINITE = 9 };

struct talk {
    char folder[64];
    char *path;
    struct store *store;
    struct connection connection;
    struct table table;
    struct table_row rows[LAYERS];
    struct dataset dataset;
    struct dataset_image images[IMAGES];
    struct dataset_class classes[CLASSES];
    struct inputs inputs;
    struct run_options run;
    int layers[LAYERS];
    long order[IMAGES];
    struct message_tuning tuning; /* that the worker has */
    struct curve *curve;
    struct row_cache *row_cache;
    /* What happened: */
    int tunings, hashes; /* asked for */
    long hashed;         /* contents asked for */
    long skipped, nonfinite, troubles, wrong;
};

/* ---- The worker that is not there ------------------------------------------------------------------ */

static struct content content_of_image(const struct talk *t, long image)
{
    return content_of(t->images[image].path, strlen(t->images[image].path));
}

static float value_of(long image, int layer)
{
    return (float)(image + 1) / (float)(layer + 3);
}

static void listen(void *data, enum row_cache_event event, long image, int layer, const char *text)
{
    struct talk *t = data;
    switch (event) {
    case ROW_CACHE_SKIPPED:
        assert_int_equal(image, SKIPPED);
        assert_string_equal(text, "bad huffman code");
        t->skipped++;
        return;
    case ROW_CACHE_NONFINITE:
        assert_int_equal(image, NONFINITE);
        assert_int_equal(layer, 2);
        t->nonfinite++;
        return;
    case ROW_CACHE_TROUBLE:
        assert_non_null(strstr(text, t->path));
        t->troubles++;
        return;
    case ROW_CACHE_WRONG:
        assert_non_null(strstr(text, t->path));
        t->wrong++;
        return;
    case ROW_CACHE_RENEWED:
        return;
    }
}

/* From a run to its end: as a program that has just been started. */
static void begin(struct talk *t)
{
    struct error e;
    char *notice;
    t->store = store_open(t->path, STORE_WRITE, &notice, &e);
    if (!t->store)
        fail_msg("%s", e.text);
    assert_null(notice);
    t->connection.tuning.hash[0] = '\0';
    t->tunings = t->hashes = 0;
    t->hashed = t->skipped = t->nonfinite = t->troubles = t->wrong = 0;
    t->curve = curve_new(LAYERS, CLASSES, NULL);
    t->row_cache = row_cache_new(t->store, &t->connection, &t->inputs, &t->run, t->order, t->run.images_n,
                                 t->curve, listen, t);
}

static void end(struct talk *t)
{
    row_cache_free(t->row_cache);
    store_close(t->store);
    curve_free(t->curve);
    t->row_cache = NULL;
    t->store = NULL;
    t->curve = NULL;
}

static void answer_hash(struct talk *t)
{
    long n;
    const long *unknown = row_cache_unknown(t->row_cache, &n);
    t->hashes++;
    t->hashed += n;
    for (long i = 0; i < n; i++) {
        struct content content = content_of_image(t, unknown[i]);
        row_cache_content(t->row_cache, unknown[i], &content);
    }
}

/* Until only what has to be measured is left. */
static void look(struct talk *t)
{
    struct error e;
    enum row_cache_need need;
    while ((need = row_cache_next(t->row_cache, 1)) != ROW_CACHE_RUN) {
        if (need == ROW_CACHE_CONTENTS)
            answer_hash(t);
        if (need == ROW_CACHE_TUNING) {
            t->tunings++;
            assert_int_equal(row_cache_tuned(t->row_cache, &t->tuning, &e), 0);
        }
    }
}

static void measure_image(struct talk *t, long image)
{
    struct error e;
    float values[LAYERS];
    struct content content = content_of_image(t, image);
    if (image == SKIPPED) {
        row_cache_keep_skipped(t->row_cache, image, &content, "bad huffman code");
    } else if (image == NONFINITE) {
        row_cache_keep_nonfinite(t->row_cache, image, &content, 2);
    } else {
        for (int l = 0; l < LAYERS; l++)
            values[l] = value_of(image, l);
        const struct curve_row row = {image, t->images[image].class_index, (int)(image / 3 % CLASSES),
                                      (float)image / 7};
        assert_int_equal(curve_add(t->curve, &row, values, &e), 0);
        row_cache_keep(t->row_cache, image, &content);
    }
}

/* Measures up to `n` images of the order that are not there. How many those were. */
static long measure(struct talk *t, long n)
{
    long measured = 0;
    t->connection.tuning = t->tuning;
    for (long i = 0; i < t->run.images_n && measured < n; i++) {
        bool excluded = (t->order[i] == SKIPPED && t->skipped) || (t->order[i] == NONFINITE && t->nonfinite);
        if (excluded || curve_find(t->curve, t->order[i]) >= 0)
            continue;
        measure_image(t, t->order[i]);
        measured++;
    }
    return measured;
}

/* A whole run of which only `measured` are measured. */
static void check_run(struct talk *t, int tunings, long hashed, long measured)
{
    begin(t);
    look(t);
    assert_int_equal(t->tunings, tunings);
    assert_int_equal(t->hashed, hashed);
    assert_int_equal(row_cache_found(t->row_cache), t->run.images_n - measured);
    assert_string_equal(row_cache_tuning(t->row_cache)->hash, t->tuning.hash);
    assert_int_equal(row_cache_tuning(t->row_cache)->batch, t->tuning.batch);
    assert_int_equal(measure(t, IMAGES), measured);
    for (long i = 0; i < t->run.images_n; i++) {
        long image = t->order[i];
        long row = curve_find(t->curve, image);
        if (image == SKIPPED || image == NONFINITE)
            continue;
        assert_true(row >= 0);
        assert_int_equal(t->curve->rows[row].predicted, image / 3 % CLASSES);
        assert_true(t->curve->rows[row].score == (float)image / 7);
        for (int l = 0; l < LAYERS; l++)
            assert_true(t->curve->values[row * LAYERS + l] == value_of(image, l));
    }
    end(t);
}

static void set_up_network(struct talk *t)
{
    static const char *const names[] = {"conv1", "conv2", "softmax"};
    t->table = (struct table){.in = {3, 4, 4}, .input_bytes = 192, .classes = CLASSES, .rows_n = LAYERS};
    t->table.rows = t->rows;
    for (int l = 0; l < LAYERS; l++) {
        t->layers[l] = l;
        t->rows[l] =
            (struct table_row){.layer = l, .type = "convolutional", .out = {2, 1, 1}, .out_bytes = 8};
        strcpy(t->rows[l].name, names[l]);
    }
    t->connection.table = &t->table;
    strcpy(t->connection.cfg_xxh3, "0123456789abcdef");
    strcpy(t->connection.weights_xxh3, "fedcba9876543210");
    strcpy(t->connection.versions.stb, "2.28");
    t->inputs.cfg = "a.cfg";
    t->inputs.weights = "a.weights";
}

static void set_up_data(struct talk *t)
{
    static char paths[IMAGES][32];
    t->dataset =
        (struct dataset){.root = "d", .place = "/data", .layout = "list", .split = "", .images = t->images};
    t->dataset.images_n = IMAGES;
    t->dataset.classes = t->classes;
    t->dataset.classes_n = CLASSES;
    t->connection.dataset = &t->dataset;
    for (int c = 0; c < CLASSES; c++)
        t->classes[c] = (struct dataset_class){c, c ? "dog" : "cat", NULL, IMAGES / CLASSES};
    for (long i = 0; i < IMAGES; i++) {
        snprintf(paths[i], sizeof paths[i], "%ld.png", i);
        t->images[i] = (struct dataset_image){paths[i], (int)(i % CLASSES), 1000 + i, 1000000 + i};
        t->order[i] = i * 7 % IMAGES;
    }
}

static int set_up(void **state)
{
    struct talk *t = memory_new(1, sizeof *t);
    strcpy(t->folder, "/tmp/isplit-recall-XXXXXX");
    assert_non_null(mkdtemp(t->folder));
    t->path = memory_format("%s/rows.db", t->folder);
    set_up_network(t);
    set_up_data(t);
    t->run = run_options_default();
    t->run.layers = t->layers;
    t->run.layers_n = LAYERS;
    t->run.images = t->order;
    t->run.images_n = IMAGES;
    t->tuning = (struct message_tuning){"00000000deadbeef", 4, 2};
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct talk *t = *state;
    char *command = memory_format("rm -rf %s", t->folder);
    int status = system(command);
    free(command);
    free(t->path);
    free(t);
    return status;
}

/* ---- What is asked, and what is found -------------------------------------------------------------- */

static void test_everything_is_there(void **state)
{
    struct talk *t = *state;
    check_run(t, 1, 0, IMAGES);
    /* The same again: not even the tuning is asked for. */
    check_run(t, 0, 0, 0);
    t->run.images_n = 30;
    check_run(t, 0, 0, 0);
}

/* A file changed as late as this may be changed again under the same time: it is looked at once more. */
static void test_just_changed(void **state)
{
    enum { CHANGED = 5, LONG_AGO = 6 };
    struct talk *t = *state;
    t->images[CHANGED].mtime_ns = (int64_t)time(NULL) * 1000000000;
    t->images[LONG_AGO].mtime_ns = t->images[CHANGED].mtime_ns - INT64_C(60000000000);
    check_run(t, 1, 0, IMAGES);
    check_run(t, 0, 1, 0);
}

static void test_no_store(void **state)
{
    struct talk *t = *state;
    struct error e;
    struct message_tuning other = {"1111111111111111", 4, 2};
    struct curve *curve = curve_new(LAYERS, CLASSES, NULL);
    struct content content = content_of_image(t, 0);
    struct row_cache *r = row_cache_new(NULL, &t->connection, &t->inputs, &t->run, t->order, t->run.images_n,
                                        curve, NULL, NULL);
    assert_int_equal(row_cache_next(r, 1), ROW_CACHE_RUN);
    assert_int_equal(row_cache_tuned(r, &t->tuning, &e), 0);
    assert_int_equal(row_cache_tuned(r, &t->tuning, &e), 0);
    row_cache_content(r, 0, &content);
    row_cache_keep_skipped(r, 0, &content, "bad");
    assert_string_equal(row_cache_tuning(r)->hash, t->tuning.hash);
    assert_int_equal(row_cache_tuned(r, &other, &e), -1);
    assert_non_null(strstr(e.text, "another tuning (1111111111111111) than"));
    assert_int_equal(row_cache_found(r), 0);
    row_cache_free(r);
    curve_free(curve);
}

static void test_some_are_there(void **state)
{
    struct talk *t = *state;
    begin(t);
    look(t);
    measure(t, 60);
    end(t);
    check_run(t, 1, PORTION, IMAGES - 60); /* some might be known by other names */
    check_run(t, 0, 0, 0);
}

static void test_more_images(void **state)
{
    struct talk *t = *state;
    t->run.images_n = 30;
    check_run(t, 1, 0, 30);
    t->run.images_n = IMAGES;
    check_run(t, 1, PORTION, IMAGES - 30);
}

static void test_another_tuning(void **state)
{
    struct talk *t = *state;
    check_run(t, 1, 0, IMAGES);
    /* The worker is not asked as long as nothing is missing. */
    t->tuning = (struct message_tuning){"1111111111111111", 8, 2};
    begin(t);
    look(t);
    assert_int_equal(t->tunings, 0);
    assert_string_equal(row_cache_tuning(t->row_cache)->hash, "00000000deadbeef");
    end(t);
    /* One image is another one: no rows of two tunings together. */
    t->images[50].path = "new.png";
    check_run(t, 1, 1, IMAGES);
    strcpy(t->tuning.hash, "00000000deadbeef");
    t->tuning.batch = 4;
    t->run.batch = 4; /* asked in other words, the same tuning */
    check_run(t, 1, 0, 1);
    check_run(t, 0, 0, 0);
}

static void test_another_row_key(void **state)
{
    struct talk *t = *state;
    check_run(t, 1, 0, IMAGES);
    t->run.reduce = REDUCE_SUM;
    check_run(t, 1, 0, IMAGES);
    strcpy(t->connection.weights_xxh3, "0000000000000000");
    check_run(t, 1, 0, IMAGES);
    strcpy(t->connection.weights_xxh3, "fedcba9876543210");
    t->images[3].class_index = 1 - t->images[3].class_index;
    check_run(t, 1, 0, 1);
    t->run.reduce = REDUCE_MEAN;
    t->images[3].class_index = 1 - t->images[3].class_index;
    check_run(t, 0, 0, 0);
}

static void test_tuning_file_is_always_looked_at(void **state)
{
    struct talk *t = *state;
    strcpy(t->run.tuning_file, "plan.json");
    check_run(t, 1, 0, IMAGES);
    check_run(t, 1, 0, 0);
}

static void test_touched_and_changed(void **state)
{
    struct talk *t = *state;
    check_run(t, 1, 0, IMAGES);
    for (long i = 0; i < 20; i++)
        t->images[i].mtime_ns++;
    check_run(t, 0, 20, 0);
    check_run(t, 0, 0, 0); /* remembered */
    t->images[4].path = "4 changed.png";
    t->images[4].mtime_ns++;
    check_run(t, 1, 1, 1);
    check_run(t, 0, 0, 0);
}

static void test_copied_folder(void **state)
{
    struct talk *t = *state;
    check_run(t, 1, 0, IMAGES);
    t->dataset.place = "/elsewhere";
    check_run(t, 0, IMAGES, 0);
    check_run(t, 0, 0, 0);
    t->dataset.place = NULL; /* nothing is known of files: hashed each time */
    check_run(t, 0, IMAGES, 0);
    check_run(t, 0, IMAGES, 0);
}

/* ---- Look-ups, counted ------------------------------------------------------------------------------- */

static long lookups;

static int count_lookup(unsigned kind, void *data, void *statement, void *text)
{
    (void)kind;
    (void)data;
    (void)statement;
    lookups += strstr(text, "f.path = ?") != NULL;
    return 0;
}

static int count_in(sqlite3 *db, char **error, const void *functions)
{
    (void)error;
    (void)functions;
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, count_lookup, NULL);
}

/* Where most images are wanted only those that the pass over all does not find are looked up; of a few each.
 * A rest in the middle of it changes nothing. */
static void test_most_images_in_one_pass(void **state)
{
    struct talk *t = *state;
    sqlite3_auto_extension((void (*)(void))count_in);
    check_run(t, 1, 0, IMAGES);
    lookups = 0;
    check_run(t, 0, 0, 0);
    assert_int_equal(lookups, 0);
    for (long i = 0; i < 20; i++)
        t->images[i].mtime_ns++;
    check_run(t, 0, 20, 0);
    assert_in_range(lookups, 20, 30);
    begin(t);
    lookups = 0;
    for (int i = 0; row_cache_next(t->row_cache, 0) == ROW_CACHE_MORE; i++)
        if (i == 2)
            row_cache_rest(t->row_cache);
    assert_int_equal(row_cache_found(t->row_cache), IMAGES);
    assert_true(t->skipped == 1 && t->nonfinite == 1);
    assert_int_equal(lookups, 0);
    end(t);
    t->run.images_n = 30;
    check_run(t, 0, 0, 0);
    assert_int_equal(lookups, 30);
    sqlite3_cancel_auto_extension((void (*)(void))count_in);
}

static void test_excluded_ones_are_reported(void **state)
{
    struct talk *t = *state;
    check_run(t, 1, 0, IMAGES);
    begin(t);
    look(t);
    assert_true(t->skipped == 1 && t->nonfinite == 1);
    assert_int_equal(t->curve->rows_n, IMAGES - 2);
    end(t);
}

static void test_trial_can_be_accepted(void **state)
{
    struct talk *t = *state;
    begin(t);
    look(t);
    measure(t, 60);
    end(t);
    begin(t);
    enum row_cache_need need;
    while ((need = row_cache_next(t->row_cache, 1)) != ROW_CACHE_TUNING)
        if (need == ROW_CACHE_CONTENTS)
            answer_hash(t);
    const struct curve *trial = row_cache_trial(t->row_cache);
    assert_non_null(trial);
    long lost = 0, image;
    while (row_cache_trial_lost(t->row_cache, lost, &image) != EXCLUDED_NOT)
        lost++;
    assert_int_equal(trial->rows_n + lost, 60);
    assert_int_equal(t->curve->rows_n, 0);
    row_cache_accept(t->row_cache);
    while (row_cache_next(t->row_cache, 1) != ROW_CACHE_RUN)
        continue;
    assert_int_equal(row_cache_found(t->row_cache), 60);
    assert_int_equal(t->tunings, 0);
    assert_string_equal(row_cache_tuning(t->row_cache)->hash, t->tuning.hash);
    end(t);
}

/* A curve that has rows of a tuning already, as on the screen when more classes are chosen. */
static void test_tuning_known_from_the_start(void **state)
{
    struct talk *t = *state;
    struct error e;
    check_run(t, 1, 0, IMAGES);
    begin(t);
    struct message_tuning other = {"1111111111111111", 8, 2};
    assert_int_equal(row_cache_tuned(t->row_cache, &other, &e), 0);
    look(t);
    assert_int_equal(t->tunings, 0);
    assert_int_equal(row_cache_found(t->row_cache), 0);
    assert_int_equal(row_cache_tuned(t->row_cache, &t->tuning, &e), -1);
    end(t);
}

/* ---- Answers that break off, tunings that change ----------------------------------------------------- */

/* Pauses: the worker answers for some of the portion only. The rest is asked for again, none is measured. */
static void test_hash_broken_off(void **state)
{
    struct talk *t = *state;
    check_run(t, 1, 0, IMAGES);
    t->dataset.place = "/elsewhere";
    begin(t);
    enum row_cache_need need;
    for (long asks = 1; (need = row_cache_next(t->row_cache, 1)) != ROW_CACHE_RUN; asks++) {
        long n;
        const long *unknown = row_cache_unknown(t->row_cache, &n);
        assert_true(need == ROW_CACHE_CONTENTS || need == ROW_CACHE_MORE);
        for (long i = 0; i < n && i < 100 && need == ROW_CACHE_CONTENTS && asks % 3; i++) {
            struct content content = content_of_image(t, unknown[i]);
            row_cache_content(t->row_cache, unknown[i], &content);
        }
    }
    assert_int_equal(row_cache_found(t->row_cache), IMAGES);
    assert_int_equal(t->tunings, 0);
    end(t);
}

/* A file that cannot be read is answered for; a worker that never answers is not asked for ever. */
static void test_hash_without_contents(void **state)
{
    struct talk *t = *state;
    const struct content none = {0};
    check_run(t, 1, 0, IMAGES);
    t->images[4].mtime_ns++;
    for (int answers = 0; answers < 2; answers++) {
        struct error e;
        enum row_cache_need need;
        int asks = 0;
        begin(t);
        while ((need = row_cache_next(t->row_cache, 1)) != ROW_CACHE_RUN) {
            asks += need == ROW_CACHE_CONTENTS;
            assert_true(asks < 100);
            if (need == ROW_CACHE_CONTENTS && answers)
                row_cache_content(t->row_cache, 4, &none);
            if (need == ROW_CACHE_TUNING)
                assert_int_equal(row_cache_tuned(t->row_cache, &t->tuning, &e), 0);
        }
        assert_true(answers ? asks == 1 : asks > 1);
        assert_int_equal(row_cache_found(t->row_cache), IMAGES - 1);
        end(t);
    }
}

static void test_tuning_changes_meanwhile(void **state)
{
    struct talk *t = *state;
    const struct message_tuning first = t->tuning, other = {"1111111111111111", 8, 2};
    begin(t);
    look(t);
    measure(t, 60);
    t->tuning = other;
    measure(t, 40);
    t->tuning = first;
    measure(t, 10);
    end(t);
    check_run(t, 1, PORTION, IMAGES - 69); /* SKIPPED is told each time */
}

/* A worker that does not say its tuning: everything is measured, and nothing of it kept. */
static void test_no_tuning(void **state)
{
    struct talk *t = *state;
    struct error e;
    enum row_cache_need need;
    const struct message_tuning tuning = t->tuning, none = {.hash = ""};
    t->run.images_n = 30;
    check_run(t, 1, 0, 30);
    t->run.images_n = IMAGES;
    begin(t);
    for (int asks = 0; (need = row_cache_next(t->row_cache, 1)) != ROW_CACHE_RUN; asks++) {
        assert_true(asks < 100);
        if (need == ROW_CACHE_CONTENTS)
            answer_hash(t);
        if (need == ROW_CACHE_TUNING)
            assert_int_equal(row_cache_tuned(t->row_cache, &none, &e), 0);
    }
    assert_int_equal(row_cache_found(t->row_cache), 0);
    t->tuning = none;
    assert_int_equal(measure(t, IMAGES), IMAGES);
    end(t);
    t->tuning = tuning;
    check_run(t, 1, PORTION, IMAGES - 30);
}

/* ---- A store in trouble ---------------------------------------------------------------------------- */

static void damage(const struct talk *t, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(t->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void test_trouble_is_reported_once(void **state)
{
    struct talk *t = *state;
    check_run(t, 1, 0, IMAGES);
    begin(t);
    damage(t, "DROP TABLE measured");
    look(t);
    assert_int_equal(t->troubles, 1);
    assert_int_equal(t->curve->rows_n, 0);
    assert_int_equal(row_cache_found(t->row_cache), 0);
    assert_string_equal(row_cache_tuning(t->row_cache)->hash, "");
    assert_int_equal(measure(t, IMAGES), IMAGES);
    assert_int_equal(row_cache_next(t->row_cache, 1), ROW_CACHE_RUN);
    assert_int_equal(t->troubles, 1);
    end(t);
}

/* They are told once, measured again and replaced; all others are taken. */
static void check_wrong(struct talk *t, const char *change, long rows)
{
    damage(t, change);
    begin(t);
    look(t);
    assert_int_equal(t->wrong, 1);
    assert_int_equal(t->troubles, 0);
    assert_int_equal(row_cache_found(t->row_cache), IMAGES - rows);
    assert_int_equal(measure(t, IMAGES), rows);
    end(t);
    check_run(t, 0, 0, 0);
}

static void test_rows_that_cannot_be(void **state)
{
    struct talk *t = *state;
    check_run(t, 1, 0, IMAGES);
    check_wrong(t, "UPDATE measured SET top = 5 WHERE kind = 0", IMAGES - 2);
    check_wrong(t, "UPDATE measured SET layer = 99 WHERE kind = 2", 1);
    check_wrong(t, "UPDATE measured SET cells = x'00' WHERE content IN (5, 500)", 2);
    check_wrong(t, "UPDATE measured SET kind = 9 WHERE content = 77", 1);
}

/* ---- Slices ---------------------------------------------------------------------------------------- */

static void test_small_slices(void **state)
{
    struct talk *t = *state;
    check_run(t, 1, 0, IMAGES);
    begin(t);
    int more = 0;
    double last = 0;
    while (row_cache_next(t->row_cache, 0) == ROW_CACHE_MORE) {
        more++;
        assert_true(row_cache_progress(t->row_cache) >= last && row_cache_progress(t->row_cache) <= 1);
        last = row_cache_progress(t->row_cache);
    }
    assert_true(more >= IMAGES / 32);
    assert_true(row_cache_progress(t->row_cache) == 1);
    assert_int_equal(row_cache_found(t->row_cache), IMAGES);
    end(t);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_everything_is_there),
        TEST(test_just_changed),
        TEST(test_no_store),
        TEST(test_some_are_there),
        TEST(test_more_images),
        TEST(test_another_tuning),
        TEST(test_another_row_key),
        TEST(test_tuning_file_is_always_looked_at),
        TEST(test_touched_and_changed),
        TEST(test_copied_folder),
        TEST(test_most_images_in_one_pass),
        TEST(test_excluded_ones_are_reported),
        TEST(test_trial_can_be_accepted),
        TEST(test_tuning_known_from_the_start),
        TEST(test_hash_broken_off),
        TEST(test_hash_without_contents),
        TEST(test_tuning_changes_meanwhile),
        TEST(test_no_tuning),
        TEST(test_trouble_is_reported_once),
        TEST(test_rows_that_cannot_be),
        TEST(test_small_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
