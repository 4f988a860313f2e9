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

/* What a pane says about its list. `at` is a number for what stands under the cursor (a layer, a class, an
 * image), which is the same in whatever row it is shown; -1 where there are no rows. */
struct finder {
    const char *filter_label; /* of the prompt: "layers (glob on name or type): " */
    const char *thing, *part; /* "layer", "name": no layer has '...' in its name */

    list_text *text; /* of a row: what is searched; its data is the app */
    int (*at)(const struct app *a);
    /* Makes the rows again, since the filter may be another one, and puts the cursor back on that; where it
     * is not shown, near it. */
    void (*back)(struct app *a, int at);
};

/* Of a list whose rows are up to date. True where the action was one of these. */
bool finder_act(struct app *a, const struct list_pane *p, enum action action);

#endif
