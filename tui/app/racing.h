/* A race on the screen: cuts of the study's network are retrained, as isplit evaluate does it, by a separate
 * worker, so that the screen and the measuring go on. Results are shown as they come (app/evaluating.h), and
 * kept in a folder of the user's own, so that the same race goes on another time. */
#ifndef ISPLIT_APP_RACING_H
#define ISPLIT_APP_RACING_H

#include <poll.h>
#include <stdbool.h>

struct app;
struct racing;

/* Evaluates all listed cuts, or the one after a layer, on the images of the chosen classes; or says why not.
 */
void racing_begin(struct app *a, bool all, int layer);

bool racing_runs(const struct app *a);
/* Ends it in good order, soon: what was trained is kept. */
void racing_stop(struct app *a);
/* The same at once: waits at most so long for the worker's checkpoint. */
void racing_free(struct app *a, int patience_ms);

/* "evaluating block3_pool, start 1, stage 2: step 12 of 40 (Esc stops it)". New string. */
char *racing_text(const struct app *a);

/* For the loop, like study_polls and the others. */
enum { RACING_POLLS = 3 };
int racing_polls(const struct app *a, struct pollfd fds[RACING_POLLS]);
int racing_timeout(const struct app *a);
void racing_step(struct app *a);

#endif
