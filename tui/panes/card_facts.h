/* The facts of the card (card.h): a label and how its value is written, one row each. */
#ifndef ISPLIT_PANES_CARD_FACTS_H
#define ISPLIT_PANES_CARD_FACTS_H

#include <stdio.h>

#include "app/model.h"
#include "screen/canvas.h"

enum { CARD_LABEL = 11 }; /* columns of a label, with the blank behind it */

/* Rows of facts: the same for all layers of the study as it is now. */
int card_facts_n(const struct app *a);

/* Fact number `which` of the cursor's layer in a row of the area; cut to it. */
void card_facts_draw(const struct app *a, struct canvas *c, struct area area, int row, int which);

#endif
