/* The link of the plan on the screen: one that has a name, or that was typed, and the steps that keys made
 * away from it. */
#ifndef ISPLIT_APP_WEIGHING_LINK_H
#define ISPLIT_APP_WEIGHING_LINK_H

#include "model/link_text.h"

struct weighing_link {
    const struct link_list *own; /* the user's; borrowed */
    struct link given;           /* what the command line describes, with */
    int given_n;                 /* 1, or 0: it names a link, or there is none */
    struct link plain;           /* without the steps */
    int at; /* among the given one, the user's own links and the presets; -1: none of them */
    int rate_steps, trip_steps;
};

/* `text`: what the command line says of `link`, or NULL. */
void weighing_link_open(struct weighing_link *l, const struct link_list *own, const struct link *link,
                        const char *text);
void weighing_link_use(struct weighing_link *l, const struct link *link);

/* The one after (direction 1) or before (-1) in the list. */
void weighing_link_next(struct weighing_link *l, int direction);

/* A step of its bandwidth or its round trip, as long as it stays a link that can be. */
void weighing_link_step(struct weighing_link *l, int *steps, int by);

/* With the steps. */
struct link weighing_link_stepped(const struct weighing_link *l);

/* As it would be typed. New string. */
char *weighing_link_text(const struct weighing_link *l);

#endif
