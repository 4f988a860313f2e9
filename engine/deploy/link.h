/* The link between the two halves: how long a tensor takes to cross it. A model with five numbers, each of
 * which a person can look up or measure; every formula is in tui/manual/link.md too. */
#ifndef ISPLIT_DEPLOY_LINK_H
#define ISPLIT_DEPLOY_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* How a lost packet comes again. */
enum link_transport {
    LINK_TCP,    /* one connection: loss also slows the sender down */
    LINK_RESENT, /* the link sends it again until it arrives (BLE, LoRa): loss costs only its own room */
};
extern const char *const link_transport_words[]; /* "tcp", "resent", NULL */

struct link {
    char name[32];
    double mbit_s;     /* as the packets' bytes are counted below */
    double rtt_ms;     /* round trip of a small packet */
    double loss;       /* share of packets that are lost, 0 to below 1 */
    int mtu;           /* bytes of the largest packet */
    int header;        /* of these, bytes that are not payload, in every packet */
    bool slow_start;   /* each tensor finds a TCP connection that has been idle: it begins slowly */
    double joule_byte; /* what sending a byte of packet costs the device; 0: not known */
    enum link_transport transport;
    char source[200]; /* where the numbers come from */
};

/* Presets: link_presets[0..link_presets_n). */
extern const struct link link_presets[];
extern const int link_presets_n;
extern const char *const link_preset_words[];     /* their names; NULL at the end */
const struct link *link_preset(const char *name); /* NULL where there is none */

/* 0, or -1 with the field that is out of its range. */
int link_check(const struct link *link, struct error *e);

/* Packets that `bytes` of payload take, and the bytes of all of them: ceil(bytes / (mtu - header)), and bytes
 * + packets * header, at most INT64_MAX. 0 bytes take none. */
int64_t link_packets(const struct link *link, int64_t bytes);
int64_t link_wire_bytes(const struct link *link, int64_t bytes);

/* What the link carries with its losses, in Mbit/s of whole packets. Resent: mbit_s * (1 - loss). TCP: that,
 * or less where congestion avoidance cannot keep up: (mtu / rtt) * sqrt(3/2) / sqrt(loss) (Mathis, Semke,
 * Mahdavi, Ott: The macroscopic behavior of the TCP congestion avoidance algorithm, CCR 1997, without delayed
 * acknowledgements). */
double link_rate(const struct link *link);

/* Milliseconds from the first byte sent to the last byte there: half a round trip and the wire bytes at
 * link_rate. With slow_start, rounds are added in which the sender waits for acknowledgements: the window
 * begins with 10 packets (RFC 6928) and doubles each round trip (RFC 5681) until it fills the link; a round
 * of w packets lasts a round trip where sending them takes less. */
double link_send_ms(const struct link *link, int64_t bytes);

/* A tensor there and its answer back: link_send_ms of the bytes and of the answer. The answer finds no slow
 * start. */
double link_exchange_ms(const struct link *link, int64_t bytes, int64_t answer);

/* Joules the device spends on sending, headers and losses included; NaN where joule_byte is not known. */
double link_joules(const struct link *link, int64_t bytes);

#endif
