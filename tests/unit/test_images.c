/* The list of measured images and the picture of the chosen one with its map. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app_fixture.h"
#include "base/memory.h"
#include "panes/images.h"
#include "panes/images_rows.h"
#include "screen/keys.h"

enum { LAYERS = 18, CLASSES = 6 };
static const struct area screen = {0, 0, 19, 60};

static void shows(struct app *a, const struct pane *pane, const char *text, bool wanted)
{
    char *shown = app_fixture_draw(a, pane, screen.rows, screen.columns, GLYPHS_ASCII);
    if (!strstr(shown, text) == wanted)
        fail_msg("'%s' is %sin\n%s", text, wanted ? "not " : "", shown);
    free(shown);
}

static void act(struct app *a, enum action action)
{
    pane_act(&images_pane, a, action, screen);
    pane_prepare(&images_pane, a, screen);
}

static const struct curve_row *row_at(const struct app *a, int at)
{
    return &a->study->curve->rows[images_rows_at(a, at)];
}

/* ---- The list ------------------------------------------------------------------------------------ */

static void test_answers_and_classes(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(LAYERS, CLASSES, 10);
    a->plot.placed = true; /* the layer cursor stays where it is */
    pane_prepare(&images_pane, a, screen);
    assert_int_equal(a->states->lists[STATES_IMAGES].n, 60);
    shows(a, &images_pane, "60 images\n", true);
    act(a, ACTION_ANSWERS);
    assert_int_equal(a->states->lists[STATES_IMAGES].n, 12); /* every fifth is wrong */
    shows(a, &images_pane, "12 wrong of 60 images", true);
    for (int i = 0; i < 12; i++)
        assert_int_not_equal(row_at(a, i)->predicted, row_at(a, i)->class_index);
    bool chosen[CLASSES] = {[2] = true};
    app_choose(a, chosen, NULL);
    pane_prepare(&images_pane, a, screen);
    assert_int_equal(a->states->lists[STATES_IMAGES].n, 2);
    shows(a, &images_pane, "2 wrong of 10 images of C", true);
    act(a, ACTION_ANSWERS);
    assert_int_equal(a->states->lists[STATES_IMAGES].n, 8);
    act(a, ACTION_ANSWERS);
    assert_int_equal(a->states->lists[STATES_IMAGES].n, 10);
    app_fixture_free(a);
}

static void test_sort(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(LAYERS, CLASSES, 10);
    a->plot.placed = true; /* the layer cursor stays where it is */
    pane_prepare(&images_pane, a, screen);
    for (int column = 1; column < IMAGES_COLUMNS; column++) {
        act(a, ACTION_SORT_NEXT);
        assert_int_equal(a->states->columns[STATES_IMAGES].sort, column);
        assert_int_equal(a->states->lists[STATES_IMAGES].n, CLASSES * 10);
        for (int i = 1; i < a->states->lists[STATES_IMAGES].n; i++) {
            const struct curve_row *x = row_at(a, i - 1), *y = row_at(a, i);
            if (column == IMAGES_CLASS)
                assert_true(x->class_index <= y->class_index);
            if (column == IMAGES_SCORE)
                assert_true(x->score >= y->score);
            if (column == IMAGES_IMPORTANCE)
                assert_true(images_rows_importance(a, images_rows_at(a, i - 1), 0) >=
                            images_rows_importance(a, images_rows_at(a, i), 0));
        }
    }
    /* By the importance of the layer under the cursor: another one, another order. */
    a->states->columns[STATES_IMAGES].sort = IMAGES_IMPORTANCE;
    a->states->columns[STATES_IMAGES].descending = true;
    app_move(a, a->plot.cursor + 1);
    assert_int_equal(a->plot.cursor, 1);
    pane_prepare(&images_pane, a, screen);
    for (int i = 1; i < a->states->lists[STATES_IMAGES].n; i++)
        assert_true(images_rows_importance(a, images_rows_at(a, i - 1), 1) >=
                    images_rows_importance(a, images_rows_at(a, i), 1));
    app_fixture_free(a);
}

/* Rows arrive, and the list is filtered: the cursor stays on its image. */
static void test_cursor_stays(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(LAYERS, CLASSES, 10);
    shows(a, &images_pane, "no image is measured yet", true);
    shows(a, &picture_pane, "no image is chosen", true);
    app_fixture_measure(a, 20);
    pane_prepare(&images_pane, a, screen);
    a->states->columns[STATES_IMAGES].sort = IMAGES_CLASS;
    pane_prepare(&images_pane, a, screen);
    for (int i = 0; i < 9; i++)
        act(a, ACTION_DOWN);
    long image = images_rows_chosen(a)->image;
    app_fixture_measure(a, 30);
    pane_prepare(&images_pane, a, screen);
    assert_int_equal(a->states->lists[STATES_IMAGES].n, 50);
    assert_int_equal(images_rows_chosen(a)->image, image);
    act(a, ACTION_SORT_REVERSE); /* then the top is shown */
    assert_int_equal(images_rows_chosen(a)->image, a->study->curve->rows[images_rows_at(a, 0)].image);
    app_fixture_free(a);
}

