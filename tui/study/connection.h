/* A conversation with the worker: requests go out, answers come in and change what is known here (the
 * layer table, the data set, the measured rows). Nothing blocks but connection_step's wait, so a screen can
 * call it from its own loop (connection_polls, connection_timeout, connection_step); the batch commands use
 * connection_wait. */
#ifndef ISPLIT_STUDY_CONNECTION_H
#define ISPLIT_STUDY_CONNECTION_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "study/child.h"
#include "curve/curve.h"
#include "curve/heatmap.h"
#include "curve/run_options.h"
#include "data/content.h"
#include "data/dataset.h"
#include "deploy/profile.h"
#include "features/measured_features.h"
#include "features/measured_pictures.h"
#include "net/table.h"
#include "partition/partition_request.h"
#include "predict/trapped.h"
#include "train/retrain_request.h"
#include "wire/message_data.h"
#include "wire/message_hello.h"
#include "wire/message_result.h"

/* Whether an answer is being waited for. */
enum connection_state {
    CONNECTION_WAITS, /* for that to the last request */
    CONNECTION_IDLE,
    CONNECTION_LOST,
};

struct request_kind; /* study/request.h */

/* What else the worker says; every entry may be NULL. A content may be unknown. */
struct connection_listener {
    void *data;
    void (*log)(void *data, bool warning, const char *text);
    void (*progress)(void *data, const char *what);
    void (*workers)(void *data, const char *text,
                    bool whole); /* of a pool: how fast each is; at a run's end */
    void (*skipped)(void *data, long image, const char *reason, const struct content *content);
    void (*nonfinite)(void *data, long image, int layer, const struct content *content);
    /* The one asked for; freed after it, unless what it holds is moved away and *heatmap zeroed. */
    void (*heatmap)(void *data, struct heatmap *heatmap);
    void (*measured)(void *data, long image, const struct content *content); /* its row is in the curve now */
    void (*content)(void *data, long image, const struct content *content);  /* answers connection_hash */
    void (*trained)(void *data, long done, long of, double loss);            /* steps, and the mean loss */
    void (*checked)(void *data, const struct retrain_check *check);
};

struct connection {
    struct child *child;
    enum connection_state state;
    struct connection_listener listener;
    struct message_versions versions;

    struct table *table; /* after open */
    char cfg_xxh3[17], weights_xxh3[17];
    enum epsilon epsilon;    /* of its batch norm; HEADER: it has none */
    struct dataset *dataset; /* after list */

    const struct request_kind *kind; /* of the last request; NULL before the first */
    bool answered;
    void *request; /* what its kind keeps of it, or NULL */
    void *heatmap; /* the same of a heatmap's that is awaited next to it; NULL: there is none */

    /* Of the last request, where it goes from image to image: */
    struct message_tuning tuning; /* of a run, or of features; hash empty before it came */
    bool *awaited; /* [dataset->images_n] asked for and not answered yet; NULL: all may be spoken of */
    long asked, results, skipped, nonfinite;
    long hashed;   /* contents told, of `asked` */
    bool stopped;  /* it was asked to stop */
    bool diverged; /* a training that was refused: its numbers were not finite any more */
    bool pooled;   /* it has said that it is a pool of workers */

    int64_t heard_ms;   /* when it last said something, or was asked; on the monotonic clock */
    int64_t stepped_ms; /* the last connection_step */
    int64_t deadline;   /* when an answer is late, on the monotonic clock in ms; 0: it may take its time */
    bool late;          /* that is why it is lost */
};

/* How a wait ended. */
enum connection_end {
    CONNECTION_DONE,
    CONNECTION_REFUSED,     /* the worker answered with an error; it lives on */
    CONNECTION_GONE,        /* it died, or speaks rubbish, or another protocol */
    CONNECTION_INTERRUPTED, /* by a signal; a run was stopped in good order */
};

/* The kinds of requests, for connection_waits_for: whether the answer to one of this kind is awaited. */
extern const struct request_kind request_hello, request_open, request_list, request_hash, request_run,
    request_partition, request_profile, request_features, request_pictures, request_trapped, request_heatmap,
    request_retrain;
bool connection_waits_for(const struct connection *n, const struct request_kind *kind);
/* Whether the last request is answered. */
bool connection_is_answered(const struct connection *n);
/* Whether what is awaited goes from image to image: then connection_stop ends it, and a heatmap may be asked
 * for. */
bool connection_can_stop(const struct connection *n);

/* For how many seconds nothing has come while an answer is awaited; 0 as long as that is nothing unusual. A
 * worker that is stopped, or the network to it, does not show in any other way. */
long connection_silence(const struct connection *n);

/* Starts the worker (NULL: ours) and greets it. NULL where it cannot be started. */
struct connection *connection_start(const char *command, const struct connection_listener *listener,
                                    struct error *e);
void connection_free(struct connection *n);
int connection_greet(struct connection *n, struct error *e); /* for connection_start */

/* Requests; each only when the one before was answered. What an earlier answer left is given up. */
int connection_open(struct connection *n, const char *cfg, const char *weights, enum epsilon epsilon,
                    struct error *e);
int connection_list(struct connection *n, const struct images_request *request, struct error *e);

/* The contents of images of the data set, for the listener; none twice. A message names CONNECTION_HASH of
 * them at most. */
