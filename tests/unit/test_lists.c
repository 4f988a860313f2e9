/* List files, flat folders and .data files: labels in paths, relative paths, broken files. */
#include "dataset_fixture.h"

#include "data/data_file.h"

#define OPTIONS(...) ((struct dataset_options){__VA_ARGS__})

/* Opens a list with this line and others that share no folder with it, and in one of which Darknet's rule
 * would find two; with the labels of labels.txt. The line's class index. */
static int class_of(const char *line)
{
    char *text = memory_format("%s\nalways/cat/1.png\nalways/dog/1.png\n9_great white shark.png\n", line);
    fixture_text("one.list", text);
    free(text);
    struct dataset *d = fixture_open("one.list", OPTIONS(.labels = fixture_path("labels.txt")));
    int index = d->images[0].class_index;
    assert_int_equal(fixture_warned(d, "Darknet's own rule"), 0);
    dataset_free(d);
    return index;
}

static void test_label_in_path(void **state)
{
    (void)state;
    fixture_text("labels.txt",
                 "dog\ncat\ngreat white shark\nn01751748\nshark\nhammer-head\nf\xc3\xa4hre\nnchen\n");
    assert_int_equal(class_of("data/cat/1.png"), 1);
    assert_int_equal(class_of("data/dog/cat.png"), 1); /* the nearest counts */
    assert_int_equal(class_of("data/dog/x/cat/y/1.png"), 1);
    assert_int_equal(class_of("data/cat/x/dog/y/1.png"), 0);
    assert_int_equal(class_of("data/cat/dog_and_cat.png"), 1); /* two in the name, one folder */
    assert_int_equal(class_of("data/1_dog.png"), 0);
    assert_int_equal(class_of("dog.png"), 0);
    assert_int_equal(class_of("/somewhere/ILSVRC2012_val_1.n01751748.JPEG"), 3);
    assert_int_equal(class_of("x/12 great white shark 3.jpg"), 2); /* holds "shark" too */
    assert_int_equal(class_of("x/7-shark-.jpg"), 4);
    assert_int_equal(class_of("x/7_hammer-head.jpg"), 5);
    assert_int_equal(class_of("x/7_f\xc3\xa4hre.jpg"), 6);
    assert_int_equal(class_of("x/cat_cat.jpg"), 1);
    assert_int_equal(class_of("cat/x/cat/dog.jpg"), 0);
    /* Only whole tokens and components. */
    assert_int_equal(class_of("x/concatenate.png"), DATASET_NO_CLASS);
    assert_int_equal(class_of("cats/1dog.png"), DATASET_NO_CLASS);
    assert_int_equal(class_of("x/Cat.png"), DATASET_NO_CLASS);
    assert_int_equal(class_of("x/n0175174.png"), DATASET_NO_CLASS);
    assert_int_equal(class_of("x/Entch\xc3\xa4nchen.png"),
                     DATASET_NO_CLASS); /* a letter beyond ASCII is one */
}

static void test_two_labels(void **state)
{
    (void)state;
    fixture_text("labels.txt", "dog\ncat\nbird\nbird\n");
    const char *labels = fixture_path("labels.txt");
    fixture_text("two.list", "x/dog.png\r\nx/cat_dog.png\r\n");
    fixture_refused("two.list", OPTIONS(.labels = labels), "two.list:2", "\"cat\"", "\"dog\"", NULL);
    fixture_text("two.list", "bird/1.png\n");
    fixture_refused("two.list", OPTIONS(.labels = labels), "labels.txt:4", "\"bird\"", "line 3", NULL);
}

/* The classes of a list's images, as digits; '-' for none. */
static void expect_classes(const char *list, const char *classes, const char *warning, const char *labelled)
{
    struct dataset *d = fixture_open(list, OPTIONS(.labels = fixture_path("labels.txt")));
    assert_int_equal(d->images_n, strlen(classes));
    for (long i = 0; i < d->images_n; i++)
        assert_int_equal(d->images[i].class_index, classes[i] == '-' ? DATASET_NO_CLASS : classes[i] - '0');
    if (!fixture_warned(d, warning))
        fail_msg("no warning \"%s\"", warning);
    assert_string_equal(d->labelled, labelled);
    dataset_free(d);
}

