/* Searching and filtering a list: one behaviour for every pane that shows one. `\` asks for a filter, `/` for
 * a search; both show what they find while they are typed, Esc in the prompt brings back what was there
 * before. n and N go on searching. Esc outside of a prompt takes the filter away, then the search. */
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