enum { CONNECTION_HASH = 32768 };
int connection_hash(struct connection *n, const long *images, long images_n, struct error *e);

/* Cuts the network that is open in two. The hashes of the request are those of connection_open's answer: they
 * are put in here. Images that cannot be decoded are told to the listener. The answer: NULL until it came,
 * and after the next request. */
int connection_partition(struct connection *n, const struct partition_request *request, struct error *e);
const struct partition_answer *connection_split_answer(const struct connection *n);

/* How long each layer of the network that is open takes in the runtime (threads 0: the worker's choice), in
 * at least so many runs. The answer as of connection_partition. */
int connection_profile(struct connection *n, enum profile_runtime runtime, int threads, int runs,
                       struct error *e);
const struct profile *connection_profile_answer(const struct connection *n);

/* What the cuts of the network that is open send; images that are left out are told to the listener of the
 * conversation, ranges and rows to that of the request, whole ones as they were asked for: what they hold is
 * freed after the call unless it is moved away and zeroed. A row of another tuning than the one asked for
 * never comes: `tuning` tells which it is. */
struct sent_row;
struct sent_ranges;
struct sent_times;
struct features_listener {
    void *data;
    void (*ranges)(void *data, struct sent_ranges *ranges);
    void (*times)(void *data, const struct sent_times *times);
    void (*sent)(void *data, struct sent_row *row);
};
int connection_features(struct connection *n, const struct features_request *request,
                        const struct features_listener *listener, struct error *e);
bool connection_features_is_whole(const struct connection *n); /* no image is missing */
/* What the images of `run` themselves take, and how the whole network answers to them as JPEG; computed as
 * `run` says, and by that tuning alone unless it is "". */
int connection_pictures(struct connection *n, const struct run_options *run, const char *tuning,
                        void (*sent)(void *data, const struct picture_row *row), void *data, struct error *e);
bool connection_pictures_is_whole(const struct connection *n);
/* Of `run` layers, images and how they are computed count. The answer is NULL where it was stopped. */
int connection_trapped(struct connection *n, const struct run_options *run, long floats, uint64_t seed,
                       struct error *e);
const struct trapped *connection_trapped_answer(const struct connection *n);

/* Trains the network that is open with a bottleneck; the hashes are put in here as in connection_partition.
 * `kept_data`: the images for validation are those of the data set that was kept. The answer, also after a
 * stop: the last check of each kind, [RETRAIN_WHENS], borrowed, one that never came without `right`; NULL
 * until it is complete. And the steps done, of how many, what they took, and the images trained on; false
 * likewise. */
int connection_retrain(struct connection *n, const struct retrain_request *request, bool kept_data,
                       struct error *e);
const struct retrain_check *connection_retrain_checks(const struct connection *n);
bool connection_retrain_answer(const struct connection *n, long *done, long *of, double *seconds,
                               long *images);
bool connection_retrain_is_whole(const struct connection *n); /* all steps are done */

/* Ends a run, a hash, a split, a profile, features or a training in good order; nothing where there is none,
 * or where it is ending already. */
int connection_stop(struct connection *n, struct error *e);

/* Rows are added to `curve` (options->layers_n layers), which stays the caller's and must live until the run
 * has ended or the connection is freed. It may hold rows of other images already: a run that was stopped goes
 * on as another run of the images that are left. A run of no images makes the tuning, and `tuning` tells
 * which.
 */
int connection_run(struct connection *n, const struct run_options *options, struct curve *curve,
                   struct error *e);

/* Starts again those workers of a pool that are lost or silent; at any time. -1 where it is one worker, or
 * none (n NULL). */
int connection_revive(struct connection *n, struct error *e);

/* One image with its maps, for the listener; also while a run or a hash is under way, which goes on beside
 * it, and the state stays what it is. One at a time; opening and listing have to wait until it is answered, a
 * run or a hash need not. */
int connection_heatmap(struct connection *n, const struct heatmap_request *request, struct error *e);

/* How many images after the last one it answered, in the order asked for, the worker may have begun: where it
 * dies in a run, one of them may be the cause (or the heatmap's, where one is awaited). 0 before the
 * tuning came, when it has not begun any. */
int connection_ahead(const struct connection *n);

/* For an event loop: what to wait for before connection_step(n, 0, e), and how long at most (in ms; -1: there
 * is no limit). Returns how many entries were filled. While something is awaited the wait is short enough to
 * notice a worker that cannot answer any more though its pipe is open. */
int connection_polls(const struct connection *n, struct pollfd fds[3]);
int connection_timeout(const struct connection *n);

/* Takes in what the worker sent, after a sleep of at most timeout_ms. Done: the state (and `heatmap`)
 * says whether an answer is still awaited. Gone, too, where the worker has not answered in time. */
enum connection_end connection_step(struct connection *n, int timeout_ms, struct error *e);

/* Until the request is answered. *signals counts signals that ask to stop: the first stops a run in good
 * order (the batch under way is finished), the second one does not wait for that. `tick` is called at least
 * ten times a second, may be NULL. */
enum connection_end connection_wait(struct connection *n, const volatile sig_atomic_t *signals,
                                    void (*tick)(void *), void *data, struct error *e);

#endif
