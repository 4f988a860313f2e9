/* The dialog of the plan's values: all of them in a list, to be typed or changed one by one. */
#ifndef ISPLIT_APP_VALUES_H
#define ISPLIT_APP_VALUES_H

struct app;

void values_open(struct app *a);

#endif
