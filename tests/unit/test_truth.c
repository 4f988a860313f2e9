/* Labels that stand in a file beside the names of their images, or alone; and images found by the ends of
 * their paths. */
#include "dataset_fixture.h"

#include "data/tails.h"

#define OPTIONS(...) ((struct dataset_options){__VA_ARGS__})

/* -------- by the ends of paths */

static void expect_tail(const struct tails *t, const char *path, int n, long image)
{
    long found[2] = {-1, -1};
    assert_int_equal(tails_find(t, path, found), n);
    if (n == 1)
        assert_int_equal(found[0], image);
}

static void test_ends_of_paths(void **state)
{
    (void)state;
    char *const paths[] = {"1.png",   "a/1.png", "b/a/1.png",  "c/2.png",
                           "c/2.jpg", "c/x.y",   "d/v.1.JPEG", "e\\f.png"};
    enum { PATHS = sizeof paths / sizeof *paths };
    struct dataset_image images[PATHS] = {0};
    for (int i = 0; i < PATHS; i++)
        images[i].path = paths[i];
    struct dataset d = {.images = images, .images_n = PATHS};
    struct tails *t = tails_new(&d);
    expect_tail(t, "1.png", 1, 0); /* as it is written, whatever ends in it */
    expect_tail(t, "./a/1.png", 1, 1);
    expect_tail(t, "b/a/1.png", 1, 2);
    expect_tail(t, "x/a/1.png", 2, 0); /* a/1.png, or 1.png */
    expect_tail(t, "/home/x/d/v.1.JPEG", 1, 6);
    expect_tail(t, "v.1", 1, 6); /* .1 is no ending of a picture */
    expect_tail(t, "v", 0, 0);
    expect_tail(t, "2.png", 1, 3);
    expect_tail(t, "2.jpg", 1, 4);
    expect_tail(t, "2.bmp", 0, 0);
    expect_tail(t, "2", 2, 0);
    expect_tail(t, "ac/2.png", 0, 0); /* whole folder names only */
    expect_tail(t, "12.png", 0, 0);
    expect_tail(t, "", 0, 0);
    expect_tail(t, "D:\\set\\c\\2.jpg", 1, 4);
    expect_tail(t, "e\\f.png", 1, 7);
    tails_free(t);
}

/* -------- lists whose lines carry labels, and --truth */

/* The classes of a data set's images in their order, as digits; '-' for none. */
static void expect_classes(const char *name, struct dataset_options options, const char *classes,
                           const char *labelled)
{
    struct dataset *d = fixture_open(name, options);
    assert_int_equal(d->images_n, strlen(classes));
    for (long i = 0; i < d->images_n; i++)
        assert_int_equal(d->images[i].class_index, classes[i] == '-' ? DATASET_NO_CLASS : classes[i] - '0');
    assert_string_equal(d->labelled, labelled);
    dataset_free(d);
}

static void make_flat(void)
{
    for (int i = 1; i <= 4; i++) {
        char *name = memory_format("flat/v_%d.png", i);
        fixture_image(name);
        free(name);
    }
    fixture_text("labels.txt", "dark\nbright, or white\n");
    fixture_text("flat.txt", "v_1.png dark\n");
}

static void test_forms(void **state)
{
    (void)state;
    make_flat();
    static const char *const forms[] = {
        "v_1.png 0\nv_2.png 1\nv_4.png 1\nv_3.png 0\n",
        "flat/v_1.png\t0\r\nflat/v_2.png\t1\r\nflat/v_3.png\t0\r\nflat/v_4.png\t1\r\n",
        "\xef\xbb\xbfImageId,Class\nv_1,dark\nv_2,\"bright, or white\"\nv_3,dark\nv_4,\"bright, or white\"\n",
        "Width;Class_ID;Path\n2;0;x/v_1.png\n2;1;x/v_2.png\n2;0;x/v_3.png\n2;1;x/v_4.png\n",
        "filename;\tlabel\n\"v_1.png\"; 0\nv_2 ; \"1\"\n \"v_3.png\" ;0\nv_4.png;\"1\" \n",
        "label,name\n0,v_1.png\n1,v_2.png\n0,v_3.png\n1,v_4.png\n",
        "filename label\nv_1.png dark\nv_2.png 1\nv_3.png dark\nv_4.png 1\n",
        "v_1.png 1\nv_2.png 2\nv_3.png 1\nv_4.png 2\n", /* counted from 1 */
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        bool mixed = i == 6;
        fixture_text("truth.txt", forms[i]);
        const char *labels = fixture_path("labels.txt"), *truth = fixture_path("truth.txt");
        if (mixed) /* names and numbers: neither */
            fixture_refused("flat", OPTIONS(.labels = labels, .truth = truth, .outputs = 2), "truth.txt:3",
                            "\"1\"", "none of the 2 labels of", NULL);
        else
            expect_classes("flat", OPTIONS(.labels = labels, .truth = truth, .outputs = 2), "0101",
                           "truth.txt: 4");
    }
}

