/* What the files of the pool share. */
#ifndef ISPLIT_STUDY_POOL_PARTS_H
#define ISPLIT_STUDY_POOL_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "study/child.h"
#include "wire/channel.h"
#include "wire/message.h"

/* The requests that every worker has to answer before it can measure, in this order. */
enum pool_step { POOL_HELLO, POOL_OPEN, POOL_IMAGES, POOL_STEPS };

enum pool_state {
    POOL_LOST,  /* it has ended; a revive starts it again */
    POOL_IDLE,  /* it waits for a request */
    POOL_LOADS, /* it answers a step */
    POOL_ASKED, /* it answers a request of the front end's other than a run */
    POOL_RUNS,  /* it measures a portion */
};

struct pool_worker {
    int number;          /* from 1 */
    const char *command; /* borrowed; NULL: our own, on this machine */
    char *name;          /* for people: "worker 2 (ssh box isplit-engine)" */
    struct child *child; /* NULL: LOST */
    enum pool_state state;
    int steps;                    /* so many it has answered */
    uint64_t digests[POOL_STEPS]; /* of what it has said in each of them */
    int64_t heard_ms, gap_ms;     /* when it last spoke; the longest pause while it measured */
    bool silent;                  /* told of: it is given nothing until it speaks again */
    bool shows;                   /* a heatmap is awaited of it */
    /* Of its portion: positions in the run's images, of which `next` were looked at; and of its run. */
    long *portion, portion_n;
    long run_number;
    bool stopping;
    long rows;        /* of this run, and of those that it follows without a break, that were its own first */
    int64_t began_ms; /* when it got its first portion of this run; 0: none */
};

struct pool {
    struct channel *front;
    struct pool_worker *workers;
    int n, locals;
    int64_t began_ms;
    json_t *steps[POOL_STEPS]; /* requests */
    int steps_n;
    int speaker;                  /* whose answers to steps the front end gets */
    int answered_steps;           /* so many it has got */
    json_t *asked;                /* another request, not answered yet */
    bool passed;                  /* a part of its answer has gone out */
    long *positions, positions_n; /* [positions_n] of an image's number: its place in the run, -1: none */
    struct pool_run *run;         /* pool_run.c */
    char *refusal;                /* why no run can be: workers that do not fit together; or NULL */
    long heatmap_image;           /* awaited; -1: none */
    char folder[64];              /* for the tuning that our own workers share; "" until it is needed */
    int tunings;                  /* so many were made there */
    double free_bytes;            /* of memory, before the first run; 0: not known */
    char *template;               /* the last run's request without its images */
    int64_t told_ms;              /* when rates were told last */
    bool ends;
};

/* ---- Workers (pool_worker.c) -------------------------------------------------------------------------- */

void pool_worker_start(struct pool *p, struct pool_worker *w);
void pool_worker_send(struct pool *p, struct pool_worker *w, json_t *message); /* takes the reference */
/* It is gone: its images are given back. `why` for the front end. */
void pool_worker_lose(struct pool *p, struct pool_worker *w, const char *why);
/* Gives it the next step, if it is idle and one is left. */
void pool_worker_load(struct pool *p, struct pool_worker *w);
/* Takes in an answer to a step, or a part of it. */
void pool_worker_take_step(struct pool *p, struct pool_worker *w, enum message_type type, json_t *m);
bool pool_worker_is_ready(const struct pool *p, const struct pool_worker *w); /* idle, nothing left to load */
void pool_restart(struct pool *p); /* all that are lost or silent */
void pool_say(struct pool *p, bool warning, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- This machine (pool_machine.c) -------------------------------------------------------------------- */

/* Our own workers take one tuning, from a file that the first of them makes: another one for another run,
 * whose request this is, without its images. The memory that they share is what is free before the first run:
 * with another share each portion would need another network. */
void pool_machine_begin(struct pool *p, const json_t *request);
/* Sets that file and one worker's part of the memory in a request for one of our own. */
void pool_machine_share(const struct pool *p, json_t *request);

/* ---- Runs (pool_run.c) --------------------------------------------------------------------------------- */

struct pool_run *pool_run_new(void);
bool pool_run_is_under_way(const struct pool *p);
bool pool_run_is_tuned(const struct pool *p);                          /* the hash of its tuning is known */
bool pool_run_has(const struct pool *p, const struct pool_worker *w);  /* it measures a portion of this run */
long pool_run_left(const struct pool *p, const struct pool_worker *w); /* images of that, not answered */
void pool_run_begin(struct pool *p, json_t *request);                  /* borrowed */
void pool_run_deal(struct pool *p);                                    /* to all that are free */
void pool_run_take(struct pool *p, struct pool_worker *w, enum message_type type, json_t *m);
void pool_run_give_back(struct pool *p, struct pool_worker *w, bool died);
void pool_run_stop(struct pool *p);
void pool_run_step(struct pool *p); /* what time brings */
void pool_run_free(struct pool *p);

#endif
