/* Cutting from the screen: what is asked before, what is refused, and what a worker that is none does to it.
 * What a cut gives is in tests/e2e/test_screen_plan.py. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "app/partitioning.h"
#include "app_fixture.h"
#include "base/clock.h"
#include "base/memory.h"
#include "study/saved_rows.h"
#include "folder_fixture.h"
#include "screen/keys.h"

enum { PATIENCE_MS = 60000 };

static void expect_said(const struct app *a, const char *part)
{
    const char *said = a->journal.n ? a->journal.lines[a->journal.n - 1].text : "";
    if (!strstr(said, part))
        fail_msg("'%s' does not hold '%s'", said, part);
}

/* Answers the prompt with a path below the folder. */
static void answer(struct app *a, const char *name)
{
    char *path = fixture_in(fixture_group_folder, name);
    assert_true(a->prompt.open);
    prompt_key(a, &a->prompt, KEYS_CTRL('U'));
    for (const char *p = path; *p; p++)
        prompt_key(a, &a->prompt, (unsigned char)*p);
    prompt_key(a, &a->prompt, KEYS_ENTER);
    free(path);
}

static void put(const char *name)
{
    char *path = fixture_in(fixture_group_folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    free(path);
}

static void make(const char *name)
{
    char *path = fixture_in(fixture_group_folder, name);
    assert_int_equal(mkdir(path, 0777), 0);
    free(path);
}

static void test_usual_folder(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 3, 2);
    partitioning_ask(a, 2);
    assert_string_equal(a->prompt.text, "./letters-vgg16-block1_pool");
    prompt_key(a, &a->prompt, KEYS_ESC);
    assert_false(partitioning_runs(a));
    assert_null(a->partitioning);
    /* A name is no path. */
    struct table_row *row = &((struct table_row *)a->study->table->rows)[2];
    snprintf(row->name, sizeof row->name, "a/b");
    partitioning_ask(a, 2);
    assert_string_equal(a->prompt.text, "./letters-vgg16-a_b");
    app_fixture_free(a); /* with the question open */
}

/* The question says how split.csv will have it sent: in the dtype on the screen. */
static void test_how_it_is_sent(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 3, 2);
    struct connection none = {.table = (struct table *)a->study->table};
    a->study->connection = &none;
    partitioning_ask(a, 2);
    assert_string_equal(a->prompt.label, "cut after block1_pool into: ");
    a->settings.bytes = DTYPE_F16;
    partitioning_ask(a, 2);
    assert_string_equal(a->prompt.label, "cut after block1_pool, sent as f16, into: ");
    a->options.cost_model.coder = CODER_LZMA;
    partitioning_ask(a, 2);
    assert_string_equal(a->prompt.label, "cut after block1_pool, sent as f16 by lzma, into: ");
    a->settings.bytes = DTYPE_INT6; /* whose range nobody has measured */
    partitioning_ask(a, 2);
    assert_string_equal(a->prompt.label, "cut after block1_pool, sent as f32 by lzma, into: ");
    expect_said(a, "split.csv will say f32: --dtype int6 needs --features FILE");
    a->study->connection = NULL;
    app_fixture_free(a);
}

static void test_no_folder(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 3, 2);
    put("file");
    partitioning_ask(a, 2);
    answer(a, "file");
    expect_said(a, "is no folder");
    assert_false(partitioning_runs(a));
    partitioning_ask(a, 2);
    prompt_key(a, &a->prompt, KEYS_CTRL('U'));
    prompt_key(a, &a->prompt, KEYS_ENTER); /* nothing typed: nothing cut */
    assert_false(partitioning_runs(a));
    assert_null(a->partitioning);
    app_fixture_free(a);
}

/* Any file of a split there is worth a question, and no is an answer. */
static void test_question(void **state)
{
    (void)state;
    static const char *const files[] = {"split.csv", "head.cfg", "tail.weights"};
    struct app *a = app_fixture_new(6, 3, 2);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char *name = memory_format("there%zu", i), *file = memory_format("there%zu/%s", i, files[i]);
        make(name);
        put(file);
        partitioning_ask(a, 2);
        answer(a, name);
        assert_true(a->prompt.open && a->prompt.kind == PROMPT_KEY);
        assert_non_null(strstr(a->prompt.label, "replace it? (y/n)"));
        prompt_key(a, &a->prompt, 'n');
        expect_said(a, "nothing was cut");
        assert_false(partitioning_runs(a));
        free(name);
        free(file);
    }
    app_fixture_free(a);
}

static void test_saved_rows(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 3, 2);
    struct saved_rows none = {.cfg = NULL};
    a->study->saved_rows = &none;
    partitioning_ask(a, 2);
    expect_said(a, "there is no network to cut: the rows come from cfg/letters.data");
    assert_false(a->prompt.open);
    a->study->saved_rows = NULL;
    app_fixture_free(a);
}

/* The error is told once, and nothing is left of it. */
static void test_worker_that_is_none(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 3, 2);
    a->study->options.engines[0] = "exit 7";
    partitioning_ask(a, 2);
    answer(a, "new");
    assert_true(partitioning_runs(a));
    char *text = partitioning_text(a);
    assert_string_equal(text, "cutting after block1_pool: starting a worker (Esc stops it)");
    free(text);
    int64_t end = clock_ms() + PATIENCE_MS;
    while (partitioning_runs(a) && clock_ms() < end) {
        struct pollfd fds[PARTITIONING_POLLS];
        int ms = partitioning_timeout(a);
        poll(fds, (nfds_t)partitioning_polls(a, fds), ms < 0 || ms > 50 ? 50 : ms);
        partitioning_step(a);
    }
    assert_false(partitioning_runs(a));
    expect_said(a, "the network is not cut: ");
    assert_int_equal(a->journal.n, 1);
    assert_int_equal(partitioning_timeout(a), -1);
    app_fixture_free(a);
}

/* Before the worker has anything to clear up, it is simply let go. */
static void test_stopped_early(void **state)
{
    (void)state;
    struct app *a = app_fixture_new(6, 3, 2);
    a->study->options.engines[0] = "sleep 1000";
    partitioning_ask(a, 2);
    answer(a, "new");
    assert_true(partitioning_runs(a));
    partitioning_ask(a, 3);
    expect_said(a, "the cut after block1_pool is still being made");
    app_act(a, ACTION_ESCAPE);
    expect_said(a, "nothing is written");
    assert_false(partitioning_runs(a));
    partitioning_ask(a, 3);
    answer(a, "new");
    app_act(a, ACTION_QUIT);
    assert_false(a->loop.quit);
    assert_non_null(strstr(a->prompt.label, "stop that and leave"));
    prompt_key(a, &a->prompt, 'y');
    assert_true(a->loop.quit);
    app_fixture_free(a); /* with a worker that never says a word */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_folder),  cmocka_unit_test(test_how_it_is_sent),
        cmocka_unit_test(test_no_folder),     cmocka_unit_test(test_question),
        cmocka_unit_test(test_saved_rows),    cmocka_unit_test(test_worker_that_is_none),
        cmocka_unit_test(test_stopped_early),
    };
    signal(SIGPIPE, SIG_IGN); /* as the program does: a worker may be gone before it is written to */
    return cmocka_run_group_tests(tests, fixture_group_begin, fixture_group_end);
}
