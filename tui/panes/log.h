/* The journal, newest line at the bottom. */
#ifndef ISPLIT_PANES_LOG_H
#define ISPLIT_PANES_LOG_H

#include "app/model.h"
#include "panes/list.h"

struct pane;

struct log_view {
    struct list list; /* its `from` is a line of the journal */

    /* The lines that pass the filter, by number, oldest first. */
    int lines[JOURNAL_LINES]; /* [list.n] */
    char filter[LIST_TEXT];
};

extern const struct pane log_pane;

#endif
