#include "store_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/memory.h"

struct dataset *fixture_dataset(long n, const char *place)
{
    struct dataset *d = memory_new(1, sizeof *d);
    d->root = memory_copy("data");
    d->place = memory_copy(place ? place : "/data");
    d->layout = memory_copy("class folders");
    d->split = memory_copy("val");
    d->images_n = n;
    d->images = memory_new((size_t)n, sizeof *d->images);
    d->classes_n = FIXTURE_CLASSES;
    d->classes = memory_new(FIXTURE_CLASSES, sizeof *d->classes);
    for (int c = 0; c < FIXTURE_CLASSES; c++)
        d->classes[c] = (struct dataset_class){.index = c, .name = memory_format("class \"%d\"", c)};
    for (long i = 0; i < n; i++) {
        int class_index = i % 7 == 6 ? DATASET_NO_CLASS : (int)(i % FIXTURE_CLASSES);
        /* Names need not be UTF-8. */
        d->images[i] = (struct dataset_image){.path = memory_format("c%d/%ld\xff.png", class_index, i),
                                              .class_index = class_index,
                                              .size = 1000 + i,
                                              .mtime_ns = 1600000000000000000 + i};
        if (class_index != DATASET_NO_CLASS)
            d->classes[class_index].images++;
    }
    return d;
}

#define LAYER(n)                                                                                             \
    "{\"layer\":" #n ",\"name\":\"layer" #n "\",\"kind\":\"connected\",\"out\":[4,1,1],\"params\":20,"       \
    "\"macs\":16,\"crossing\":[" #n "],\"cut_bytes\":16,\"head\":[0,0,0],\"tail\":[0,0,0],"                  \
    "\"clean\":true,\"feature\":true}"

static const char layers[] =
    "{\"type\":\"layers\",\"cfg_xxh3\":\"0123456789abcdef\",\"weights_xxh3\":\"fedcba9876543210\","
    "\"input\":[4,1,1],\"input_bytes\":16,\"classes\":4,\"rows\":[" LAYER(0) "," LAYER(1) "," LAYER(
        2) "," LAYER(3) "," LAYER(4) "," LAYER(5) "]}";
static const char row_key[] =
    "{\"bgr\":false,\"fit\":\"crop\",\"layers\":[0,1,2,3,5],\"mean\":[0,0,0],\"reduce\":\"mean\","
    "\"scale\":1,\"score\":\"truth\",\"std\":[1,1,1],\"tap\":\"post\"}";

struct store_run_key fixture_run_key(const char *tuning)
{
    return (struct store_run_key){.cfg_xxh3 = "0123456789abcdef",
                                  .weights_xxh3 = "fedcba9876543210",
                                  .row_key = row_key,
                                  .tuning = tuning,
                                  .layers = layers,
                                  .cfg = "nets/a\xfe.cfg",
                                  .weights = "a.weights",
                                  .versions = "isplit of a test"};
}

struct content fixture_content(long image)
{
    char text[40];
    int n = snprintf(text, sizeof text, "image %ld", image);
    return content_of(text, (size_t)n);
}

void fixture_row(long image, struct store_row *row, float values[FIXTURE_LAYERS])
{
    *row = (struct store_row){
        .kind = EXCLUDED_NOT, .predicted = (int)(image % 3), .score = (float)image / 7 - 5};
    if (image % 10 == 9) {
        *row = (struct store_row){.kind = EXCLUDED_UNDECODABLE};
        snprintf(row->reason, sizeof row->reason, "no picture, number %ld", image);
    } else if (image % 11 == 10) {
        *row = (struct store_row){.kind = EXCLUDED_NONFINITE, .layer = (int)(image % 5)};
    }
    for (int l = 0; l < FIXTURE_LAYERS; l++)
        values[l] = l == 3 && image % 5 == 0 ? NAN : (float)((image * 31 + l * 17) % 1009) / 1009;
}

struct store *fixture_open(const char *path)
{
    struct error e = {""};
    char *notice;
    struct store *s = store_open(path, STORE_WRITE, &notice, &e);
    assert_string_equal(e.text, "");
    assert_null(notice);
    assert_non_null(s);
    return s;
}

