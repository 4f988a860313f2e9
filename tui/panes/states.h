/* States of the panes between frames. What only one file of a pane uses is private to that file. */
#ifndef ISPLIT_PANES_STATES_H
#define ISPLIT_PANES_STATES_H

#include "panes/columns.h"
#include "panes/list.h"
#include "screen/picture.h"

/* The panes that are lists. */
enum states_list {
    STATES_TABLE,
    STATES_CLASSES,
    STATES_COMPARE,
    STATES_MATRIX,
    STATES_IMAGES,
    STATES_PLAN,
    STATES_LOG,
    STATES_LISTS
};

struct pane_states {
    struct list lists[STATES_LISTS];
    struct columns_table columns[STATES_LISTS]; /* compare and the log have none */
    int *table_order;                           /* [n of the list] positions in the list of layers */

    /* Classes. */
    struct classes_rows *classes_rows;
    int classes_cursor;      /* class under the cursor: the cursor follows it when rows are reordered */
    int classes_range;       /* 1 + the class from which on a range is being chosen; 0: none is */
    long classes_cleared;    /* 1 + a->shown.version for which no class is chosen here, while the curve still
                                shows the previous ones; 0: none */
    char *classes_replacing; /* name of the subset that awaits confirmation, or NULL */

    /* The others. */
    struct matrix_rows *matrix;
    int matrix_left; /* the first layer on the screen */
    struct images_rows *images;
    enum picture_show picture_show; /* image and map, or one of them */
    bool picture_predicted;         /* maps of the predicted class, not of the true one */
    long picture_asked;             /* 1 + the image last requested from the worker; 0: none */
    int difference;                 /* 0: curves; else 1 + number of the pair whose difference is shown */
    int detail_first;               /* first line shown, */
    int card_first;                 /* first row shown of the card beside the curve */
    int detail_position;            /* of the text of this layer; another cut starts at the top */
    bool rate_agreement;            /* view 0 shows agreement, not accuracy */
    int run_measure;                /* under the cursor of the view Run */
    struct plan_rows *plan;
    bool plan_scatter; /* the plan's rows as points, not as a table */
    char *help_search; /* text searched for in the help; or NULL */
    struct log_lines *log;
    const struct list_pane *finder; /* list whose filter or search is being typed */
};

/* Owned by the caller, who frees it; nothing is filtered, chosen or scrolled yet. */
struct pane_states *states_new(void);
void states_free(struct pane_states *s); /* NULL is allowed */

/* Frees everything that belongs to a study; the log is kept. */
void states_reset(struct pane_states *s);

#endif
