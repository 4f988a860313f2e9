/* The export dialog: what it writes and where, that it asks before it overwrites, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/export.h"
#include "app/export_files.h"
#include "app_fixture.h"
#include "base/file.h"
#include "base/memory.h"
#include "csv/sheet_reader.h"
#include "curve/order.h"
#include "report/columns_csv.h"
#include "report/report.h"
#include "screen/keys.h"

enum { LAYERS = 18, CLASSES = 5, IMAGES = 4 };

static char folder[64], before[1024];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/isplit-export-XXXXXX");
    return !getcwd(before, sizeof before) || !mkdtemp(folder) || chdir(folder) < 0 ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char *command = memory_format("rm -rf '%s'", folder);
    int status = chdir(before) < 0 ? -1 : system(command);
    free(command);
    return status;
}

static struct app *new_app(void)
{
    return app_fixture_new(LAYERS, CLASSES, IMAGES);
}

static char *slurp(const char *path)
{
    size_t length;
    struct error e;
    char *text = file_read(path, 1 << 20, &length, &e);
    if (!text)
        fail_msg("%s", e.text);
    return text;
}

static void spill(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static void check_said(const struct app *a, const char *part)
{
    const char *text = a->journal.n ? a->journal.lines[a->journal.n - 1].text : "";
    if (!strstr(text, part))
        fail_msg("'%s' does not hold '%s'", text, part);
}

static void check_file_holds(const char *path, const char *part)
{
    char *text = slurp(path);
    if (!strstr(text, part))
        fail_msg("%s does not hold '%s'", path, part);
    free(text);
}

static int count_lines(const char *path)
{
    int n = 0;
    char *text = slurp(path);
    for (const char *p = text; *p; p++)
        n += *p == '\n';
    free(text);
    return n;
}

static bool is_reported(const struct csv_table *t, const char *key)
{
    for (int i = 0; i < t->n; i++)
        if (strcmp(t->columns[i].name, key) == 0)
            return true;
    return false;
}

static int check_key(void *data, char **cells, int n, struct error *e)
{
    int *rows = data;
    (void)e;
    assert_int_equal(n, 2);
    if ((*rows)++ > 0 && !is_reported(csv_table_find("meta"), cells[0])) /* the first is the header */
        fail_msg("'%s' is not told", cells[0]);
    return 0;
}

/* What stands beside the files is told in the table that the manual is made from. */
static void test_every_key_is_reported(void **state)
{
    (void)state;
    static const char *const files[] = {"told-curve.csv.meta.csv", "told-images.csv.meta.csv",
                                        "told-plan.csv.meta.csv"};
    struct app *a = new_app();
    unsigned written;
    struct error e;
    if (export_write(a, "told", 1u << EXPORT_CURVE | 1u << EXPORT_IMAGES | 1u << EXPORT_PLAN, &written, &e) <
        0)
        fail_msg("%s", e.text);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        int rows = 0;
        struct sheet_reader *r = sheet_reader_open(files[i], check_key, &rows, &e);
        assert_non_null(r);
        while (sheet_reader_step(r, &e) > 0)
            continue;
        sheet_reader_close(r);
        assert_true(rows > 30);
    }
    app_fixture_free(a);
}

/* What is compared: every curve once, under its name, and their differences. */
static void test_pinned_curves(void **state)
{
    (void)state;
    struct app *a = new_app();
    bool *one = memory_new(CLASSES, sizeof *one);
    app_fixture_press(a, "c"); /* all classes: chosen, too, at first */
    one[1] = one[2] = true;
    app_fixture_press(a, "e Tab 'all' Enter");
    assert_int_equal(count_lines("all-curve.csv"), 1 + LAYERS);
    assert_int_equal(access("all-difference.csv", F_OK), -1); /* of what? */
    check_file_holds("all-curve.csv", "layer,name,");
    app_choose(a, one, "two of them");
    app_fixture_press(a, "e Tab 'two' Enter");
    assert_int_equal(count_lines("two-curve.csv"), 1 + 2 * LAYERS);
    check_file_holds("two-curve.csv", "subset,layer,name,");
    check_file_holds("two-curve.csv", "\ntwo of them,0,");
    check_file_holds("two-curve.csv", "\nall classes,0,");
    assert_int_equal(count_lines("two-difference.csv"), 1 + LAYERS);
    check_file_holds("two-difference.csv",
                     "subset,minus,layer,name,cui_difference,ci95_low,ci95_high,log10_ratio,");
    check_file_holds("two-difference.csv", "\ntwo of them,all classes,0,");
    free(one);
    app_fixture_free(a);
}

