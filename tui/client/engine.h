/* A conversation with the worker: requests go out, answers come in and change what is known here (the
 * layer table, the data set, the measured rows). Nothing blocks but engine_step's wait, so a screen can
 * call it from its own loop; the batch commands use engine_wait. */
#ifndef ISPLIT_CLIENT_ENGINE_H
#define ISPLIT_CLIENT_ENGINE_H

#include <signal.h>
#include <stdbool.h>

#include "base/error.h"
#include "data/dataset.h"
#include "link/message.h"
#include "model/curve.h"
#include "model/table.h"
#include "client/worker.h"

/* Which answer is being waited for. */
enum engine_state { ENGINE_HELLO, ENGINE_OPENING, ENGINE_LISTING, ENGINE_RUNNING, ENGINE_IDLE, ENGINE_LOST };

/* What else the worker says; every entry may be NULL. */
struct engine_listener {
    void *data;
    void (*log)(void *data, bool warning, const char *text);
    void (*progress)(void *data, const char *what);
    void (*skipped)(void *data, long image, const char *reason);
    void (*nonfinite)(void *data, long image, int layer);
};

struct engine {
    struct worker *worker;
    enum engine_state state;
    struct engine_listener listener;
    struct message_versions versions;

    struct table *table; /* after open */
    char cfg_xxh3[17], weights_xxh3[17];
    struct dataset *dataset; /* after list */

    struct message_plan plan; /* of the run; hash empty before it came */
    struct curve *curve;      /* rows of the run */
    float *row;               /* [curve->layers] room for one result */
    bool *awaited;            /* [dataset->images_n] asked for in this run and not answered yet */
    long asked, skipped, nonfinite;
    bool stopped; /* the run was asked to stop */
};

/* How a wait ended. */
enum engine_end {
    ENGINE_DONE,
    ENGINE_REFUSED,     /* the worker answered with an error; it lives on */
    ENGINE_GONE,        /* it died, or speaks rubbish, or another protocol */
    ENGINE_INTERRUPTED, /* by a signal; a run was stopped in good order */
};

/* Starts the worker (NULL: ours) and greets it. NULL where it cannot be started. */
struct engine *engine_start(const char *command, const struct engine_listener *listener, struct error *e);
void engine_free(struct engine *n);

/* Requests; each only when the one before was answered. What an earlier answer left is given up. */
int engine_open(struct engine *n, const char *cfg, const char *weights, struct error *e);
int engine_list(struct engine *n, const struct message_images *request, struct error *e);
int engine_run(struct engine *n, const struct run_options *options, struct error *e);
int engine_stop(struct engine *n, struct error *e);

/* Takes in what the worker sent, after a sleep of at most timeout_ms. Done: the state says whether an
 * answer is still awaited. */
enum engine_end engine_step(struct engine *n, int timeout_ms, struct error *e);

/* Until the request is answered. *signals counts signals that ask to stop: the first stops a run in good
 * order (the batch under way is finished), the second one does not wait for that. `tick` is called at least
 * ten times a second, may be NULL. */
enum engine_end engine_wait(struct engine *n, const volatile sig_atomic_t *signals, void (*tick)(void *),
                            void *data, struct error *e);

#endif
