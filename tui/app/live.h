/* Both halves of a cut at work, started from the screen: the head here, the tail through a command, as isplit
 * run has them. What is measured is shown as it comes (view Run), beside what the plan says now. */
#ifndef ISPLIT_APP_LIVE_H
#define ISPLIT_APP_LIVE_H

#include <poll.h>
#include <stdbool.h>

#include "panes/stages.h"

struct app;
struct live;

/* Where the halves are that were made last: the folder that is offered. */
void live_offer(struct app *a, const char *folder);

/* Asks for a folder and for the command that starts the tail, and runs them; or says why not. */
void live_ask(struct app *a);

/* Images one at a time from the next run on, or the head works ahead again. */
void live_toggle_pipeline(struct app *a);

bool live_runs(const struct app *a);
void live_stop(struct app *a); /* soon; what was measured stays on the screen */
void live_free(struct app *a); /* waits until both sides have ended, a second at the most */

/* "running: 12 of 400 images (Esc stops it)". New string. */
char *live_text(const struct app *a);

/* What there is to show, with `plan` as its prediction; false: nothing has run. */
bool live_stages(const struct app *a, double plan[RUN_MEASURES], struct stages *stages);

/* The folder that was offered, or NULL; whether the next run has the head work ahead. */
const char *live_offered(const struct app *a);
bool live_pipelined(const struct app *a);

/* For the loop, like study_polls and the others. */
enum { LIVE_POLLS = RUN_WATCH_POLLS };
int live_polls(const struct app *a, struct pollfd fds[LIVE_POLLS]);
void live_step(struct app *a);

#endif
