/* Class folders, split trees, nested copies, Tiny-ImageNet: what is found, in which order, with which
 * classes; and what is refused. */
#include "dataset_fixture.h"

#include "data/pixels.h"

#define OPTIONS(...) ((struct dataset_options){__VA_ARGS__})

static void expect_image(const struct dataset *d, long i, const char *path, int class_index)
{
    assert_true(i < d->images_n);
    assert_string_equal(d->images[i].path, path);
    assert_int_equal(d->images[i].class_index, class_index);
}

static void test_class_folders(void **state)
{
    (void)state;
    fixture_image("plain/zebra/2.PNG");
    fixture_image("plain/zebra/10.jpg");
    fixture_image("plain/ant/b.jpeg");
    fixture_image("plain/ant/a.JPEG");
    fixture_image("plain/ant/deep/er/c.bmp");
    fixture_image("plain/ant/.hidden.png");
    fixture_image("plain/ant/._a.JPEG");
    fixture_image("plain/.git/x.png");
    fixture_image("plain/__MACOSX/ant/._x.png");
    fixture_text("plain/.DS_Store", "Bud1");
    fixture_text("plain/zebra/notes.txt", "no image");
    struct dataset *d = fixture_open("plain", OPTIONS(0));
    assert_string_equal(d->layout, "class folders");
    assert_string_equal(d->split, "");
    assert_string_equal(d->root, fixture_path("plain"));
    assert_int_equal(d->images_n, 5);
    expect_image(d, 0, "ant/a.JPEG", 0);
    expect_image(d, 1, "ant/b.jpeg", 0);
    expect_image(d, 2, "ant/deep/er/c.bmp", 0);
    expect_image(d, 3, "zebra/10.jpg", 1);
    expect_image(d, 4, "zebra/2.PNG", 1);
    assert_int_equal(d->classes_n, 2);
    assert_string_equal(d->classes[0].name, "ant");
    assert_string_equal(d->classes[1].folder, "zebra");
    assert_int_equal(d->classes[0].images, 3);
    assert_int_equal(d->classes[1].images, 2);
    assert_int_equal(fixture_warned(d, "1 file passed over"), 1);
    assert_int_equal(d->warnings_n, 1);
    dataset_free(d);
}

/* Byte order of whole paths: '-' stands before '/', capitals before small letters. */
static void test_byte_order(void **state)
{
    (void)state;
    fixture_image("bytes/ant/1.png");
    fixture_image("bytes/ant-eater/1.png");
    fixture_image("bytes/Zebu/1.png");
    struct dataset *d = fixture_open("bytes", OPTIONS(0));
    expect_image(d, 0, "Zebu/1.png", 0);
    expect_image(d, 1, "ant-eater/1.png", 2);
    expect_image(d, 2, "ant/1.png", 1);
    dataset_free(d);
}

static void test_labels_give_the_index(void **state)
{
    (void)state;
    fixture_image("lab/cat/1.png");
    fixture_image("lab/dog/1.png");
    fixture_text("lab/readme/about.txt", "documents");
    fixture_text("labels.txt", "dog\r\nbird\r\ncat\r\nfish\r\n\r\n");
    fixture_text("names.txt", "the dog\nthe bird\n\nthe fish\n");
    const char *labels = fixture_path("labels.txt"), *names = fixture_path("names.txt");
    struct dataset *d = fixture_open("lab", OPTIONS(.labels = labels, .names = names));
    assert_int_equal(d->classes_n, 4);
    expect_image(d, 0, "cat/1.png", 2);
    expect_image(d, 1, "dog/1.png", 0);
    assert_string_equal(d->classes[0].name, "the dog");
    assert_string_equal(d->classes[0].folder, "dog");
    assert_string_equal(d->classes[1].name, "the bird");
    assert_null(d->classes[1].folder);
    assert_string_equal(d->classes[2].name, "cat"); /* no display name in that line */
    assert_int_equal(fixture_warned(d, "\"readme\" passed over"), 1);
    dataset_free(d);

    /* A list longer than the outputs is cut, a shorter one refused. */
    d = fixture_open("lab", OPTIONS(.labels = labels, .outputs = 3));
    assert_int_equal(d->classes_n, 3);
    assert_int_equal(fixture_noted(d, "first 3 of 4 labels"), 1);
    dataset_free(d);
    fixture_refused("lab", OPTIONS(.labels = labels, .outputs = 2), "class folder \"cat\"", "2 labels", NULL);
    fixture_refused("lab", OPTIONS(.labels = labels, .outputs = 5), "4 labels", "5 outputs", NULL);
    fixture_refused("lab", OPTIONS(.labels = fixture_path("none.txt")), "none.txt", "cannot open", NULL);

    fixture_text("twice.txt", "dog\ncat\ndog\n");
    fixture_refused("lab", OPTIONS(.labels = fixture_path("twice.txt")), "twice.txt:3", "\"dog\"", "line 1",
                    NULL);
    fixture_text("empty.txt", "\n\n");
    fixture_refused("lab", OPTIONS(.labels = fixture_path("empty.txt")), "is empty", NULL);
    fixture_bytes("binary.txt", "a\0b\n", 4);
    fixture_refused("lab", OPTIONS(.labels = fixture_path("binary.txt")), "binary", NULL);
}

