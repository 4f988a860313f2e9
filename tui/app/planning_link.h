/* The link of the plan on the screen: one that has a name, or that was typed, and the steps that keys made
 * away from it. */
#ifndef ISPLIT_APP_PLANNING_LINK_H
#define ISPLIT_APP_PLANNING_LINK_H

#include "deploy/link_text.h"

struct planning_link {
    const struct link_list *own; /* the user's; borrowed */
    struct link given;           /* what the command line describes, with */
    int given_n;                 /* 1, or 0: it names a link, or there is none */
    struct link plain;           /* without the steps */
    int at; /* among the given one, the user's own links and the presets; -1: none of them */
    int rate_steps, trip_steps;
};

/* `text`: what the command line says of `link`, or NULL. */
void planning_link_open(struct planning_link *l, const struct link_list *own, const struct link *link,
                        const char *text);
void planning_link_use(struct planning_link *l, const struct link *link);

/* The one after (direction 1) or before (-1) in the list. */
void planning_link_next(struct planning_link *l, int direction);

/* A step of its bandwidth or its round trip, as long as it stays a link that can be. */
void planning_link_step(struct planning_link *l, int *steps, int by);

/* With the steps. */
struct link planning_link_stepped(const struct planning_link *l);

/* As it would be typed. New string. */
char *planning_link_text(const struct planning_link *l);

#endif
