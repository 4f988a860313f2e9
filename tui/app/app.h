/* The interactive program around its model (app/model.h). Drawing reads the model and changes nothing; the
 * loop calls app_key, app_step and app_draw. Nothing here knows about terminals. */
#ifndef ISPLIT_APP_APP_H
#define ISPLIT_APP_APP_H

#include "app/actions.h"
#include "app/model.h"
#include "app/racing.h"
#include "panes/pane.h"
#include "panes/states.h"

/* Something modal over the view: help, export. */
struct dialog {
    const char *hints; /* its keys, for the footer */
    void (*draw)(const struct app *a, struct canvas *c, struct area area);
    void (*key)(struct app *a, int key); /* sets a->dialog = NULL to close itself */
};

/* Whether the action closes a dialog, whichever it is. */
bool app_leaves_dialog(enum action action);

/* Up, down, first and last in a dialog of that many rows. True where the action was one of these. */
bool app_move_in_dialog(struct app *a, enum action action, int rows);

/* Takes ownership of the inputs and starts measuring; or, with options->from, opens that (inputs NULL). NULL
 * where the worker cannot be started, or the file not be opened. */
struct app *app_new(struct inputs *inputs, const struct options *options, struct error *e);

/* -1 where measured rows are lost that nobody has been told of. */
int app_free(struct app *a, struct error *unkept);

/* Gives a study the store that the options name, which is opened where it is not yet: after the first frame,
 * but before the first step. Failures go to the journal, and then nothing is kept. */
void app_use_store(struct app *a, struct study *s);

void app_resize(struct app *a, int rows, int columns);
void app_key(struct app *a, int key);
void app_act(struct app *a, enum action action);
void app_click(struct app *a, int row, int column);
void app_wheel(struct app *a, int row, int column, int rows);

void app_set_view(struct app *a, enum view view);

/* Back to the view before. False where there was none. */
bool app_leave_view(struct app *a);

/* What to poll, and handling what came. */
enum { APP_POLLS = 2 * STUDY_POLLS + PARTITIONING_POLLS + RACING_POLLS + LIVE_POLLS };
int app_polls(const struct app *a, struct pollfd fds[APP_POLLS]);
int app_timeout(const struct app *a);
void app_step(struct app *a);

/* Writes subsets, marks, options and view, if they are kept. */
void app_save_state(struct app *a);

/* Whether nothing is being measured, loaded or awaited. */
bool app_is_settled(const struct app *a);

/* Places the panes and updates their states; keys and drawing call it themselves. */
void app_prepare(struct app *a);

/* Whether the view has something to show: the log always, the others when the network is ready. */
bool app_shows_panes(const struct app *a);

/* Whether the screen is large enough for more than a message that it is too small. */
bool app_fits(const struct app *a);

void app_draw(struct app *a, struct canvas *c);

/* What a click means there: the view whose tab it is on (-1: none), the action whose hint in the footer it is
 * on (or NULL). */
int app_clicked_view(const struct app *a, int row, int column);
const struct action_entry *app_clicked_hint(const struct app *a, int row, int column);

#endif
