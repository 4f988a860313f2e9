#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "half/answer.h"
#include "half/half.h"
#include "half/modes.h"
#include "half/pipe.h"

/* A tail, or what answers probes only. */
struct tail {
    bool text; /* answers as lines */
    struct half_sheet sheet;
    struct half *half; /* NULL: probes only */
    struct frames *frames;
    struct pipe_reader *reader;
    unsigned char *reply; // [TALK_PROBE_MAX] zeros, from the first probe on
    bool seen;            /* a frame has come */
    uint32_t last;        /* its number */
    bool gone;            /* the other side is, and need not be told anything */
};

/* ---- Whoever asks may go ---------------------------------------------------------------------------- */

/* Set once nobody is waited for any more. */
static atomic_bool tail_finished;

/* A slow network is not run to its end for nobody. */
static void *tail_watch(void *unused)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    (void)unused;
    while (poll(&out, 1, -1) < 0 || !(out.revents & (POLLERR | POLLHUP | POLLNVAL)))
        if (out.revents & POLLNVAL)
            return NULL;
    if (!atomic_load(&tail_finished))
        _exit(mode_fail("the other side is gone"));
    return NULL;
}

static void tail_start_watch(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, tail_watch, NULL) == 0)
        pthread_detach(thread);
}

/* ---- Messages --------------------------------------------------------------------------------------- */

/* The tensor of a frame that comes in its turn. */
static const float *tail_read_frame(struct tail *t, const struct talk_message *m, struct error *e)
{
    uint32_t image;
    struct error why;
    const float *x = NULL;
    if (!t->half)
        error_set(e, "a frame came, but only probes are answered here (expected isplit-half tail DIR)");
    else if (!(x = frames_read(t->frames, m->payload, m->length, &image, &why)))
        error_set(e, "standard input: %s", why.text);
    else if (t->seen && image <= t->last)
        error_set(e,
                  "standard input: frame %" PRIu32 " came after frame %" PRIu32
                  " (expected each once, in order)",
                  image, t->last);
    else {
        t->seen = true;
        t->last = image;
        return x;
    }
    return NULL;
}

static int tail_frame(struct tail *t, const struct talk_message *m, int64_t received, struct error *e)
{
    struct talk_answer a = {.received = received};
    const float *x = tail_read_frame(t, m, e);
    if (!x)
        return -1;
    a.decoded = clock_ns();
    const float *scores = half_run(t->half, x, e);
    if (!scores)
        return -1;
    a.done = clock_ns();
    return answer_write(t->half, &a, m->number, scores, t->text, e);
}

static int tail_probe(struct tail *t, const struct talk_message *m, int64_t received, struct error *e)
{
    uint32_t wanted;
    if (talk_take(m, &wanted, sizeof wanted, true, e) < 0)
        return -1;
    if (wanted > TALK_PROBE_MAX)
        return error_set(e, "a probe asks for %" PRIu32 " bytes (expected at most %zu)", wanted,
                         TALK_PROBE_MAX);
    if (!t->reply && !(t->reply = memory_try(TALK_PROBE_MAX, 1)))
        return error_set(e, "no memory to answer probes");
    struct talk_stamps stamps = {.received = received, .sent = clock_ns()};
    return pipe_write(STDOUT_FILENO, TALK_REPLY, m->number, &stamps, sizeof stamps, t->reply, wanted, e);
}

/* 1: go on; 0: that was all. */
static int tail_take(struct tail *t, const struct talk_message *m, int64_t received, struct error *e)
{
    switch (m->kind) {
    case TALK_FRAME:
        return tail_frame(t, m, received, e) < 0 ? -1 : 1;
    case TALK_PROBE:
        return tail_probe(t, m, received, e) < 0 ? -1 : 1;
    case TALK_TIMES:
    case TALK_SKIPPED:
        return 1;
    case TALK_BYE:
        return 0;
    default:
        return error_set(e, "a message of kind '%c' came (expected frames and probes)", m->kind);
    }
}

/* ---- All of it -------------------------------------------------------------------------------------- */

static int tail_open(struct tail *t, const char *folder, const struct half_runtime *runtime, struct error *e)
{
    size_t most = TALK_PROBE_MAX;
    if (folder) {
        if (half_sheet_read(folder, &t->sheet, e) < 0)
            return -1;
        t->half = half_open(folder, &t->sheet, HALF_TAIL, runtime, e);
        size_t numbers = t->half ? (size_t)net_shape_size(half_input(t->half)) : 0;
        t->frames = t->half ? half_frames(&t->sheet, numbers, e) : NULL;
        if (!t->frames)
            return -1;
        most = frames_most(t->frames);
        most = most < TALK_PROBE_MAX ? TALK_PROBE_MAX : most;
    }
    t->reader = pipe_reader_new(STDIN_FILENO, most, e);
    return t->reader ? 0 : -1;
}

static int tail_greet(const struct tail *t, struct error *e)
{
    struct talk_hello hello = {.halves = t->sheet.hash,
                               .outputs = t->half ? (uint32_t)half_outputs(t->half) : 0,
                               .layer = (uint32_t)t->sheet.layer};
    return t->text ? 0 : pipe_write(STDOUT_FILENO, TALK_HELLO, 0, &hello, sizeof hello, NULL, 0, e);
}

static int tail_run(struct tail *t, struct error *e)
{
    struct talk_message m;
    struct error why;
    int64_t received;
    int more = 1, go_on = 1;
    while (go_on > 0 && (more = pipe_read(t->reader, &m, &received, &why)) > 0)
        go_on = tail_take(t, &m, received, e);
    t->gone = go_on > 0 && (more == 0 || more == PIPE_CUT);
    if (go_on > 0 && more < 0)
        return error_set(e, "standard input: %s", why.text);
    if (go_on > 0)
        return error_set(e, "standard input: ended without a farewell: the other side is gone");
    return go_on;
}

int mode_tail(const char *folder, bool text, const struct half_runtime *runtime)
{
    struct error e;
    struct tail t = {.text = text};
    int status = tail_open(&t, folder, runtime, &e) < 0 ? -1 : 0;
    if (status == 0) {
        tail_start_watch();
        status = tail_greet(&t, &e) < 0 || tail_run(&t, &e) < 0 ? -1 : 0;
    }
    atomic_store(&tail_finished, true);
    if (status < 0 && !text && !t.gone)
        pipe_write(STDOUT_FILENO, TALK_REFUSED, 0, e.text, strlen(e.text), NULL, 0, NULL);
    half_close(t.half);
    frames_free(t.frames);
    pipe_reader_free(t.reader);
    free(t.reply);
    return status < 0 ? mode_fail(e.text) : 0;
}
