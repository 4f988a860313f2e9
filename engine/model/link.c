#include "model/link.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Packets a sender may have on the way before the first acknowledgement (RFC 6928). */
#define INITIAL_WINDOW 10

const char *const link_transport_words[] = {"tcp", "resent", NULL};

int link_check(const struct link *l, struct error *e)
{
    if (!(l->mbit_s > 0) || !isfinite(l->mbit_s))
        return error_set(e, "bandwidth is %g Mbit/s (expected above 0)", l->mbit_s);
    if (!(l->rtt_ms >= 0) || !isfinite(l->rtt_ms))
        return error_set(e, "round trip is %g ms (expected 0 or more)", l->rtt_ms);
    if (!(l->loss >= 0 && l->loss < 1))
        return error_set(e, "loss is %g (expected from 0 to below 1)", l->loss);
    if (l->mtu < 1 || l->mtu > 1 << 24)
        return error_set(e, "mtu is %d bytes (expected 1 to %d)", l->mtu, 1 << 24);
    if (l->header < 0 || l->header >= l->mtu)
        return error_set(e, "header is %d bytes (expected 0 to below the mtu, %d)", l->header, l->mtu);
    if (!(l->joule_byte >= 0) || !isfinite(l->joule_byte))
        return error_set(e, "energy is %g J a byte (expected 0 or more)", l->joule_byte);
    return 0;
}

int64_t link_packets(const struct link *l, int64_t bytes)
{
    int64_t payload = l->mtu - l->header;
    return (bytes + payload - 1) / payload;
}

int64_t link_wire_bytes(const struct link *l, int64_t bytes)
{
    return bytes + link_packets(l, bytes) * l->header;
}

double link_rate(const struct link *l)
{
    double rate = l->mbit_s * (1 - l->loss);
    if (l->transport == LINK_TCP && l->loss > 0 && l->rtt_ms > 0) {
        double mathis = l->mtu * 8 / (l->rtt_ms * 1e3) * sqrt(1.5 / l->loss);
        rate = fmin(rate, mathis);
    }
    return rate;
}

/* How long the sender stands still in the first rounds. */
static double waiting_ms(const struct link *l, int64_t packets)
{
    double packet_ms = l->mtu * 8 / (link_rate(l) * 1e3), waiting = 0;
    for (double window = INITIAL_WINDOW, left = (double)packets; left > window; window *= 2) {
        double idle = l->rtt_ms - window * packet_ms;
        if (idle <= 0)
            break; /* the window fills the link from here on */
        waiting += idle;
        left -= window;
    }
    return waiting;
}

double link_send_ms(const struct link *l, int64_t bytes)
{
    double ms = l->rtt_ms / 2 + (double)link_wire_bytes(l, bytes) * 8 / (link_rate(l) * 1e3);
    return l->slow_start && l->transport == LINK_TCP ? ms + waiting_ms(l, link_packets(l, bytes)) : ms;
}

double link_exchange_ms(const struct link *l, int64_t bytes, int64_t answer)
{
    struct link back = *l;
    back.slow_start = false;
    return link_send_ms(l, bytes) + link_send_ms(&back, answer);
}

double link_joules(const struct link *l, int64_t bytes)
{
    return l->joule_byte > 0 ? (double)link_wire_bytes(l, bytes) / (1 - l->loss) * l->joule_byte : NAN;
}
