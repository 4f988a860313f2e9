/* What isplit evaluate has measured, read back: what is taken in, and what is refused with the place it
 * stands at. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "report/measured.h"
#include "report/report.h"
#include "sheet_fixture.h"

#define HEADER                                                                                               \
    "layer,name,type,floats_sent,bytes_sent,accuracy_before,accuracy_untrained,accuracy,accuracy_low,"       \
    "accuracy_high,stages,steps,state,in_set\n"
#define LEADS "0,conv1,convolutional,96,384,0.95,0.2,0.9,0.85,0.93,3,700,leader,1\n"
#define EQUAL "1,pool1,maxpool,24,96,0.95,0.3,0.88,0.84,0.91,3,700,racing,1\n"
#define HEADED                                                                                               \
    "layer,name,type,floats_sent,bytes_sent,accuracy_before,accuracy_untrained,accuracy,accuracy_low,"       \
    "accuracy_high,stages,steps,state,in_set,bottleneck\n"
#define LED "0,conv1,convolutional,96,384,0.95,0.2,0.9,0.85,0.93,3,700,leader,1"
#define EQUALLED "1,pool1,maxpool,24,96,0.95,0.3,0.88,0.84,0.91,3,700,racing,1"
#define UNTRAINED "1,pool1,maxpool,24,96,0.95,,,,,0,0,outside,0\n"

static int set_up(void **state)
{
    (void)state;
    return sheet_begin("[softmax]\n") == 0 && mkdir("race", 0777) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    remove("race/evaluate.csv");
    rmdir("race");
    return sheet_end();
}

static struct measured *reads(const char *text)
{
    struct error e = {""};
    if (text)
        sheet_put("race/evaluate.csv", text);
    struct measured *m = measured_read("race", sheet_table, "net.cfg", &e);
    if (!m)
        fail_msg("%s", e.text);
    return m;
}

static void refused(const char *text, const char *why)
{
    struct error e = {""};
    sheet_put("race/evaluate.csv", text);
    assert_null(measured_read("race", sheet_table, "net.cfg", &e));
    assert_string_equal(e.text, why);
}

static void test_read(void **state)
{
    (void)state;
    struct measured *m = reads(HEADER LEADS EQUAL);
    const struct measured_cut *first = measured_find(m, 0), *second = measured_find(m, 1);
    assert_ptr_equal(first, measured_leader(m));
    assert_true(first->accuracy == 0.9 && first->low == 0.85 && first->high == 0.93);
    assert_true(first->before == 0.95 && first->untrained == 0.2);
    assert_int_equal(first->floats, 96);
    assert_int_equal(first->bytes, 384);
    assert_int_equal(first->stages, 3);
    assert_int_equal(first->steps, 700);
    assert_int_equal(second->state, EVALUATED_RACING);
    assert_true(second->in_set);
    assert_null(measured_find(m, 2));
    assert_int_equal(measured_known(m), 2);
    assert_int_equal(measured_in_set(m), 2);
    measured_free(m);
    m = reads(HEADER LEADS UNTRAINED);
    assert_true(isnan(measured_find(m, 1)->accuracy));
    assert_int_equal(measured_find(m, 1)->state, EVALUATED_OUTSIDE);
    assert_int_equal(measured_known(m), 1);
    measured_free(m);
    m = reads(HEADER UNTRAINED); /* a race that has just begun */
    assert_null(measured_leader(m));
    measured_free(m);
    assert_null(measured_find(NULL, 0));
    assert_null(measured_leader(NULL));
    assert_int_equal(measured_known(NULL) + measured_in_set(NULL), 0);
}

static void test_no_evaluation(void **state)
{
    (void)state;
    struct error e;
    assert_null(measured_read("nowhere", sheet_table, "net.cfg", &e));
    assert_string_equal(e.text, "nowhere/evaluate.csv: cannot open: No such file or directory");
    refused("", "race/evaluate.csv: holds no row (expected a file that isplit evaluate wrote)");
    refused(HEADER, "race/evaluate.csv: holds no row (expected a file that isplit evaluate wrote)");
    refused(
        "layer,name\n0,conv1\n",
        "race/evaluate.csv:1: has no column 'floats_sent' in its header 'layer,name' (expected a file that "
        "isplit evaluate wrote)");
}

