/* Everything a key can do. One table makes the bindings, the help screen, the hints in the footer, the man
 * page and the manual's list. */
#ifndef ISPLIT_APP_ACTIONS_H
#define ISPLIT_APP_ACTIONS_H

enum view {
    VIEW_CURVE,   /* plot, layer table, detail */
    VIEW_LAYERS,  /* the table alone */
    VIEW_CLASSES, /* the class picker beside the plot */
    VIEW_COMPARE, /* pinned curves */
    VIEW_MATRIX,  /* classes x layers */
    VIEW_IMAGES,
    VIEW_DETAIL, /* the chosen cut in words */
    VIEW_LOG,    /* messages so far */
    VIEW_PLAN,   /* what every cut costs where it is to run */
    VIEWS,
};

extern const char *const view_names[]; /* "Curve", ... */

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
    /* views; in the order of enum view */
    ACTION_VIEW,
    ACTION_VIEW_END = ACTION_VIEW + VIEWS - 1,
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
    ACTION_BYTES,
    ACTION_ZOOM,
    ACTION_ZOOM_OUT,
    ACTION_NEXT_CANDIDATE,
    ACTION_PREVIOUS_CANDIDATE,
    ACTION_BEST,
    /* classes */
    ACTION_ALL,
    ACTION_CLEAR,
    ACTION_INVERT,
    ACTION_RANGE,
    ACTION_CLASSES, /* by an expression, as -c takes it */
    ACTION_SAVE_SUBSET,
    ACTION_LOAD_SUBSET,
    ACTION_GROUPS,
    /* compare */
    ACTION_PIN,
    ACTION_UNPIN,
    ACTION_DIFFERENCE,
    /* images */
    ACTION_ANSWERS, /* all, right, wrong */
    ACTION_NEXT_LAYER,
    ACTION_PREVIOUS_LAYER,
    ACTION_OVERLAY,
    /* the plan */
    ACTION_CUT,
    ACTION_VALUES,
    ACTION_LINK_NEXT,
    ACTION_LINK_PREVIOUS,
    ACTION_RATE_UP,
    ACTION_RATE_DOWN,
    ACTION_TRIP_UP,
    ACTION_TRIP_DOWN,
    ACTION_EDGE_UP,
    ACTION_EDGE_DOWN,
    ACTION_SERVER_UP,
    ACTION_SERVER_DOWN,
    ACTION_PACKED,
    ACTION_WISH,
    ACTION_AXIS_SHORTER,
    ACTION_AXIS_LONGER,
    ACTION_VALUES_RESET,
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
    ACTION_MOUSE,
    ACTION_HELP,
    ACTION_REDRAW,
    ACTION_SUSPEND,
    ACTION_ESCAPE,
    ACTION_QUIT,
    ACTIONS,
};

enum { ACTIONS_KEYS = 4, ACTIONS_EVERYWHERE = (1 << VIEWS) - 1 };

struct action_entry {
    enum action action;
    int keys[ACTIONS_KEYS]; /* enum key; 0: none */
    const char *name;       /* a short word for hints: "mark" */
    const char *help;       /* a line */
    unsigned views;         /* bits 1 << enum view: where it means something */
    int hint;               /* 1, 2, ...: how early it comes in the footer of those views; 0: never */
};

extern const struct action_entry actions_table[];
extern const int actions_n;

/* What a key does in a view; ACTION_NONE. An entry for some views only wins over one for all. */
enum action actions_find(int key, enum view view);

/* "j/Down": the keys of an entry as the help shows them. */
void actions_keys(const struct action_entry *entry, char out[80]);

#endif
