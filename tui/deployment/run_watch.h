/* A run of both halves that works in a thread of its own, for who draws a screen and answers keys meanwhile:
 * ending a half may wait for it, and an image may have to be written before it can be sent. */
#ifndef ISPLIT_DEPLOYMENT_RUN_WATCH_H
#define ISPLIT_DEPLOYMENT_RUN_WATCH_H

#include <poll.h>

#include "deployment/run_job.h"
#include "report/run_summary.h"

enum run_phase {
    RUN_LOOKING,    /* for images */
    RUN_CONNECTING, /* no image has an answer yet */
    RUN_RUNNING,
    RUN_LOST,      /* the connection; it is made again */
    RUN_COMPARING, /* with the whole network */
    RUN_OVER,
};

/* What is measured so far. */
struct run_state {
    enum run_phase phase;
    enum exchange_end end; /* of RUN_OVER */
    struct error why;      /* where that is not DONE */
    long settled, compared, n;
    int cut;                    /* that the last image took */
    long moves;                 /* of the cut */
    double mean_bytes;          /* run_job_mean_bytes of that cut */
    struct run_summary summary; /* of all cuts, without a plan and without the images */
};

struct run_watch;

/* Has the job work; `data` (NULL: its images are taken already) is a data set to be opened first. `choose`
 * (NULL: there is one cut) as exchange_listener has it, with its data; it is called in that thread. The job
 * is not to be touched before run_watch_free. NULL: there is no thread or pipe. */
struct run_watch *run_watch_begin(struct run_job *job, const char *data,
                                  int (*choose)(void *data, const struct exchange_image *last),
                                  void *choose_data, struct error *e);

/* What to wait for. */
enum { RUN_WATCH_POLLS = 1 };
int run_watch_polls(const struct run_watch *w, struct pollfd fds[RUN_WATCH_POLLS]);

/* Copies what is measured so far; false where nothing has changed since. */
bool run_watch_take(struct run_watch *w, struct run_state *state);

/* For the log. */
struct run_line {
    bool warning;
    char *text;
};

/* The next line, oldest first, its text the caller's to free; false: there is none. */
bool run_watch_line(struct run_watch *w, struct run_line *line);

/* Asks it to end, soon, as Ctrl-C does. */
void run_watch_stop(struct run_watch *w);

/* Asks it to end, waits for that, a second at the most, and frees; the job remains. */
void run_watch_free(struct run_watch *w);

#endif
