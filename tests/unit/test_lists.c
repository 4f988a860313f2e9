/* List files, flat folders and .data files: labels in paths, relative paths, broken files. */
#include "dataset_fixture.h"

#include "data/data_file.h"

#define OPTIONS(...) ((struct dataset_options){__VA_ARGS__})

/* Opens a list with one line and the labels of labels.txt; its class index. */
static int class_of(const char *line)
{
    char *text = memory_format("%s\nalways/cat/1.png\n", line);
    fixture_text("one.list", text);
    free(text);
    struct dataset *d = fixture_open("one.list", OPTIONS(.labels = fixture_path("labels.txt")));
    int index = d->images[0].class_index;
    dataset_free(d);
    return index;
}

static void test_label_in_path(void **state)
{
    (void)state;
    fixture_text("labels.txt",
                 "dog\ncat\ngreat white shark\nn01751748\nshark\nhammer-head\nf\xc3\xa4hre\nnchen\n");
    assert_int_equal(class_of("data/cat/1.png"), 1);
    assert_int_equal(class_of("data/dog/cat.png"), 0); /* folders first */
    assert_int_equal(class_of("data/1_dog.png"), 0);
    assert_int_equal(class_of("dog.png"), 0);
    assert_int_equal(class_of("/somewhere/ILSVRC2012_val_1.n01751748.JPEG"), 3);
    assert_int_equal(class_of("x/12 great white shark 3.jpg"), 2); /* holds "shark" too */
    assert_int_equal(class_of("x/7-shark-.jpg"), 4);
    assert_int_equal(class_of("x/7_hammer-head.jpg"), 5);
    assert_int_equal(class_of("x/7_f\xc3\xa4hre.jpg"), 6);
    assert_int_equal(class_of("x/cat_cat.jpg"), 1);
    assert_int_equal(class_of("cat/x/cat/dog.jpg"), 1);
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
    fixture_text("two.list", "\nx/dog/cat/1.png\n");
    fixture_refused("two.list", OPTIONS(.labels = labels), "two.list:2", "\"cat\"", "\"dog\"", NULL);
    fixture_text("two.list", "bird/1.png\n");
    fixture_refused("two.list", OPTIONS(.labels = labels), "labels.txt:4", "\"bird\"", "line 3", NULL);
}

static void test_list(void **state)
{
    (void)state;
    fixture_image("sets/with space/z cat 1.png");
    fixture_image("sets/a dog.png");
    fixture_text("labels.txt", "cat\ndog\nbird\n");
    const char *labels = fixture_path("labels.txt");
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
    fixture_text("blank.list", "\n \r\n");
    fixture_refused("blank.list", OPTIONS(.labels = labels), "holds no images", NULL);
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
    assert_int_equal(fixture_warned(d, "1 files passed over"), 1);
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
    assert_int_equal(fixture_warned(d, "using split \"valid\""), 1);
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

    struct data_file file;
    struct error e;
    assert_int_equal(data_file_read(fixture_path("set/x.data"), &file, &e), 0);
    assert_int_equal(file.classes, 3);
    assert_string_equal(file.paths[DATA_FILE_CFG], fixture_path("set/nets/a b.cfg"));
    assert_string_equal(file.paths[DATA_FILE_WEIGHTS], fixture_path("set/w.weights"));
    assert_string_equal(file.paths[DATA_FILE_LABELS], fixture_path("set/labels.txt"));
    assert_int_equal(file.lines[DATA_FILE_CFG], 9);
    data_file_free(&file);
}

static void test_data_file_errors(void **state)
{
    (void)state;
    fixture_image("v/cat/1.png");
    fixture_text("a.data", "classes = 2\nlables = x.txt\nvalid = v\n");
    fixture_refused("a.data", OPTIONS(0), "a.data:2", "\"lables\"", "\"labels\"", NULL);
    fixture_text("a.data", "classes = many\n");
    fixture_refused("a.data", OPTIONS(0), "a.data:1", "\"many\"", NULL);
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
        cmocka_unit_test_setup_teardown(test_list, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_flat_folder, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_data_file, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_data_file_errors, fixture_make, fixture_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
