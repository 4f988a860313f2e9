/* Adding up the rows that came, in slices, for the curves on the screen. */
#ifndef ISPLIT_APP_ADDING_H
#define ISPLIT_APP_ADDING_H

#include <stdbool.h>

struct app;
struct adding;

/* Updates the curves. True where more can be done at once. */
bool adding_step(struct app *a);

/* Once everything is measured: warns of accuracy near chance, when the curve means nothing. */
void adding_warn_of_chance(struct app *a);

void adding_free(struct adding *g); /* NULL is allowed */

#endif