#define ROW "race/evaluate.csv:2: "
static void test_rows(void **state)
{
    (void)state;
    refused(HEADER "9,conv1,c,96,384,0.95,0.2,0.9,0.85,0.93,3,700,leader,1\n",
            ROW "refers to layer 9, but net.cfg has layers 0 to 3");
    refused(HEADER "-1,conv1,c,96,384,0.95,0.2,0.9,0.85,0.93,3,700,leader,1\n",
            ROW "layer is '-1' (expected a whole number, 0 or more)");
    refused(HEADER "0,b\x1b[2Jc,c,96,384,0.95,0.2,0.9,0.85,0.93,3,700,leader,1\n", ROW
            "layer 0 has the name 'b\\x1b[2Jc' here, but 'conv1' in net.cfg (expected an evaluation of this "
            "network)");
    refused(HEADER LEADS LEADS,
            "race/evaluate.csv:3: layer 0 (conv1) occurs a second time (first in line 2)");
    refused(HEADER LEADS "1,pool1,m,24,96,0.95,0.3,0.88,0.84,0.91,3,700,leader,1\n",
            "race/evaluate.csv:3: has a second leader (the first is in line 2)");
    refused(HEADER "0,conv1,c,96,384,,,,,,0,0,leader,0\n", ROW "has a leader without an accuracy");
}

static void test_cells(void **state)
{
    (void)state;
    refused(HEADER "0,conv1,c,x,384,0.95,0.2,0.9,0.85,0.93,3,700,leader,1\n",
            ROW "floats_sent is 'x' (expected a whole number, 0 or more)");
    refused(HEADER "0,conv1,c,96,384,1.5,0.2,0.9,0.85,0.93,3,700,leader,1\n",
            ROW "accuracy_before is '1.5' (expected a share from 0 to 1)");
    refused(HEADER "0,conv1,c,96,384,0.95,0.2,nan,0.85,0.93,3,700,leader,1\n",
            ROW "accuracy is 'nan' (expected a share from 0 to 1)");
    refused(HEADER "0,conv1,c,96,384,0.95,0.2,0.9,0.91,0.93,3,700,leader,1\n",
            ROW "accuracy_low is '0.91' (expected no more than the accuracy)");
    refused(HEADER "0,conv1,c,96,384,0.95,0.2,0.9,0.85,0.8,3,700,leader,1\n",
            ROW "accuracy_high is '0.8' (expected no less than the accuracy)");
    refused(HEADER "0,conv1,c,96,384,0.95,0.2,0.9,0.85,0.93,3,700,king,1\n",
            ROW "state is 'king' (expected leader, racing, stopped or outside)");
    refused(HEADER "0,conv1,c,96,384,0.95,0.2,0.9,0.85,0.93,3,700,leader,2\n",
            ROW "in_set is '2' (expected 0 or 1)");
    refused(HEADER "0,conv1\n", ROW "has 2 columns (expected 14)");
}

/* Its form, once for all, and the layers that it has at each cut. */
static void test_bottleneck(void **state)
{
    (void)state;
    int encoder = 0;
    struct measured *m = reads(HEADER LEADS);
    assert_null(measured_inserted(m, measured_leader(m), &encoder)); /* earlier versions do not tell it */
    measured_free(m);
    m = reads(HEADED LED ",ratio\n" EQUALLED ",ratio\n");
    const struct table *inserted = measured_inserted(m, measured_leader(m), &encoder);
    assert_non_null(inserted);
    assert_int_equal(encoder, 2);
    assert_int_equal(inserted->in.c, sheet_table->rows[0].out.c);
    assert_false(measured_sends_int8(m));
    measured_free(m);
    m = reads(HEADED LED ",bytes:9\n");
    assert_true(measured_sends_int8(m));
    measured_free(m);
    m = reads(HEADED LED ",none\n");
    assert_null(measured_inserted(m, measured_leader(m), &encoder));
    measured_free(m);
    refused(HEADED LED ",ratio\n" EQUALLED ",floats:8\n",
            "race/evaluate.csv:3: bottleneck is 'floats:8' (expected that of the rows before)");
    refused(HEADED LED ",narrow\n", ROW "'narrow' is no bottleneck (expected none, ratio, floats:N or "
                                        "bytes:N, N numbers from 1 up)");
}

/* Without a network: the rows stand for themselves, and nothing is known of layers. */
static void test_without_network(void **state)
{
    (void)state;
    int encoder;
    struct error e = {""};
    const struct measured_cut *cuts;
    sheet_put("race/evaluate.csv", HEADED "70,other,c,96,384,0.95,0.2,0.9,0.85,0.93,3,700,leader,1,ratio\n");
    struct measured *m = measured_read("race", NULL, NULL, &e);
    assert_non_null(m);
    assert_int_equal(measured_cuts(m, &cuts), 1);
    assert_int_equal(cuts[0].layer, 70);
    assert_string_equal(measured_name(m, 0), "other");
    assert_null(measured_inserted(m, &cuts[0], &encoder));
    measured_free(m);
}

