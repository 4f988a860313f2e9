/* What happened so far: the journal, newest line at the bottom. Its state is the app's list `log`. */
#ifndef ISPLIT_VIEW_LOG_H
#define ISPLIT_VIEW_LOG_H

struct pane;

extern const struct pane log_pane;

#endif
