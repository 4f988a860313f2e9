/* Opening another network or data set from inside: asks for the files, and loads a new study while the old
 * one stays until the new one is ready. */
#ifndef ISPLIT_APP_OPENING_H
#define ISPLIT_APP_OPENING_H

struct app;

void opening_ask(struct app *a);

/* Cancels loading (Esc). */
void opening_give_up(struct app *a);

#endif
