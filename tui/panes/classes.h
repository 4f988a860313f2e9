/* The class picker: every class with its images, its accuracy and its best layer, and ways to choose some of
 * them. */
#ifndef ISPLIT_PANES_CLASSES_H
#define ISPLIT_PANES_CLASSES_H

#include "panes/action.h"

struct app;
struct pane;

extern const struct pane classes_pane;

/* Asks for classes, in any view: ACTION_CLASSES an expression, ACTION_SAVE_SUBSET a name for the chosen ones,
 * ACTION_LOAD_SUBSET which saved ones, ACTION_GROUPS a file of groups. */
void classes_ask(struct app *a, enum action action);

#endif
