/* The dialog of the plan's values: a list of all of them, each to be typed or stepped. */
#ifndef ISPLIT_APP_VALUES_H
#define ISPLIT_APP_VALUES_H

struct app;

void values_open(struct app *a);

#endif
