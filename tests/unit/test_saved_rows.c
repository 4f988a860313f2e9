/* Rows as CSV: what is written can be opened again and is the same, and what is wrong with a file is said
 * with its line. (Studies of a store are opened in tests/e2e/test_store.py.) */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "store/row_key.h"
#include "study/saved_rows.h"
#include "net/definition.h"
#include "report/curve_meta.h"
#include "report/report.h"

enum { IMAGES = 6, LAYERS = 4, CLASSES = 3 };

struct world {
    char folder[64];
    char *path, *meta; /* of the rows */
    struct table table;
    struct table_row rows[LAYERS];
    struct dataset dataset;
    struct dataset_image images[IMAGES];
    struct dataset_class classes[CLASSES];
    int layers[LAYERS - 1];
    struct run_options run;
    struct options options;
    struct curve *curve;
    long order[IMAGES];
    struct report report;
};

/* Image 4 has no class, image 5 no row; neither the paths nor the order follow the numbers. */
static void set_up_data(struct world *w)
{
    static char *const paths[IMAGES] = {"z/a,b.png", "y/\"q\"\nline.png", "x/\xff.png",
                                        "w/3.png",   "v/4.png",           "u/5.png"};
    static const int classes[IMAGES] = {1, 1, 0, 2, DATASET_NO_CLASS, 0};
    static const long order[IMAGES - 1] = {2, 1, 3, 5, 0};
    w->dataset =
        (struct dataset){.root = "d", .place = "/d", .layout = "list", .split = "val", .images = w->images};
    w->dataset.images_n = IMAGES;
    w->dataset.classes = w->classes;
    w->dataset.classes_n = CLASSES;
    for (int c = 0; c < CLASSES; c++)
        w->classes[c] = (struct dataset_class){c, c ? "tench, Tinca tinca" : "cat", c == 2 ? NULL : "n01", 2};
    for (int i = 0; i < IMAGES; i++)
        w->images[i] = (struct dataset_image){paths[i], classes[i], 10, 20};
    memcpy(w->order, order, sizeof order);
}

static void set_up_rows(struct world *w)
{
    struct error e;
    w->curve = curve_new(LAYERS - 1, CLASSES, NULL);
    for (int i = 0; i < IMAGES - 1; i++) {
        long image = w->order[i];
        const float values[LAYERS - 1] = {1.0f / (float)(image + 3), 1e-40f, image == 1 ? 0 : NAN};
        const struct curve_row row = {image, w->images[image].class_index, (int)image % CLASSES, -1.0f / 3};
        if (image != 5)
            assert_int_equal(curve_add(w->curve, &row, values, &e), 0);
    }
}

static void set_up_network(struct world *w)
{
    static int crossing[LAYERS];
    w->table = (struct table){.in = {3, 4, 4}, .input_bytes = 192, .classes = CLASSES, .rows_n = LAYERS};
    w->table.rows = w->rows;
    for (int l = 0; l < LAYERS; l++) {
        crossing[l] = l;
        w->rows[l] = (struct table_row){.layer = l, .type = "convolutional", .out = {2, 3, l + 1}};
        w->rows[l].out_bytes = w->rows[l].cut_bytes = 24 * (l + 1);
        w->rows[l].cut_tensors = 1;
        w->rows[l].crossing = &crossing[l];
        w->rows[l].clean = true;
        snprintf(w->rows[l].name, sizeof w->rows[l].name, "conv%d", l);
    }
    w->layers[0] = 0;
    w->layers[1] = 2;
    w->layers[2] = 3;
    w->run = run_options_default();
    w->run.layers = w->layers;
    w->run.layers_n = LAYERS - 1;
    w->run.reduce = REDUCE_SUM;
    w->run.pixels.mean[1] = 0.456f;
    w->run.pixels.bgr = true;
    w->run.precision = PRECISION_BF16;
}

static const struct message_versions versions = {
    .version = "0.1.0", .darknet = "2018", .onednn = "2.6", .stb = "2.27", .isa = "AVX-512"};
static const struct message_tuning tuning = {"00000000deadbeef", 16, 2};

