/* The interactive program: what it shows, and what a key does to it. Drawing reads it and changes nothing;
 * screen/ and the loop call app_key, app_step and app_draw. Nothing here knows about terminals. */
#ifndef ISPLIT_APP_APP_H
#define ISPLIT_APP_APP_H

#include <stdbool.h>

#include "app/actions.h"
#include "app/cutting.h"
#include "app/journal.h"
#include "app/marks.h"
#include "app/prompt.h"
#include "app/shares.h"
#include "app/shown.h"
#include "study/study.h"
#include "app/subsets.h"
#include "app/weighing.h"
#include "model/curve.h"
#include "model/features.h"
#include "screen/canvas.h"
#include "view/states.h"

/* How things are shown; kept from one session to the next (not the mouse). */
struct settings {
    bool linear, corrected;
    enum feature_type bytes;
    enum theme theme;
    enum glyphs_set glyphs;
    bool mouse;
};

/* Something modal over the view: help, export. */
struct dialog {
    const char *hints; /* its keys, for the footer */
    void (*draw)(const struct app *a, struct canvas *c, struct area area);
    void (*key)(struct app *a, int key); /* closes itself by a->dialog = NULL */
};

/* The command line, for the provenance of exports. */
struct app_command {
    int argc;
    char **argv;
};

/* What goes from one session to the next. */
struct app_keeping {
    bool enabled;                         /* not with --no-state, not without a terminal */
    struct settings kept;                 /* as they were kept from the last session */
    struct settings began;                /* what this terminal and command line made of them */
    bool settings_changed, state_changed; /* to be saved */
    char *notes;                          /* subsets and marks as they stand in the state file (app/state.c) */
};

struct app_screen {
    int rows, columns;
    bool utf8;   /* other glyphs than ASCII can be shown */
    bool colour; /* other themes than mono can be shown */
};

/* Answers to the questions of `open` so far. */
struct app_asked {
    char *cfg, *weights, *rows;
};

/* Curves that are kept to be compared. */
enum { PINS = 4 };
struct app_pins {
    struct shown curves[PINS];
    int n;
};

/* Adding up rows, in slices. */
struct app_adding {
    int next;           /* the class that is added up next */
    long version;       /* of the rows when this began */
    long shown_version; /* of the rows that shown and pins stand for */
    int64_t spent_ms;   /* how long it worked, */
    int64_t ended_ms;   /* and when it was done the last time */
    bool chance_told;   /* that the network guesses, if it does */
};

/* Which layers plots show, as positions in the listing. */
struct plot_state {
    int cursor;
    int first, last; /* the zoom */
    int zoom_from;   /* a zoom begun there, or -1 */
};

struct pane;
struct placed {
    const struct pane *pane;
    struct area area;
};

/* The panes of the view, and where they stand. */
enum { PANES_MAX = 4 };
struct app_layout {
    struct placed panes[PANES_MAX]; /* [n]; [0] has the focus unless moved */
    int n, focus;
    int focus_of[VIEWS]; /* remembered */
};

/* What dialogs keep between two keys. */
struct app_dialogs {
    int help_top; /* the first line on the screen */
    int values_cursor, export_cursor;
    char *export_prefix; /* where exports went last; or NULL */
    unsigned export_off, export_existing; /* items not wanted; items whose file is there (app/export.c) */
};

/* What the loop is to do. */
struct app_loop {
    bool busy;    /* slices of sums, of shares or of looks at stability are to be done */
    bool redraw;  /* all of the screen is to be drawn anew (Ctrl-L) */
    bool suspend; /* Ctrl-Z */
    bool quit;
    bool hurry; /* the end must not wait for a slow disk */
};

struct app {
    struct options options; /* of the command line */
    struct app_command command;
    struct settings settings;
    struct app_keeping keeping;
    struct app_screen screen;
    struct journal journal;

    struct store *store;   /* where measured rows are kept; NULL: nowhere */
    struct study *study;   /* on the screen */
    struct study *opening; /* asked for by `open`, takes its place when it is ready; or NULL */
    struct app_asked asked;

    /* The study's results for the chosen classes; nothing here is set before it is ready. */
    struct shown shown;
    long chosen_version; /* grows with every other choice of classes */
    struct curve_accuracy accuracy;
    struct shares shares;
    struct app_pins pins;
    struct app_adding adding;
    struct plot_state plot;
    struct marks marks;
    struct subsets subsets; /* saved ones and groups */
    struct weighing weighing;
    struct cutting cutting;

