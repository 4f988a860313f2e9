/* A half of a network that runs as a process, here or elsewhere, and the messages to and from it
 * (half/talk.h). Nothing here waits: whoever owns peers polls them together. */
#ifndef ISPLIT_STUDY_PEER_H
#define ISPLIT_STUDY_PEER_H

#include <poll.h>
#include <sys/types.h>
#include <stdbool.h>

#include "base/error.h"
#include "half/talk.h"

struct peer;

/* As spawn_start. Messages of more than `most` bytes of payload are refused. */
struct peer *peer_start(const char *who, const char *const *words, const char *command, size_t most,
                        struct error *e);

/* Appends to what is sent when it can be. */
void peer_send(struct peer *p, enum talk_kind kind, uint64_t number, const void *first, size_t first_n,
               const void *second, size_t second_n);
void peer_send_bytes(struct peer *p, const void *bytes, size_t n); /* what is no message: a name */

/* What to wait for before peer_pump, when peer_next has no more: how many entries were filled. */
int peer_polls(const struct peer *p, struct pollfd fds[3]);

/* Sends what can be sent: 0; -1 where the pipe broke. For who is about to wait: nothing is read, so that
 * what comes meanwhile is still announced. */
int peer_flush(struct peer *p, struct error *e);

/* Moves what can be moved: 0; -1 where the pipe broke. */
int peer_pump(struct peer *p, struct error *e);

/* Takes the next message that is there, valid until the next pump: 1; 0 where there is none yet; -1 where it
 * is none. *ended: there never will be. */
int peer_next(struct peer *p, struct talk_message *m, bool *ended, struct error *e);

/* When the last bytes came, nanoseconds of clock_ns. */
int64_t peer_heard(const struct peer *p);

/* As those of spawn.h. */
bool peer_is_stuck(struct peer *p);
int peer_explain(struct peer *p, struct error *e);
pid_t peer_process(const struct peer *p);

/* Says farewell where it is to be, and closes its input: it ends when it has answered everything. */
void peer_finish(struct peer *p, bool farewell);
void peer_free(struct peer *p, int patience_ms);

#endif