static void test_whole_names_only(void **state)
{
    (void)state;
    fixture_image("whole/cat/1.png");
    fixture_image("whole/cathedral/1.png");
    fixture_text("whole.txt", "cathedral\nscat\ncat\n");
    struct dataset *d = fixture_open("whole", OPTIONS(.labels = fixture_path("whole.txt")));
    expect_image(d, 0, "cat/1.png", 2);
    expect_image(d, 1, "cathedral/1.png", 0);
    dataset_free(d);
}

static void test_outputs(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "five/%c/1.png", 'a' + i);
        fixture_image(name);
    }
    fixture_refused("five", OPTIONS(.outputs = 10), "has 5 class folders, the network 10 outputs",
                    "or --labels FILE", NULL);
    fixture_refused("five", OPTIONS(.outputs = 4), "has 5 class folders, the network 4 outputs", NULL);
    fixture_image("single/a/1.png");
    fixture_refused("single", OPTIONS(.outputs = 10), "has 1 class folder, the network 10 outputs", NULL);
    struct dataset *d = fixture_open("five", OPTIONS(.outputs = 5));
    assert_int_equal(d->classes_n, 5);
    dataset_free(d);
    /* Display names in another order than the folders are labels, mistaken. */
    fixture_text("order.txt", "b\na\nc\nd\ne\n");
    fixture_refused("five", OPTIONS(.names = fixture_path("order.txt")), "order.txt:2", "\"a\"", NULL);
}

static void test_splits(void **state)
{
    (void)state;
    const char *const parts[] = {"train", "validation", "testing"};
    for (int i = 0; i < 3; i++)
        for (int c = 'a'; c <= 'c'; c++) {
            char name[64];
            snprintf(name, sizeof name, "tree/%s/%c/1.png", parts[i], c);
            if (!(c == 'a' && i == 1)) /* the validation set lacks class a: b and c keep their indices */
                fixture_image(name);
        }
    fixture_image("tree/extras/x.png");
    struct dataset *d = fixture_open("tree", OPTIONS(0));
    assert_string_equal(d->split, "validation");
    assert_int_equal(fixture_noted(d, "using split \"validation\""), 1);
    assert_int_equal(fixture_warned(d, "\"extras\" passed over"), 1);
    assert_int_equal(fixture_warned(d, "\"a\" holds no images"), 1);
    assert_int_equal(d->images_n, 2);
    expect_image(d, 0, "validation/b/1.png", 1);
    expect_image(d, 1, "validation/c/1.png", 2);
    dataset_free(d);

    const char *const asked[] = {"train", "training", "test", "testing", "val", "valid"};
    const char *const given[] = {"train", "train", "testing", "testing", "validation", "validation"};
    for (int i = 0; i < 6; i++) {
        d = fixture_open("tree", OPTIONS(.split = asked[i]));
        assert_string_equal(d->split, given[i]);
        assert_int_equal(fixture_noted(d, "using split"), 0);
        dataset_free(d);
    }
    fixture_refused("tree", OPTIONS(.split = "holdout"), "no split \"holdout\"", "testing, train, validation",
                    NULL);
    fixture_refused("tree/train", OPTIONS(.split = "val"), "no split \"val\"", NULL);
    /* `train` may be a class beside others, when images lie right in it. */
    fixture_image("vehicles/train/1.png");
    fixture_image("vehicles/bus/1.png");
    d = fixture_open("vehicles", OPTIONS(0));
    assert_int_equal(d->classes_n, 2);
    dataset_free(d);
}