static void test_filter_and_search(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(LAYERS, CLASSES, 10);
    a->plot.placed = true; /* the layer cursor stays where it is */
    pane_prepare(&images_pane, a, screen);
    act(a, ACTION_FILTER);
    a->prompt.live(a, "b/img-?.png");
    pane_prepare(&images_pane, a, screen);
    assert_int_equal(a->states->lists[STATES_IMAGES].n, 10);
    a->prompt.done(a, "img-3");
    pane_prepare(&images_pane, a, screen);
    assert_int_equal(a->states->lists[STATES_IMAGES].n, CLASSES);
    a->prompt.done(a, "[ab]"); /* names of classes too */
    pane_prepare(&images_pane, a, screen);
    assert_int_equal(a->states->lists[STATES_IMAGES].n, 20);
    shows(a, &images_pane, "20 of 60 images match '[ab]'", true);
    act(a, ACTION_ESCAPE);
    assert_int_equal(a->states->lists[STATES_IMAGES].n, 60);
    act(a, ACTION_SEARCH);
    a->prompt.live(a, "E/img-7");
    a->prompt.done(a, "E/img-7");
    assert_int_equal(images_rows_chosen(a)->image, 47);
    assert_false(pane_act(&images_pane, a, ACTION_MARK, screen));
    app_fixture_free(a);
}

/* ---- The picture --------------------------------------------------------------------------------- */

/* An answer for the image under the cursor: 8 x 8 grey pixels; the map of layer l is 2 x 2, strongest in
 * cell l % 4; layer 5 has none. */
static struct heatmap *answer(struct app *a)
{
    pane_prepare(&images_pane, a, screen);
    struct heatmap *h = memory_new(1, sizeof *h);
    h->image = images_rows_chosen(a)->image;
    h->w = h->h = 8;
    h->rgb = memory_new(64, 3);
    memset(h->rgb, 100, 192);
    h->maps = memory_new(LAYERS, sizeof *h->maps);
    for (int l = 0; l < LAYERS; l++) {
        if (l == 5)
            continue;
        struct heatmap_map *map = &h->maps[h->maps_n++];
        *map = (struct heatmap_map){l, 0.25f, 2, 2, 0.75f, memory_new(4, 1)};
        map->bytes[l % 4] = 255;
    }
    a->study->heatmap = h;
    return h;
}

static void test_words(void **state)
{
    (void)state;
    static const char *const places[] = {"upper left", "upper right", "lower left", "lower right"};
    struct app *a = app_fixture_new(LAYERS, CLASSES, 10);
    a->plot.placed = true; /* the layer cursor stays where it is */
    struct heatmap *h = answer(a);
    for (int l = 0; l < 5; l++) {
        char text[80];
        snprintf(text, sizeof text, "true class: strongest in the %s", places[l % 4]);
        shows(a, &picture_pane, text, true);
        app_move(a, a->plot.cursor + 1);
    }
    shows(a, &picture_pane, "block2_pool has no gradient of its", true);
    app_move(a, a->plot.cursor - 1);
    shows(a, &picture_pane, "block2_conv2: importance 0.25", true);
    memset(h->maps[4].bytes, 255, 4);
    shows(a, &picture_pane, "the same everywhere", true);
    h->maps[4].max = 0;
    memset(h->maps[4].bytes, 0, 4);
    shows(a, &picture_pane, "zero everywhere", true);
    h->error = memory_copy("cannot be decoded");
    shows(a, &picture_pane, "cannot be decoded", true);
    act(a, ACTION_DOWN); /* another image: this answer is not its */
    shows(a, &picture_pane, "the worker is lost (R starts it again)", true);
    app_fixture_free(a);
}

