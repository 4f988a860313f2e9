/* Closing the store at the end: queued rows are written first, but a slow disk must not hold up a program
 * whose terminal is gone. */
#ifndef ISPLIT_APP_CLOSING_H
#define ISPLIT_APP_CLOSING_H

#include "store/store.h"

struct closing;

/* Closes it in a separate thread; `store` may be NULL. */
struct closing *closing_begin(struct store *store);

/* Waits for that, up to a limit. What is not written by then is lost, as when the program is killed: the end
 * of the process ends the thread. -1 where rows are lost and nobody has been told; `c` may be NULL. */
int closing_end(struct closing *c, int ms, struct error *e);

#endif