static void test_evidence_that_disagrees(void **state)
{
    (void)state;
    fixture_text("labels.txt", "dog\ncat\n7\n3\n");
    fixture_text("x.list", "a/dog/1_cat.png\na/dog/2.png\nb/x_dog.png\n");
    fixture_text("y.list", "cat/dog_cat.png\ndog/2.png\n");
    fixture_text("z.list", "7/3.png\n3/4.png\nx/3.png\n");
    expect_classes("x.list", "100",
                   "x.list: 1 of 3 images have one label in the file name and another in a folder: the file "
                   "name counts (first: a/dog/1_cat.png, file name \"cat\", folder \"dog\")",
                   "file name: 2, folder: 1");
    expect_classes("y.list", "10",
                   "two labels in the file name: the folder counts (first: cat/dog_cat.png, folder \"cat\", "
                   "file name also \"dog\")",
                   "folder: 2");
    /* Numbers in file names count up. */
    expect_classes("z.list", "233",
                   "another number in the file name than the folder is named: the folder counts (first: "
                   "7/3.png, folder \"7\", file name \"3\")",
                   "file name: 1, folder: 2");
}

static void test_shared_folders(void **state)
{
    (void)state;
    fixture_text("labels.txt", "train\ncat\ndog\n");
    /* A class "train" in a set in train/, below a home directory that is named like a class. */
    fixture_text("home.list",
                 "/home/dog/train/cat/1.png\n/home/dog/train/dog/2.png\n/home/dog/train/3.png\n");
    fixture_text("deep.list", "cat/train/1.png\ndog/train/2.png\n/x/train/3.png\n");
    fixture_text("one.list", "a/cat/1.png\na/cat/2.png\n");
    expect_classes("home.list", "1--", "2 of 3 images have no label", "folder: 1");
    expect_classes("deep.list", "12-", "1 of 3 images have no label", "folder: 2");
    expect_classes("one.list", "11", "all 2 images are in folders \"cat\"", "folder: 2");
    fixture_text("train.list", "train/1.png\ntrain/2.png\n");
    fixture_text("above.list", "/home/cat/x/1.png\n/home/cat/x/2.png\n");
    const char *labels = fixture_path("labels.txt");
    fixture_refused("train.list", OPTIONS(.labels = labels), "none of its 2 images has a label", NULL);
    fixture_refused("above.list", OPTIONS(.labels = labels), "none of its 2 images has a label", NULL);
}

static void test_darknet_rule(void **state)
{
    (void)state;
    fixture_text("labels.txt", "dog\ncat\n");
    fixture_text("all.list", "cat/cat000.png\ncat/my_dog001.png\ncat/2_dog.png\n");
    expect_classes("all.list", "100",
                   "2 of 3 images are labelled by Darknet's own rule, a label anywhere in the path (first: "
                   "cat/cat000.png is \"cat\")",
                   "file name: 1, Darknet's rule: 2");
    /* Not where it finds none or two in an image. */
    fixture_text("none.list", "cat000.png\nx.png\n1_dog.png\n");
    fixture_text("both.list", "cat000.png\ncatdog1.png\n1_dog.png\n");
    expect_classes("none.list", "--0", "2 of 3 images have no label", "file name: 1");
    expect_classes("both.list", "--0", "2 of 3 images have no label", "file name: 1");
    fixture_image("flat/cat000.png");
    fixture_image("flat/dog000.png");
    expect_classes("flat", "10", "Darknet's own rule", "Darknet's rule: 2");
}

