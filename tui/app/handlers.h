/* Handlers of keys that do not belong to a pane: the functions named in the table of actions. Each gets the
 * action, since some serve two. Those of rows not marked `always` need a network. */
#ifndef ISPLIT_APP_HANDLERS_H
#define ISPLIT_APP_HANDLERS_H

#include "panes/action.h"

struct app;

/* Views and panes. */
void handlers_view(struct app *a, enum action action);
void handlers_focus(struct app *a, enum action action);
void handlers_look(struct app *a, enum action action); /* a class in the matrix, a layer in words */
void handlers_chosen_already(struct app *a, enum action action);
void handlers_leave(struct app *a, enum action action); /* the view; from the first one, the program */
void handlers_escape(struct app *a,
                     enum action action); /* cancels what was begun last; else leaves the view */

/* Retrains the cut under the cursor, or all. */
void handlers_evaluate(struct app *a, enum action action);

/* The layer cursor, and which layers plots show. */
void handlers_move(struct app *a, enum action action);
void handlers_candidate(struct app *a, enum action action);
void handlers_best(struct app *a, enum action action);
void handlers_zoom(struct app *a, enum action action);

/* How things are shown. */
void handlers_scale(struct app *a, enum action action);
void handlers_trapped(struct app *a, enum action action);
void handlers_bytes(struct app *a, enum action action);
void handlers_theme(struct app *a, enum action action);
void handlers_glyphs(struct app *a, enum action action);
void handlers_pictures(struct app *a, enum action action);
void handlers_mouse(struct app *a, enum action action);

/* Takes back what keys changed, or makes it again. */
void handlers_undo(struct app *a, enum action action);

/* Pins, marks, and dialogs. */
void handlers_pin(struct app *a, enum action action);
void handlers_unpin(struct app *a, enum action action);
void handlers_mark(struct app *a, enum action action);
void handlers_note(struct app *a, enum action action);
void handlers_values(struct app *a, enum action action);
void handlers_export(struct app *a, enum action action);
void handlers_help(struct app *a, enum action action);
void handlers_confusion(struct app *a, enum action action);
void handlers_palette(struct app *a, enum action action);

/* The worker and the program. */
void handlers_pause(struct app *a, enum action action);
void handlers_restart(struct app *a, enum action action);
void handlers_open(struct app *a, enum action action);
void handlers_redraw(struct app *a, enum action action);
void handlers_suspend(struct app *a, enum action action);
void handlers_quit(struct app *a, enum action action);

#endif
