/* Two scenarios of the plan side by side: all values, what each recommends, and what that costs. */
#ifndef ISPLIT_APP_BESIDE_H
#define ISPLIT_APP_BESIDE_H

struct app;
struct beside;

/* Keeps the plan as it is now, under a name, as side 0 (left) or 1. */
void beside_take(struct app *a, int side, const char *name);

/* Opens the dialog. */
void beside_open(struct app *a);

void beside_free(struct beside *b); /* NULL is allowed */

#endif
