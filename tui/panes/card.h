/* The chosen cut as a card beside the curve: one fact a row, in the same row for every layer, so that moving
 * the cursor changes digits and not a page of text. The sentences are in the detail view. Under the facts
 * stands what is the same for all cuts: the conclusion for the devices, and what predictions are worth. */
#ifndef ISPLIT_PANES_CARD_H
#define ISPLIT_PANES_CARD_H

#include "panes/card_facts.h"

extern const struct pane card_pane;

/* Whether the view on the screen has the card: then nobody else need tell the chosen layer's numbers. */
bool card_is_shown(const struct app *a);

#endif
