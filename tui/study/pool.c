/* The pool's own process: what goes from the front end to the workers, and back. */
#include "study/pool.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/program_file.h"
#include "study/pool_parts.h"

enum { TICK_MS = 200, FDS_EACH = 3 };

/* ---- How it is started --------------------------------------------------------------------------------- */

char *pool_command(const struct options *o)
{
    int engines = 0;
    while (engines < OPTIONS_ENGINES && o->engines[engines])
        engines++;
    if (engines + o->workers < 2)
        return engines ? memory_copy(o->engines[0]) : NULL;
    size_t size;
    char *text;
    FILE *out = memory_stream(&text, &size);
    char *program = program_file_self();
    char *word = text_shell(program);
    fprintf(out, "exec %s " POOL_WORD " %ld", word, o->workers);
    free(word);
    free(program);
    for (int i = 0; i < engines; i++) {
        word = text_shell(o->engines[i]);
        fprintf(out, " %s", word);
        free(word);
    }
    fclose(out);
    return text;
}

static void pool_prepare(struct pool *p, int n, char *const *words)
{
    long locals = 0;
    if (n < 1 || !text_to_long(words[0], &locals) || locals < 0 || locals > OPTIONS_WORKERS)
        locals = 1;
    p->locals = (int)locals;
    p->n = (int)locals + (n > 1 ? n - 1 : 0);
    p->workers = memory_new((size_t)p->n, sizeof *p->workers);
    for (int i = 0; i < p->n; i++) {
        struct pool_worker *w = &p->workers[i];
        w->number = i + 1;
        w->command = i < p->locals ? NULL : words[1 + i - p->locals];
        char *shown = text_escape(w->command ? w->command : "here");
        w->name = memory_format("worker %d (%.32s)", w->number, shown);
        free(shown);
    }
}

/* ---- From the front end -------------------------------------------------------------------------------- */

/* A step, for all of them; what followed the one of before is void. */
static void pool_take_request_step(struct pool *p, int step, json_t *m)
{
    for (int i = step; i < POOL_STEPS; i++) {
        json_decref(p->steps[i]);
        p->steps[i] = NULL;
    }
    p->steps[step] = json_incref(m);
    p->steps_n = step + 1;
    p->answered_steps = p->answered_steps < step ? p->answered_steps : step;
    for (int i = 0; i < p->n; i++)
        if (p->workers[i].steps > step)
            p->workers[i].steps = step;
}

static void pool_ask_heatmap(struct pool *p, json_t *m)
{
    struct error e;
    json_int_t image = json_integer_value(json_object_get(m, "image"));
    for (int i = 0; i < p->n; i++) {
        struct pool_worker *w = &p->workers[i];
        if (!w->silent && (pool_run_has(p, w) || pool_worker_is_ready(p, w))) {
            p->heatmap_image = (long)image;
            w->shows = true;
            pool_worker_send(p, w, json_incref(m));
            return;
        }
    }
    json_t *none =
        json_pack("{s:s, s:I, s:s}", "type", "heatmap", "image", image, "error", "no worker is free");
    if (channel_queue(p->front, none, &e) < 0)
        p->ends = true;
}

static void pool_stop(struct pool *p)
{
    for (int i = 0; i < p->n; i++)
        if (p->workers[i].state == POOL_ASKED)
            pool_worker_send(p, &p->workers[i], message_stop());
    if (pool_run_is_under_way(p))
        pool_run_stop(p);
}

static void pool_take_request(struct pool *p, enum message_type type, json_t *m)
{
    if (type == MESSAGE_HELLO)
        pool_take_request_step(p, POOL_HELLO, m);
    else if (type == MESSAGE_OPEN)
        pool_take_request_step(p, POOL_OPEN, m);
    else if (type == MESSAGE_IMAGES && p->steps_n >= POOL_IMAGES)
        pool_take_request_step(p, POOL_IMAGES, m);
    else if (type == MESSAGE_RUN)
        pool_run_begin(p, m);
    else if (type == MESSAGE_STOP)
        pool_stop(p);
    else if (type == MESSAGE_HEATMAP)
        pool_ask_heatmap(p, m);
    else if (type == MESSAGE_REVIVE)
        pool_restart(p);
    else {
        json_decref(p->asked);
        p->asked = json_incref(m);
        p->passed = false;
    }
}

