/* The journal, newest line at the bottom. */
#ifndef ISPLIT_PANES_LOG_H
#define ISPLIT_PANES_LOG_H

struct log_lines;
struct pane;

extern const struct pane log_pane;

/* Its state. */
struct log_lines *log_new(void);
void log_free(struct log_lines *l);

#endif