static void test_labels_alone(void **state)
{
    (void)state;
    make_flat();
    fixture_text("truth.txt", "label\n0\n1\n1\n0\n");
    fixture_text("flat.list", "flat/v_4.png\nflat/v_1.png\nflat/v_2.png\nflat/v_3.png\n");
    const char *truth = fixture_path("truth.txt");
    struct dataset *d = fixture_open("flat", OPTIONS(.truth = truth));
    assert_int_equal(
        fixture_warned(d, "labels without names: they go with the 4 images in byte order of their paths "
                          "(first: v_1.png is 0; last: v_4.png is 0)"),
        1);
    assert_int_equal(d->classes_n, 2);
    dataset_free(d);
    expect_classes("flat", OPTIONS(.truth = truth), "0110", "truth.txt in order: 4");
    expect_classes("flat.list", OPTIONS(.truth = truth), "0110", "truth.txt in order: 4");
    fixture_text("truth.txt", "0\n1\n1\n");
    fixture_refused("flat", OPTIONS(.truth = truth), "3 labels without names", "4 images", NULL);
}

static void test_lists_with_labels(void **state)
{
    (void)state;
    make_flat();
    fixture_text("caffe.txt", "flat/v_2.png 1\nflat/v_1.png 0\n\nflat/v_3.png 0\n");
    fixture_text("words.csv", "image,class\nflat/v_2.png,cat\nflat/v_1.png,ant\nflat/v_3.png,cat\n");
    expect_classes("caffe.txt", OPTIONS(.outputs = 2), "100", "the list's lines: 3");
    expect_classes("words.csv", OPTIONS(.outputs = 2), "101", "the list's lines: 3");
    struct dataset *d = fixture_open("words.csv", OPTIONS(0));
    assert_string_equal(d->classes[0].name, "ant");
    assert_int_equal(
        fixture_warned(d, "its 2 classes are outputs in byte order (\"ant\" is 0, \"cat\" is 1)"), 1);
    dataset_free(d);
    fixture_refused("words.csv", OPTIONS(.outputs = 3), "2 classes", "3 outputs", "--labels FILE", NULL);
    fixture_refused("caffe.txt", OPTIONS(.outputs = 1), "caffe.txt:1", "label 1", "0 to 0", NULL);
    /* A list whose paths hold blanks, commas and numbers is still one of paths. */
    fixture_text("plain.list", "flat/my 1_dark.png\nflat/v, 2 dark.png\n");
    expect_classes("plain.list", OPTIONS(.labels = fixture_path("labels.txt")), "00", "file name: 2");
    fixture_text("pairs.list", "flat/v_1.png flat/v_2.png\n");
    fixture_refused("pairs.list", OPTIONS(0), "needs the labels", "PATH LABEL", NULL);
}

static void test_left_over(void **state)
{
    (void)state;
    make_flat();
    fixture_text("truth.txt", "v_1.png,0\nv_9.png,1\nv_3.png,1\n");
    const char *truth = fixture_path("truth.txt");
    struct dataset *d = fixture_open("flat", OPTIONS(.truth = truth));
    assert_int_equal(
        fixture_warned(d, "truth.txt: 1 of its 3 names are those of no image (first: line 2, v_9.png)"), 1);
    assert_int_equal(fixture_warned(d, "2 of 4 images have no label in"), 1);
    assert_int_equal(fixture_warned(d, "(first: v_2.png)"), 1);
    dataset_free(d);
    fixture_text("truth.txt", "9.png,0\n8.png,1\n");
    fixture_refused("flat", OPTIONS(.truth = truth), "names no image of", "\"9.png\"", "\"v_1.png\"", NULL);
    fixture_text("truth.txt", "v_1.png,0\nv_2.png,1\nflat/v_1.png,1\n");
    fixture_refused("flat", OPTIONS(.truth = truth), "truth.txt:3", "\"v_1.png\" another label than line 1",
                    NULL);
    fixture_image("flat/a/v_1.png");
    fixture_image("flat/b/v_5.png");
    fixture_image("flat/c/v_5.png");
    fixture_text("truth.txt", "v_1.png,0\nv_5.png,1\n");
    fixture_refused("flat", OPTIONS(.truth = fixture_path("truth.txt")), "truth.txt:2",
                    "\"b/v_5.png\" or \"c/v_5.png\"", NULL);
    fixture_text("truth.txt", "v_1.png,0\na/v_1.png,1\nb/v_5.png,1\nc/v_5.png,0\n");
    expect_classes("flat", OPTIONS(.truth = fixture_path("truth.txt")), "1100---", "truth.txt: 4");
}

