/* A run of both halves as a table with bars: what each stage of an image takes, beside what the plan says. On
 * the screen's view of it and by isplit run alike. */
#ifndef ISPLIT_PANES_STAGES_H
#define ISPLIT_PANES_STAGES_H

#include "deployment/run_watch.h"
#include "screen/canvas.h"

/* All borrowed. */
struct stages {
    const struct run_state *state;
    const double *plan; /* [RUN_MEASURES] by enum run_measure; NaN: nothing is predicted */
    const char *title;  /* which halves, and what starts the tail */
    bool pipelined;
    int chosen; /* measure under the cursor; below 0: none is */
};

/* How many measures, in their order, an area of so many rows shows. */
int stages_shown(int rows);

/* The measure in a row of such an area; -1: none is. */
int stages_at(int rows, int row);

void stages_draw(const struct stages *s, struct canvas *c, struct area area);

/* "running: 12 of 400 images", "the connection was lost ...", "done: ..."; for one line. New string. */
char *stages_status(const struct run_state *state);

#endif
