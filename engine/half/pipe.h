/* Messages over file descriptors that wait: of standard input and output. */
#ifndef ISPLIT_HALF_PIPE_H
#define ISPLIT_HALF_PIPE_H

#include "half/talk.h"

struct pipe_reader;

/* Reads messages of at most `most` bytes of payload. NULL: no memory. The descriptor is borrowed. */
struct pipe_reader *pipe_reader_new(int fd, size_t most, struct error *e);
void pipe_reader_free(struct pipe_reader *r);

/* What pipe_read returns where the input ends within a message. */
enum { PIPE_CUT = -2 };

/* The next message, valid until the next call: 1; 0 where the input ends between two messages; PIPE_CUT; -1
 * where it is none. *received (nanoseconds of clock_ns) is when its last byte was read. */
int pipe_read(struct pipe_reader *r, struct talk_message *m, int64_t *received, struct error *e);

/* Writes a message whose payload is given in two parts, either of which may be empty. */
int pipe_write(int fd, enum talk_kind kind, uint64_t number, const void *first, size_t first_n,
               const void *second, size_t second_n, struct error *e);

/* All of the bytes. -1 where nobody reads any more. */
int pipe_write_all(int fd, const void *bytes, size_t n, struct error *e);

#endif
