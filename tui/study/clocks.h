/* Another machine's clock against ours, found from messages that go there and back, as NTP does it. All times
 * are nanoseconds; each clock goes forward only, from a moment of its own. */
#ifndef ISPLIT_STUDY_CLOCKS_H
#define ISPLIT_STUDY_CLOCKS_H

#include <stdint.h>

/* A message there and the one that answers it: when it was sent and the answer was here, by our clock; when
 * it was there and its answer began, by the other. */
struct clocks_trip {
    int64_t sent, received, answered, heard;
};

struct clocks {
    int64_t trip;  /* time on the way of the quickest trip, there and back; INT64_MAX: there was none */
    int64_t ahead; /* the other clock less ours, if that trip took as long there as back */
};

struct clocks clocks_unknown(void);

/* Takes in one trip of a small message. Only the quickest counts: it had no reason to wait. */
void clocks_compare(struct clocks *c, const struct clocks_trip *t);

/* The other clock less ours during a trip: as found, unless one of its messages would have come before it was
 * sent; then the nearest to that by which neither has. */
int64_t clocks_ahead(const struct clocks *c, const struct clocks_trip *t);

#endif
