/* Taking back what keys changed: the chosen classes, marks, pinned curves, the plan's values. */
#ifndef ISPLIT_APP_UNDO_H
#define ISPLIT_APP_UNDO_H

#include <stdbool.h>

struct app;
struct undo;

struct undo *undo_new(void); /* nothing is known yet */
void undo_free(struct undo *u);

/* Forgets everything: another network is on the screen. */
void undo_clear(struct undo *u);

/* After a key or a click: what it changed can be taken back, in one step. A prompt that is open is part of a
 * step that goes on. */
void undo_note(struct app *a);

/* Takes back the last change, or (`again`) makes the one again that was taken back, and says which. */
void undo_step(struct app *a, bool again);

#endif