static void test_broken_files(void **state)
{
    (void)state;
    make_flat();
    static const struct {
        const char *text, *where, *what;
    } broken[] = {
        {"", "truth.txt", "is empty"},
        {"label\n", "truth.txt:1", "\"label\""},
        {"v_1.png,\n", "truth.txt:1", "has no label"},
        {"a,b,c\nd,e,f\n", "truth.txt:1", "has 3 fields (expected NAME,LABEL, or a header"},
        {"filename,label,x\nv_1.png,0\n", "truth.txt:2", "has 2 fields (expected 3"},
        {"v_1.png,\"0\n", "truth.txt:1", "\"v_1.png,\"0\" is not CSV"},
        {"v_1.png,0\nv_2.png,\"1\n", "truth.txt:2", "is not CSV (expected quotes around whole fields only"},
        {"v_1.png,0\nv\"2.png,1\n", "truth.txt:2", "is not CSV"},
        {"v_1.png,0\n\"v_2\".png,1\n", "truth.txt:2", "is not CSV"},
        {"v_1.png,0\nv_2.png,\n", "truth.txt:2", "\"v_2.png,\" has no label"},
        {"v_1.png,0\n\"v_2.png\",,\n", "truth.txt:2", "has 3 fields (expected 2"},
        {"v_1.png 99999999999999999999\n", "truth.txt:1", "label 99999999999999999999"},
        {"v_1.png 3\n", "truth.txt:1", "label 3 is none of the 2 outputs (expected 0 to 1)"},
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        fixture_text("truth.txt", broken[i].text);
        fixture_refused("flat",
                        OPTIONS(.truth = fixture_path("truth.txt"), .labels = fixture_path("labels.txt")),
                        broken[i].where, broken[i].what, NULL);
    }
    fixture_bytes("truth.txt", "v\0", 2);
    fixture_refused("flat", OPTIONS(.truth = fixture_path("truth.txt")), "binary", NULL);
    fixture_text("truth.txt", "v_1.png 923033\n"); /* not the last of 100000, counted from 1 */
    fixture_refused("flat", OPTIONS(.truth = fixture_path("truth.txt")), "truth.txt:1",
                    "label 923033 is none of the 100000 outputs", NULL);
}

/* Labels that are numbers and, in another order, names too. */
static void test_numbers_that_are_names(void **state)
{
    (void)state;
    make_flat();
    fixture_text("numbers.txt", "1\n0\n");
    fixture_text("caffe.txt", "flat/v_2.png 1\nflat/v_1.png 0\n");
    struct dataset *d = fixture_open("caffe.txt", OPTIONS(.labels = fixture_path("numbers.txt")));
    assert_int_equal(d->images[0].class_index, 0);
    assert_int_equal(fixture_warned(d, "its labels are numbers, and names of"), 1);
    dataset_free(d);
}

/* -------- lists from another machine */

static void make_shades(void)
{
    fixture_image("here/shades/test/0_dark.png");
    fixture_image("here/shades/test/1_bright.png");
    fixture_text("labels.txt", "dark\nbright\n");
}