static struct provenance *describe(const struct world *w)
{
    const bool all[CLASSES] = {true, true, true};
    struct excluded lost = {0};
    excluded_add(&lost, 5, EXCLUDED_UNDECODABLE);
    const struct curve_meta meta = {
        .program = "isplit curve",
        .versions = &versions,
        .tuning = &tuning,
        .cfg_xxh3 = "0123456789abcdef",
        .weights_xxh3 = "fedcba9876543210",
        .table = &w->table,
        .dataset = &w->dataset,
        .run = &w->run,
        .options = &w->options,
        .cfg = "nets/a.cfg",
        .weights = "a.weights",
        .data = "d",
        .state = "complete",
        .asked = 5,
        .excluded = &lost,
    };
    struct provenance *p = provenance_new();
    curve_meta_describe(&meta, w->curve, all, p);
    curve_meta_describe_rows(&meta, p);
    excluded_free(&lost);
    return p;
}

static void write_rows(struct world *w)
{
    struct error e;
    struct provenance *p = describe(w);
    w->report = (struct report){.listed = w->layers,
                                .listed_n = LAYERS - 1,
                                .dataset = &w->dataset,
                                .curve = w->curve,
                                .order = w->order,
                                .order_n = IMAGES - 1};
    if (provenance_write(p, w->path, report_images, &w->report, &e) < 0)
        fail_msg("%s", e.text);
    provenance_free(p);
}

