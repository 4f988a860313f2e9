/* IDX pairs: plain and gzipped, by file and by folder, damaged ones. */
#include "dataset_fixture.h"

#include <zlib.h>

#include "data/pixels.h"

#define OPTIONS(...) ((struct dataset_options){__VA_ARGS__})

static const unsigned char images3[] = {0, 0, 8, 3, 0, 0,  0,  3,  0,  0,  0,
                                        1, 0, 0, 0, 2, 10, 20, 30, 40, 50, 60};
static const unsigned char labels3[] = {0, 0, 8, 1, 0, 0, 0, 3, 2, 0, 2};

static void write_gz(const char *name, const void *bytes, size_t length)
{
    gzFile f = gzopen(fixture_path(name), "wb");
    assert_non_null(f);
    assert_int_equal(gzwrite(f, bytes, (unsigned)length), length);
    gzclose(f);
}

static void expect_three(struct dataset *d, const char *first)
{
    assert_string_equal(d->layout, "IDX");
    assert_int_equal(d->images_n, 3);
    assert_string_equal(d->images[0].path, first);
    assert_int_equal(d->images[0].class_index, 2);
    assert_int_equal(d->images[1].class_index, 0);
    assert_int_equal(d->classes[2].images, 2);
    struct pixels_options plain = {.scale = 255, .std = {1, 1, 1}};
    float out[2];
    struct error e;
    assert_int_equal(pixels_load(d, 1, (struct net_shape){1, 1, 2}, &plain, NULL, out, NULL, &e), 0);
    assert_true(out[0] == 30 && out[1] == 40);
    dataset_free(d);
}

static void test_pairs(void **state)
{
    (void)state;
    fixture_bytes("m/train-images-idx3-ubyte", images3, sizeof images3);
    fixture_bytes("m/train-labels-idx1-ubyte", labels3, sizeof labels3);
    write_gz("m/t10k-images-idx3-ubyte.gz", images3, sizeof images3);
    write_gz("m/t10k-labels-idx1-ubyte.gz", labels3, sizeof labels3);
    expect_three(fixture_open("m/train-images-idx3-ubyte", OPTIONS(0)), "train-images-idx3-ubyte#0");
    expect_three(fixture_open("m/train-labels-idx1-ubyte", OPTIONS(0)), "train-images-idx3-ubyte#0");
    expect_three(fixture_open("m/t10k-images-idx3-ubyte.gz", OPTIONS(.split = "test")),
                 "t10k-images-idx3-ubyte.gz#0");
    expect_three(fixture_open("m", OPTIONS(.split = "train")), "train-images-idx3-ubyte#0");
    expect_three(fixture_open("m", OPTIONS(.split = "t10k")), "t10k-images-idx3-ubyte.gz#0");
    struct dataset *d = fixture_open("m", OPTIONS(.outputs = 5));
    assert_string_equal(d->split, "t10k");
    assert_int_equal(fixture_noted(d, "using split \"t10k\""), 1);
    assert_int_equal(d->classes_n, 5);
    assert_string_equal(d->classes[2].name, "2");
    assert_string_equal(d->classes[2].folder, "2");
    assert_int_equal(d->classes[4].images, 0);
    dataset_free(d);
    fixture_refused("m", OPTIONS(.split = "val"), "no split \"val\"", NULL);
    fixture_refused("m/train-images-idx3-ubyte", OPTIONS(.split = "test"), "not split \"test\"", NULL);
    fixture_refused("m", OPTIONS(.outputs = 2), "label 2", "0..1", NULL);

    /* A plain file beside its gzipped copy is one set; only one half may be gzipped. */
    write_gz("m/train-images-idx3-ubyte.gz", images3, sizeof images3);
    expect_three(fixture_open("m", OPTIONS(.split = "train")), "train-images-idx3-ubyte#0");
    unlink(fixture_path("m/train-images-idx3-ubyte"));
    expect_three(fixture_open("m", OPTIONS(.split = "train")), "train-images-idx3-ubyte.gz#0");
    /* Nested one deep, through a .data file, and with names. */
    fixture_text("names.txt", "zero\none\ntwo\n");
    fixture_text("i.data", "valid = m/t10k-images-idx3-ubyte.gz\nnames = names.txt\n");
    d = fixture_open("i.data", OPTIONS(0));
    assert_int_equal(d->images_n, 3);
    assert_string_equal(d->classes[2].name, "two");
    dataset_free(d);
    fixture_bytes("n/raw/train.images.idx3-ubyte", images3, sizeof images3);
    fixture_bytes("n/raw/train.labels.idx1-ubyte", labels3, sizeof labels3);
    expect_three(fixture_open("n", OPTIONS(0)), "raw/train.images.idx3-ubyte#0");
    fixture_bytes("n/raw/x-train-images-idx3-ubyte", images3, sizeof images3);
    fixture_refused("n", OPTIONS(0), "several IDX sets", NULL);
}

/* Writes a pair whose halves are these bytes and expects the words in the error. */
static void refused_pair(const void *images, size_t images_n, const void *labels, size_t labels_n,
                         const char *word)
{
    fixture_bytes("d/images-idx3", images, images_n);
    fixture_bytes("d/labels-idx1", labels, labels_n);
    fixture_refused("d", OPTIONS(0), word, NULL);
}

