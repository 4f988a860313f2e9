/* View 0: bytes against accuracy on the screen and as a figure. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app_fixture.h"
#include "features/measured_pictures.h"
#include "panes/pane.h"
#include "panes/rate.h"
#include "panes/states.h"

enum { LAYERS = 4, ROWS = 9 };

static const struct area screen = {0, 0, 20, 80};

/* The second cut is right at 90 % with 4 bits already; of the fourth nothing is known. */
static struct feature rows[ROWS];
static struct picture_rate pictures[] = {
    {PICTURES_STORED, {3000, 3000, 3000}, {.92, .9, .95}, {1, 1, 1}},
    {90, {1000, 1000, 1000}, {.91, .9, .95}, {.99, .9, 1}},
    {20, {200, 200, 200}, {.6, .5, .7}, {.7, .6, .8}},
};

static const struct features *measured(void)
{
    static const enum dtype types[] = {DTYPE_F32, DTYPE_INT8, DTYPE_INT4};
    static const double right[3][3] = {{.92, .92, .5}, {.92, .92, .9}, {.92, .91, .8}};
    static struct features f;
    for (int i = 0; i < ROWS; i++) {
        double bytes = 40960 / (1 << (3 * (i % 3))) / (1 + i / 3), share = right[i / 3][i % 3];
        rows[i] = (struct feature){.layer = i / 3,
                                   .type = types[i % 3],
                                   .coder = CODER_LZMA,
                                   .coded = {bytes, bytes, bytes},
                                   .correct = {share, share, share},
                                   .images = 100,
                                   .agrees = {share + .05, share, 1}};
    }
    f = (struct features){.rows = rows, .rows_n = ROWS, .images = 100, .pictures = pictures, .pictures_n = 3};
    return &f;
}

static struct app *new_app(bool known)
{
    struct app *a = app_fixture_new(LAYERS, 3, 10);
    a->view = VIEW_RATE;
    pane_prepare(&rate_pane, a, screen);
    if (known)
        a->planning.deployment.cost_model.features = measured();
    return a;
}

static char *drawn(struct app *a)
{
    return app_fixture_draw(a, &rate_pane, screen.rows, screen.columns, GLYPHS_ASCII);
}

static void expect_part(struct app *a, const char *part)
{
    char *got = drawn(a);
    if (!strstr(got, part))
        fail_msg("no '%s' in:\n%s", part, got);
    free(got);
}

static void test_words(void **state)
{
    (void)state;
    struct app *a = new_app(true);
    a->settings.bytes = DTYPE_INT4;
    app_move(a, 1);
    expect_part(a, "block1_conv2  int4 lzma: 320 B, 90.0 %  BD-rate -");
    expect_part(a, "over 90.0-91.0 %");
    expect_part(a, "accuracy %");
    a->settings.bytes = DTYPE_F32;
    expect_part(a, "f32 lzma: 20.0 KiB, 92.0 %  a picture: 2.9 KiB");
    assert_true(pane_act(&rate_pane, a, ACTION_AGREEMENT, screen));
    expect_part(a, "agreement %");
    app_move(a, 3);
    expect_part(a, "not measured");
    assert_true(pane_act(&rate_pane, a, ACTION_UP, screen));
    assert_int_equal(a->plot.cursor, 2);
    app_fixture_free(a);
}

/* Signs stand where their points are: stored lies above and right of the JPEGs, 4 left of 8. */
static void test_signs(void **state)
{
    (void)state;
    struct app *a = new_app(true);
    app_move(a, 1);
    char *text = drawn(a);
    int row = 0, at[128][2] = {{0}};
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), row++)
        for (int i = 8; line[i] && row > 1 && row < screen.rows - 1; i++) {
            at[(unsigned char)line[i]][0] = row;
            at[(unsigned char)line[i]][1] = i;
        }
    assert_true(at['s'][1] > at['j'][1] && at['s'][0] < at['j'][0]);
    assert_true(at['4'][1] < at['8'][1] && at['8'][1] < at['f'][1] && at['4'][0] > at['8'][0]);
    free(text);
    pane_click(&rate_pane, a, screen, at['4'][0], at['4'][1]);
    assert_int_equal(a->plot.cursor, 1);
    app_fixture_free(a);
}

static void test_unknown(void **state)
{
    (void)state;
    struct app *a = new_app(false);
    expect_part(a, "block1_conv1: accuracy against bytes is not known");
    assert_false(rate_is_known(a));
    app_fixture_draw_sizes(a, &rate_pane, 30, 60);
    app_fixture_free(a);
}

static void test_sizes(void **state)
{
    (void)state;
    struct app *a = new_app(true);
    app_fixture_draw_sizes(a, &rate_pane, 44, 140);
    app_fixture_free(a);
}

static int count(const char *text, const char *part)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++)
        n++;
    return n;
}

static void test_figure(void **state)
{
    (void)state;
    struct app *a = new_app(true);
    char *text = NULL;
    size_t size;
    planning_refresh(a);
    assert_true(rate_is_known(a));
    FILE *out = open_memstream(&text, &size);
    rate_figure(a, out);
    fclose(out);
    assert_non_null(strstr(text, "<title>Accuracy against bytes</title>"));
    for (int i = 0; i < 3; i++)
        assert_int_equal(
            count(text, (const char *[]){">block1_conv1<", ">block1_conv2<", ">block1_pool<"}[i]), 1);
    assert_int_equal(count(text, "the picture as JPEG"), 1);
    assert_true(!strstr(text, "nan") && !strstr(text, "inf"));
    /* Every point once, and one for each line of the legend. */
    assert_int_equal(count(text, "r=\"0.550\" fill=\"#808080\""), 3);
    assert_int_equal(count(text, "</svg>"), 1);
    free(text);
    app_fixture_free(a);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words), cmocka_unit_test(test_signs),  cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_sizes), cmocka_unit_test(test_figure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
