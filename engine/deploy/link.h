/* The network link between head and tail: how long a tensor takes to cross it. A model with few parameters,
 * each of which can be looked up or measured; every formula is in tui/manual/link.md too. */
#ifndef ISPLIT_DEPLOY_LINK_H
#define ISPLIT_DEPLOY_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* How a lost packet is sent again. */
enum link_transport {
    LINK_TCP,    /* one TCP connection: loss also reduces the sending rate */
    LINK_RESENT, /* the link layer resends until it arrives (BLE, LoRa): loss costs only the resent packets */
};
extern const char *const link_transport_words[]; /* "tcp", "resent", NULL */

struct link {
    char name[32];
    double mbit_s;                      /* as the packets' bytes are counted below */
    double rtt_ms;                      /* round trip of a small packet */
    double mbit_range[2], rtt_range[2]; /* 95 % intervals of both where they were measured; else 0, 0 */
    double loss;                        /* fraction of packets that are lost, 0 to below 1 */
    int mtu;                            /* bytes of the largest packet */
    int header;                         /* of these, bytes that are not payload, in every packet */
    bool slow_start;   /* each tensor meets an idle TCP connection, which begins with slow start */
    double joule_byte; /* J of the device for each byte of packets sent; 0: not known */
    enum link_transport transport;
    char source[200]; /* where the numbers come from */
};

/* Presets: link_presets[0..link_presets_n). */
extern const struct link link_presets[];
extern const int link_presets_n;
extern const char *const link_preset_words[];     /* their names; NULL at the end */
const struct link *link_preset(const char *name); /* NULL where there is none */

/* 0, or -1 with the field that is out of range. */
int link_check(const struct link *link, struct error *e);

/* Packets that `bytes` of payload take, and the bytes of all of them: ceil(bytes / (mtu - header)), and bytes
 * + packets * header, at most INT64_MAX. 0 bytes take none. */
int64_t link_packets(const struct link *link, int64_t bytes);
int64_t link_wire_bytes(const struct link *link, int64_t bytes);

/* Rate of the link with its losses, in Mbit/s of whole packets. Resent: mbit_s * (1 - loss). TCP: that, or
 * less where congestion avoidance cannot keep up: (mtu / rtt) * sqrt(3/2) / sqrt(loss) (Mathis, Semke,
 * Mahdavi, Ott: The macroscopic behavior of the TCP congestion avoidance algorithm, CCR 1997, without delayed
 * acknowledgements). */
double link_rate(const struct link *link);

/* Milliseconds from the first byte sent to the last byte received: half a round trip and the wire bytes at
 * link_rate. With slow_start, rounds are added in which the sender waits for acknowledgements: the window
 * begins with 10 packets (RFC 6928) and doubles each round trip (RFC 5681) until it fills the link; a round
 * of w packets lasts at least a round trip. */
double link_send_ms(const struct link *link, int64_t bytes);

/* A tensor and the answer to it: link_send_ms of the bytes and of the answer. The answer has no slow
 * start. */
double link_exchange_ms(const struct link *link, int64_t bytes, int64_t answer);

/* Joules the device spends on sending, headers and losses included; NaN where joule_byte is not known. */
double link_joules(const struct link *link, int64_t bytes);

#endif
