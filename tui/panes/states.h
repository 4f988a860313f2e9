/* States of the panes between frames, one struct each, declared by the pane that owns it. */
#ifndef ISPLIT_PANES_STATES_H
#define ISPLIT_PANES_STATES_H

#include "panes/classes.h"
#include "panes/compare.h"
#include "panes/detail.h"
#include "panes/images.h"
#include "panes/log.h"
#include "panes/matrix.h"
#include "panes/plan.h"
#include "panes/table.h"

struct pane_states {
    struct table_view table;
    struct classes_view classes;
    struct compare_view compare;
    struct matrix_view matrix;
    struct images_view images;
    struct detail_view detail;
    struct log_view log;
    struct plan_view plan;
};

/* Owned by the caller, who frees it; nothing is filtered, chosen or scrolled yet. */
struct pane_states *states_new(void);
void states_free(struct pane_states *s); /* NULL is allowed */

/* Frees everything that belongs to a study; the log is kept. */
void states_reset(struct pane_states *s);

#endif
