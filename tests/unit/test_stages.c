/* A run of both halves as a table with bars: rows by the space there is, medians, 95th percentiles and the
 * plan where they belong, and what is said of a run in each of its phases. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "panes/stages.h"

enum { IMAGES = 4 };

/* Heads of 10, 10, 10 and 20 ms, so that the 95th percentile is 18.5; all else is the same for each image. */
static struct run_state measured(enum run_phase phase, enum exchange_end end)
{
    static const double ms[EXCHANGE_STAGES] = {1, 10, 0.25, 5, 0.125, 2, 1};
    static const int labels[IMAGES] = {0, 1, 2, 2};
    static struct exchange_image images[IMAGES];
    double none[RUN_MEASURES];
    const struct exchange_result result = {
        .answered = IMAGES, .seconds = 0.08, .rtt_ms = 2, .losses = 1, .resent = 3};
    for (int m = 0; m < RUN_MEASURES; m++)
        none[m] = NAN;
    for (int i = 0; i < IMAGES; i++) {
        images[i] =
            (struct exchange_image){.answered = true, .top = i, .whole = EXCHANGE_UNKNOWN, .bytes = 2076};
        memcpy(images[i].ms, ms, sizeof ms);
    }
    images[3].ms[STAGE_HEAD] = 20;
    return (struct run_state){.phase = phase,
                              .end = end,
                              .settled = IMAGES,
                              .n = 8,
                              .summary = run_summary_make(images, labels, IMAGES, -1, "", &result, none)};
}

/* What is drawn in `rows` of a canvas that is larger on all sides, which must stay blank there. New string.
 */
static char *drawn(const struct run_state *state, int rows, int columns, enum glyphs_set glyphs, int chosen)
{
    double plan[RUN_MEASURES];
    char *text = NULL;
    size_t length;
    for (int m = 0; m < RUN_MEASURES; m++)
        plan[m] = NAN;
    plan[STAGE_HEAD] = 11;
    plan[STAGE_WIRE] = 2;
    plan[STAGE_TAIL] = 2;
    const struct stages s = {.state = state, .plan = plan, .title = "halves after layer 3", .chosen = chosen};
    struct canvas *c = canvas_new(rows + 2, columns + 2, glyphs);
    canvas_clear(c);
    stages_draw(&s, c, (struct area){1, 1, rows, columns});
    for (int row = 0; row < c->rows; row++)
        for (int column = 0; column < c->columns; column++)
            if (row == 0 || column == 0 || row > rows || column > columns)
                assert_string_equal(c->cells[row * c->columns + column].text, " ");
    FILE *out = open_memstream(&text, &length);
    canvas_print(c, out);
    fclose(out);
    canvas_free(c);
    return text;
}

static void expect(const struct run_state *state, int rows, int columns, int chosen, const char *wanted)
{
    char *got = drawn(state, rows, columns, GLYPHS_ASCII, chosen);
    if (strcmp(got, wanted) != 0)
        fail_msg("got:\n%swanted:\n%s", got, wanted);
    free(got);
}

static void test_usual(void **state)
{
    (void)state;
    const struct run_state running = measured(RUN_RUNNING, EXCHANGE_DONE);
    expect(&running, 19, 80, STAGE_WIRE,
           "\n"
           " halves after layer 3\n"
           " running: 4 of 8 images  ############################............................\n"
           " ms           median     95 %     plan difference  0                        20 ms\n"
           " decode        1.000    1.000                      =I\n"
           " head          10.00    18.50    11.00     -1.000  =============== o          I\n"
           " encode        0.250    0.250                      I\n"
           " wire          5.000    5.000    2.000     +3.000! ~~~o~~~I\n"
           " tail_decode   0.125    0.125                      I\n"
           " tail          2.000    2.000    2.000      0.000  :::o\n"
           " answer        1.000    1.000                      ~I\n"
           " total         19.38    27.87                      =================~~~~~~~~:::~~\n"
           " throughput    50.00                               images/s, one at a time\n"
           " bytes          2076     2076\n"
           " accuracy     75.0 %                               30.1 to 95.4 % of 4\n"
           " agreement         ?\n"
           "\n"
           " = here  ~ between  : there  I 95 %  o the plan  ! off by more than 15 %\n"
           " shortest round trip 2 ms; connection lost 1 times, 3 frames sent again\n"
           " wire: until the frame is there, waiting for a busy tail included\n"
           "\n");
}