/* Another request: one worker answers it. */
static void pool_pass_request(struct pool *p)
{
    for (int i = 0; i < p->n; i++)
        if (p->workers[i].state == POOL_ASKED)
            return;
    for (int i = 0; i < p->n && p->asked; i++) {
        struct pool_worker *w = &p->workers[i];
        if (!pool_worker_is_ready(p, w))
            continue;
        w->state = POOL_ASKED;
        pool_worker_send(p, w, json_incref(p->asked));
        return;
    }
}

/* ---- From a worker ------------------------------------------------------------------------------------- */

static void pool_forward(struct pool *p, json_t *m)
{
    struct error e;
    if (channel_queue(p->front, json_incref(m), &e) < 0)
        p->ends = true;
}

/* The messages that are the end of an answer. */
static bool pool_is_end(enum message_type type)
{
    return type == MESSAGE_DONE || type == MESSAGE_HASHED || type == MESSAGE_PARTITION ||
           type == MESSAGE_PROFILE || type == MESSAGE_FEATURES || type == MESSAGE_PICTURES ||
           type == MESSAGE_RETRAINED || type == MESSAGE_ERROR;
}

static void pool_take_asked(struct pool *p, struct pool_worker *w, enum message_type type, json_t *m)
{
    pool_forward(p, m);
    p->passed = p->passed || (type != MESSAGE_LOG && type != MESSAGE_PROGRESS);
    if (!pool_is_end(type))
        return;
    w->state = POOL_IDLE;
    json_decref(p->asked);
    p->asked = NULL;
    p->passed = false;
}

/* What one of them says in passing all would say: that of the speaker is passed on. */
static bool pool_take_chatter(struct pool *p, struct pool_worker *w, enum message_type type, json_t *m)
{
    if (type == MESSAGE_HEATMAP && w->shows) {
        w->shows = false;
        p->heatmap_image = -1;
        pool_forward(p, m);
        return true;
    }
    if (type != MESSAGE_LOG && type != MESSAGE_PROGRESS)
        return false;
    if (w == &p->workers[p->speaker])
        pool_forward(p, m);
    return true;
}

static void pool_take_line(struct pool *p, struct pool_worker *w, const char *line, size_t length)
{
    struct error e;
    enum message_type type;
    int64_t now = clock_ms();
    json_t *m = message_parse(line, length, &type, &e);
    if (w->state == POOL_RUNS && pool_run_is_tuned(p) && now - w->heard_ms > w->gap_ms)
        w->gap_ms = now - w->heard_ms;
    w->heard_ms = now;
    w->silent = false;
    if (!m)
        pool_worker_lose(p, w, e.text);
    else if (pool_take_chatter(p, w, type, m))
        ;
    else if (w->state == POOL_LOADS)
        pool_worker_take_step(p, w, type, m);
    else if (w->state == POOL_RUNS)
        pool_run_take(p, w, type, m);
    else if (w->state == POOL_ASKED)
        pool_take_asked(p, w, type, m);
    else
        pool_worker_lose(p, w, "it spoke unasked");
    json_decref(m);
}

static void pool_listen(struct pool *p, struct pool_worker *w)
{
    struct error e;
    char *line;
    size_t length;
    struct channel *c = child_channel(w->child);
    bool stuck = w->state != POOL_IDLE && child_is_stuck(w->child);
    int pumped = child_pump(w->child, 0, &e), got = 0;
    while (pumped < 0 && channel_fill(c, &e) > 0) /* what it said before it died counts */
        continue;
    stuck = stuck && channel_fill(c, &e) <= 0;
    while (w->child && (got = channel_next(c, &line, &length, &e)) > 0)
        pool_take_line(p, w, line, length);
    if (!w->child || (got == 0 && pumped >= 0 && !stuck && !channel_has_ended(c)))
        return;
    child_explain(w->child, &e);
    pool_worker_lose(p, w, e.text);
}

