/* Everything a key can do. One table makes the bindings, the help screen, the hints in the footer, the man
 * page and the manual's list. */
#ifndef ISPLIT_APP_ACTIONS_H
#define ISPLIT_APP_ACTIONS_H

#include <stdbool.h>

#include "app/views.h"
#include "panes/action.h"

struct app;

enum { ACTIONS_KEYS = 4, ACTIONS_EVERYWHERE = (1 << VIEWS) - 1 };

/* What an action does in views whose panes do not. */
typedef void action_run(struct app *a, enum action action);

struct action_entry {
    enum action action;
    int keys[ACTIONS_KEYS]; /* enum key; 0: none */
    const char *name;       /* a short word for hints: "mark" */
    const char *help;       /* a line */
    unsigned views;         /* bits 1 << enum view: where it means something */
    int hint;               /* 1, 2, ...: how early it comes in the footer of those views; 0: never */

    /* One of the two does it: the panes of the views in `panes` are asked first, the focused one before the
     * others; what none of them takes, and what is pressed elsewhere, is for `run`. */
    unsigned panes;
    action_run *run; /* NULL: there is nothing but panes */
    bool always;     /* `run` needs no network */
};

extern const struct action_entry actions_table[];
extern const int actions_n;

/* What a key does in a view; NULL, or ACTION_NONE. An entry for some views only wins over one for all. */
const struct action_entry *actions_entry(int key, enum view view);
enum action actions_find(int key, enum view view);

/* The entry of an action in a view, or NULL. */
const struct action_entry *actions_of(enum action action, enum view view);

/* "j/Down": the keys of an entry as the help shows them. */
void actions_keys(const struct action_entry *entry, char out[80]);

#endif