/* Names may repeat, the index is what counts; it is said. */
static void test_repeated_names(void **state)
{
    (void)state;
    const char *const folders[] = {"n1", "n2", "n3", "n4", "n5"};
    for (int i = 0; i < 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "birds/%s/1.png", folders[i]);
        fixture_image(name);
    }
    fixture_text("names.txt", "maillot\ncrane\nteapot\ncrane\nmaillot\n");
    struct dataset *d = fixture_open("birds", OPTIONS(.names = fixture_path("names.txt")));
    assert_string_equal(d->classes[3].name, "crane");
    assert_int_equal(
        fixture_warned(d, "2 class names are not unique (first: \"crane\", outputs 1 and 3); a name in -c"),
        1);
    dataset_free(d);
    fixture_text("names.txt", "crane\ncrane\ncrane\nx\ny\n");
    d = fixture_open("birds", OPTIONS(.names = fixture_path("names.txt")));
    assert_int_equal(fixture_warned(d, "1 class name is not unique (first: \"crane\", outputs 0 and 1)"), 1);
    dataset_free(d);
    d = fixture_open("birds", OPTIONS(0));
    assert_int_equal(fixture_warned(d, "not unique"), 0);
    dataset_free(d);
}

/* Numbers as folder names. */
static void test_numeric_folders(void **state)
{
    (void)state;
    for (int i = 0; i < 12; i++) {
        char name[32];
        snprintf(name, sizeof name, "few/%d/1.png", i % 10);
        fixture_image(name);
        snprintf(name, sizeof name, "many/%d/1.png", i);
        fixture_image(name);
        snprintf(name, sizeof name, "padded/%02d/1.png", i);
        fixture_image(name);
        snprintf(name, sizeof name, "mixed/%s%d/1.png", i == 3 ? "x" : "", i);
        fixture_image(name);
    }
    struct dataset *d = fixture_open("many", OPTIONS(0));
    assert_string_equal(d->classes[2].folder, "10");
    assert_int_equal(
        fixture_warned(d, "folders are numbers, but their outputs are in byte order of the names, not "
                          "in order of the numbers (first: folder \"10\" is output 2)"),
        1);
    dataset_free(d);
    const char *const silent[] = {"few", "padded", "mixed"};
    for (int i = 0; i < 3; i++) {
        d = fixture_open(silent[i], OPTIONS(0));
        assert_int_equal(fixture_warned(d, "in order of the numbers"), 0);
        dataset_free(d);
    }
    fixture_text("labels.txt", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n");
    d = fixture_open("many", OPTIONS(.labels = fixture_path("labels.txt")));
    assert_string_equal(d->classes[2].folder, "2");
    assert_int_equal(fixture_warned(d, "in order of the numbers"), 0);
    dataset_free(d);
}

/* The names people give to splits; each tree has a picture of class b in the first folder, of a and b in the
 * other. */
static void test_split_names(void **state)
{
    (void)state;
    const char *const pairs[][2] = {
        {"Val", "Train"},
        {"TEST", "TRAIN"},
        {"Testing", "Training"},
        {"test_set", "training_set"},
        {"validation", "train"},
        {"dev", "train"},
        {"eval", "train"},
        {"val2017", "train2017"},
        {"testset", "trainset"},
        {"seg_test/seg_test", "seg_train/seg_train"},
        {"cleaned_test", "cleaned_train"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char tree[32], name[128];
        snprintf(tree, sizeof tree, "names%zu", i);
        for (int part = 0; part < 2; part++)
            for (int c = 'a'; c <= 'b'; c++) {
                bool picture = part || c == 'b'; /* the first has a folder of class a, without pictures */
                snprintf(name, sizeof name, "%s/%s/%c/1.%s", tree, pairs[i][part], c,
                         picture ? "png" : "txt");
                fixture_image(name);
            }
        struct dataset *d = fixture_open(tree, OPTIONS(0));
        if (d->classes_n != 2 || d->images_n != 1 || d->images[0].class_index != 1 ||
            strncmp(d->images[0].path, pairs[i][0], strlen(pairs[i][0])) != 0)
            fail_msg("%s: %d classes, %ld images", pairs[i][0], d->classes_n, d->images_n);
        dataset_free(d);
        d = fixture_open(tree, OPTIONS(.split = "train"));
        assert_int_equal(d->images_n, 2);
        dataset_free(d);
    }
}

/* Folders with the same folders in them are never classes. */
static void test_alike_folders(void **state)
{
    (void)state;
    fixture_image("alike/first/cat/1.png");
    fixture_image("alike/first/dog/1.png");
    fixture_image("alike/second/cat/1.png");
    fixture_image("alike/second/dog/1.png");
    fixture_image("alike/second/emu/1.png");
    fixture_refused("alike", OPTIONS(0), "\"first\" and \"second\"", "--split NAME", "--labels FILE", NULL);
    struct dataset *d = fixture_open("alike", OPTIONS(.split = "second"));
    assert_int_equal(d->images_n, 3);
    expect_image(d, 1, "second/dog/1.png", 1);
    dataset_free(d);
    fixture_text("labels.txt", "second\nfirst\n");
    d = fixture_open("alike", OPTIONS(.labels = fixture_path("labels.txt")));
    assert_int_equal(d->images_n, 5);
    expect_image(d, 0, "first/cat/1.png", 1);
    dataset_free(d);
    /* Pictures and masks of each class are none. */
    fixture_image("masks/cat/images/1.png");
    fixture_image("masks/cat/masks/1.png");
    fixture_image("masks/dog/images/1.png");
    fixture_image("masks/dog/masks/1.png");
    d = fixture_open("masks", OPTIONS(0));
    assert_string_equal(d->classes[1].folder, "dog");
    dataset_free(d);
}

/* Darknet's CIFAR layout: splits without class folders, labels in the file names. */
static void test_flat_splits(void **state)
{
    (void)state;
    fixture_image("cifar/train/1_cat.png");
    fixture_image("cifar/train/2_dog.png");
    fixture_image("cifar/train/3_train.png");
    fixture_image("cifar/test/4_dog.png");
    fixture_refused("cifar", OPTIONS(0), "folder \"test\" holds 1 image but no class folders", "--labels",
                    NULL);
    fixture_refused("cifar", OPTIONS(.outputs = 2), "no class folders", NULL);
    fixture_text("labels.txt", "cat\ndog\ntrain\n");
    char *labels = memory_copy(fixture_path("labels.txt"));
    struct dataset *d = fixture_open("cifar", OPTIONS(.labels = labels));
    assert_string_equal(d->split, "test");
    assert_int_equal(d->images_n, 1);
    expect_image(d, 0, "test/4_dog.png", 1);
    dataset_free(d);
    d = fixture_open("cifar", OPTIONS(.labels = labels, .split = "train"));
    assert_int_equal(d->images_n, 3);
    expect_image(d, 2, "train/3_train.png", 2);
    dataset_free(d);
    fixture_image("alone/train/1_cat.png");
    d = fixture_open("alone", OPTIONS(.labels = labels));
    expect_image(d, 0, "train/1_cat.png", 0);
    dataset_free(d);
    fixture_refused("alone", OPTIONS(0), "folder \"train\" holds 1 image but no class folders", NULL);
    free(labels);
}

static void test_default_order(void **state)
{
    (void)state;
    fixture_image("order1/train/a/1.png");
    struct dataset *d = fixture_open("order1", OPTIONS(0));
    assert_string_equal(d->split, "train");
    dataset_free(d);
    fixture_image("order1/test/a/1.png");
    d = fixture_open("order1", OPTIONS(0));
    assert_string_equal(d->split, "test");
    dataset_free(d);
    fixture_image("order1/val/a/1.png");
    d = fixture_open("order1", OPTIONS(0));
    assert_string_equal(d->split, "val");
    dataset_free(d);
    /* A flat test set has no labels: never the default, refused when asked for. */
    fixture_image("order2/train/a/1.png");
    fixture_image("order2/test/1.png");
    d = fixture_open("order2", OPTIONS(0));
    assert_string_equal(d->split, "train");
    dataset_free(d);
    fixture_refused("order2", OPTIONS(.split = "test"), "no class folders", NULL);
}

static void test_nested(void **state)
{
    (void)state;
    /* A wrapper is entered. */
    fixture_image("zip/flowers/rose/1.png");
    fixture_image("zip/flowers/tulip/1.png");
    fixture_image("zip/__MACOSX/flowers/rose/1.png");
    struct dataset *d = fixture_open("zip", OPTIONS(0));
    assert_int_equal(fixture_noted(d, "\"flowers\" entered"), 1);
    assert_int_equal(d->images_n, 2);
    expect_image(d, 0, "flowers/rose/1.png", 0);
    dataset_free(d);
    /* A second copy inside is passed over, among class folders and beside splits. */
    fixture_image("zip/flowers/flowers/rose/1.png");
    fixture_image("zip/flowers/flowers/tulip/1.png");
    d = fixture_open("zip", OPTIONS(0));
    assert_int_equal(d->images_n, 2);
    assert_int_equal(d->classes_n, 2);
    assert_int_equal(fixture_warned(d, "\"flowers\" passed over: a second copy"), 1);
    dataset_free(d);
    fixture_image("xray/train/N/1.png");
    fixture_image("xray/val/N/1.png");
    fixture_image("xray/xray/train/N/1.png");
    fixture_image("xray/xray/val/N/1.png");
    d = fixture_open("xray", OPTIONS(0));
    assert_int_equal(d->images_n, 1);
    assert_int_equal(fixture_warned(d, "\"xray\" passed over: a second copy"), 1);
    dataset_free(d);
    /* One class alone is a class, not a wrapper. */
    fixture_image("one/cat/images/1.png");
    d = fixture_open("one", OPTIONS(0));
    assert_string_equal(d->classes[0].folder, "cat");
    dataset_free(d);
}

static void test_links(void **state)
{
    (void)state;
    fixture_image("links/a/1.png");
    fixture_image("elsewhere/2.png");
    assert_int_equal(symlink("..", fixture_path("links/a/up")), 0);
    assert_int_equal(symlink(".", fixture_path("links/a/self")), 0);
    assert_int_equal(symlink("../elsewhere", fixture_path("links/b")), 0);
    assert_int_equal(symlink("../a/1.png", fixture_path("links/a/linked.png")), 0);
    struct dataset *d = fixture_open("links", OPTIONS(0));
    assert_int_equal(d->images_n, 3);
    expect_image(d, 0, "a/1.png", 0);
    expect_image(d, 1, "a/linked.png", 0);
    expect_image(d, 2, "b/2.png", 1);
    assert_int_equal(fixture_warned(d, "link back"), 2);
    dataset_free(d);
    assert_int_equal(symlink("loop", fixture_path("loop")), 0);
    fixture_refused("loop", OPTIONS(0), "cannot open", NULL);
}

static void test_hostile_names(void **state)
{
    (void)state;
    char name[512];
    fixture_image("hostile/$(touch owned)/`touch owned`;'\".png");
    fixture_image("hostile/line\nfeed/a\nb\x1b[31m.png");
    fixture_image("hostile/\xff\xfe/\x80.png");
    memcpy(name, "hostile/x/", 10);
    memset(name + 10, 'n', 250);
    strcpy(name + 260, ".png");
    fixture_image(name);
    fixture_text("hostile/x/new\nline.txt", "");
    struct dataset *d = fixture_open("hostile", OPTIONS(0));
    assert_int_equal(d->images_n, 4);
    assert_int_equal(fixture_find(d, "$(touch owned)/`touch owned`;'\".png"), 0);
    assert_int_equal(fixture_find(d, "line\nfeed/a\nb\x1b[31m.png"), 1);
    assert_int_equal(fixture_find(d, name + 8), 2);
    assert_int_equal(fixture_find(d, "\xff\xfe/\x80.png"), 3);
    assert_int_equal(fixture_warned(d, "new\\nline.txt"), 1);
    assert_int_equal(access("owned", F_OK), -1);
    dataset_free(d);
    fixture_text("other.txt", "cat\n");
    fixture_refused("hostile", OPTIONS(.labels = fixture_path("other.txt")), "none of the 1 labels", NULL);
    assert_int_equal(rename(fixture_path("hostile/$(touch owned)"), fixture_path("gone")), 0);
    fixture_refused("hostile", OPTIONS(.labels = fixture_path("other.txt")), "\"line\\nfeed\"", NULL);
}

static void test_nothing_to_measure(void **state)
{
    (void)state;
    fixture_refused("missing", OPTIONS(0), "missing", "cannot open", "No such file", NULL);
    assert_int_equal(mkdir(fixture_path("void"), 0777), 0);
    fixture_refused("void", OPTIONS(0), "holds no images", NULL);
    fixture_refused("void", OPTIONS(.outputs = 10), "holds no images", NULL);
    fixture_text("docs/a/readme.md", "x");
    fixture_refused("docs", OPTIONS(0), "no images that can be read", NULL);
    fixture_image("flat/1.png");
    fixture_refused("flat", OPTIONS(0), "holds 1 image but no class folders", "--labels", NULL);
    assert_int_equal(mkfifo(fixture_path("fifo"), 0666), 0);
    fixture_refused("fifo", OPTIONS(0), "neither a folder nor a regular file", NULL);
    fixture_text("nothing", "");
    fixture_refused("nothing", OPTIONS(0), "is empty", NULL);
}

static void test_unreadable_folder(void **state)
{
    (void)state;
    fixture_image("locked/a/1.png");
    fixture_image("locked/b/1.png");
    chmod(fixture_root, 0755);
    chmod(fixture_path("locked/b"), 0);
    uid_t me = geteuid();
    if (me == 0)
        assert_int_equal(seteuid(65534), 0); /* root may read everything */
    struct error e = {""};
    struct dataset *d = dataset_open(fixture_path("locked"), &OPTIONS(0), &e);
    assert_int_equal(seteuid(me), 0);
    assert_non_null(d);
    assert_int_equal(d->images_n, 1);
    assert_int_equal(fixture_warned(d, "cannot read the folder: Permission denied"), 1);
    dataset_free(d);
}

static void make_tiny(void)
{
    fixture_text("tiny/wnids.txt", "n3\nn1\nn2\n");
    fixture_text("tiny/words.txt", "n0\tnothing\nn2\ttwo, the second\nn1\tone\n");
    fixture_text("tiny/val/val_annotations.txt",
                 "val_0.JPEG\tn2\t0\t0\t1\t1\nval_1.JPEG\tn1\t0\t0\t1\t1\nval_9.JPEG\tn1\t0\t0\t1\t1\n");
    fixture_image("tiny/val/images/val_0.JPEG");
    fixture_image("tiny/val/images/val_1.JPEG");
    fixture_image("tiny/val/images/val_2.JPEG");
    fixture_image("tiny/train/n1/images/n1_0.JPEG");
    fixture_image("tiny/train/n3/images/n3_0.JPEG");
    fixture_text("tiny/train/n1/n1_boxes.txt", "n1_0.JPEG\t0\t0\t1\t1\n");
    fixture_image("tiny/train/n7/images/n7_0.JPEG");
    fixture_image("tiny/test/images/test_0.JPEG");
}

static void test_tiny_imagenet(void **state)
{
    (void)state;
    make_tiny();
    struct dataset *d = fixture_open("tiny", OPTIONS(0));
    assert_string_equal(d->layout, "Tiny-ImageNet");
    assert_string_equal(d->split, "val");
    assert_int_equal(d->images_n, 3);
    expect_image(d, 0, "val/images/val_0.JPEG", 1);
    expect_image(d, 1, "val/images/val_1.JPEG", 0);
    expect_image(d, 2, "val/images/val_2.JPEG", DATASET_NO_CLASS);
    assert_string_equal(d->classes[0].name, "one");
    assert_string_equal(d->classes[1].name, "two, the second");
    assert_string_equal(d->classes[2].name, "n3");
    assert_string_equal(d->classes[2].folder, "n3");
    assert_int_equal(fixture_warned(d, "1 images have no annotation"), 1);
    assert_int_equal(fixture_warned(d, "1 of 3 annotated images are not there"), 1);
    dataset_free(d);

    d = fixture_open("tiny", OPTIONS(.split = "train"));
    assert_int_equal(d->images_n, 2);
    expect_image(d, 1, "train/n3/images/n3_0.JPEG", 2);
    assert_int_equal(fixture_warned(d, "n7\" passed over"), 1);
    dataset_free(d);
    fixture_refused("tiny", OPTIONS(.split = "test"), "no labels", NULL);
    fixture_refused("tiny", OPTIONS(.outputs = 1000), "has 3 class folders, the network 1000 outputs", NULL);

    /* A label list decides the index, its own names the rest. */
    fixture_text("tiny.labels", "n9\nn3\nn2\nn1\n");
    d = fixture_open("tiny", OPTIONS(.labels = fixture_path("tiny.labels"), .outputs = 4));
    expect_image(d, 0, "val/images/val_0.JPEG", 2);
    assert_string_equal(d->classes[3].name, "one");
    dataset_free(d);

    /* The val folder alone. */
    d = fixture_open("tiny/val", OPTIONS(0));
    assert_string_equal(d->split, "val");
    expect_image(d, 0, "images/val_0.JPEG", 1);
    dataset_free(d);
    fixture_refused("tiny/val", OPTIONS(.split = "train"), "no split \"train\"", NULL);

    fixture_text("tiny/val/val_annotations.txt", "val_0.JPEG\tn5\n");
    fixture_refused("tiny", OPTIONS(0), "val_annotations.txt:1", "\"n5\"", NULL);
    fixture_text("tiny/val/val_annotations.txt", "val_0.JPEG\tn1\nval_0.JPEG\tn2\n");
    fixture_refused("tiny", OPTIONS(0), "val_annotations.txt:2", "line 1", NULL);
    fixture_text("tiny/val/val_annotations.txt", "val_0.JPEG n1\n");
    fixture_refused("tiny", OPTIONS(0), "val_annotations.txt:1", "no tab", NULL);
    /* Re-arranged copies put val images into class folders. */
    unlink(fixture_path("tiny/val/val_annotations.txt"));
    fixture_image("tiny/val/n2/1.JPEG");
    d = fixture_open("tiny", OPTIONS(0));
    assert_int_equal(d->images_n, 1);
    expect_image(d, 0, "val/n2/1.JPEG", 1);
    dataset_free(d);
}

/* Unpacks a tar file of the real samples, or skips. */
static void unpack(const char *name)
{
    char *tar = memory_format("../shared/data/%s", name);
    if (access(tar, R_OK) < 0) {
        print_message("skipped: %s is not there\n", tar);
        free(tar);
        skip();
    }
    char *command = memory_format("tar xf %s -C %s", tar, fixture_root);
    assert_int_equal(system(command), 0);
    free(command);
    free(tar);
}

static void expect_each(const struct dataset *d, int classes, long images)
{
    assert_int_equal(d->classes_n, classes);
    assert_int_equal(d->images_n, classes * images);
    for (int i = 0; i < classes; i++)
        assert_int_equal(d->classes[i].images, images);
}

/* Every image of the sample decodes, grey JPEGs among them. */
static void expect_decodable(const struct dataset *d, struct net_shape shape)
{
    static float out[3 * 224 * 224];
    const struct pixels_options options = {.scale = 1, .std = {1, 1, 1}};
    for (long i = 0; i < d->images_n; i++) {
        struct error e = {""};
        if (pixels_load(d, i, shape, &options, NULL, out, NULL, &e) < 0)
            fail_msg("%s: %s", d->images[i].path, e.text);
    }
}

static void test_real_tiny_imagenet(void **state)
{
    (void)state;
    unpack("tiny-imagenet-mini.tar");
    struct dataset *d = fixture_open("tiny-imagenet-200", OPTIONS(.outputs = 200));
    expect_each(d, 200, 5);
    expect_image(d, 0, "val/images/val_0.JPEG", d->images[0].class_index);
    assert_string_equal(d->classes[d->images[0].class_index].folder, "n03444034");
    assert_string_equal(d->classes[0].folder, "n01443537");
    assert_string_equal(d->classes[0].name, "goldfish, Carassius auratus");
    expect_decodable(d, (struct net_shape){3, 64, 64});
    dataset_free(d);
    d = fixture_open("tiny-imagenet-200", OPTIONS(.split = "train"));
    expect_each(d, 200, 5);
    for (long i = 0; i < d->images_n; i++)
        assert_non_null(strstr(d->images[i].path, d->classes[d->images[i].class_index].folder));
    dataset_free(d);
}

static void test_real_chest_xray(void **state)
{
    (void)state;
    unpack("chest-xray-mini.tar");
    struct dataset *d = fixture_open("chest_xray", OPTIONS(.outputs = 2));
    assert_string_equal(d->split, "test");
    expect_each(d, 2, 40);
    expect_decodable(d, (struct net_shape){1, 224, 224});
    assert_string_equal(d->classes[0].name, "NORMAL");
    assert_string_equal(d->classes[1].name, "PNEUMONIA");
    dataset_free(d);
    d = fixture_open("chest_xray", OPTIONS(.outputs = 2, .split = "train"));
    expect_each(d, 2, 60);
    dataset_free(d);
}

/* How often this program has read from a file; -1 where the system does not tell. */
static long count_reads(void)
{
    char line[128];
    long n = -1;
    FILE *file = fopen("/proc/self/io", "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "syscr: %ld", &n) == 1)
            break;
    if (file)
        fclose(file);
    return n;
}

/* Directories are read, and not each file. */
static void test_many_files_are_not_opened(void **state)
{
    (void)state;
    enum { EACH = 5000, CLASSES = 4 };
    for (int c = 0; c < CLASSES; c++) {
        char name[64];
        snprintf(name, sizeof name, "many/%c/0.png", 'a' + c);
        fixture_image(name);
        for (int i = 1; i < EACH; i++) {
            char to[64];
            snprintf(to, sizeof to, "many/%c/%d.png", 'a' + c, i);
            assert_int_equal(link(fixture_path(name), fixture_path(to)), 0);
        }
    }
    long before = count_reads();
    if (before < 0)
        skip();
    struct dataset *d = fixture_open("many", OPTIONS(0));
    long reads = count_reads() - before;
    expect_each(d, CLASSES, EACH);
    for (long i = 1; i < d->images_n; i++)
        assert_true(strcmp(d->images[i - 1].path, d->images[i].path) < 0);
    print_message("%ld reads for %d files\n", reads, EACH * CLASSES);
    assert_true(reads < EACH);
    dataset_free(d);
}

/* Copies of paths of any length lie beside each other, and are freed with the data set. */
static void test_kept_paths(void **state)
{
    (void)state;
    enum { N = 3000 };
    static char text[200000];
    memset(text, 'x', sizeof text);
    struct dataset *d = memory_new(1, sizeof *d);
    d->images = memory_new(N, sizeof *d->images);
    d->images_n = N;
    for (size_t i = 0; i < N; i++)
        d->images[i].path = dataset_keep_path(d, text, i % 1000 == 999 ? sizeof text - i : i % 90);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(strlen(d->images[i].path), i % 1000 == 999 ? sizeof text - i : i % 90);
    dataset_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept_paths),
        cmocka_unit_test_setup_teardown(test_class_folders, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_byte_order, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_labels_give_the_index, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_whole_names_only, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_outputs, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_splits, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_repeated_names, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_numeric_folders, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_split_names, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_alike_folders, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_flat_splits, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_default_order, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_nested, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_links, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_hostile_names, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_nothing_to_measure, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_unreadable_folder, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_tiny_imagenet, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_real_tiny_imagenet, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_real_chest_xray, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_many_files_are_not_opened, fixture_make, fixture_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
