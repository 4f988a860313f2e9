/* How long each layer of a network takes: the whole forward pass and the pass layer by layer take turns until
 * there is enough of both, so that other load on the machine affects both alike. */
#ifndef ISPLIT_WORKER_PROFILE_H
#define ISPLIT_WORKER_PROFILE_H

#include <stdint.h>

#include "base/error.h"
#include "deploy/profile.h"
#include "graph/graph.h"

/* A network that runs forward. */
struct profile_subject {
    void *user;
    int layers_n;
    bool one_thread; /* it runs in the calling thread only */
    int (*whole)(void *user, struct error *e);
    /* The same layer by layer; `after` is called after each layer. Layers it is not called for take 0. */
    int (*layers)(void *user, graph_after_call *after, void *clock, struct error *e);
};

/* How long a calm machine is watched: two seconds for PROFILE_RUNS runs or more; of fewer that part of it,
 * since whoever asks for one wants a quick look. */
int64_t profile_enough_ns(int runs);

/* Called between two runs, after `runs` of them: -1 to stop. */
typedef int profile_between(void *user, int runs, struct error *e);

/* After a warm-up, at least `runs` runs of each and two seconds, but no more than PROFILE_RUNS_LIMIT; up to
 * eight seconds where other programs interfere. Of fewer than PROFILE_RUNS, that part of the seconds. The
 * medians are those of undisturbed passes, if there are five of both kinds; else those of all, in processor
 * time where there is one thread. The percentiles are those of all in real time. Fills in the runs and times
 * of `out`, whose arrays are new (profile_free). */
int profile_make(const struct profile_subject *subject, int runs, profile_between *between, void *user,
                 struct profile *out, struct error *e);

#endif
