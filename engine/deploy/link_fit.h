/* A link from measured exchanges: messages of some bytes are sent, and for each a small reply comes back. By
 * the model of link.h, without losses of its own,
 *
 *     ms = rtt + 8 w(bytes) / bandwidth + 8 w(reply) / bandwidth,      w: bytes with the headers of their
 * packets
 *
 * with small messages, which show the round trip, and large ones, which show the bandwidth. Medians stand for
 * either, so that an exchange that something disturbed does not count. */
#ifndef ISPLIT_DEPLOY_LINK_FIT_H
#define ISPLIT_DEPLOY_LINK_FIT_H

#include "deploy/link.h"

/* A number; its 95 % interval (percentile bootstrap, LINK_FIT_RESAMPLES); and the 5th and 95th percentile of
 * single exchanges, how much it varies. */
enum link_part { LINK_VALUE, LINK_LOW, LINK_HIGH, LINK_P5, LINK_P95, LINK_PARTS };

enum { LINK_FIT_RESAMPLES = 1000 };

/* small_ms[small_n] of messages of `small` bytes, large_ms[large_n] of `large`, `reply` bytes back; mtu and
 * header are those of `shape`. -1: too few, or the large ones took no longer than the small ones. */
int link_fit(const double *small_ms, long small_n, const double *large_ms, long large_n, int64_t small,
             int64_t large, int64_t reply, const struct link *shape, double mbit_s[LINK_PARTS],
             double rtt_ms[LINK_PARTS], struct error *e);

#endif
