/* Searching and filtering a list: one behaviour for every pane that shows one. `\` asks for a filter, `/` for
 * a search; both show matches while they are typed, Esc in the prompt restores the previous one. n and N
 * continue the search. Esc outside of a prompt removes the filter, then the search. */
#ifndef ISPLIT_PANES_FINDER_H
#define ISPLIT_PANES_FINDER_H

#include <stdbool.h>

#include "panes/action.h"
#include "panes/list.h"

struct app;
struct list_pane;

/* Of a list whose rows are up to date. True where the action was one of these. */
bool finder_act(struct app *a, const struct list_pane *p, enum action action);

#endif
