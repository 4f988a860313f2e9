/* Lines over a pair of file descriptors: what the two programs send each other. Nothing here blocks unless
 * asked to: fill and flush do what is possible at once, and only wait sleeps. Works with blocking descriptors
 * (the worker's standard input and output) and with non-blocking ones. The channel does not own its
 * descriptors. A write to a closed pipe must not end the program (process_begin). */
#ifndef ISPLIT_WIRE_CHANNEL_H
#define ISPLIT_WIRE_CHANNEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Longest line either side accepts: a run over ten million images fits. */
#define CHANNEL_LINE_LIMIT ((size_t)128 << 20)

struct channel;

/* `limit`: of a line, LF not counted. */
struct channel *channel_new(int in, int out, size_t limit);
void channel_free(struct channel *c);

/* The next whole line, without its LF, NUL-terminated; valid until the next call on this channel. 1: a line;
 * 0: none yet (or ever, if it has ended); -1: the line is longer than the limit. */
int channel_next(struct channel *c, char **line, size_t *length, struct error *e);

/* Reads what is available. 1: something came; 0: nothing now; -1: error. At the end of the file it has ended;
 * a last line without LF is dropped, as it may be incomplete. */
int channel_fill(struct channel *c, struct error *e);

/* Puts a message into the queue; takes ownership of the reference. -1 where it cannot be written as JSON. */
int channel_queue(struct channel *c, json_t *message, struct error *e);

/* Writes what can be written at once. 1: the queue is empty; 0: some is left; -1: error (the reader
 * is gone). */
int channel_flush(struct channel *c, struct error *e);

bool channel_has_ended(const struct channel *c); /* end of file was read */
bool channel_has_more(const struct channel *c);  /* bytes came that channel_next has not looked at */
bool channel_has_queued(const struct channel *c);

/* Sleeps until something can be read, or something queued can be written, at most timeout_ms
 * (-1: no limit), or until a signal. `extra` is one more descriptor to be readable, or -1. Returns -1
 * on error, else 0. */
int channel_wait(struct channel *c, int extra, int timeout_ms, struct error *e);

/* Queues the message and waits until all of it is written; reads meanwhile, so that two programs that both
 * write cannot deadlock. */
int channel_send(struct channel *c, json_t *message, struct error *e);

/* Waits for the next line; for the worker. 1: a line; 0: end of file; -1: error. */
int channel_receive(struct channel *c, char **line, size_t *length, struct error *e);

#endif
