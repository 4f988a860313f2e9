/* The card beside the curve: one fact a row, in the same place for every layer. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app_fixture.h"
#include "panes/card.h"
#include "panes/pane.h"
#include "panes/states.h"

enum { ROWS = 40, COLUMNS = 44 };

static void expect_card(struct app *a, int position, const char *wanted)
{
    a->plot.cursor = position;
    char *text = app_fixture_draw(a, &card_pane, ROWS, COLUMNS, GLYPHS_BRAILLE);
    if (!strstr(text, wanted))
        fail_msg("\"%s\" is not in\n%s", wanted, text);
    free(text);
}

static void test_facts(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 10, 4);
    expect_card(a, 13, "Cut after block4_pool\nlayer      13, maxpool; 14 of 18 listed\n");
    expect_card(a, 13, "crossing   128×2×2\n");
    expect_card(a, 13, "  2.0 KiB    1.0 KiB      512 B\n");
    expect_card(a, 13, "0.167 times the input (12.0 KiB)\n");
    expect_card(a, 13, "candidate  yes, ");
    expect_card(a, 0, "candidate  no: the first end of the curve\n");
    expect_card(a, 17, "candidate  no: the last end of the curve\n");
    expect_card(a, 1, "candidate  no: block1_pool is higher\n");
    expect_card(a, a->shown.best, "candidate  yes, the best\nits CUI is    100 % of ");
    struct curve_point *best = (struct curve_point *)app_point(a, a->shown.best);
    best->cui = app_point(a, 3)->cui / 10.13;
    expect_card(a, 3, "its CUI is   1013 % of ");
    marks_set(a->marks, app_layer(a, 3), "try it");
    expect_card(a, 3, "marks      marked: try it\n");
    a->settings.corrected = true;
    expect_card(a, 3, "corrected  ");
    expect_card(a, 3, "log10 CUI*KHW\n");
    app_fixture_free(a);
}

static void test_before_the_first_image(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(18, 10, 4);
    expect_card(a, 3, "CUI        -\n95 %       -\nrank        -\ncandidate  not known yet\n");
    app_fixture_free(a);
}

/* Moving changes values only: labels, and all that is the same for each cut, stay where they are. */
static void test_rows_stay(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 10, 4);
    char *first = app_fixture_draw(a, &card_pane, ROWS, COLUMNS, GLYPHS_BRAILLE);
    int facts = card_facts_n(a);
    for (int p = 1; p < a->study->layer_list.n; p++) {
        a->plot.cursor = p;
        char *text = app_fixture_draw(a, &card_pane, ROWS, COLUMNS, GLYPHS_BRAILLE);
        const char *here = text, *there = first;
        for (int row = 0; row < ROWS && *here && *there; row++) {
            size_t n = strcspn(here, "\n"), m = strcspn(there, "\n");
            size_t same = row < facts ? CARD_LABEL - 1 : n;
            if ((row >= facts && n != m) || strncmp(here, there, same) != 0)
                fail_msg("row %d of layer %d: %.*s", row, p, (int)n, here);
            here += n + (here[n] == '\n');
            there += m + (there[m] == '\n');
        }
        free(text);
    }
    free(first);
    app_fixture_free(a);
}

/* Wide and low: the facts side by side. Scrolling stays when the cursor moves. */
static void test_places(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 10, 4);
    char *text = app_fixture_draw(a, &card_pane, 9, 100, GLYPHS_ASCII);
    assert_non_null(strstr(text, "Cut after block1_conv1               "));
    assert_non_null(strstr(text, "memory"));
    free(text);
    struct area area = {0, 0, 6, COLUMNS};
    assert_true(pane_act(&card_pane, a, ACTION_DOWN, area));
    assert_int_equal(a->states->card_first, 1);
    a->plot.cursor = 5;
    pane_prepare(&card_pane, a, area);
    assert_int_equal(a->states->card_first, 1);
    assert_true(pane_act(&card_pane, a, ACTION_FIRST, area));
    assert_int_equal(a->states->card_first, 0);
    assert_true(pane_act(&card_pane, a, ACTION_LAST, area));
    assert_true(a->states->card_first > 10);
    assert_false(pane_act(&card_pane, a, ACTION_LEFT, area));
    app_fixture_draw_sizes(a, &card_pane, 12, 120);
    app_fixture_free(a);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_before_the_first_image),
        cmocka_unit_test(test_rows_stay),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
