/* The link of the plan on the screen: one with a name or a typed one, and the steps by which keys changed
 * it. */
#ifndef ISPLIT_APP_PLANNING_LINK_H
#define ISPLIT_APP_PLANNING_LINK_H

#include "deploy/link_text.h"

struct planning_link;

/* `own`, the user's links, is borrowed. `text`: the command line's text for `link`, or NULL. */
struct planning_link *planning_link_new(const struct link_list *own, const struct link *link,
                                        const char *text);
void planning_link_free(struct planning_link *l); /* NULL is allowed */
void planning_link_use(struct planning_link *l, const struct link *link);

/* Selects the next (direction 1) or previous (-1) link of the list. */
void planning_link_next(struct planning_link *l, int direction);

/* Changes its bandwidth or its round trip by steps, if the link stays valid. */
void planning_link_step_rate(struct planning_link *l, int by);
void planning_link_step_trip(struct planning_link *l, int by);

/* The link with the steps applied, and without; whether that makes a difference. */
struct link planning_link_stepped(const struct planning_link *l);
const struct link *planning_link_plain(const struct planning_link *l);
bool planning_link_is_stepped(const struct planning_link *l);

/* The link in the form in which it is typed. New string. */
char *planning_link_text(const struct planning_link *l);

#endif