/* ---- The loop ------------------------------------------------------------------------------------------ */

static volatile sig_atomic_t pool_signals;

static void pool_on_signal(int number)
{
    (void)number;
    pool_signals = 1;
}

static void pool_wait(struct pool *p)
{
    struct pollfd *fds = memory_new(memory_product(FDS_EACH, (size_t)p->n + 1), sizeof *fds);
    int used = 0;
    fds[used++] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    if (channel_has_queued(p->front))
        fds[used++] = (struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT};
    for (int i = 0; i < p->n; i++)
        if (p->workers[i].child)
            used += child_polls(p->workers[i].child, fds + used);
    poll(fds, (nfds_t)used, TICK_MS);
    free(fds);
}

static void pool_hear_front(struct pool *p)
{
    struct error e;
    char *line;
    size_t length;
    int got = 0;
    if (channel_fill(p->front, &e) < 0)
        p->ends = true;
    while (!p->ends && (got = channel_next(p->front, &line, &length, &e)) > 0) {
        enum message_type type;
        json_t *m = message_parse(line, length, &type, &e);
        if (m)
            pool_take_request(p, type, m);
        else
            p->ends = true;
        json_decref(m);
    }
    p->ends = p->ends || got < 0 || channel_has_ended(p->front);
}

static bool pool_lives(const struct pool *p)
{
    for (int i = 0; i < p->n; i++)
        if (p->workers[i].state != POOL_LOST)
            return true;
    return false;
}

static void pool_step(struct pool *p)
{
    struct error e;
    pool_hear_front(p);
    for (int i = 0; i < p->n; i++)
        if (p->workers[i].child)
            pool_listen(p, &p->workers[i]);
    for (int i = 0; i < p->n; i++)
        pool_worker_load(p, &p->workers[i]);
    pool_pass_request(p);
    pool_run_step(p);
    pool_run_deal(p);
    for (int i = 0; i < p->n; i++)
        if (p->workers[i].child)
            channel_flush(child_channel(p->workers[i].child), &e); /* a broken pipe shows in the next step */
    if (channel_flush(p->front, &e) < 0)
        p->ends = true;
}

static void pool_free(struct pool *p)
{
    char path[96];
    for (int i = 0; i < p->n; i++) {
        child_free(p->workers[i].child, false);
        free(p->workers[i].name);
        free(p->workers[i].portion);
    }
    for (int i = 1; i <= p->tunings && p->folder[0]; i++) {
        snprintf(path, sizeof path, "%s/tuning-%d", p->folder, i);
        unlink(path);
    }
    if (p->folder[0])
        rmdir(p->folder);
    pool_run_free(p);
    for (int i = 0; i < POOL_STEPS; i++)
        json_decref(p->steps[i]);
    json_decref(p->asked);
    free(p->template);
    free(p->refusal);
    free(p->positions);
    free(p->workers);
    channel_free(p->front);
}

int pool_main(int n, char *const *words)
{
    struct pool p = {.run = pool_run_new(), .heatmap_image = -1, .began_ms = clock_ms()};
    const struct sigaction action = {.sa_handler = pool_on_signal};
    sigaction(SIGTERM, &action, NULL);
    p.front = channel_new(STDIN_FILENO, STDOUT_FILENO, CHANNEL_LINE_LIMIT);
    pool_prepare(&p, n, words);
    for (int i = 0; i < p.n; i++)
        pool_worker_start(&p, &p.workers[i]);
    while (!p.ends && !pool_signals && pool_lives(&p)) {
        pool_wait(&p);
        pool_step(&p);
    }
    bool lost = !pool_lives(&p);
    if (lost) {
        struct error e;
        while (channel_flush(p.front, &e) == 0)
            channel_wait(p.front, -1, TICK_MS, &e);
        fprintf(stderr, "all %d workers are lost\n", p.n);
    }
    pool_free(&p);
    return lost ? 1 : 0;
}
