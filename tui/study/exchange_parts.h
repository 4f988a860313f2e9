/* What exchange.c and exchange_tail.c share. */
#ifndef ISPLIT_STUDY_EXCHANGE_PARTS_H
#define ISPLIT_STUDY_EXCHANGE_PARTS_H

#include "study/clocks.h"
#include "study/exchange.h"
#include "study/peer.h"

enum { EXCHANGE_AHEAD = 8 }; /* images under way at once */

struct flight;

enum tail_state { TAIL_NONE, TAIL_GREETING, TAIL_SYNC, TAIL_READY };

/* The two halves of one cut, and the images that are its own. */
struct exchange {
    const struct exchange_cut *cut;
    const struct exchange_listener *listener;
    struct exchange_image **images; // [n]
    long n, settled;                /* of them, those that have an answer or never will */
    struct exchange_result *result;

    struct peer *head;
    bool head_began;    /* one was started */
    bool head_spoke;    /* it has said anything */
    int head_died;      /* in a row, without a frame between */
    long asked, next;   /* images before these were asked for; have come or were skipped */
    int64_t head_since; /* when it was asked or said something last */
    struct talk_times times;
    int deaths; /* of the head, on the image that is next */

    struct peer *tail;
    enum tail_state state;
    struct flight *flights; /* [flights_n] frames that are sent or to be sent, from the first image on */
    int flights_n;
    bool was_ready; /* at some time */
    int attempts;   /* since the last answer */
    int64_t tail_since, retry_at;
    int probes;            /* answered in this SYNC */
    int64_t probe_sent;    /* when the one under way was */
    struct clocks clocks;  /* its clock and ours */
    int64_t synced;        /* when */
    enum exchange_end end; /* other than DONE: it is over */
    struct error *e;
};

/* Ends it. Always -1. */
int exchange_stop(struct exchange *x, enum exchange_end end, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An image will have no answer. */
void exchange_skip(struct exchange *x, long image, const char *reason);

/* Starts a program here that takes names of images: mode "head" or "whole", with the number of the first.
 * `who` is its name in messages; NULL on error. */
struct peer *exchange_half_start(const struct exchange_cut *cut, const char *mode, const char *who,
                                 long first, size_t most, struct error *e);

/* exchange_tail.c: starts the tail where it is time, takes what it says, and sees when it does not. -1: it is
 * over. */
int exchange_tail_start(struct exchange *x);
int exchange_tail_step(struct exchange *x);
void exchange_tail_send(struct exchange *x, const struct talk_message *frame); /* now, if it is ready */
void exchange_tail_free(struct exchange *x);
void exchange_tail_sync(struct exchange *x); /* compares the clocks again */

#endif
