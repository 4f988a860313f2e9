#include "wire/channel.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

#define READ_PORTION ((size_t)64 << 10)

struct channel {
    int in, out;
    size_t limit; /* longest line, LF not counted */
    bool ended;   /* end of file was read */

    char *got; /* bytes read and not yet returned: got[start..end) */
    size_t start, end, capacity;
    size_t scanned; /* got[start..scanned) holds no LF */

    char *queue; /* bytes to be written: queue[sent..queued) */
    size_t sent, queued, queue_capacity;
};

struct channel *channel_new(int in, int out, size_t limit)
{
    struct channel *c = memory_new(1, sizeof *c);
    c->in = in;
    c->out = out;
    c->limit = limit;
    return c;
}

void channel_free(struct channel *c)
{
    if (!c)
        return;
    free(c->got);
    free(c->queue);
    free(c);
}

bool channel_has_ended(const struct channel *c)
{
    return c->ended;
}

bool channel_has_more(const struct channel *c)
{
    return c->scanned < c->end;
}

bool channel_has_queued(const struct channel *c)
{
    return c->sent < c->queued;
}

int channel_next(struct channel *c, char **line, size_t *length, struct error *e)
{
    char *feed = c->scanned < c->end ? memchr(c->got + c->scanned, '\n', c->end - c->scanned) : NULL;
    size_t n = feed ? (size_t)(feed - (c->got + c->start)) : c->end - c->start;
    if (n > c->limit)
        return error_set(e, "a line of more than %zu bytes came through the pipe", c->limit);
    if (!feed) {
        c->scanned = c->end;
        return 0;
    }
    *feed = '\0';
    *line = c->got + c->start;
    *length = n;
    c->start += n + 1;
    c->scanned = c->start;
    return 1;
}

/* Makes space for one more read: returned lines are dropped first, then the buffer grows. */
static void channel_make_capacity(struct channel *c)
{
    if (c->start > 0 && (c->start == c->end || c->capacity - c->end < READ_PORTION)) {
        memmove(c->got, c->got + c->start, c->end - c->start);
        c->end -= c->start;
        c->scanned -= c->start;
        c->start = 0;
    }
    if (c->capacity - c->end < READ_PORTION) {
        c->capacity = (c->capacity + READ_PORTION) * 2;
        c->got = memory_grow(c->got, c->capacity, 1);
    }
}

static bool is_ready(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;
    do
        n = poll(&p, 1, 0);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

int channel_fill(struct channel *c, struct error *e)
{
    if (c->ended || !is_ready(c->in, POLLIN))
        return 0;
    channel_make_capacity(c);
    ssize_t n = read(c->in, c->got + c->end, READ_PORTION);
    if (n > 0) {
        c->end += (size_t)n;
        return 1;
    }
    if (n == 0) {
        c->ended = true;
        return 0;
    }
    if (errno == EINTR || errno == EAGAIN)
        return 0;
    return error_set(e, "cannot read from the pipe: %s", strerror(errno));
}

static int channel_append(const char *bytes, size_t n, void *data)
{
    struct channel *c = data;
    if (c->queue_capacity - c->queued < n) {
        c->queue_capacity = (c->queued + n) * 2;
        c->queue = memory_grow(c->queue, c->queue_capacity, 1);
    }
    memcpy(c->queue + c->queued, bytes, n);
    c->queued += n;
    return 0;
}

int channel_queue(struct channel *c, json_t *message, struct error *e)
{
    if (!message)
        return error_set(e, "a message cannot be written as JSON (a number in it is not finite?)");
    size_t before = c->queued;
    /* Nine significant digits bring every float32 back exactly. */
    size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(9);
    int failed = json_dump_callback(message, channel_append, c, flags);
    json_decref(message);
    if (failed) {
        c->queued = before;
        return error_set(e, "a message cannot be written as JSON");
    }
    channel_append("\n", 1, c);
    return 0;
}

int channel_flush(struct channel *c, struct error *e)
{
    while (channel_has_queued(c)) {
        if (!is_ready(c->out, POLLOUT))
            return 0;
        /* A ready pipe is guaranteed to take PIPE_BUF bytes without blocking, not more. */
        size_t left = c->queued - c->sent;
        ssize_t n = write(c->out, c->queue + c->sent, left < PIPE_BUF ? left : PIPE_BUF);
        if (n > 0)
            c->sent += (size_t)n;
        else if (n < 0 && errno == EAGAIN)
            return 0;
        else if (n < 0 && errno != EINTR)
            return error_set(e, "cannot write to the pipe: %s", strerror(errno));
    }
    c->sent = c->queued = 0;
    return 1;
}

int channel_wait(struct channel *c, int extra, int timeout_ms, struct error *e)
{
    /* poll ignores negative descriptors. */
    struct pollfd p[3] = {
        {.fd = c->ended ? -1 : c->in, .events = POLLIN},
        {.fd = channel_has_queued(c) ? c->out : -1, .events = POLLOUT},
        {.fd = extra, .events = POLLIN},
    };
    if (poll(p, 3, timeout_ms) < 0 && errno != EINTR)
        return error_set(e, "cannot wait for the pipe: %s", strerror(errno));
    return 0;
}

int channel_send(struct channel *c, json_t *message, struct error *e)
{
    if (channel_queue(c, message, e) < 0)
        return -1;
    for (;;) {
        int done = channel_flush(c, e);
        if (done)
            return done < 0 ? -1 : 0;
        /* More than a line's limit is unread: leave it in the pipe, so that the peer slows down. */
        bool reads = !c->ended && c->end - c->start <= c->limit;
        struct pollfd p[2] = {{.fd = c->out, .events = POLLOUT},
                              {.fd = reads ? c->in : -1, .events = POLLIN}};
        if (poll(p, 2, -1) < 0 && errno != EINTR)
            return error_set(e, "cannot wait for the pipe: %s", strerror(errno));
        if (reads && channel_fill(c, e) < 0)
            return -1;
    }
}

int channel_receive(struct channel *c, char **line, size_t *length, struct error *e)
{
    for (;;) {
        int got = channel_next(c, line, length, e);
        if (got || c->ended)
            return got;
        if (channel_wait(c, -1, -1, e) < 0 || channel_fill(c, e) < 0)
            return -1;
    }
}
