/* Partition of the study's network, from the plan: a separate worker does it, so that measuring continues.
 * The result goes to the journal. */
#ifndef ISPLIT_APP_PARTITIONING_H
#define ISPLIT_APP_PARTITIONING_H

#include <poll.h>
#include <stdbool.h>

#include "deployment/partition_job.h"

struct app;
struct partitioning;

/* Asks for a folder, then makes head and tail of the cut after the layer; or says why not. */
void partitioning_ask(struct app *a, int layer);

bool partitioning_runs(const struct app *a);
const char *partitioning_layer(const struct app *a); /* the name of the one it cuts after, while it runs */
/* Ends it in good order, soon. */
void partitioning_stop(struct app *a);
/* The same at once: waits at most so long for the worker to clear up. */
void partitioning_free(struct app *a, int patience_ms);

/* "cutting after block3_pool: checking input 2". New string. */
char *partitioning_text(const struct app *a);

/* For the loop, like study_polls and the others. */
enum { PARTITIONING_POLLS = 3 };
int partitioning_polls(const struct app *a, struct pollfd fds[PARTITIONING_POLLS]);
int partitioning_timeout(const struct app *a);
void partitioning_step(struct app *a);

#endif