static void test_small(void **state)
{
    (void)state;
    const struct run_state running = measured(RUN_RUNNING, EXCHANGE_DONE);
    expect(&running, 8, 40, 0,
           "\n"
           " 4/8  19.38 ms  50.00/s  75.0 %\n"
           " decode        1.000           I\n"
           " head          10.00    11.00  =====o  I\n"
           " encode        0.250           I\n"
           " wire          5.000    2.000  ~oI\n"
           " tail_decode   0.125           I\n"
           " tail          2.000    2.000  :o\n"
           " answer        1.000           I\n"
           "\n");
}

/* The row of each measure is where it is drawn. */
static void test_rows(void **state)
{
    (void)state;
    const struct run_state running = measured(RUN_RUNNING, EXCHANGE_DONE);
    for (int rows = 2; rows <= 24; rows++) {
        char *text = drawn(&running, rows, 80, GLYPHS_ASCII, -1);
        int seen = 0, row = -1; /* the blank row above */
        for (char *line = text; *line; line = strchr(line, '\n') + 1, row++) {
            int measure = row < 0 ? -1 : stages_at(rows, row);
            if (measure < 0)
                continue;
            const char *name = running.summary.rows[measure].name;
            assert_int_equal(measure, seen++);
            assert_memory_equal(line + 1, name, strlen(name));
        }
        assert_int_equal(seen, rows - 1 < stages_shown(rows) ? rows - 1 : stages_shown(rows));
        free(text);
    }
}

static void test_every_size(void **state)
{
    (void)state;
    const struct run_state empty = {.phase = RUN_CONNECTING, .summary = measured(RUN_RUNNING, 0).summary};
    struct run_state states[] = {measured(RUN_RUNNING, 0), measured(RUN_LOST, 0), measured(RUN_COMPARING, 0),
                                 measured(RUN_OVER, EXCHANGE_LOST), empty};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        for (int rows = 1; rows <= 24; rows++)
            for (int columns = 20; columns <= 140; columns += 7)
                for (enum glyphs_set glyphs = 0; glyphs < GLYPHS_SETS; glyphs++)
                    free(drawn(&states[i], rows, columns, glyphs, rows - 5));
}

static void expect_status(enum run_phase phase, enum exchange_end end, const char *wanted)
{
    const struct run_state s = measured(phase, end);
    char *got = stages_status(&s);
    assert_string_equal(got, wanted);
    free(got);
}

static void test_status(void **state)
{
    (void)state;
    expect_status(RUN_LOOKING, 0, "looking for images");
    expect_status(RUN_CONNECTING, 0, "starting both halves; 8 images");
    expect_status(RUN_RUNNING, 0, "running: 4 of 8 images");
    expect_status(RUN_LOST, 0, "connection lost, made again: 4 of 8 images");
    expect_status(RUN_COMPARING, 0, "running the whole network: 0 of 4 images");
    expect_status(RUN_OVER, EXCHANGE_DONE, "done: 4 of 8 images answered");
    expect_status(RUN_OVER, EXCHANGE_INTERRUPTED, "stopped: 4 of 8 images answered");
    expect_status(RUN_OVER, EXCHANGE_LOST, "ended: 4 of 8 images answered");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_usual), cmocka_unit_test(test_small),
                                       cmocka_unit_test(test_rows), cmocka_unit_test(test_every_size),
                                       cmocka_unit_test(test_status)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