static int set_up(void **state)
{
    struct world *w = memory_new(1, sizeof *w);
    strcpy(w->folder, "/tmp/isplit-archive-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    w->path = memory_format("%s/rows.csv", w->folder);
    w->meta = memory_format("%s/rows.csv.meta.csv", w->folder);
    static char *words[] = {"isplit", "curve"};
    w->options = options_default();
    w->options.argc = 2;
    w->options.argv = words;
    set_up_network(w);
    set_up_data(w);
    set_up_rows(w);
    write_rows(w);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    unlink(w->path);
    unlink(w->meta);
    rmdir(w->folder);
    curve_free(w->curve);
    free(w->path);
    free(w->meta);
    free(w);
    return 0;
}

static struct saved_rows *load(const char *path, struct error *e)
{
    struct saved_rows *a = saved_rows_open(path, 0, e);
    long done, of;
    int status = a ? 2 : -1;
    while (status == 2)
        status = saved_rows_step(a, 1, &done, &of, e);
    if (status > 0)
        return a;
    saved_rows_free(a);
    return NULL;
}

/* ---- There and back -------------------------------------------------------------------------------- */

static void check_dataset(const struct world *w, const struct dataset *d)
{
    assert_int_equal(d->images_n, IMAGES);
    for (int i = 0; i < IMAGES; i++) {
        assert_int_equal(d->images[i].class_index, w->images[i].class_index);
        assert_string_equal(d->images[i].path, i < 4 ? w->images[i].path : "");
    }
    assert_string_equal(d->root, "d");
    assert_string_equal(d->layout, "list");
    assert_string_equal(d->split, "val");
    assert_int_equal(d->classes_n, CLASSES);
    assert_string_equal(d->classes[1].name, "tench, Tinca tinca");
    assert_null(d->classes[2].folder);
}

static void check_curve(const struct world *w, const struct curve *c)
{
    assert_int_equal(c->rows_n, w->curve->rows_n);
    for (long i = 0; i < c->rows_n; i++) {
        long row = curve_find(c, w->curve->rows[i].image);
        assert_true(row >= 0);
        assert_int_equal(c->rows[row].class_index, w->curve->rows[i].class_index);
        assert_int_equal(c->rows[row].predicted, w->curve->rows[i].predicted);
        assert_true(c->rows[row].score == w->curve->rows[i].score);
        for (int l = 0; l < LAYERS - 1; l++) {
            float a = c->values[row * (LAYERS - 1) + l];
            float b = w->curve->values[i * (LAYERS - 1) + l];
            assert_true(a == b || (isnan(a) && isnan(b)));
        }
    }
}

static void test_there_and_back(void **state)
{
    struct world *w = *state;
    struct error e;
    struct saved_rows *a = load(w->path, &e);
    if (!a)
        fail_msg("%s", e.text);
    check_dataset(w, a->dataset);
    check_curve(w, a->curve);
    assert_string_equal(a->cfg, "nets/a.cfg");
    assert_string_equal(a->cfg_xxh3, "0123456789abcdef");
    assert_string_equal(a->weights_xxh3, "fedcba9876543210");
    assert_memory_equal(&a->tuning, &tuning, sizeof tuning);
    assert_string_equal(a->versions.stb, "2.27");
    assert_string_equal(a->versions.isa, "AVX-512");
    assert_int_equal(a->study, 0);
    assert_int_equal(a->excluded.n, 1);
    assert_true(a->excluded.all[0].image == 5 && a->excluded.all[0].why == EXCLUDED_UNDECODABLE);
    assert_int_equal(a->run.precision, PRECISION_BF16);
    char *asked = row_key_of_run(&w->run, &versions);
    char *read = row_key_of_run(&a->run, &a->versions);
    assert_string_equal(asked, read);
    assert_int_equal(a->table->rows_n, LAYERS);
    assert_string_equal(a->table->rows[3].name, "conv3");
    assert_int_equal(a->table->rows[3].cut_bytes, 96);
    free(asked);
    free(read);
    saved_rows_free(a);
}

/* What makes other rows is another row_key; what only chooses a tuning is not. */
static void test_question(void **state)
{
    struct world *w = *state;
    struct error e;
    struct run_options run = w->run, read;
    struct message_versions later = versions;
    char *first = row_key_of_run(&run, &versions);
    run.batch = 3;
    run.exact = !run.exact;
    char *same = row_key_of_run(&run, &versions);
    assert_string_equal(first, same);
    run.precision = PRECISION_F32;
    char *other = row_key_of_run(&run, &versions);
    assert_string_not_equal(first, other);
    strcpy(later.darknet, "2019");
    char *of_later = row_key_of_run(&w->run, &later);
    assert_string_not_equal(first, of_later);
    assert_non_null(strstr(first, "\"rows\":2,"));
    assert_non_null(strstr(other, "\"rows\":1,"));
    assert_int_equal(row_key_read(first, &read, &e), 0);
    assert_int_equal(read.precision, PRECISION_BF16);
    run_options_free(&read);
    char *word = strstr(first, "\"precision\"");
    memcpy(word, "\"not_known\"", strlen("\"precision\"")); /* as in an older store */
    assert_int_equal(row_key_read(first, &read, &e), 0);
    assert_int_equal(read.precision, PRECISION_F32);
    run_options_free(&read);
    char *asked[] = {tuning_key_of_run(&w->run, &versions), tuning_key_of_run(&run, &versions)};
    assert_string_not_equal(asked[0], asked[1]);
    assert_non_null(strstr(asked[0], "\"precision\":\"bf16\""));
    char *all[] = {first, same, other, of_later, asked[0], asked[1]};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
}

static void test_written_again_it_is_the_same(void **state)
{
    struct world *w = *state;
    struct error e;
    size_t length, again;
    char *first = file_read(w->path, 1 << 20, &length, &e);
    struct saved_rows *a = load(w->path, &e);
    char *second = NULL;
    FILE *out = open_memstream(&second, &again);
    w->report.dataset = a->dataset;
    w->report.curve = a->curve;
    report_images(out, &w->report);
    fclose(out);
    assert_int_equal(length, again);
    assert_memory_equal(first, second, length);
    free(first);
    free(second);
    saved_rows_free(a);
}

/* The file with the first `from` in it replaced. */
static void replace(const char *path, const char *from, const char *to)
{
    struct error e;
    size_t length;
    char *text = file_read(path, 1 << 20, &length, &e);
    char *at = strstr(text, from);
    if (!at)
        fail_msg("'%s' does not hold '%s'", path, from);
    FILE *out = fopen(path, "w");
    fprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    fclose(out);
    free(text);
}

static void test_in_any_order_with_crlf(void **state)
{
    struct world *w = *state;
    struct error e;
    FILE *out = fopen(w->path, "w");
    fputs("\xef\xbb\xbfimage,class_index,class,top_index,score,L0,L2,L3,number\r\n"
          "\"w/3.png\",2,x,0,-1.5,0.25,0,,3\r\n\r\n"
          "x/\xff.png,0,x,2,1e3,0,1,2,2\r\n"
          "a,1,,1,0,0,0,0,0\r\n"
          "b,1,,1,0,0,0,0,1",
          out);
    fclose(out);
    assert_null(load(w->path, &e)); /* these are others, */
    assert_non_null(strstr(e.text, ": does not hold the rows that its .meta.csv was written with"));
    replace(w->meta, "rows_xxh3", "rows_xxh3_then"); /* unless somebody says that they are not */
    struct saved_rows *a = load(w->path, &e);
    if (!a)
        fail_msg("%s", e.text);
    assert_int_equal(a->curve->rows_n, 4);
    assert_string_equal(a->dataset->images[3].path, "w/3.png");
    assert_true(a->curve->rows[curve_find(a->curve, 3)].score == -1.5f);
    saved_rows_free(a);
}

/* ---- What is wrong --------------------------------------------------------------------------------- */

static void check_fails(const struct world *w, const char *file, const char *expected)
{
    struct error e = {"it was taken"};
    char *whole = memory_format("%s%s", file, expected);
    struct saved_rows *a = load(w->path, &e);
    assert_null(a);
    if (strncmp(e.text, whole, strlen(whole)) != 0)
        fail_msg("'%s' does not begin with '%s'", e.text, whole);
    free(whole);
}

static void test_bad_rows(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *from, *to, *expected;
    } cases[] = {
        {"score,L0", "score,L1", ":1: column 6 is 'L1' (expected 'L0', as in a file of --images-csv)"},
        {",number", "", ":1: column 9 is 'top_class' (expected 'number'"},
        {"x/", "y/,", ":2: has 12 columns (expected 11)"},
        {"0.200000003", "much", ":2: L0 'much' (expected an importance"},
        {"0.200000003", "-1", ":2: L0 '-1' (expected an importance"},
        {"0.200000003", "inf", ":2: L0 'inf' (expected an importance"},
        {"-0.333333343", "", ":2: score '' (expected a number)"},
        {",,2,", ",,6,", ":2: number '6' (expected a whole number from 0 to 5)"},
        {",,2,", ",,-1,", ":2: number '-1'"},
        {",,2,", ",,3,", ":2: image 3 has class 0 (the .meta.csv says 2)"},
        {".png,0,cat,2,", ".png,0,cat,3,", ":2: top_index '3' (expected a whole number from 0 to 2)"},
        {",,0,cat", ",,1,cat", ":6: image 1 was measured already"}, /* the third row takes two lines */
        {"w/3", "w\"3", ":5: a quote where none belongs"},
        {"w/3", "\"w/3", ":5: a quote"},
        {"z/a", "\"z/a", ":6: a quote"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_rows(w);
        replace(w->path, cases[i].from, cases[i].to);
        check_fails(w, w->path, cases[i].expected);
    }
}

/* What is whole depends on the images asked for. */
static void test_parts(void **state)
{
    struct world *w = *state;
    struct error e;
    static const long with_row[] = {3, 0}, with_both[] = {5, 2}, with_other[] = {2, 4};
    struct saved_rows *a = load(w->path, &e);
    assert_non_null(a);
    struct excluded lost;
    assert_true(saved_rows_is_whole(a, a->curve, with_row, 2, &lost) && lost.n == 0);
    excluded_free(&lost);
    assert_true(saved_rows_is_whole(a, a->curve, with_both, 2, &lost));
    assert_true(lost.n == 1 && lost.all[0].image == 5);
    excluded_free(&lost);
    curve_free(a->curve); /* as if nobody had measured image 4, with a class of its own */
    a->curve = curve_new(LAYERS - 1, CLASSES, NULL);
    assert_true(!saved_rows_is_whole(a, a->curve, with_other, 2, &lost) && lost.n == 0);
    excluded_free(&lost);
    saved_rows_free(a);
}

static void test_excluded_with_a_row(void **state)
{
    struct world *w = *state;
    replace(w->meta, "not_finite_images,", "not_finite_images,3");
    check_fails(w, w->path, ": has a row of image 3 (its .meta.csv says that it was lost)");
}

static void test_missing_rows(void **state)
{
    struct world *w = *state;
    struct error e;
    size_t length;
    char *text = file_read(w->path, 1 << 20, &length, &e);
    strstr(text, "w/3")[0] = '\0';
    FILE *out = fopen(w->path, "w");
    fputs(text, out);
    fclose(out);
    free(text);
    check_fails(w, w->path, ": has rows of 2 images (expected 4, as its .meta.csv says)");
}

static void test_bad_meta(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *from, *to, *expected;
    } cases[] = {
        {"key,value", "a,b",
         ": is no store, and as rows it needs the file that says how they were measured: "},
        {"question,", "answer,",
         ": has no 'question' (expected what stands beside rows of images: isplit curve --images-csv)"},
        {"\"\"sum\"\"", "\"\"most\"\"", ": the options of the run: message run: \"reduce\" is wrong"},
        {"[0,2,3]", "[0,2,9]", ": it lists layer 9 of a network with 4 layers"},
        {"\"\"rows\"\":[", "\"\"lines\"\":[", ": message layers: \"rows\" is missing"},
        {"*1\n", "*2\n", ": image_classes: '0*2' (expected CLASS*IMAGES, of 6 images in all)"},
        {"1*2", "1x2", ": image_classes: '1x2 0*1 2*1 -*1 0*1'"},
        {" 0*1\n", "\n", ": image_classes speaks of 5 images (expected 6)"},
        {"1*2", "7*2", ": message dataset: \"classes\" is wrong"},
        {"undecodable_images,5", "undecodable_images,6",
         ": undecodable_images: '6' (expected numbers of images, of 6 in all)"},
        {"not_finite_images,", "not_finite_images,1 x", ": not_finite_images: 'x' (expected numbers"},
        {"undecodable_images,", "undecodable,", ": has no 'undecodable_images'"},
        {"batch,16", "batch,many", ": batch 'many' (expected a whole number)"},
        {"batch,16", "batch,4294967312", ": batch '4294967312' (expected a whole number"},
        {"00000000deadbeef", "00000000deadbeeg", ": tuning '00000000deadbeeg' (expected 16 hex digits)"},
        {"00000000deadbeef", "p", ": tuning 'p' (expected 16 hex digits)"},
        /* 2^59 images are 0 bytes, modulo 2^64: what is written behind them is not theirs */
        {"\"\"images\"\":6", "\"\"images\"\":576460752303423488",
         ": dataset: 576460752303423488 images (expected 1 to 2147483647)"},
        {"\"\"images\"\":6", "\"\"images\"\":2147483647",
         ": image_classes speaks of 6 images (expected 2147483647)"},
        {"1*2", "1*9223372036854775807", ": image_classes: '1*9223372036854775807 0*1"},
        {"1*2", "-99*2", ": image_classes: '-99*2 0*1"},
        {"\"\"classes\"\":3,", "\"\"classes\"\":268435456,",
         ": message layers: \"classes\" is wrong (expected at most"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_rows(w);
        replace(w->meta, cases[i].from, cases[i].to);
        check_fails(w, i ? w->meta : w->path, cases[i].expected);
    }
    unlink(w->meta);
    check_fails(w, w->path, ": is no store, and as rows it needs");
}

static void test_other_files(void **state)
{
    struct world *w = *state;
    struct error e;
    assert_null(saved_rows_open("/nowhere/rows.csv", 0, &e));
    assert_string_equal(e.text, "/nowhere/rows.csv: cannot open: No such file or directory");
    assert_null(saved_rows_open(w->folder, 0, &e));
    assert_non_null(strstr(e.text, "cannot read"));
    assert_null(saved_rows_open(w->path, 2, &e));
    assert_non_null(strstr(e.text, "is no store, so it has no studies"));
}

/* Another process, since locks are seen by others only: waits for a byte, then exits with 0 if somebody holds
 * one of SQLite's locks on the file (their place: SQLite file format). */
static pid_t start_locksmith(const char *path, int *go)
{
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000000, .l_len = 512};
        int fd = read(ends[0], &byte, 1) == 1 ? open(path, O_RDWR | O_CLOEXEC) : -1;
        _exit(fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? 0 : 1);
    }
    close(ends[0]);
    *go = ends[1];
    return child;
}

