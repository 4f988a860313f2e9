/* Images through halves that lie. This program is also the head and the tail that it starts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/process.h"
#include "study/exchange.h"
#include "half/pipe.h"
#include "half/talk.h"

enum { IMAGES = 3, SCORES = 2, HASH = 7 };

/* ---- The halves ---------------------------------------------------------------------------------------- */

/* A frame without a payload, for each name that comes. */
static int be_head(void)
{
    struct error e;
    unsigned char frame[FRAME_EXTRA] = {'I', 'S', 'F', FRAME_VERSION};
    for (uint32_t image = 0;;) {
        int c = getchar();
        if (c == EOF)
            return 0;
        if (c)
            continue;
        int64_t now = clock_ns();
        const struct talk_times times = {now, now, now, now};
        pipe_write(STDOUT_FILENO, TALK_TIMES, image, &times, sizeof times, NULL, 0, &e);
        memcpy(frame + 12, &image, sizeof image);
        pipe_write_all(STDOUT_FILENO, frame, sizeof frame, &e);
        image++;
    }
}

/* Takes names and answers none, as one that was stopped. */
static int be_silent(void)
{
    while (getchar() != EOF)
        ;
    return 0;
}

/* What it makes of the moments of a reply or an answer, [n] in their order. */
static void lie(const char *how, int64_t *moments, int n)
{
    for (int i = 0; i < n; i++)
        moments[i] = strcmp(how, "far") == 0      ? moments[i] - INT64_C(2000000000000000000)
                     : strcmp(how, "wide") == 0   ? (i == 0 ? INT64_MIN : INT64_MAX)
                     : strcmp(how, "behind") == 0 ? INT64_MIN + i
                     : strcmp(how, "turned") == 0 ? moments[i] - 1000 * i
                                                  : moments[i];
}

/* "REPLY ANSWER": how it lies in each. */
static int be_tail(const char *reply, const char *answer)
{
    struct error e;
    struct talk_message m;
    int64_t now;
    const struct talk_hello hello = {HASH, SCORES, 0};
    struct pipe_reader *in = pipe_reader_new(STDIN_FILENO, 1 << 16, &e);
    pipe_write(STDOUT_FILENO, TALK_HELLO, 0, &hello, sizeof hello, NULL, 0, &e);
    while (pipe_read(in, &m, &now, &e) > 0 && m.kind != TALK_BYE) {
        int64_t moments[3] = {now, now, now};
        lie(m.kind == TALK_PROBE ? reply : answer, moments, m.kind == TALK_PROBE ? 2 : 3);
        const struct talk_stamps stamps = {moments[0], moments[1]};
        const float scores[SCORES] = {0, 1};
        const struct talk_answer a = {moments[0], moments[1], moments[2],
                                      strcmp(answer, "class") == 0 ? SCORES : 1, SCORES};
        if (m.kind == TALK_PROBE)
            pipe_write(STDOUT_FILENO, TALK_REPLY, m.number, &stamps, sizeof stamps, NULL, 0, &e);
        else
            pipe_write(STDOUT_FILENO, TALK_ANSWER, m.number, &a, sizeof a, scores, sizeof scores, &e);
    }
    pipe_reader_free(in);
    return 0;
}

/* ---- Through them -------------------------------------------------------------------------------------- */

static char *own_path(void)
{
    char *path = memory_new(1, 4096);
    assert_true(readlink("/proc/self/exe", path, 4095) > 0);
    return path;
}

static enum exchange_end run(const char *reply, const char *answer, struct exchange_image *images,
                             struct error *e)
{
    static const volatile sig_atomic_t signals;
    const struct exchange_listener listener = {0};
    struct exchange_result result;
    char *program = own_path();
    char *command = memory_format("exec '%s' tail %s %s", program, reply, answer);
    const struct exchange_cut cut = {
        .folder = "halves", .sheet = {.hash = HASH}, .command = command, .program = program, .timeout_s = 60};
    enum exchange_end end = exchange_run(&cut, 1, images, IMAGES, &listener, &signals, &result, e);
    free(command);
    free(program);
    return end;
}

static void test_moments(void **state)
{
    static const char *const sound[] = {"plain", "far"}, *const wrong[] = {"wide", "behind", "turned"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct exchange_image images[IMAGES] = {{.file = "a"}, {.file = "b"}, {.file = "c"}};
        struct error e = {""};
        assert_int_equal(run(sound[i], sound[i], images, &e), EXCHANGE_DONE);
        for (int k = 0; k < IMAGES; k++) {
            assert_true(images[k].answered && images[k].top == 1);
            for (int stage = 0; stage < EXCHANGE_STAGES; stage++)
                assert_true(images[k].ms[stage] >= 0 && images[k].ms[stage] < 1e6);
        }
    }
    for (int i = 0; i < 6; i++) {
        struct exchange_image images[IMAGES] = {{.file = "a"}, {.file = "b"}, {.file = "c"}};
        struct error e = {""};
        const char *reply = i < 3 ? wrong[i] : "plain", *answer = i < 3 ? "plain" : wrong[i - 3];
        assert_int_equal(run(reply, answer, images, &e), EXCHANGE_LOST);
        assert_non_null(strstr(e.text, "the tail answers what was not asked"));
        assert_false(images[0].answered);
    }
}

static void test_classes(void **state)
{
    struct exchange_image images[IMAGES] = {{.file = "a"}, {.file = "b"}, {.file = "c"}};
    struct error e = {""};
    (void)state;
    assert_int_equal(run("plain", "class", images, &e), EXCHANGE_LOST);
    assert_false(images[0].answered);
}

/* Agreement is not worth waiting for without end. */
static void test_a_silent_whole(void **state)
{
    static const volatile sig_atomic_t signals;
    const struct exchange_listener listener = {0};
    struct exchange_image images[IMAGES] = {{.file = "a", .answered = true}, {.file = "b", .answered = true}};
    struct error e = {""};
    (void)state;
    const struct exchange_cut cut = {.folder = "halves", .program = own_path(), .timeout_s = 0.2};
    assert_int_equal(exchange_whole(&cut, 0, images, IMAGES, &listener, &signals, &e), EXCHANGE_LOST);
    assert_string_equal(e.text, "no answer from the whole network for 0.2 s");
    free(cut.program);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_a_silent_whole),
    };
    if (process_begin() < 0)
        return 1;
    if (argc > 1 && strcmp(argv[1], "head") == 0)
        return be_head();
    if (argc > 1 && strcmp(argv[1], "whole") == 0)
        return be_silent();
    if (argc == 4 && strcmp(argv[1], "tail") == 0)
        return be_tail(argv[2], argv[3]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
