/* Probes through a command to isplit-half at its end, whether it runs a tail or only answers them: how long
 * small and large messages take. */
#ifndef ISPLIT_STUDY_PROBING_H
#define ISPLIT_STUDY_PROBING_H

#include <signal.h>
#include <stdint.h>

#include "base/error.h"

/* Bytes of a whole message as it is sent: a small one, and the reply to any. */
enum { PROBING_SMALL = 36, PROBING_REPLY = 48 };

enum probing_end { PROBING_DONE, PROBING_REFUSED, PROBING_LOST, PROBING_INTERRUPTED };

/* Large messages are doubled until one takes a quarter of a second or four round trips, or is as large as
 * they may be: *large bytes. Then both kinds take turns: small_ms[rounds], large_ms[rounds]. No reply takes
 * longer than timeout_s. `tick` (or NULL) is called after each round. */
enum probing_end probing_run(const char *command, double timeout_s, int rounds, double *small_ms,
                             double *large_ms, int64_t *large, const volatile sig_atomic_t *signals,
                             void (*tick)(void *data, long done), void *data, struct error *e);

#endif
