/* The study without a screen or a command: a reporter that only counts, against the made-up worker of the
 * end-to-end tests. */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "folder_fixture.h"
#include "net/definition.h"
#include "study/study.h"

enum { MOST = 800 };

/* A reporter's notes, and the conversation that a command would have opened. */
struct heard {
    long news[STUDY_NEWS];
    char last[STUDY_NEWS][200];
    long steps, ended; /* how far it is; that a step is over */
    volatile sig_atomic_t signals;
    long interrupt_at; /* images after which a signal comes; 0: none */
    struct connection *connection;
    struct options options;
    struct inputs inputs;
    char *command;
};

static void on_say(void *data, enum study_news news, const char *text)
{
    struct heard *h = data;
    h->news[news]++;
    snprintf(h->last[news], sizeof h->last[news], "%s", text);
}

static void on_progress(void *data, const char *what, long done, long of)
{
    struct heard *h = data;
    h->steps += what != NULL;
    h->ended += what == NULL;
    assert_true(done <= of || of == 0);
    if (what && h->interrupt_at && done >= h->interrupt_at)
        h->signals = 1;
}

static struct heard hear(const char *worker)
{
    struct heard h = {.options = options_default()};
    h.command = memory_format("exec tests/e2e/fake_engine.py %s", worker);
    h.options.engines[0] = h.command;
    return h;
}

static struct inputs inputs_named(void)
{
    return (struct inputs){.cfg = memory_copy("a.cfg"),
                           .weights = memory_copy("a.weights"),
                           .data = memory_copy("data"),
                           .named = memory_copy("a.cfg")};
}

static void answer(struct heard *h, int status)
{
    struct error e = {""};
    assert_int_equal(status, 0);
    if (connection_wait(h->connection, &h->signals, NULL, NULL, &e) != CONNECTION_DONE)
        fail_msg("%s", e.text);
}