static void test_foreign_paths(void **state)
{
    (void)state;
    make_shades();
    fixture_text("here/mac.list",
                 "/Users/x/data/shades/test/0_dark.png\n/Users/x/data/shades/test/1_bright.png\n");
    fixture_text("here/win.list",
                 "D:\\My Data\\shades\\test\\0_dark.png\r\nD:\\My Data\\shades\\test\\1_bright.png\r\n");
    const char *labels = fixture_path("labels.txt");
    static const char *const lists[] = {"here/mac.list", "here/win.list"};
    for (int i = 0; i < 2; i++) {
        struct dataset *d = fixture_open(lists[i], OPTIONS(.labels = labels));
        assert_string_equal(d->images[1].path, "shades/test/1_bright.png");
        assert_int_equal(d->images[1].class_index, 1);
        assert_int_equal(fixture_warned(d, "2 of 2 images are not where it says, and are taken from"), 1);
        assert_int_equal(fixture_warned(d, "0_dark.png is shades/test/0_dark.png)"), 1);
        assert_int_equal(fixture_warned(d, "are not there"), 0);
        dataset_free(d);
    }
}

static void test_root(void **state)
{
    (void)state;
    make_shades();
    fixture_text("lists/x.list", "shades/test/0_dark.png\n/old/test/1_bright.png\nnone.png\n");
    const char *labels = fixture_path("labels.txt"), *root = fixture_path("here");
    struct dataset *d = fixture_open("lists/x.list", OPTIONS(.labels = labels));
    assert_int_equal(fixture_warned(d, "3 of 3 images are not there; --root DIR"), 1);
    dataset_free(d);
    d = fixture_open("lists/x.list", OPTIONS(.labels = labels, .root = root));
    assert_int_equal(fixture_warned(d, "2 of 3 images are not there (first: line 2, /old/test/1_bright.png)"),
                     1);
    assert_int_equal(fixture_warned(d, "1 of 3 images are not where it says"), 0);
    dataset_free(d);
    fixture_image("here/test/1_bright.png");
    d = fixture_open("lists/x.list", OPTIONS(.labels = labels, .root = root));
    assert_string_equal(d->images[1].path, "test/1_bright.png");
    assert_int_equal(fixture_warned(d, "1 of 3 images are not there (first: line 3, none.png)"), 1);
    dataset_free(d);
    d = fixture_open("lists/x.list", OPTIONS(.labels = labels, .root = fixture_path("here/shades")));
    assert_int_equal(fixture_warned(d, "2 of 3 images are not where it says"), 1);
    assert_string_equal(d->images[0].path, "test/0_dark.png");
    dataset_free(d);
    fixture_image("classes/a/1.png");
    fixture_refused("classes", OPTIONS(.root = fixture_path("here")), "is no list of images", NULL);
}

/* A list of this machine: what is lost is lost, and not taken from elsewhere. */
static void test_lost_images(void **state)
{
    (void)state;
    make_shades();
    fixture_image("here/copy/2_dark.png");
    fixture_image("here/other/2_dark.png");
    fixture_text("here/x.list", "shades/test/0_dark.png\n2_dark.png\n");
    struct dataset *d = fixture_open("here/x.list", OPTIONS(.labels = fixture_path("labels.txt")));
    assert_string_equal(d->images[1].path, "2_dark.png");
    assert_int_equal(fixture_warned(d, "1 of 2 images are not there (first: line 2, 2_dark.png)"), 1);
    dataset_free(d);
}

static void test_ambiguous_paths(void **state)
{
    (void)state;
    make_shades();
    fixture_image("here/0_dark.png");
    const char *labels = fixture_path("labels.txt");
    fixture_text("here/two.list", "/x/shades/test/0_dark.png\n");
    fixture_refused("here/two.list", OPTIONS(.labels = labels), "two.list:1", "\"0_dark.png\"",
                    "\"shades/test/0_dark.png\"", "--root DIR", NULL);
    fixture_image("flat/0_dark.png");
    fixture_text("flat/one.list", "/x/a/0_dark.png\n/x/a/0_dark.png\n/x/b/0_dark.png\n");
    fixture_refused("flat/one.list", OPTIONS(.labels = labels), "one.list:3", "\"/x/a/0_dark.png\" (line 1)",
                    "may both be \"0_dark.png\"", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_make, fixture_remove)
        TEST(test_ends_of_paths),
        TEST(test_forms),
        TEST(test_labels_alone),
        TEST(test_lists_with_labels),
        TEST(test_left_over),
        TEST(test_broken_files),
        TEST(test_numbers_that_are_names),
        TEST(test_foreign_paths),
        TEST(test_root),
        TEST(test_lost_images),
        TEST(test_ambiguous_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
