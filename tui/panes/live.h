/* View !: both halves at work (app/live.h), stage by stage beside the plan; before the first run how to begin
 * one. */
#ifndef ISPLIT_PANES_LIVE_H
#define ISPLIT_PANES_LIVE_H

struct pane;

extern const struct pane live_pane;

#endif
