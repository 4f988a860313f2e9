/* What the parts of a session share: session.c opens and lists, session_run.c measures. Functions that answer
 * a request return -1 with the error to be sent, or where the pipe is gone. */
#ifndef ISPLIT_WORKER_SESSION_STATE_H
#define ISPLIT_WORKER_SESSION_STATE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "data/dataset.h"
#include "link/channel.h"
#include "link/message.h"
#include "model/net.h"
#include "plan/plan.h"

struct session {
    struct channel *channel;
    struct net *net;
    char *weights; /* path, or NULL */
    struct dataset *data;
    struct plan *plan;
    bool *listed;             /* [layers_n] what the plan was made for */
    struct run_options asked; /* and with which options; its arrays are not kept */

    bool running;  /* a run is under way, */
    bool stopping; /* is to end, */
    json_t *kept;  /* and a heatmap has been asked for meanwhile; or NULL */
};

int session_send(struct session *s, json_t *message, struct error *e);
void session_forget_plan(struct session *s);

/* 0 where the network reads pictures. */
int session_reads_images(const struct net *net, struct error *e);

int session_run(struct session *s, const json_t *request, struct error *e);

/* Always answers with a heatmap message, which holds what is wrong where something is. */
int session_heatmap(struct session *s, const json_t *request, struct error *e);

/* Answers the heatmap that was asked for during a run, where there is one. */
int session_kept_heatmap(struct session *s, struct error *e);

#endif
