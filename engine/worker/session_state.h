/* Shared by the parts of a session: session.c opens and lists, session_run.c runs, hash.c hashes, and so on.
 * Functions that answer a request return -1 with the error to send, or where the pipe is gone. */
#ifndef ISPLIT_WORKER_SESSION_STATE_H
#define ISPLIT_WORKER_SESSION_STATE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "curve/run_options.h"
#include "data/dataset.h"
#include "data/decode_memory.h"
#include "graph/graph.h"
#include "net/net.h"
#include "net/weights.h"
#include "wire/channel.h"

struct session {
    struct channel *channel;
    struct net *net;
    char *weights; /* path, or NULL */
    struct weights_info weights_info;
    struct dataset *data;
    struct dataset *kept_data;      /* the one that was open before and was to be kept, or NULL */
    struct decode_memory *decoding; /* what images that are decoded may take */
    struct graph *graph;
    bool *listed;                /* [layers_n] listed layers of the graph */
    struct run_options asked;    /* its options; their arrays are not kept */
    struct retrain_shelf *shelf; /* inputs of earlier trainings, or NULL (worker/retrain_shelf.h) */
    struct yardstick *yardstick; /* a comparison with libdarknet that is under way, or NULL */

    bool running;  /* a run is in progress */
    bool stopping; /* the run or hash is to stop */
    bool diverged; /* why a training ended with an error: its numbers were not finite any more */
    json_t *kept;  /* a heatmap request that came meanwhile, or NULL */
};

/* Warns of the `turned` of n images that EXIF says are to be turned and that were not; nothing where there
 * are none. */
int session_tell_turned(struct session *s, long turned, long n, long first, struct error *e);

int session_send(struct session *s, json_t *message, struct error *e);
/* The tuning of a graph; and whether it is that one, "": any. */
int session_send_tuning(struct session *s, const struct graph *graph, struct error *e);
bool session_has_tuning(const struct graph *graph, const char *tuning);

/* A progress message, unless one was sent less than half a second ago. *told is when, in ms of clock_ms; 0:
 * none was. -1: the pipe is gone. */
int session_tell(struct session *s, int64_t *told, struct error *e, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void session_forget_graph(struct session *s);

/* Whether the network's files are those that were opened, with these hashes: one replaced meanwhile would be
 * reported with another network's numbers. *info is of the weights, with the session's formula of batch norm.
 */
int session_check_sources(const struct session *s, const char *cfg_xxh3, const char *weights_xxh3,
                          struct weights_info *info, struct error *e);

/* 0 where the network takes images. */
int session_reads_images(const struct net *net, struct error *e);

/* 0 where the data set, which must be open, has an image of that number. */
int session_knows_image(const struct session *s, long image, struct error *e);

/* 0 where it has all of these, each of a class of the network, or without a label where the score needs none.
 */
int session_knows_images(const struct session *s, const long *images, long n, enum score score,
                         struct error *e);

/* Handles what came during a run or a hash. Returns whether that is to stop. Once true it stays true. */
bool session_stop_asked(struct session *s);

int session_run(struct session *s, const json_t *request, struct error *e);
int session_hash(struct session *s, const json_t *request, struct error *e);
int session_partition(struct session *s, const json_t *request, struct error *e);
int session_profile(struct session *s, const json_t *request, struct error *e);
int session_features(struct session *s, const json_t *request, struct error *e);
int session_pictures(struct session *s, const json_t *request, struct error *e);
int session_trapped(struct session *s, const json_t *request, struct error *e);
int session_retrain(struct session *s, const json_t *request, struct error *e);

/* Fills x, an input of the network, with made-up numbers distributed evenly from 0 to 1, like pixels; the
 * same for every network of that size, on every machine. */
void session_made_up(const struct session *s, int i, float *x);

/* Reads the open network's weights and compiles it. `held` of the options is what will be allocated besides
 * the graph; heap in use is added here. The graph is the caller's. NULL on error. */
struct graph *session_compile(struct session *s, const struct graph_options *asked, struct error *e);

/* Limits decoding by the memory that the graph leaves of what it was allowed; by what the machine has to
 * spare, where images are decoded without a graph. Not during a run. */
void session_decode_beside(struct session *s, const struct graph *graph);
void session_decode_alone(struct session *s);

/* Always answers with a heatmap message, which contains the error if there is one. */
int session_heatmap(struct session *s, const json_t *request, struct error *e);

/* Answers a heatmap request kept from a run, if any. */
int session_kept_heatmap(struct session *s, struct error *e);

#endif
