/* Opening another network or data set from inside: asks for the files, and lets a new study load while the
 * old one stays; only one that is good takes its place. */
#ifndef ISPLIT_APP_OPENING_H
#define ISPLIT_APP_OPENING_H

struct app;

void opening_ask(struct app *a);

/* Esc while it loads. */
void opening_give_up(struct app *a);

#endif
