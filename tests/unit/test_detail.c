/* The chosen cut in words. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app_fixture.h"
#include "base/memory.h"
#include "panes/detail.h"
#include "panes/wrap.h"

static void expect_said(struct app *a, int position, const char *wanted)
{
    a->plot.cursor = position;
    char *text = detail_text(a);
    if (!strstr(text, wanted))
        fail_msg("\"%s\" is not in\n%s", wanted, text);
    free(text);
}

/* Gives the points CUIs by hand, as curve_compute would leave them. */
static void set_cui(struct app *a, const double *cui)
{
    int n = a->study->layer_list.n;
    bool *peaks = memory_new((size_t)n, sizeof *peaks);
    curve_peaks(cui, n, peaks);
    a->shown.best = -1;
    for (int i = 0; i < n; i++) {
        struct curve_point *p = &a->shown.points[i];
        p->cui = cui[i];
        p->log10_cui = cui[i] > 0 ? log10(cui[i]) : NAN;
        p->low = 0.95 * cui[i];
        p->high = 1.05 * cui[i];
        p->local_max = peaks[i];
        if (peaks[i] && (a->shown.best < 0 || cui[i] > cui[a->shown.best]))
            a->shown.best = i;
    }
    free(peaks);
}

static struct table_row *row(struct app *a, int position)
{
    return &((struct table *)a->study->table)->rows[position];
}

static void test_what_crosses(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 10, 4);
    expect_said(a, 13, "Cut after block4_pool: layer 13 (maxpool), 14 of 18 listed layers.\n");
    expect_said(a, 13, "One tensor crosses: the output of block4_pool (128×2×2).\n");
    a->settings.glyphs = GLYPHS_ASCII;
    expect_said(a, 13, "One tensor crosses: the output of block4_pool (128x2x2).\n");
    expect_said(a, 13,
                "The cut sends 2.0 KiB as f32, 1.0 KiB as f16 or 512 B as int8, 83 % less than the input's "
                "12.0 KiB as f32.\n");
    expect_said(a, 0, "5.3 times the input's 12.0 KiB");
    expect_said(a, 13, "40 images of all 10 classes.\n");
    expect_said(a, 13, "The head costs ");
    expect_said(a, 13, " million MACs an image (91 %), activations of at most 128.0 KiB at once.\n");
    app_fixture_free(a);
}

static void test_candidates(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(9, 2, 2);
    set_cui(a, (const double[]){1, 2, 1.5, 1.98, 1.2, 1.2, 1.1, 0, 4});
    expect_said(a, 0, "It is no candidate: it is the first of the listed layers");
    expect_said(a, 1,
                "It is the best candidate: its CUI is above that of block1_conv1 before it and of "
                "block1_pool after it, and no other local maximum is higher.");
    expect_said(a, 2, "block1_conv2 before it and block2_conv1 after it are higher.");
    expect_said(a, 2, "25 % below that of the best candidate, block1_conv2; their intervals do not overlap.");
    expect_said(a, 3, "It is a candidate: ");
    expect_said(a, 3, "1.0 % below that of the best candidate, block1_conv2; their intervals overlap");
    expect_said(a, 4, "block2_conv1 before it is higher.");
    expect_said(a, 5, "block2_conv2 before it is as high, and a plateau counts once");
    expect_said(a, 7, "its importance is zero for every image.");
    expect_said(a, 7, "Its CUI is zero");
    expect_said(a, 8, "it is the last of the listed layers");
    expect_said(a, 8, "100 % above that of the best candidate");
    set_cui(a, (const double[]){1, 2, 3, 4, 5, 6, 7, 7, 7});
    expect_said(a, 2, "block2_conv1 after it is higher.");
    expect_said(a, 6, "the curve stays level to its end.");
    /* Many times as much is said as such. */
    set_cui(a, (const double[]){0.01, 458, 100, 47, 1, 45, 1e-6, 1, 9160});
    expect_said(a, 4, " Its CUI is 458 times lower than that of the best candidate, block1_conv2; their");
    expect_said(a, 3, " Its CUI is 90 % below that of the best candidate, block1_conv2; their");
    expect_said(a, 5, " Its CUI is 10 times lower than that of the best candidate, block1_conv2; their");
    expect_said(a, 6, " Its CUI is 4.6e+08 times lower than that of the best candidate, block1_conv2; their");
    expect_said(a, 8, " Its CUI is 20 times higher than that of the best candidate, block1_conv2; their");
    app_fixture_free(a);
}

static void test_no_values(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(18, 2, 2);
    expect_said(a, 3, "no image of the chosen classes is measured yet.");
    app_fixture_measure(a, 1);
    expect_said(a, 3,
                "without an interval (a class has fewer than two images), from 1 image so far of all 2");
    a->shown.points[3].cui = NAN;
    expect_said(a, 3, "this layer has no gradient of its own");
    app_fixture_free(a);
}

