/* The actions of keys. One table yields the bindings, the help screen, the hints in the footer, the man page
 * and the manual's list. */
#ifndef ISPLIT_APP_ACTIONS_H
#define ISPLIT_APP_ACTIONS_H

#include <stdbool.h>

#include "app/views.h"
#include "base/error.h"
#include "panes/action.h"

struct app;

enum { ACTIONS_KEYS = 4, ACTIONS_EVERYWHERE = (1 << VIEWS) - 1 };

/* What an action does in views whose panes do not. */
typedef void action_run(struct app *a, enum action action);

struct action_entry {
    enum action action;
    int keys[ACTIONS_KEYS]; /* enum key; 0: none */
    const char *name;       /* a short word for hints: "mark" */
    const char *help;       /* one line of help */
    unsigned views;         /* bits 1 << enum view: where it applies */
    int hint;               /* 1, 2, ...: order in the footer of those views; 0: never */

    /* Handlers: in the views of `panes` their panes come first, the focused one before the others; what no
     * pane handles, and keys in other views, go to `run`. */
    unsigned panes;
    action_run *run; /* NULL: panes only */
    bool always;     /* `run` needs no network */
};

extern const struct action_entry *const actions_table; /* [actions_n] */
extern const int actions_n;

/* What a key does in a view; NULL, or ACTION_NONE. An entry for some views only wins over one for all. */
const struct action_entry *actions_entry(int key, enum view view);
enum action actions_find(int key, enum view view);

/* The entry of an action in a view, or NULL. */
const struct action_entry *actions_of(enum action action, enum view view);

/* "j/Down": the keys of an entry as the help shows them. */
void actions_keys(const struct action_entry *entry, char out[80]);

/* keys[n]: gives what the first of the two does to the second, all at once, so that two can change places.
 * -1: nothing is changed, since no action has such a key, or two would have the same one. */
int actions_change(int (*keys)[2], int n, struct error *e);

#endif