static void test_everything(void **state)
{
    (void)state;
    struct app *a = new_app();
    marks_set(a->marks, 4, "here");
    app_fixture_press(a, "e");
    assert_ptr_equal(a->dialog, &export_dialog);
    app_fixture_press(a, "Enter"); /* two keys in all, where nothing is replaced */
    assert_null(a->dialog);
    check_said(a, "wrote 6 files: ./letters-vgg16-curve.csv, ./letters-vgg16-classes.csv, "
                  "./letters-vgg16-images.csv, ./letters-vgg16-marks.csv, ./letters-vgg16-screen.txt, "
                  "./letters-vgg16-figure.svg");
    assert_int_equal(count_lines("letters-vgg16-curve.csv"), 1 + LAYERS);
    assert_int_equal(count_lines("letters-vgg16-classes.csv"), 1 + CLASSES);
    assert_int_equal(count_lines("letters-vgg16-images.csv"), 1 + CLASSES * IMAGES);
    assert_int_equal(count_lines("letters-vgg16-marks.csv"), 2);
    assert_int_equal(count_lines("letters-vgg16-screen.txt"), 24);
    check_file_holds("letters-vgg16-screen.txt", "letters-vgg16.cfg");
    check_file_holds("letters-vgg16-figure.svg", "</svg>");
    check_file_holds("letters-vgg16-curve.csv.meta.csv", "\nprogram,isplit\n");
    check_file_holds("letters-vgg16-images.csv.meta.csv", "\nimages,20\n");
    check_file_holds("letters-vgg16-images.csv.meta.csv", "\nstate,complete\n");
    check_file_holds("letters-vgg16-images.csv.meta.csv", "\nclasses,\n");
    assert_false(exists("letters-vgg16-screen.txt.meta.csv"));
    app_fixture_free(a);
}

/* What the batch command writes: its own reports, of the order that -c gives. */
static void check_batch(const struct app *a, const char *path, void (*report)(FILE *, const struct report *))
{
    const struct study *s = a->study;
    struct report r = {.table = s->table,
                       .listed = s->layer_list.layers,
                       .listed_n = s->layer_list.n,
                       .cde = s->layer_list.cde,
                       .dataset = s->dataset,
                       .curve = s->curve,
                       .correction = s->layer_list.correction,
                       .chosen = a->shown.chosen};
    long *order =
        order_make(s->dataset->images, s->dataset->images_n, a->shown.chosen, CLASSES, 0, &r.order_n);
    r.order = order;
    char *expected = NULL;
    size_t size;
    FILE *out = open_memstream(&expected, &size);
    report(out, &r);
    fclose(out);
    char *written = slurp(path);
    assert_string_equal(written, expected);
    free(written);
    free(expected);
    free(order);
}

static void test_chosen_classes(void **state)
{
    (void)state;
    struct app *a = new_app();
    const bool chosen[CLASSES] = {[1] = true, [3] = true};
    app_choose(a, chosen, NULL);
    app_fixture_press(a, "e Tab Ctrl-U 'x' Enter");
    check_batch(a, "x-curve.csv", report_curve);
    check_batch(a, "x-classes.csv", report_classes);
    check_batch(a, "x-images.csv", report_images);
    assert_int_equal(count_lines("x-images.csv"), 1 + 2 * IMAGES);
    check_file_holds("x-curve.csv.meta.csv", "\nimages_asked,8\n");
    check_file_holds("x-curve.csv.meta.csv", "\nclasses,\"1,3\"\n");
    app_fixture_free(a);
}

