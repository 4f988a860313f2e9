/* The conclusion of the plan in sentences, for the plan itself and for the cut in words. */
#ifndef ISPLIT_PANES_PLAN_HEADLINE_H
#define ISPLIT_PANES_PLAN_HEADLINE_H

#include "app/model.h"
#include "screen/canvas.h"

/* What is better in every figure, if anything is; then what is recommended and why, and the runner-up; or why
 * nothing is. New string. */
char *plan_headline(const struct app *a);

/* Whether the recommended row is nothing to be glad about: there is none, or another one beats it in all. */
bool plan_headline_warns(const struct app *a);

/* Rows that it takes in so many columns, at most `most`; and drawn there, an ellipsis where it is longer. */
int plan_headline_rows(const struct app *a, int columns, int most);
void plan_headline_draw(const struct app *a, struct canvas *c, struct area area);

#endif