/* Side by side where colours cannot tell them apart, one over the other where they can. */
static void test_overlay(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(LAYERS, CLASSES, 10);
    a->plot.placed = true; /* the layer cursor stays where it is */
    struct canvas *c = canvas_new(screen.rows, screen.columns, GLYPHS_BRAILLE);
    answer(a);
    shows(a, &picture_pane, "M: image, map", true);
    c->colours = 1 << 24;
    picture_pane.draw(a, c, screen, true);
    /* Row 0 is the path; the map's cell of 255 stands in the upper left. */
    int red = c->cells[1 * c->columns].fg >> 16, far = c->cells[11 * c->columns + 20].fg;
    assert_true(red > 200);
    assert_int_equal(far, 0x4b4b4b);
    act(a, ACTION_OVERLAY); /* the image alone */
    picture_pane.draw(a, c, screen, true);
    assert_int_equal(c->cells[1 * c->columns].fg, 0x646464);
    act(a, ACTION_OVERLAY); /* the map alone */
    picture_pane.draw(a, c, screen, true);
    assert_int_equal(c->cells[1 * c->columns].fg, 0xfcffa4);
    /* The theme without colours has none here either. */
    a->settings.theme = THEME_MONO;
    canvas_clear(c);
    picture_pane.draw(a, c, screen, true);
    for (int i = 0; i < c->rows * c->columns; i++)
        assert_int_equal(c->cells[i].fg, CANVAS_NO_COLOUR);
    assert_int_equal(c->colours, 1 << 24);
    canvas_free(c);
    app_fixture_free(a);
}

static void test_sizes(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(LAYERS, 60, 3);
    app_fixture_draw_sizes(a, &images_pane, 20, 90);
    answer(a);
    app_fixture_draw_sizes(a, &picture_pane, 20, 90);
    app_fixture_free(a);
    a = app_fixture_unmeasured(1, 1, 1);
    app_fixture_draw_sizes(a, &images_pane, 20, 90);
    app_fixture_draw_sizes(a, &picture_pane, 20, 90);
    app_fixture_free(a);
}

/* The table of confusions opens on the worst one, and leads to its images. */
static void test_confusion(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 5, 10);
    const struct curve *curve = a->study->curve;
    app_resize(a, 24, 80);
    app_set_view(a, VIEW_CLASSES);
    app_prepare(a);
    app_key(a, '#');
    assert_non_null(a->dialog);
    app_key(a, KEYS_ENTER);
    assert_null(a->dialog);
    assert_int_equal(a->view, VIEW_IMAGES);
    int truth, said, wanted = 0;
    app_prepare(a);
    images_rows_refresh(a);
    assert_true(images_rows_pair(a, &truth, &said));
    assert_true(truth != said);
    for (long i = 0; i < curve->rows_n; i++)
        wanted += curve->rows[i].class_index == truth && curve->rows[i].predicted == said;
    assert_true(wanted > 0);
    assert_int_equal(a->states->lists[STATES_IMAGES].n, wanted);
    app_key(a, 'f');
    assert_false(images_rows_pair(a, &truth, &said));
    images_rows_refresh(a);
    assert_int_equal(a->states->lists[STATES_IMAGES].n, curve->rows_n);
    app_fixture_free(a);
}

/* Of the chosen classes only; the cursor stays on its two classes while images come. */
static void test_confusion_while_measuring(void **state)
{
    (void)state;
    struct app *a = app_fixture_unmeasured(6, 5, 10);
    bool chosen[5] = {false, true, false, true, false};
    app_resize(a, 24, 80);
    app_choose(a, chosen, NULL);
    app_set_view(a, VIEW_CLASSES);
    app_key(a, '#');
    assert_null(a->dialog);
    assert_non_null(strstr(a->journal.lines[a->journal.n - 1].text, "measured yet"));
    app_fixture_measure(a, 20);
    app_key(a, '#');
    app_key(a, 'G'); /* row D, a column right of it where there is one */
    app_key(a, KEYS_RIGHT);
    int at = a->dialog_row;
    assert_int_equal(at / 5, 3);
    app_fixture_measure(a, 30);
    assert_int_equal(a->dialog_row, at);
    app_key(a, 'g');
    assert_int_equal(a->dialog_row / 5, 1);
    app_key(a, KEYS_PAGE_DOWN);
    assert_int_equal(a->dialog_row, at);
    app_key(a, KEYS_LEFT); /* D, taken for C: never */
    app_key(a, KEYS_LEFT);
    app_key(a, KEYS_ENTER);
    assert_non_null(a->dialog);
    app_key(a, KEYS_RIGHT);
    app_key(a, KEYS_RIGHT);
    app_key(a, KEYS_ENTER);
    app_prepare(a);
    for (int i = 0; i < a->states->lists[STATES_IMAGES].n; i++)
        assert_int_equal(a->study->curve->rows[images_rows_at(a, i)].class_index, 3);
    assert_true(a->states->lists[STATES_IMAGES].n > 0);
    app_key(a, KEYS_ESC); /* all again, before the view is left */
    assert_int_equal(a->view, VIEW_IMAGES);
    app_prepare(a);
    assert_int_equal(a->states->lists[STATES_IMAGES].n, 20);
    app_fixture_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_and_classes),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_cursor_stays),
        cmocka_unit_test(test_filter_and_search),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_overlay),
        cmocka_unit_test(test_confusion),
        cmocka_unit_test(test_confusion_while_measuring),
        cmocka_unit_test(test_sizes),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