static void test_half_measured(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(LAYERS, CLASSES, IMAGES);
    app_fixture_press(a, "e Enter");
    assert_false(a->prompt.open);
    check_said(a, "no image of the chosen classes is measured yet");
    app_fixture_measure(a, 7);
    app_fixture_press(a, "Tab Ctrl-U 'x' Enter");
    assert_int_equal(count_lines("x-images.csv"), 1 + 7);
    check_file_holds("x-curve.csv.meta.csv", "\nstate,interrupted\n");
    check_file_holds("x-curve.csv.meta.csv", "\nimages_asked,20\n");
    check_file_holds("x-curve.csv.meta.csv", "\nimages,7\n");
    app_fixture_free(a);
}

static void test_items(void **state)
{
    (void)state;
    struct app *a = new_app();
    app_fixture_press(
        a, "e Space Down Down Space G Up Up Up Space Up Space"); /* classes stays; there are no marks */
    app_fixture_press(a, "Tab Ctrl-U 'x' Enter");
    check_said(a, "wrote 1 file: x-classes.csv");
    assert_true(exists("x-classes.csv") && !exists("x-curve.csv") && !exists("x-marks.csv"));
    /* The choice and the place are remembered; nothing chosen is nothing to write. */
    app_fixture_press(a, "e Down Space Enter");
    check_said(a, "nothing is chosen");
    app_fixture_press(a, "Space Tab");
    assert_string_equal(a->prompt.text, "x");
    app_fixture_press(a, "Esc");
    assert_ptr_equal(a->dialog, &export_dialog);
    app_fixture_press(a, "Esc");
    assert_null(a->dialog);
    app_fixture_press(a, "e q");
    assert_true(!a->dialog && !a->loop.quit);
    app_fixture_free(a);
}

/* What a folder of isplit evaluate holds, to the byte, and where it comes from. */
static void test_evaluation_of_a_folder(void **state)
{
    (void)state;
    struct app *a = new_app();
    char *whole = memory_format("%s/tests/e2e/evaluation/evaluate.csv", before);
    char *text = slurp(whole);
    assert_int_equal(mkdir("race", 0700), 0);
    spill("race/evaluate.csv", text);
    spill("race/evaluate.csv.meta.csv",
          "key,value\nprogram,isplit evaluate\nclasses,\"1,3\"\nstate,complete\n");
    a->options.screen.evaluation = "race";
    evaluating_open(a);
    app_fixture_press(a, "e Tab Ctrl-U 'x' Enter");
    check_said(a, "-evaluate.csv");
    char *written = slurp("x-evaluate.csv");
    assert_string_equal(written, text);
    check_file_holds("x-evaluate.csv.meta.csv", "key,value\nprogram,isplit\n");
    check_file_holds("x-evaluate.csv.meta.csv", "\nfrom,race/evaluate.csv\nfrom_program,isplit evaluate\n"
                                                "classes,\"1,3\"\nstate,complete\n");
    free(written);
    free(text);
    free(whole);
    app_fixture_free(a);
}