/* A command's study of the images in their order, and how it ended. */
static enum connection_end measure(struct heard *h, struct store *store, struct study **study)
{
    static const bool all[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const bool *const curves[] = {all};
    const struct study_reporter reporter = {h, on_say, on_progress};
    struct error e = {""};
    struct images_request data = {.data = (char[]){"data"}, .stamps = true};
    h->connection = connection_start(h->options.engines[0], NULL, &e);
    assert_non_null(h->connection);
    answer(h, 0);
    answer(h, connection_open(h->connection, "a.cfg", "a.weights", EPSILON_HEADER, &e));
    answer(h, connection_list(h->connection, &data, &e));
    h->inputs = inputs_named();
    *study = study_new_lent(h->connection, &h->inputs, &h->options, &reporter);
    assert_int_equal(study_choose(*study, all, curves, 1, &e), 0);
    study_use_store(*study, store);
    enum connection_end end = study_wait(*study, &h->signals, &e);
    if (end == CONNECTION_REFUSED || end == CONNECTION_GONE)
        assert_string_not_equal(e.text, "");
    return end;
}

static void finish(struct heard *h, struct study *s)
{
    study_free(s);
    connection_free(h->connection);
    inputs_free(&h->inputs);
    free(h->command);
}

static void test_waits_for_all(void **state)
{
    (void)state;
    struct heard h = hear("--skip 3 --nonfinite 8 11");
    struct study *s;
    assert_int_equal(measure(&h, NULL, &s), CONNECTION_DONE);
    assert_true(s->state == STUDY_DONE && s->curve->rows_n == 37 && s->settled_n == 40);
    assert_int_equal(excluded_count(&s->excluded, EXCLUDED_UNDECODABLE), 1);
    assert_int_equal(excluded_count(&s->excluded, EXCLUDED_NONFINITE), 2);
    assert_int_equal(excluded_find(&s->excluded, 11), EXCLUDED_NONFINITE);
    assert_int_equal(h.news[STUDY_EXCLUDED], 3);
    assert_non_null(strstr(h.last[STUDY_EXCLUDED], "is not finite"));
    assert_true(h.ended > 0);
    assert_string_equal(s->run.tuning.hash, "00000000deadbeef");
    assert_null(h.connection->listener.log); /* given back */
    finish(&h, s);
}

static void test_a_worker_that_dies_ends_it(void **state)
{
    (void)state;
    struct heard h = hear("--die-after 5");
    struct study *s;
    assert_int_equal(measure(&h, NULL, &s), CONNECTION_GONE);
    assert_int_equal(s->curve->rows_n, 5);
    assert_int_equal(h.news[STUDY_GONE] + h.news[STUDY_ENDED], 0); /* whoever waits says it */
    finish(&h, s);
}

static void test_a_signal_stops_in_order(void **state)
{
    (void)state;
    struct heard h = hear("--slow 0.05");
    struct study *s;
    h.interrupt_at = 2;
    assert_int_equal(measure(&h, NULL, &s), CONNECTION_INTERRUPTED);
    assert_true(s->curve->rows_n >= 2 && s->curve->rows_n < 40);
    assert_int_equal(h.connection->state, CONNECTION_IDLE); /* the batch under way was finished */
    finish(&h, s);
}

/* What one study keeps the next one does not measure. */
static void test_recalls(void **state)
{
    (void)state;
    char *folder = fixture_folder();
    char *path = fixture_in(folder, "rows.db");
    for (int again = 0; again < 2; again++) {
        struct error e;
        struct heard h = hear("--skip 3");
        struct study *s;
        struct store *store = store_open(path, STORE_WRITE, NULL, &e);
        assert_non_null(store);
        assert_int_equal(measure(&h, store, &s), CONNECTION_DONE);
        assert_int_equal(s->curve->rows_n, 39);
        assert_int_equal(study_recalled_rows(s), again ? 39 : 0);
        assert_int_equal(h.connection->results, again ? 0 : 39);
        assert_int_equal(h.news[STUDY_RECALLED], again);
        assert_int_equal(h.news[STUDY_EXCLUDED], 1);
        finish(&h, s);
        store_close(store);
    }
    free(path);
    fixture_folder_remove(folder);
}

/* As the screen leads it. */
static void step_to_end(struct study *s)
{
    struct error e;
    for (;;) {
        struct pollfd fds[STUDY_POLLS];
        bool more = study_is_ready(s) && study_look_stable(s);
        if (study_is_settled(s) && !more)
            break;
        poll(fds, (nfds_t)study_polls(s, fds), more ? 0 : study_timeout(s));
        study_step(s);
        if (s->state == STUDY_LOST && study_restart(s, &e) < 0)
            fail_msg("%s", e.text);
    }
}

static struct study *stepped(struct heard *h)
{
    const struct study_reporter reporter = {.data = h, .say = on_say};
    struct inputs inputs = inputs_named();
    struct error e;
    struct study *s = study_open(&inputs, &h->options, &reporter, &e);
    assert_non_null(s);
    step_to_end(s);
    assert_int_equal(s->state, STUDY_DONE);
    return s;
}

static void test_goes_on_after_a_death(void **state)
{
    (void)state;
    struct heard h = hear("--poison 7");
    struct study *s = stepped(&h);
    assert_int_equal(s->curve->rows_n, 39);
    assert_int_equal(excluded_find(&s->excluded, 7), EXCLUDED_UNDECODABLE);
    assert_int_equal(h.news[STUDY_KILLED], 1);
    assert_true(h.news[STUDY_GONE] == h.news[STUDY_AGAIN] && h.news[STUDY_GONE] >= 2);
    finish(&h, s);
}

/* Waited for or stepped, the pick is stable at the same image, and the rows are the same. */
static void test_stable_either_way(void **state)
{
    (void)state;
    struct heard waits = hear("--layers 18 --images 400"), steps = hear("--layers 18 --images 400");
    struct study *a;
    waits.options.measure.until_stable = steps.options.measure.until_stable = 0.9;
    assert_int_equal(measure(&waits, NULL, &a), CONNECTION_DONE);
    assert_true(study_settle_stable(a, &waits.signals));
    struct study *b = stepped(&steps);
    assert_true(study_stopped_early(b));
    assert_true(a->order_n < 400 && a->order_n == b->order_n && a->curve->rows_n == b->curve->rows_n);
    assert_int_equal(waits.news[STUDY_STABLE], 1);
    assert_int_equal(steps.news[STUDY_STABLE], 1);
    assert_int_equal(steps.news[STUDY_UNSTABLE], 0);
    assert_non_null(strstr(steps.last[STUDY_STABLE], "stable at 0.9 after"));
    finish(&waits, a);
    finish(&steps, b);
}

/* What guessing reaches is no better than chance; what is above it, but not by enough, is not called so. */
static void chance_is_worded_by_the_test(void **state)
{
    (void)state;
    const struct curve_accuracy at = {
        .images = 40, .correct = 10, .chance = 0.25, .by_chance = 0.56, .near_chance = true};
    const struct curve_accuracy above = {
        .images = 25, .correct = 2, .chance = 1.0 / 62, .by_chance = 0.061, .near_chance = true};
    const struct curve_accuracy clear = {.images = 50, .correct = 4, .chance = 1.0 / 62, .by_chance = 0.0086};
    char *words = study_chance_words(&at);
    assert_non_null(strstr(words, "accuracy 25.0 % is no better than chance (25.0 %)"));
    free(words);
    words = study_chance_words(&above);
    assert_non_null(strstr(
        words, "accuracy 8.0 % of 25 images can be chance (1.6 %; as many right with probability 0.06)"));
    assert_null(strstr(words, "no better"));
    free(words);
    assert_null(study_chance_words(&clear));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chance_is_worded_by_the_test),
        cmocka_unit_test(test_waits_for_all),
        cmocka_unit_test(test_a_worker_that_dies_ends_it),
        cmocka_unit_test(test_a_signal_stops_in_order),
        cmocka_unit_test(test_recalls),
        cmocka_unit_test(test_goes_on_after_a_death),
        cmocka_unit_test(test_stable_either_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