    enum view view;
    struct app_layout layout;
    struct pane_states *states; /* what the panes keep */
    const struct dialog *dialog;
    struct app_dialogs dialogs;
    struct prompt prompt;
    const struct finder *finder; /* whose filter or search the prompt asks for */

    struct app_loop loop;
    bool dirty; /* something changed that is on the screen */
};

/* One part of a view: a table of operations. `draw` reads the app and computes nothing that could be kept;
 * `prepare` runs before it and may change the pane's own state (scrolling, caches). All but draw may be NULL.
 */
struct pane {
    const char *name;
    void (*prepare)(struct app *a, struct area area);
    void (*draw)(const struct app *a, struct canvas *c, struct area area, bool focused);
    bool (*act)(struct app *a, enum action action, struct area area); /* true: it was for this pane */
    /* Clicked at a cell of the area; row and column from its corner. */
    void (*click)(struct app *a, struct area area, int row, int column);
};

/* Takes over the inputs and starts measuring; or, with options->from, opens that (inputs NULL). NULL where
 * the worker cannot be started, or the file not be opened. */
struct app *app_new(struct inputs *inputs, const struct options *options, int argc, char **argv,
                    struct error *e);
void app_free(struct app *a);

/* Gives a study the store that the options name, which is opened where it is not yet: after the first frame,
 * but before the first step. Trouble is told in the journal, and then nothing is kept. */
void app_use_store(struct app *a, struct study *s);

void app_resize(struct app *a, int rows, int columns);
void app_key(struct app *a, int key);
void app_act(struct app *a, enum action action);
void app_click(struct app *a, int row, int column);
void app_wheel(struct app *a, int row, int column, int rows);

/* What to wait for, and taking in what came. */
enum { APP_POLLS = 2 * STUDY_POLLS + CUTTING_POLLS };
int app_polls(const struct app *a, struct pollfd fds[APP_POLLS]);
int app_timeout(const struct app *a);
void app_step(struct app *a);

/* Writes subsets, marks, options and view, where they are kept. */
void app_save_state(struct app *a);

/* Nothing is measured, loaded or awaited. */
bool app_is_settled(const struct app *a);

/* Places the panes and brings what they keep up to date; keys and drawing do it by themselves. */
void app_prepare(struct app *a);

/* Whether the view has something to show: the log always, the others where the network is ready. */
bool app_shows_panes(const struct app *a);

/* Whether the screen is large enough for more than a word about that. */
bool app_has_room(const struct app *a);

void app_draw(struct app *a, struct canvas *c);

/* ---- For panes, dialogs and prompts ---- */

/* A line in the message line and the log. */
void app_say(struct app *a, enum journal_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Asks for a line; see prompt.h. */
void app_prompt(struct app *a, enum prompt_kind kind, const char *label, const char *text,
                const char *const *words, prompt_done *done, prompt_live *live);

/* Whether there is something to show: table, data set, curve. */
bool app_is_ready(const struct app *a);

void app_move(struct app *a, int position); /* the layer cursor; clamped, and the zoom follows */
void app_set_view(struct app *a, enum view view);

/* Chooses classes; `chosen` [table->classes] is copied, `name` may be NULL: then it is made up. An empty
 * choice is refused with a message. */
void app_choose(struct app *a, const bool *chosen, const char *name);

/* Position -> layer, table row, point. */
int app_layer(const struct app *a, int position);
const struct table_row *app_row(const struct app *a, int position);
const struct curve_point *app_point(const struct app *a, int position);

/* The value that the plot shows for a point under the settings (log10 or linear, raw or size-corrected); NaN
 * where there is none. app_value_of does it for any number on the linear scale (an interval's end). */
double app_value(const struct app *a, const struct shown *s, int position);
double app_value_of(const struct app *a, int position, double cui);
const char *app_value_name(const struct app *a); /* "log10 CUI", "CUI", "log10 CUI*KHW", ... */

/* What the cut after a layer sends as the chosen type; and "12.3 KiB". */
int64_t app_bytes(const struct app *a, int64_t bytes_f32);

/* The display name of a class; "?" where it has none. */
const char *app_class_name(const struct app *a, int class_index);

#endif