/* What was measured from the screen is written as isplit evaluate would; one that is not over says so. */
static void test_evaluation_here(void **state)
{
    (void)state;
    struct app *a = new_app();
    const int layers[] = {3, 5};
    const struct race_cut cuts[] = {{0, 40, 0, false, 0.5, 0.25, 0.625, true, 0, 0, true, 1},
                                    {-1, 0, 0, false, NAN, NAN, NAN, false, -1, NAN, true, NAN}};
    const long untrained[] = {1, -1};
    const struct evaluated known = {.layers = layers,
                                    .n = 2,
                                    .cuts = cuts,
                                    .best = 0,
                                    .bottleneck = {BOTTLENECK_RATIO, 6},
                                    .images = 8,
                                    .before = 7,
                                    .untrained = untrained};
    const struct report report = {.table = a->study->table, .evaluated = &known};
    struct provenance *made = provenance_new();
    provenance_add(made, "bottleneck", "ratio");
    evaluating_show(a, measured_here(&known, a->study->table), made);
    char *expected = NULL;
    size_t size;
    FILE *out = open_memstream(&expected, &size);
    report_evaluate(out, &report);
    fclose(out);
    for (int over = 0; over < 2; over++) {
        app_fixture_press(a, over ? "e Enter y" : "e Tab Ctrl-U 'x' Enter");
        char *written = slurp("x-evaluate.csv");
        assert_string_equal(written, expected);
        check_file_holds("x-evaluate.csv.meta.csv", over ? "\nbottleneck,ratio\nstate,complete\n"
                                                         : "\nbottleneck,ratio\nstate,running\n");
        free(written);
        evaluating_end(a, true);
    }
    free(expected);
    app_fixture_free(a);
}

static void test_overwriting(void **state)
{
    (void)state;
    struct app *a = new_app();
    spill("x-images.csv", "mine");
    spill("x-curve.csv.meta.csv", "mine too");
    app_fixture_press(a, "e Tab Ctrl-U 'x' Enter");
    assert_true(a->prompt.open && a->prompt.kind == PROMPT_KEY);
    assert_string_equal(a->prompt.label, "overwrite x-curve.csv, -images.csv? (y/n)");
    app_fixture_press(a, "n");
    check_said(a, "nothing was written");
    check_file_holds("x-images.csv", "mine");
    assert_false(exists("x-curve.csv") || exists("x-classes.csv"));
    assert_ptr_equal(a->dialog, &export_dialog);
    app_fixture_press(a, "Enter y");
    check_said(a, "wrote 5 files");
    check_file_holds("x-images.csv", "image,class_index");
    check_file_holds("x-curve.csv.meta.csv", "key,value");
    /* What is not wanted is not asked about. */
    app_fixture_press(a, "e Space Down Space Down Space G Up Up Up Space Up Space");
    unlink("x-screen.txt");
    app_fixture_press(a, "Space Enter");
    check_said(a, "wrote 1 file: x-screen.txt");
    app_fixture_free(a);
}

static void test_inputs_are_safe(void **state)
{
    (void)state;
    struct app *a = new_app();
    spill("x-classes.csv", "A\nB\n");
    char *labels = memory_format("%s/./x-classes.csv", folder);
    a->study->options.input.labels = labels;
    app_fixture_press(a, "e Tab Ctrl-U 'x' Enter");
    assert_true(a->prompt.open); /* to be mended */
    check_said(a, "x-classes.csv: is the input ");
    check_file_holds("x-classes.csv", "A\nB\n");
    assert_false(exists("x-curve.csv"));
    /* Through a link, too; and where the provenance would stand. */
    assert_int_equal(symlink("x-classes.csv", "y-curve.csv.meta.csv"), 0);
    app_fixture_press(a, "Tab Ctrl-U 'y' Enter");
    check_said(a, "y-curve.csv.meta.csv: is the input ");
    free(labels);
    app_fixture_free(a);
}

static void test_places(void **state)
{
    (void)state;
    struct app *a = new_app();
    /* A folder that is not there: nothing at all is written. */
    app_fixture_press(a, "e Tab Ctrl-U 'no/such' Enter");
    check_said(a, "no/such-curve.csv: cannot write: No such file or directory");
    assert_ptr_equal(a->dialog, &export_dialog);
    mkdir("out", 0700);
    app_fixture_press(a, "Tab Ctrl-U 'out' Enter");
    check_said(a, "wrote 5 files: out/letters-vgg16-curve.csv, ");
    assert_true(exists("out/letters-vgg16-figure.svg"));
    app_fixture_press(a, "e Tab Ctrl-U 'out/b' Tab Enter");
    assert_true(exists("out/b-figure.svg"));
    app_fixture_press(a, "e Tab Ctrl-U Enter");
    check_said(a, "wrote 5 files: ./letters-vgg16-curve.csv, ");
    setenv("HOME", folder, 1);
    app_fixture_press(a, "e Tab Ctrl-U '~/h' Enter");
    assert_true(exists("h-curve.csv"));
    app_fixture_free(a);
}

