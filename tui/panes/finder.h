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

/* What a pane provides about its list. `at` identifies the item under the cursor (a layer, a class, an
 * image), whatever row it is in; -1 where there are no rows. */
struct finder {
    const char *filter_label; /* of the prompt: "layers (glob on name or type): " */
    const char *thing, *part; /* "layer", "name": no layer has '...' in its name */

    list_text *text; /* searched text of a row; its data is the app */
    int (*at)(const struct app *a);
    /* Makes the rows again, since the filter may have changed, and puts the cursor back on that item, or near
     * it if it is not shown. */
    void (*back)(struct app *a, int at);
};

/* For a list whose rows are up to date. True where the action was one of these. */
bool finder_act(struct app *a, const struct list_pane *p, enum action action);

#endif
