#include "deploy/link.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Packets a sender may have in flight before the first acknowledgement (RFC 6928). */
#define INITIAL_WINDOW 10
/* Upper bounds beyond any real link, which keep every sum finite. */
#define MOST 1e9

const char *const link_transport_words[] = {"tcp", "resent", NULL};

/* An interval, where there is one, holds the value. (A comparison with NaN is false.) */
static int link_check_range(const char *what, const double range[2], double value, struct error *e)
{
    if ((range[0] == 0 && range[1] == 0) || (range[0] >= 0 && range[0] <= value && range[1] >= value))
        return 0;
    return error_set(e, "%s_low and %s_high are %g and %g (expected %g between them)", what, what, range[0],
                     range[1], value);
}

int link_check(const struct link *l, struct error *e)
{
    if (isnan(l->mbit_s))
        return error_set(e, "bandwidth is missing (expected bandwidth=MBIT, in Mbit/s)");
    if (!(l->mbit_s >= 1 / MOST && l->mbit_s <= MOST))
        return error_set(e, "bandwidth is %g Mbit/s (expected above 0, from %g to %g)", l->mbit_s, 1 / MOST,
                         MOST);
    if (!(l->rtt_ms >= 0 && l->rtt_ms <= MOST))
        return error_set(e, "round trip is %g ms (expected 0 to %g)", l->rtt_ms, MOST);
    if (link_check_range("bandwidth", l->mbit_range, l->mbit_s, e) < 0 ||
        link_check_range("rtt", l->rtt_range, l->rtt_ms, e) < 0)
        return -1;
    if (!(l->loss >= 0 && l->loss < 1))
        return error_set(e, "loss is %g (expected from 0 to below 1)", l->loss);
    if (l->mtu < 1 || l->mtu > 1 << 24)
        return error_set(e, "mtu is %d bytes (expected 1 to %d)", l->mtu, 1 << 24);
    if (l->header < 0 || l->header >= l->mtu)
        return error_set(e, "header is %d bytes (expected 0 to below the mtu, %d)", l->header, l->mtu);
    if (!(l->joule_byte >= 0 && l->joule_byte <= MOST))
        return error_set(e, "energy is %g J a byte (expected 0 to %g)", l->joule_byte, MOST);
    return 0;
}

int64_t link_packets(const struct link *l, int64_t bytes)
{
    int64_t payload = l->mtu - l->header;
    return bytes / payload + (bytes % payload > 0);
}

int64_t link_wire_bytes(const struct link *l, int64_t bytes)
{
    int64_t headers, wire;
    bool fits = !__builtin_mul_overflow(link_packets(l, bytes), (int64_t)l->header, &headers) &&
                !__builtin_add_overflow(bytes, headers, &wire);
    return fits ? wire : INT64_MAX;
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

/* How long the sender waits in the first rounds, in ms. */
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