/* What isplit evaluate writes is what is read. */
static void test_written(void **state)
{
    (void)state;
    const int layers[] = {0, 1};
    const struct race_cut cuts[] = {
        {2, 140, 0, false, 0.75, 0.5, 0.875, true, 0, 0, true, 1},
        {-1, 0, 0, false, NAN, NAN, NAN, false, -1, NAN, false, NAN},
    };
    const long untrained[] = {2, -1};
    const bool allowed[] = {true, false};
    const double values[] = {1, 2};
    const struct evaluated out = {.layers = layers,
                                  .n = 2,
                                  .cuts = cuts,
                                  .best = 0,
                                  .images = 8,
                                  .before = 7,
                                  .untrained = untrained,
                                  .allowed = allowed,
                                  .predictors = {values, values, values, values}};
    const struct report report = {.table = sheet_table, .evaluated = &out};
    FILE *file = fopen("race/evaluate.csv", "w");
    assert_non_null(file);
    report_evaluate(file, &report);
    fclose(file);
    struct measured *m = reads(NULL);
    const struct measured_cut *first = measured_leader(m);
    assert_non_null(first);
    assert_true(first->accuracy == 0.75 && first->low == 0.5 && first->high == 0.875);
    assert_true(first->before == 0.875 && first->untrained == 0.25);
    assert_int_equal(first->stages, 3);
    assert_int_equal(measured_find(m, 1)->state, EVALUATED_OUTSIDE);
    measured_free(m);
}

static void same(double a, double b)
{
    assert_true((isnan(a) && isnan(b)) || fabs(a - b) < 1e-8);
}

/* What goes on here is what would be read from the file that it writes. */
static void test_here(void **state)
{
    (void)state;
    const int layers[] = {0, 1, 2};
    const struct race_cut cuts[] = {
        {2, 140, 0, false, 0.75, 0.5, 0.875, true, 0, 0, true, 1},
        {0, 40, 0, false, 0.5, 0.25, 0.625, false, 0, -0.1, false, NAN},
        {-1, 0, 0, false, NAN, NAN, NAN, false, -1, NAN, true, NAN},
    };
    const long untrained[] = {2, 0, -1};
    const double values[] = {1, 2, 3};
    const struct evaluated known = {.layers = layers,
                                    .n = 3,
                                    .cuts = cuts,
                                    .best = 0,
                                    .bottleneck = {BOTTLENECK_BYTES, 8},
                                    .images = 8,
                                    .before = 7,
                                    .untrained = untrained,
                                    .predictors = {values, values, values, values}};
    const struct report report = {.table = sheet_table, .evaluated = &known};
    FILE *file = fopen("race/evaluate.csv", "w");
    assert_non_null(file);
    report_evaluate(file, &report);
    fclose(file);
    struct measured *here = measured_here(&known, sheet_table), *read = reads(NULL);
    const struct measured_cut *mine, *theirs;
    assert_int_equal(measured_cuts(here, &mine), 3);
    assert_int_equal(measured_cuts(read, &theirs), 3);
    for (int i = 0; i < 3; i++) {
        int encoders[2];
        same(mine[i].before, theirs[i].before);
        same(mine[i].untrained, theirs[i].untrained);
        same(mine[i].accuracy, theirs[i].accuracy);
        same(mine[i].low, theirs[i].low);
        same(mine[i].high, theirs[i].high);
        assert_int_equal(mine[i].layer, theirs[i].layer);
        assert_int_equal(mine[i].floats, theirs[i].floats);
        assert_int_equal(mine[i].bytes, theirs[i].bytes);
        assert_int_equal(mine[i].stages, theirs[i].stages);
        assert_int_equal(mine[i].steps, theirs[i].steps);
        assert_int_equal(mine[i].state, theirs[i].state);
        assert_int_equal(mine[i].in_set, theirs[i].in_set);
        assert_string_equal(measured_name(here, i), measured_name(read, i));
        assert_true(!measured_inserted(here, &mine[i], &encoders[0]) ==
                    !measured_inserted(read, &theirs[i], &encoders[1]));
    }
    assert_int_equal(mine[0].bytes, mine[0].floats);
    assert_int_equal(measured_leader(here)->layer, 0);
    assert_int_equal(measured_known(here), 2);
    assert_int_equal(measured_in_set(here), 1); /* what is not known is in no set */
    assert_true(measured_sends_int8(here));
    measured_free(here);
    measured_free(read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),       cmocka_unit_test(test_no_evaluation),
        cmocka_unit_test(test_rows),       cmocka_unit_test(test_cells),
        cmocka_unit_test(test_written),    cmocka_unit_test(test_here),
        cmocka_unit_test(test_bottleneck), cmocka_unit_test(test_without_network),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
