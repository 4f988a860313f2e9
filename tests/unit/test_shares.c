/* How sure the pick is, on the screen: when the shares are worked out, and what the panes say of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app_fixture.h"
#include "base/clock.h"
#include "panes/detail.h"
#include "panes/table.h"

static int finish(struct app *a)
{
    int slices = 1;
    while (shares_step(a, clock_ms()))
        slices++;
    return slices;
}

static void test_done_once(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 10, 20);
    a->dirty = false;
    assert_true(isnan(shares_pick(a, 17)));
    assert_true(finish(a) > 1); /* never all at once */
    assert_true(a->dirty);
    assert_int_equal(shares_resamples(a), STABILITY_RESAMPLES);
    assert_int_equal(shares_images(a), 200);
    assert_true(shares_pick(a, a->shown.best) > 0.5 && shares_candidate(a, a->shown.best) > 0.5);
    a->dirty = false;
    assert_int_equal(finish(a), 1); /* nothing is left to do, and nothing to draw */
    assert_false(a->dirty);

    /* As the CSV has it. */
    assert_non_null(shares_current(a));
    struct stability *s = stability_compute(a->study->curve, a->shown.chosen);
    for (int l = 0; l < 18; l++)
        assert_true(shares_pick(a, l) == stability_picks(s)[l] &&
                    shares_candidate(a, l) == stability_candidates(s)[l]);
    stability_free(s);
    app_fixture_free(a);
}

static void test_another_choice(void **state)
{
    (void)state;
    bool chosen[10] = {true, true};
    struct app *a = app_fixture_new(18, 10, 100);
    finish(a);
    app_choose(a, chosen, NULL);
    assert_true(shares_step(a, clock_ms())); /* begins at once, and the old shares say nothing any more */
    assert_true(isnan(shares_pick(a, 17)));
    finish(a);
    assert_int_equal(shares_images(a), 200);
    chosen[2] = true; /* and again in the middle of a job */
    app_choose(a, chosen, NULL);
    assert_true(shares_step(a, clock_ms()));
    chosen[0] = false;
    app_choose(a, chosen, NULL);
    finish(a);
    assert_int_equal(shares_images(a), 200);
    app_fixture_free(a);
}

static void test_while_images_come(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(18, 10, 20);
    a->study->state = STUDY_MEASURING;
    finish(a);
    assert_null(shares_current(a)); /* nothing measured */
    app_fixture_measure(a, 10);
    finish(a); /* one image a class: nothing is known */
    assert_int_equal(shares_resamples(a), 0);
    assert_true(isnan(shares_pick(a, 17)));
    app_fixture_measure(a, 100);
    assert_false(shares_step(a, clock_ms())); /* not yet again */
    assert_null(shares_current(a));
    shares_step(a, clock_ms() + 1000000);
    finish(a);
    assert_int_equal(shares_images(a), 110);
    app_fixture_measure(a, 10);
    assert_false(shares_step(a, clock_ms()));
    assert_int_equal(shares_images(a), 110); /* the last ones stay meanwhile */
    app_fixture_measure(a, 80);              /* all: then without delay */
    assert_int_equal(a->study->state, STUDY_DONE);
    finish(a);
    assert_int_equal(shares_images(a), 200);
    app_fixture_free(a);
}

/* A pinned curve's share follows when all images have come, as if its classes were chosen. */
static void test_pinned_curves(void **state)
{
    (void)state;
    bool chosen[10] = {true, true, true};
    struct app *a = app_fixture_unmeasured(18, 10, 20);
    app_fixture_measure(a, 100);
    app_choose(a, chosen, NULL);
    finish(a);
    app_key(a, 'c');
    chosen[2] = false;
    app_choose(a, chosen, NULL);
    app_fixture_measure(a, 100);
    struct shown *pin = &a->pins.curves[0];
    shown_compute(pin, a->study);
    assert_true(pin->pick_images < shown_images(pin, 18));
    a->study->state = STUDY_MEASURING;
    finish(a);
    assert_true(pin->pick_images < shown_images(pin, 18)); /* not while images come */
    a->study->state = STUDY_DONE;
    finish(a);
    assert_int_equal(pin->pick_images, 60);
    assert_int_equal(shown_images(pin, 18), 60);
    struct stability *s = stability_compute(a->study->curve, pin->chosen);
    assert_true(pin->pick == stability_picks(s)[pin->best]);
    stability_free(s);
    assert_int_equal(finish(a), 1);
    app_fixture_free(a);
}

static void test_the_rows_are_replaced(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 10, 100);
    assert_true(shares_step(a, clock_ms()) && shares_step(a, clock_ms()));
    struct curve *other = curve_new(18, 10, NULL);
    curve_free(a->study->curve); /* a job is under way; the sanitizers watch */
    a->study->curve = other;
    a->shown.accuracy.images = 0;
    finish(a);
    assert_int_equal(shares_images(a), 0);
    app_fixture_free(a);
}

static void expect(const char *text, const char *part, bool wanted)
{
    if ((strstr(text, part) != NULL) != wanted)
        fail_msg("'%s' %s '%s'", text, wanted ? "does not hold" : "holds", part);
}

static void test_what_the_panes_say(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(18, 10, 20);
    char *text = detail_text(a);
    expect(text, "resamples", false);
    free(text);
    finish(a);
    app_move(a, 0);
    text = detail_text(a);
    expect(text, "It is the best in 0 % of 1000 resamples of the images, a candidate in 0 %.\n", true);
    free(text);
    text = app_fixture_draw(a, &table_pane, 20, 120, GLYPHS_ASCII);
    expect(text, "pick %", true);
    free(text);
    text = app_fixture_draw(a, &table_pane, 20, 60, GLYPHS_ASCII);
    expect(text, "pick %", false); /* one of the first to go */
    free(text);
    app_fixture_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_done_once),         cmocka_unit_test(test_another_choice),
        cmocka_unit_test(test_while_images_come), cmocka_unit_test(test_the_rows_are_replaced),
        cmocka_unit_test(test_pinned_curves),     cmocka_unit_test(test_what_the_panes_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
