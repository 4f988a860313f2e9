/* The link of the plan on the screen: one with a name or a typed one, and the steps by which keys changed
 * it. */
#ifndef ISPLIT_APP_PLANNING_LINK_H
#define ISPLIT_APP_PLANNING_LINK_H

#include "deploy/link_text.h"

struct planning_link {
    const struct link_list *own; /* the user's; borrowed */
    struct link given;           /* the link described on the command line */
    int given_n;                 /* 1; 0: the command line names a link, or gives none */
    struct link plain;           /* without the steps */
    int at; /* index into the given one, the user's own links and the presets; -1: none of them */
    int rate_steps, trip_steps;
};

/* `text`: the command line's text for `link`, or NULL. */
void planning_link_open(struct planning_link *l, const struct link_list *own, const struct link *link,
                        const char *text);
void planning_link_use(struct planning_link *l, const struct link *link);

/* Selects the next (direction 1) or previous (-1) link of the list. */
void planning_link_next(struct planning_link *l, int direction);

/* Changes its bandwidth or its round trip by a step, if the link stays valid. */
void planning_link_step(struct planning_link *l, int *steps, int by);

/* The link with the steps applied. */
struct link planning_link_stepped(const struct planning_link *l);

/* The link in the form in which it is typed. New string. */
char *planning_link_text(const struct planning_link *l);

#endif