static void test_damaged(void **state)
{
    (void)state;
    unsigned char bytes[sizeof images3 + 1], marks[sizeof labels3 + 1];
    memcpy(bytes, images3, sizeof images3);
    memcpy(marks, labels3, sizeof labels3);
    bytes[sizeof images3] = marks[sizeof labels3] = 0;
    size_t n = sizeof images3, m = sizeof labels3;
    for (size_t cut = 0; cut < n; cut++)
        refused_pair(bytes, cut, marks, m, cut < 4 ? "no IDX file" : "truncated");
    for (size_t cut = 0; cut < m; cut++)
        refused_pair(bytes, n, marks, cut, cut < 4 ? "no IDX file" : "truncated");
    refused_pair(bytes, n + 1, marks, m, "more data");
    refused_pair(bytes, n, marks, m + 1, "more data");
    marks[7] = 2;
    refused_pair(bytes, n, marks, m - 1, "has 2 labels");
    marks[7] = 3;
    bytes[2] = 13;
    refused_pair(bytes, n, marks, m, "begins with 00 00 0d 03");
    bytes[2] = 8;
    bytes[3] = 1;
    refused_pair(bytes, n, marks, m, "begins with 00 00 08 01");
    bytes[3] = 3;
    bytes[7] = 0;
    refused_pair(bytes, n, marks, m, "0 images");
    memset(bytes + 4, 0xff, 12);
    refused_pair(bytes, n, marks, m, "no side above");
    for (size_t side = 8; side <= 12; side += 4) { /* of the one, then of the other */
        memcpy(bytes + 4, "\0\0\0\x01\0\0\0\x01\0\0\0\x01", 12);
        bytes[side + 1] = 2;
        refused_pair(bytes, n, marks, m, "no side above");
        bytes[side + 1] = bytes[side + 3] = 0;
        refused_pair(bytes, n, marks, m, "no side above");
    }
    memcpy(bytes + 4, "\xff\xff\xff\xff\0\x01\0\0\0\x01\0\0", 12);
    refused_pair(bytes, n, marks, m, "at most");
    for (size_t i = 0; i < 2; i++) {
        bytes[i] = 1;
        refused_pair(bytes, n, marks, m, "begins with 0");
        bytes[i] = 0;
    }
    /* A header that promises gigabytes costs no memory. */
    memcpy(bytes + 4, "\0\x01\0\0\0\0\x01\0\0\0\x01\0", 12);
    refused_pair(bytes, n, marks, m, "truncated");
    unlink(fixture_path("d/labels-idx1"));
    fixture_bytes("d/images-idx3", images3, n);
    fixture_refused("d", OPTIONS(0), "labels-idx1", "cannot open", NULL);
    fixture_bytes("strange", images3, n);
    fixture_refused("strange", OPTIONS(0), "name of their labels is unknown", NULL);
}

static void test_damaged_gzip(void **state)
{
    (void)state;
    fixture_bytes("g/labels-idx1", labels3, sizeof labels3);
    write_gz("g/images-idx3.gz", images3, sizeof images3);
    unsigned char packed[256];
    FILE *f = fopen(fixture_path("g/images-idx3.gz"), "rb");
    size_t n = fread(packed, 1, sizeof packed, f);
    fclose(f);
    fixture_bytes("g/images-idx3.gz", packed, n - 12);
    fixture_refused("g", OPTIONS(0), "images-idx3.gz", NULL);
    packed[n - 6] ^= 1; /* the checksum */
    fixture_bytes("g/images-idx3.gz", packed, n);
    fixture_refused("g", OPTIONS(0), "images-idx3.gz", "unpacked", NULL);
}

static void test_real_notmnist(void **state)
{
    (void)state;
    const char *folder = "../shared/data/notmnist";
    if (access(folder, R_OK) < 0) {
        print_message("skipped: %s is not there\n", folder);
        skip();
    }
    struct error e = {""};
    struct dataset *d = dataset_open(folder, &OPTIONS(.outputs = 10), &e);
    if (!d)
        fail_msg("%s", e.text);
    assert_int_equal(d->images_n, 10000);
    assert_int_equal(d->classes_n, 10);
    for (int i = 0; i < 10; i++)
        assert_int_equal(d->classes[i].images, 1000);
    assert_string_equal(d->images[9999].path, "t10k-images-idx3-ubyte.gz#9999");
    float out[28 * 28];
    struct pixels_options plain = {.scale = 1, .std = {1, 1, 1}};
    double sum = 0;
    for (long i = 0; i < 100; i++) {
        assert_int_equal(pixels_load(d, i, (struct net_shape){1, 28, 28}, &plain, NULL, out, NULL, &e), 0);
        for (int j = 0; j < 28 * 28; j++) {
            assert_true(out[j] >= 0 && out[j] <= 1);
            sum += (double)out[j];
        }
    }
    assert_true(sum > 100 * 28 * 28 * 0.2 && sum < 100 * 28 * 28 * 0.7);
    dataset_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pairs, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_damaged, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_damaged_gzip, fixture_make, fixture_remove),
        cmocka_unit_test(test_real_notmnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
