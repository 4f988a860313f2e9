/* View 4: up to four pinned curves and the one of the chosen classes on shared axes, with a legend; or the
 * difference of two of them. */
#ifndef ISPLIT_PANES_COMPARE_H
#define ISPLIT_PANES_COMPARE_H

struct app;
struct pane;

extern const struct pane compare_pane;

/* The pin whose legend row is selected, or -1. */
int compare_selected_pin(const struct app *a);

#endif