static void test_unclean(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 2, 2);
    struct table_row *r = row(a, 13);
    r->crossing = memory_grow(r->crossing, 2, sizeof *r->crossing);
    r->crossing[0] = 12;
    r->crossing[1] = 13;
    r->cut_tensors = 2;
    r->clean = false;
    expect_said(a, 13, "2 tensors cross: the output of block4_conv3 (128×4×4) and the output of block4_pool");
    expect_said(a, 13,
                "The cut is not clean: the skip connection of layer 12 (block4_conv3) crosses too, so "
                "one tensor is not enough.\n");
    r->crossing[0] = NET_INPUT;
    expect_said(a, 13, "the network's input crosses too");
    row(a, 3)->clean = false;
    expect_said(a, 3, "a layer of type convolutional is no split point");
    row(a, 17)->cut_tensors = 0;
    expect_said(a, 17, "Nothing crosses");
    row(a, 17)->cut_tensors = 1;
    app_fixture_free(a);
}

static void test_cde_size_and_marks(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 2, 2);
    expect_said(a, 5, "It is a CDE point: ");
    expect_said(a, 0, "It is no CDE point: it does not send fewer bytes than the network's input (12.0 KiB)");
    expect_said(a, 6, "It is no CDE point: the earlier cut after block2_pool sends no more (8.0 KiB)");
    expect_said(a, 13,
                "this max-pool leaves 4 times fewer pixels, which alone raises the CUI by log10 4 = 0.60.");
    expect_said(a, 13, "On the size-corrected curve it is still a local maximum.");
    marks_set(a->marks, 13, "ask Anna");
    expect_said(a, 13, "You marked this split: ask Anna\n");
    bool two[] = {false, true};
    app_choose(a, two, "birds");
    expect_said(a, 13, "of 1 of 2 classes (birds).");
    app_fixture_free(a);
    /* Three times the CUI on four times fewer pixels. */
    a = app_fixture_new(4, 2, 2);
    set_cui(a, (const double[]){1, 1, 3, 1});
    expect_said(a, 2, "On the size-corrected curve it is no local maximum.");
    app_fixture_free(a);
}

/* ---- Lines --------------------------------------------------------------------------------------- */

static void expect_lines(const char *text, int columns, const char *const *wanted, int n)
{
    struct text_list w = wrap_text(text, columns);
    assert_int_equal(w.n, n);
    for (int i = 0; i < n; i++)
        assert_string_equal(w.texts[i], wanted[i]);
    text_list_free(&w);
}

static void test_wrapping(void **state)
{
    (void)state;
    expect_lines("one two three\nfour", 7, (const char *[]){"one two", "three", "four"}, 3);
    expect_lines("exactly", 7, (const char *[]){"exactly"}, 1);
    expect_lines("unbreakable x", 4, (const char *[]){"unbr", "eaka", "ble", "x"}, 4);
    expect_lines("äöü äöü", 3, (const char *[]){"äöü", "äöü"}, 2);
    expect_lines("鳥鳥鳥", 5, (const char *[]){"鳥鳥", "鳥"}, 2);
    expect_lines("a\n\nb", 9, (const char *[]){"a", "", "b"}, 3);
    expect_lines("a\tb", 9, (const char *[]){"a\\tb"}, 1);
    expect_lines("", 9, NULL, 0);
    struct text_list w = wrap_text("   many   blanks    ", 0);
    assert_true(w.n > 0);
    text_list_free(&w);
}

static void test_scrolling(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 2, 2);
    const struct area area = {0, 0, 4, 50};
    a->plot.cursor = 13;
    char *text = app_fixture_draw(a, &detail_pane, 4, 50, GLYPHS_ASCII);
    assert_memory_equal(text, "Cut after block4_pool", 21);
    free(text);
    assert_true(pane_act(&detail_pane, a, ACTION_DOWN, area));
    assert_int_equal(a->states->detail_first, 1);
    pane_act(&detail_pane, a, ACTION_LAST, area);
    int last = a->states->detail_first;
    assert_true(last > 5);
    pane_act(&detail_pane, a, ACTION_DOWN, area);
    assert_int_equal(a->states->detail_first, last);
    pane_act(&detail_pane, a, ACTION_PAGE_UP, area);
    assert_int_equal(a->states->detail_first, last - 3);
    assert_false(pane_act(&detail_pane, a, ACTION_LEFT, area));
    /* Another cut is read from its beginning. */
    a->plot.cursor = 12;
    text = app_fixture_draw(a, &detail_pane, 4, 50, GLYPHS_ASCII);
    assert_memory_equal(text, "Cut after block4_conv3", 22);
    free(text);
    for (int rows = 1; rows < 30; rows += 4)
        for (int columns = 1; columns < 90; columns += 8)
            free(app_fixture_draw(a, &detail_pane, rows, columns, GLYPHS_BRAILLE));
    app_fixture_free(a);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_crosses),       cmocka_unit_test(test_candidates),
        cmocka_unit_test(test_no_values),          cmocka_unit_test(test_unclean),
        cmocka_unit_test(test_cde_size_and_marks), cmocka_unit_test(test_wrapping),
        cmocka_unit_test(test_scrolling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