static void test_list(void **state)
{
    (void)state;
    fixture_image("sets/with space/z cat 1.png");
    fixture_image("sets/a dog.png");
    fixture_text("labels.txt", "cat\ndog\nbird\n");
    char *labels = memory_copy(fixture_path("labels.txt"));
    char *text = memory_format("with space/z cat 1.png\r\n\r\na dog.png\r\n%s\r\nplain.png\nlost_dog.png",
                               fixture_path("sets/a dog.png"));
    fixture_text("sets/val.list", text);
    free(text);
    struct dataset *d = fixture_open("sets/val.list", OPTIONS(.labels = labels, .outputs = 2));
    assert_string_equal(d->layout, "list");
    assert_int_equal(d->images_n, 5);
    assert_string_equal(d->images[0].path, "with space/z cat 1.png"); /* the list's own order */
    assert_int_equal(d->images[0].class_index, 0);
    assert_int_equal(d->images[2].class_index, 1);
    assert_int_equal(d->images[3].class_index, DATASET_NO_CLASS);
    assert_int_equal(d->classes_n, 2);
    assert_string_equal(d->classes[1].folder, "dog");
    assert_int_equal(d->classes[1].images, 3);
    assert_int_equal(fixture_warned(d, "2 of 5 images are not there (first: line 5, plain.png)"), 1);
    assert_int_equal(fixture_warned(d, "1 of 5 images have no label"), 1);
    dataset_free(d);

    fixture_refused("sets/val.list", OPTIONS(0), "--labels FILE", NULL);
    fixture_refused("sets/val.list", OPTIONS(.labels = labels, .split = "val"), "no split \"val\"", NULL);
    fixture_refused("sets/val.list", OPTIONS(.labels = labels, .outputs = 9), "3 labels", "9 outputs", NULL);
    fixture_text("none.list", "a.png\nb.png\n");
    fixture_refused("none.list", OPTIONS(.labels = labels), "none of its 2 images", "a.png", NULL);
    fixture_bytes("binary.list", "\x89PNG\r\n\x1a\n\0\0", 10);
    fixture_refused("binary.list", OPTIONS(.labels = labels), "binary data", NULL);
    fixture_bytes("binary.names", "cat\n\0\ndog\n", 10);
    fixture_refused("sets/val.list", OPTIONS(.labels = fixture_path("binary.names")), "binary data", NULL);
    fixture_text("blank.list", "\n \r\n");
    fixture_refused("blank.list", OPTIONS(.labels = labels), "holds no images", NULL);
    free(labels);
}

static void test_flat_folder(void **state)
{
    (void)state;
    fixture_image("flat/2_dog.png");
    fixture_image("flat/1_cat.png");
    fixture_image("flat/3_bird.png");
    fixture_text("flat/readme", "x");
    fixture_text("labels.txt", "dog\ncat\n");
    const char *labels = fixture_path("labels.txt");
    struct dataset *d = fixture_open("flat", OPTIONS(.labels = labels));
    assert_int_equal(d->images_n, 3);
    assert_string_equal(d->images[0].path, "1_cat.png");
    assert_int_equal(d->images[0].class_index, 1);
    assert_int_equal(d->images[2].class_index, DATASET_NO_CLASS);
    assert_int_equal(fixture_warned(d, "1 of 3 images have no label"), 1);
    assert_int_equal(fixture_warned(d, "1 file passed over"), 1);
    dataset_free(d);
    fixture_image("flat/cat-dog.png");
    fixture_refused("flat", OPTIONS(.labels = labels), "cat-dog.png", "\"cat\"", "\"dog\"", NULL);
}

static void test_data_file(void **state)
{
    (void)state;
    fixture_image("set/my images/cat/1.png");
    fixture_image("set/my images/dog/1.png");
    fixture_image("set/t/1_dog.png");
    fixture_text("set/valid.list", "t/1_dog.png\n");
    fixture_text("set/lists/train.list", "t/1_dog.png\n");
    fixture_text("set/labels.txt", "dog\ncat\nbird\n");
    fixture_text("set/names.txt", "Hund\nKatze\nVogel\n");
    fixture_text("set/x.data", "# a comment\r\nclasses= 3\r\n valid = my images\r\ntest=valid.list\n"
                               "train = lists/train.list\nlabels=labels.txt\nnames = names.txt\n"
                               "backup = /nowhere/\ncfg = nets/a b.cfg\nweights=w.weights\ntop=5\n");
    struct dataset *d = fixture_open("set/x.data", OPTIONS(.outputs = 3));
    assert_string_equal(d->layout, ".data");
    assert_string_equal(d->split, "valid");
    assert_string_equal(d->root, fixture_path("set/x.data"));
    assert_int_equal(fixture_noted(d, "using split \"valid\""), 1);
    assert_int_equal(d->images_n, 2);
    assert_string_equal(d->images[0].path, "cat/1.png");
    assert_int_equal(d->images[0].class_index, 1);
    assert_string_equal(d->classes[1].name, "Katze");
    assert_int_equal(d->classes_n, 3);
    dataset_free(d);

    d = fixture_open("set/x.data", OPTIONS(.split = "test"));
    assert_int_equal(d->images_n, 1);
    assert_int_equal(d->images[0].class_index, 0);
    assert_int_equal(fixture_warned(d, "not there"), 0);
    dataset_free(d);
    /* A path in a list may also be relative to the .data file. */
    d = fixture_open("set/x.data", OPTIONS(.split = "train", .outputs = 3));
    assert_int_equal(fixture_warned(d, "not there"), 0);
    dataset_free(d);
    d = fixture_open("set/x.data", OPTIONS(.split = "val", .outputs = 2));
    assert_int_equal(fixture_warned(d, "classes = 3, but the network has 2 outputs"), 1);
    dataset_free(d);

    struct error e;
    struct data_file *file = data_file_read(fixture_path("set/x.data"), &e);
    assert_non_null(file);
    assert_int_equal(data_file_classes(file), 3);
    assert_string_equal(data_file_at(file, DATA_FILE_CFG), fixture_path("set/nets/a b.cfg"));
    assert_string_equal(data_file_at(file, DATA_FILE_WEIGHTS), fixture_path("set/w.weights"));
    assert_string_equal(data_file_at(file, DATA_FILE_LABELS), fixture_path("set/labels.txt"));
    assert_int_equal(data_file_line(file, DATA_FILE_CFG), 9);
    data_file_free(file);
}

