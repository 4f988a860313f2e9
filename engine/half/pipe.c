#include "half/pipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"

struct pipe_reader {
    int fd;
    size_t most;
    unsigned char *bytes; // [capacity]
    size_t capacity, from, to;
    int64_t received;
};

struct pipe_reader *pipe_reader_new(int fd, size_t most, struct error *e)
{
    struct pipe_reader *r = memory_new(1, sizeof *r);
    r->fd = fd;
    r->most = most;
    r->capacity = talk_size(most);
    r->bytes = memory_try(r->capacity, 1);
    if (r->bytes)
        return r;
    error_set(e, "no memory for messages of %zu bytes", most);
    pipe_reader_free(r);
    return NULL;
}

void pipe_reader_free(struct pipe_reader *r)
{
    if (r)
        free(r->bytes);
    free(r);
}

/* Reads some more, behind what is left: 1; 0 at the end; -1. */
static int pipe_fill(struct pipe_reader *r, struct error *e)
{
    memmove(r->bytes, r->bytes + r->from, r->to - r->from);
    r->to -= r->from;
    r->from = 0;
    ssize_t n;
    do
        n = read(r->fd, r->bytes + r->to, r->capacity - r->to);
    while (n < 0 && errno == EINTR);
    r->received = clock_ns();
    if (n < 0)
        return error_set(e, "cannot read: %s", strerror(errno));
    r->to += (size_t)n;
    return n > 0;
}

int pipe_read(struct pipe_reader *r, struct talk_message *m, int64_t *received, struct error *e)
{
    for (;;) {
        size_t left = r->to - r->from;
        int64_t size = left ? talk_parse(r->bytes + r->from, left, r->most, m, e) : 0;
        if (size < 0)
            return -1;
        if (size > 0) {
            r->from += (size_t)size;
            *received = r->received;
            return 1;
        }
        int more = pipe_fill(r, e);
        if (more < 0)
            return -1;
        if (more == 0 && left)
            error_set(e, "ends within a message, after %zu bytes of it", left);
        if (more == 0)
            return left ? PIPE_CUT : 0;
    }
}

int pipe_write_all(int fd, const void *bytes, size_t n, struct error *e)
{
    const unsigned char *p = bytes;
    while (n > 0) {
        ssize_t written = write(fd, p, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_set(e, "standard output: cannot write: %s", strerror(errno));
        p += written;
        n -= (size_t)written;
    }
    return 0;
}

/* All parts at once: over a socket, small writes one after the other would wait for acknowledgements. */
int pipe_write(int fd, enum talk_kind kind, uint64_t number, const void *first, size_t first_n,
               const void *second, size_t second_n, struct error *e)
{
    unsigned char header[TALK_HEADER];
    talk_header(header, kind, number, first, first_n, second, second_n);
    struct iovec parts[] = {
        {header, sizeof header}, {(void *)(uintptr_t)first, first_n}, {(void *)(uintptr_t)second, second_n}};
    ssize_t written;
    do
        written = writev(fd, parts, 3);
    while (written < 0 && errno == EINTR);
    if (written < 0)
        return error_set(e, "standard output: cannot write: %s", strerror(errno));
    size_t done = (size_t)written;
    for (int i = 0; i < 3; i++) {
        size_t skip = done < parts[i].iov_len ? done : parts[i].iov_len;
        if (pipe_write_all(fd, (unsigned char *)parts[i].iov_base + skip, parts[i].iov_len - skip, e) < 0)
            return -1;
        done -= skip;
    }
    return 0;
}