/* The file of a store that is open here: SQLite's locks on it must outlive the look. */
static void test_looking_keeps_the_locks(void **state)
{
    struct world *w = *state;
    struct error e;
    int go, status;
    char path[sizeof w->folder + 10];
    snprintf(path, sizeof path, "%s/rows.db", w->folder);
    pid_t child = start_locksmith(path, &go);
    struct store *s = store_open(path, STORE_WRITE, NULL, &e);
    assert_non_null(s);
    assert_int_equal(store_is_database(path, &e), 1);
    assert_null(saved_rows_open(path, 0, &e));
    assert_non_null(strstr(e.text, "holds no measured rows"));
    assert_int_equal(write(go, "x", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(go);
    store_close(s);
    unlink(path);
}

static void test_what_is_a_database(void **state)
{
    struct world *w = *state;
    struct error e;
    assert_int_equal(store_is_database(w->path, &e), 0);
    FILE *out = fopen(w->path, "w");
    assert_int_equal(store_is_database(w->path, &e), 0);
    fputs("x", out);
    fclose(out);
    assert_int_equal(store_is_database(w->path, &e), 0);
    assert_int_equal(store_is_database("/dev/null", &e), 0);
    assert_int_equal(store_is_database("/nowhere", &e), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_there_and_back),
        TEST(test_question),
        TEST(test_written_again_it_is_the_same),
        TEST(test_in_any_order_with_crlf),
        TEST(test_bad_rows),
        TEST(test_missing_rows),
        TEST(test_parts),
        TEST(test_excluded_with_a_row),
        TEST(test_bad_meta),
        TEST(test_other_files),
        TEST(test_looking_keeps_the_locks),
        TEST(test_what_is_a_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