void fixture_keep(struct store *s, struct store_target *t, const struct dataset *d, long first, long n,
                  long step)
{
    struct error e = {""};
    for (long i = first; i < n; i += step) {
        struct content content = fixture_content(i);
        struct store_row row;
        float values[FIXTURE_LAYERS];
        fixture_row(i, &row, values);
        store_keep_content(t, i, d->images[i].size, d->images[i].mtime_ns, &content);
        if (d->images[i].class_index != DATASET_NO_CLASS)
            store_keep_row(t, &content, d->images[i].class_index, &row, values);
    }
    if (store_flush(s, &e) < 0)
        fail_msg("%s", e.text);
}

void fixture_fill(struct store *s, const struct store_run_key *run_key, const struct dataset *d)
{
    struct store_target *t = store_begin(s, run_key, "batch 8", d, FIXTURE_LAYERS);
    fixture_keep(s, t, d, 0, d->images_n, 1);
    store_end(t);
}

int fixture_find_content(struct store *s, const struct dataset *d, long image, struct content *content)
{
    struct error e;
    int found = store_find_image(s, 0, d, image, content, NULL, NULL, 0, &e);
    return found < 0 ? found : content->known;
}

static int find(struct store *s, int64_t run_key, const struct dataset *d, long image, struct store_row *row,
                float values[FIXTURE_LAYERS])
{
    struct content content;
    struct error e = {""};
    int found = store_find_image(s, run_key, d, image, &content, row, values, FIXTURE_LAYERS, &e);
    if (found < 0)
        fail_msg("%s", e.text);
    return found;
}

static void compare(long image, const struct store_row *row, const float values[FIXTURE_LAYERS])
{
    struct store_row wanted;
    float wanted_values[FIXTURE_LAYERS];
    fixture_row(image, &wanted, wanted_values);
    assert_int_equal(row->kind, wanted.kind);
    assert_int_equal(row->predicted, wanted.predicted);
    assert_true(row->score == wanted.score);
    assert_int_equal(row->layer, wanted.layer);
    assert_string_equal(row->reason, wanted.reason);
    if (row->kind == EXCLUDED_NOT)
        assert_memory_equal(values, wanted_values, sizeof wanted_values);
}

void fixture_check_row(struct store *s, int64_t run_key, const struct dataset *d, long image)
{
    struct store_row row;
    float values[FIXTURE_LAYERS];
    assert_int_equal(find(s, run_key, d, image, &row, values), 1);
    compare(image, &row, values);
}

long fixture_count(struct store *s, const struct store_run_key *run_key, const struct dataset *d)
{
    struct error e;
    long n = 0;
    int64_t id = store_find_run_key(s, run_key, &e);
    assert_true(id >= 0);
    for (long i = 0; i < d->images_n; i++) {
        struct store_row row;
        float values[FIXTURE_LAYERS];
        if (find(s, id, d, i, &row, values) == 1) {
            compare(i, &row, values);
            n++;
        }
    }
    return n;
}

static void say(void *data, const char *fault)
{
    (void)data;
    print_error("%s\n", fault);
}

void fixture_verify(struct store *s)
{
    struct error e = {""};
    assert_int_equal(store_verify(s, 10, say, NULL, &e), 0);
}

int fixture_begin(void **state)
{
    struct fixture_place *p = memory_new(1, sizeof *p);
    p->folder = fixture_folder();
    p->path = fixture_in(p->folder, "rows.db");
    p->d = fixture_dataset(200, NULL);
    *state = p;
    return 0;
}

int fixture_end(void **state)
{
    struct fixture_place *p = *state;
    fixture_folder_remove(p->folder);
    dataset_free(p->d);
    free(p->path);
    free(p);
    return 0;
}

void fixture_fill_place(const struct fixture_place *p)
{
    struct store *s = fixture_open(p->path);
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    fixture_fill(s, &run_key, p->d);
    store_close(s);
}

bool fixture_is_same(const struct content *a, const struct content *b)
{
    return a->known && b->known && a->high == b->high && a->low == b->low;
}

long fixture_labelled(const struct dataset *d)
{
    long n = 0;
    for (long i = 0; i < d->images_n; i++)
        n += d->images[i].class_index != DATASET_NO_CLASS;
    return n;
}

void fixture_sql(const char *path, const char *text)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

void fixture_write(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

void fixture_refused(const char *path, enum store_access access, const char *says)
{
    struct error e = {""};
    char *notice;
    assert_null(store_open(path, access, &notice, &e));
    assert_null(notice);
    if (!strstr(e.text, says))
        fail_msg("'%s' does not say '%s'", e.text, says);
    assert_non_null(strstr(e.text, path));
}