static void test_marks(void **state)
{
    (void)state;
    struct app *a = new_app();
    marks_set(a->marks, 18, "not listed: a \"note\",\nin two lines");
    marks_set(a->marks, 2, "");
    app_fixture_press(a, "e Tab Ctrl-U 'x' Enter");
    char *text = slurp("x-marks.csv");
    const struct curve_point *p = app_point(a, 2);
    char *expected = memory_format(
        "layer,name,note,cut_tensors,cut_bytes,cui,log10_cui,ci95_low,ci95_high,rank,local_max,cde\n"
        "2,block1_pool,,1,16384,%.9g,%.9g,%.9g,%.9g,%d,%d,%d\n"
        "18,fc1,\"not listed: a \"\"note\"\",\nin two lines\",1,20,,,,,,,\n",
        p->cui, p->log10_cui, p->low, p->high, p->rank, p->local_max, a->study->layer_list.cde[2]);
    assert_string_equal(text, expected);
    free(text);
    free(expected);
    app_fixture_free(a);
}

/* The dialog as text. */
static char *draw(const struct app *a, int rows, int columns, enum glyphs_set glyphs)
{
    struct canvas *c = canvas_new(rows, columns, glyphs);
    export_dialog.draw(a, c, canvas_area(c));
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    canvas_print(c, out);
    fclose(out);
    canvas_free(c);
    return text;
}

static void test_drawing(void **state)
{
    (void)state;
    struct app *a = new_app();
    spill("x-figure.svg", "old");
    app_fixture_press(a, "e Down Space Tab Ctrl-U 'x'"); /* paths follow while they are typed */
    char *text = draw(a, 13, 60, GLYPHS_ASCII);
    assert_string_equal(text, "- Export: Space on or off, Enter writes, Tab asks where to -\n"
                              "   x curve    x-curve.csv             a row for each layer\n"
                              " > . classes  x-classes.csv\n"
                              "   x images   x-images.csv            a row for each image\n"
                              "   . marks    (no split is marked)\n"
                              "   . plan     x-plan.csv              a row for each cut\n"
                              "   x screen   x-screen.txt            this view as text\n"
                              "   x figure   x-figure.svg  (exists)  the plot, for a paper\n"
                              "   . rate     (needs --features)\n"
                              "   . compare  (no other is pinned)\n"
                              "   . evaluate (no cut is retrained)\n"
                              "\n"
                              " Beside every CSV stands FILE.meta.csv: how it was made.\n");
    free(text);
    app_fixture_press(a, "Esc G");
    for (int rows = 1; rows < 12; rows++)
        for (int columns = 1; columns < 100; columns += 7)
            free(draw(a, rows, columns, GLYPHS_BRAILLE));
    /* However low it is, the chosen row is there. */
    text = draw(a, 3, 40, GLYPHS_ASCII);
    assert_non_null(strstr(text, " > . evaluate"));
    free(text);
    app_fixture_free(a);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(test_every_key_is_reported),
        TEST(test_everything),
        TEST(test_chosen_classes),
        TEST(test_half_measured),
        TEST(test_pinned_curves),
        TEST(test_items),
        TEST(test_evaluation_of_a_folder),
        TEST(test_evaluation_here),
        TEST(test_overwriting),
        TEST(test_inputs_are_safe),
        TEST(test_places),
        TEST(test_marks),
        TEST(test_drawing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
