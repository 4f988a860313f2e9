/* The actions of keys. Which key has which action in which view is a table (app/actions.h). */
#ifndef ISPLIT_PANES_ACTION_H
#define ISPLIT_PANES_ACTION_H

enum { VIEWS_MAX = 16 }; /* maximum number of them */

enum action {
    ACTION_NONE,
    /* moving */
    ACTION_UP,
    ACTION_DOWN,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_FIRST,
    ACTION_LAST,
    ACTION_NEXT_PANE,
    ACTION_PREVIOUS_PANE,
    /* views; in the order of enum view (app/views.h) */
    ACTION_VIEW,
    ACTION_VIEW_END = ACTION_VIEW + VIEWS_MAX - 1,
    /* lists */
    ACTION_SEARCH,
    ACTION_SEARCH_NEXT,
    ACTION_SEARCH_PREVIOUS,
    ACTION_FILTER,
    ACTION_SORT_PREVIOUS,
    ACTION_SORT_NEXT,
    ACTION_SORT_REVERSE,
    ACTION_TOGGLE,
    ACTION_ENTER,
    /* the plot */
    ACTION_LINEAR,
    ACTION_CORRECTED,
    ACTION_TRAPPED,
    ACTION_BYTES,
    ACTION_AGREEMENT,
    ACTION_EVALUATE,
    ACTION_EVALUATE_ALL,
    ACTION_ZOOM,
    ACTION_ZOOM_OUT,
    ACTION_NEXT_CANDIDATE,
    ACTION_PREVIOUS_CANDIDATE,
    ACTION_BEST,
    /* classes */
    ACTION_ALL,
    ACTION_CLEAR,
    ACTION_INVERT,
    ACTION_ONLY,
    ACTION_RANGE,
    ACTION_HIDE,    /* classes without images */
    ACTION_CLASSES, /* by an expression, as -c takes it */
    ACTION_SAVE_SUBSET,
    ACTION_LOAD_SUBSET,
    ACTION_GROUPS,
    /* compare */
    ACTION_PIN,
    ACTION_UNPIN,
    ACTION_DIFFERENCE,
    /* images */
    ACTION_ANSWERS, /* all, wrong, right */
    ACTION_OVERLAY,
    ACTION_CONFUSION, /* which class is taken for which */
    ACTION_MAP_CLASS, /* of the true class, or the predicted one */
    /* the plan */
    ACTION_CUT,
    ACTION_VALUES,
    ACTION_VALUES_LINE, /* some of them, in one line */
    ACTION_FIELD_NEXT,  /* which value + and - change */
    ACTION_FIELD_PREVIOUS,
    ACTION_VALUE_UP,
    ACTION_VALUE_DOWN,
    ACTION_LINK_NEXT, /* what they do: no keys of their own */
    ACTION_LINK_PREVIOUS,
    ACTION_RATE_UP,
    ACTION_RATE_DOWN,
    ACTION_TRIP_UP,
    ACTION_TRIP_DOWN,
    ACTION_EDGE_UP,
    ACTION_EDGE_DOWN,
    ACTION_SERVER_UP,
    ACTION_SERVER_DOWN,
    ACTION_BYTES_PREVIOUS,
    ACTION_COMPRESSED,
    ACTION_COMPRESSED_PREVIOUS,
    ACTION_OBJECTIVE,
    ACTION_OBJECTIVE_PREVIOUS,
    ACTION_AXIS_SHORTER,
    ACTION_AXIS_LONGER,
    ACTION_VALUES_RESET,
    ACTION_SCATTER, /* the table, or the same as points */
    ACTION_SAVE_SCENARIO,
    ACTION_LOAD_SCENARIO,
    ACTION_BESIDE, /* two scenarios side by side */
    /* both halves */
    ACTION_RUN,
    ACTION_PIPELINE,
    /* splits */
    ACTION_MARK,
    ACTION_NOTE,
    /* the program */
    ACTION_PAUSE,
    ACTION_RESTART,
    ACTION_OPEN,
    ACTION_EXPORT,
    ACTION_THEME,
    ACTION_GLYPHS,
    ACTION_PICTURES, /* in pixels, or half blocks */
    ACTION_MOUSE,
    ACTION_HELP,
    ACTION_PALETTE,
    ACTION_REDRAW,
    ACTION_SUSPEND,
    ACTION_UNDO,
    ACTION_REDO,
    ACTION_ESCAPE,
    ACTION_LEAVE,
    ACTION_QUIT,
    ACTIONS,
};

#endif
