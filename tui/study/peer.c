#include "study/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "study/spawn.h"

enum { PEER_READ = 1 << 16 };

/* Bytes in a row, taken from the front. */
struct peer_bytes {
    unsigned char *bytes;
    size_t capacity, from, to;
};

struct peer {
    struct spawn *spawn;
    size_t most;
    struct peer_bytes in, out;
    bool ended;
    int64_t heard;
};

static unsigned char *peer_room(struct peer_bytes *b, size_t n)
{
    if (b->from > 0) {
        memmove(b->bytes, b->bytes + b->from, b->to - b->from);
        b->to -= b->from;
        b->from = 0;
    }
    if (b->capacity - b->to < n) {
        b->capacity = 2 * (b->to + n);
        b->bytes = memory_grow(b->bytes, b->capacity, 1);
    }
    return b->bytes + b->to;
}

struct peer *peer_start(const char *who, const char *const *words, const char *command, size_t most,
                        struct error *e)
{
    struct spawn *spawn = spawn_start(who, words, command, e);
    if (!spawn)
        return NULL;
    struct peer *p = memory_new(1, sizeof *p);
    p->spawn = spawn;
    p->most = most;
    p->heard = clock_ns();
    return p;
}

void peer_send_bytes(struct peer *p, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    memcpy(peer_room(&p->out, n), bytes, n);
    p->out.to += n;
}

void peer_send(struct peer *p, enum talk_kind kind, uint64_t number, const void *first, size_t first_n,
               const void *second, size_t second_n)
{
    unsigned char header[TALK_HEADER];
    talk_header(header, kind, number, first, first_n, second, second_n);
    peer_send_bytes(p, header, sizeof header);
    peer_send_bytes(p, first, first_n);
    peer_send_bytes(p, second, second_n);
}

int peer_polls(const struct peer *p, struct pollfd fds[3])
{
    int used = 0;
    if (!p->ended)
        fds[used++] = (struct pollfd){.fd = spawn_from(p->spawn), .events = POLLIN};
    if (spawn_errors(p->spawn) >= 0)
        fds[used++] = (struct pollfd){.fd = spawn_errors(p->spawn), .events = POLLIN};
    if (p->out.to > p->out.from && spawn_to(p->spawn) >= 0)
        fds[used++] = (struct pollfd){.fd = spawn_to(p->spawn), .events = POLLOUT};
    return used;
}

/* At most one message and some more are kept: who reads slowly is waited for. */
static int peer_fill(struct peer *p, struct error *e)
{
    while (!p->ended && p->in.to - p->in.from < talk_size(p->most) + PEER_READ) {
        ssize_t n = read(spawn_from(p->spawn), peer_room(&p->in, PEER_READ), PEER_READ);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? 0
                                                           : error_set(e, "cannot read: %s", strerror(errno));
        p->heard = clock_ns();
        p->in.to += (size_t)n;
        p->ended = n == 0;
    }
    return 0;
}

int peer_flush(struct peer *p, struct error *e)
{
    while (p->out.to > p->out.from && spawn_to(p->spawn) >= 0) {
        ssize_t n = write(spawn_to(p->spawn), p->out.bytes + p->out.from, p->out.to - p->out.from);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK
                       ? 0
                       : error_set(e, "cannot write: %s", strerror(errno));
        p->out.from += (size_t)n;
    }
    return 0;
}

int peer_pump(struct peer *p, struct error *e)
{
    spawn_listen(p->spawn);
    int sent = peer_flush(p, e); /* what was said before the pipe broke is read all the same */
    return peer_fill(p, e) < 0 ? -1 : sent;
}

int peer_next(struct peer *p, struct talk_message *m, bool *ended, struct error *e)
{
    size_t left = p->in.to - p->in.from;
    int64_t size = left ? talk_parse(p->in.bytes + p->in.from, left, p->most, m, e) : 0;
    *ended = size == 0 && p->ended;
    if (size == 0 && p->ended && left)
        return error_set(e, "its last message is cut off after %zu bytes", left);
    p->in.from += size > 0 ? (size_t)size : 0;
    return size < 0 ? -1 : size > 0;
}

int64_t peer_heard(const struct peer *p)
{
    return p->heard;
}

bool peer_is_stuck(struct peer *p)
{
    return spawn_is_stuck(p->spawn);
}

int peer_explain(struct peer *p, struct error *e)
{
    return spawn_explain(p->spawn, e);
}

pid_t peer_process(const struct peer *p)
{
    return spawn_process(p->spawn);
}

void peer_finish(struct peer *p, bool farewell)
{
    struct error unwanted;
    if (farewell)
        peer_send(p, TALK_BYE, 0, NULL, 0, NULL, 0);
    peer_flush(p, &unwanted);
    spawn_close_input(p->spawn);
}

void peer_free(struct peer *p, int patience_ms)
{
    if (!p)
        return;
    spawn_free(p->spawn, patience_ms);
    free(p->in.bytes);
    free(p->out.bytes);
    free(p);
}