/* What Windows editors write before UTF-8. */
static void test_byte_order_marks(void **state)
{
    (void)state;
    fixture_image("set/cat/1.png");
    fixture_image("set/dog/1.png");
    fixture_text("labels.txt", "\xef\xbb\xbf"
                               "dog\r\ncat\r\n");
    fixture_text("v.list", "\xef\xbb\xbf"
                           "set/cat/1.png\r\nset/dog/1.png\r\n");
    fixture_text("config", "\xef\xbb\xbfvalid = v.list\r\nlabels = labels.txt\r\n");
    struct dataset *d = fixture_open("config", OPTIONS(0));
    assert_string_equal(d->layout, ".data");
    assert_string_equal(d->classes[0].name, "dog");
    assert_int_equal(d->images[1].class_index, 0);
    assert_int_equal(d->images[0].class_index, 1);
    assert_int_equal(fixture_warned(d, "not there"), 0);
    dataset_free(d);
}

static void test_data_file_errors(void **state)
{
    (void)state;
    fixture_image("v/cat/1.png");
    fixture_text("a.data", "classes = 2\nlables = x.txt\nvalid = v\n");
    fixture_refused("a.data", OPTIONS(0), "a.data:2", "\"lables\"", "\"labels\"", NULL);
    static const char *const counts[] = {"many", "0", "-1", "10000001", "99999999999999999999"};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char text[60], quoted[40];
        snprintf(text, sizeof text, "classes = %s\n", counts[i]);
        snprintf(quoted, sizeof quoted, "classes is \"%s\"", counts[i]);
        fixture_text("a.data", text);
        fixture_refused("a.data", OPTIONS(0), "a.data:1", quoted, NULL);
    }
    fixture_text("a.data", "\nvalid v\n");
    fixture_refused("a.data", OPTIONS(0), "a.data:2", "no =", NULL);
    fixture_text("a.data", "valid =\n");
    fixture_refused("a.data", OPTIONS(0), "a.data:1", "no value", NULL);
    fixture_text("a.data", "classes = 1\n");
    fixture_refused("a.data", OPTIONS(0), "names no images", NULL);
    fixture_text("a.data", "classes = 1\nvalid = nowhere\n");
    fixture_refused("a.data", OPTIONS(0), "a.data:2", "valid", "nowhere", NULL);
    fixture_text("a.data", "valid = v\n");
    fixture_refused("a.data", OPTIONS(.split = "train"), "no split \"train\"", "valid", NULL);
    fixture_text("a.data", "valid = v\nlabels = nowhere.txt\n");
    fixture_refused("a.data", OPTIONS(0), "nowhere.txt", "cannot open", NULL);
    fixture_bytes("a.data", "valid\0 = v\n", 11);
    fixture_refused("a.data", OPTIONS(0), "binary", NULL);
    fixture_text("a.data", "valid = v\nvalid = w\nzzzzzzzz = 1\n");
    struct dataset *d = fixture_open("a.data", OPTIONS(0));
    assert_int_equal(fixture_warned(d, "a.data:2: valid: given twice"), 1);
    assert_int_equal(fixture_warned(d, "a.data:3: zzzzzzzz: unknown key"), 1);
    dataset_free(d);
    /* Told by its first line where the name says nothing. */
    fixture_text("config", "# x\nvalid = v\n");
    d = fixture_open("config", OPTIONS(0));
    assert_string_equal(d->layout, ".data");
    dataset_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_label_in_path, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_two_labels, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_evidence_that_disagrees, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_shared_folders, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_darknet_rule, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_list, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_flat_folder, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_data_file, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_byte_order_marks, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_data_file_errors, fixture_make, fixture_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
