/* The model of the interactive program: the interface between panes (panes/) and program (app/). A pane reads
 * all of it and draws; it changes only its own state and, through the functions below, what all panes share.
 * The program around it, with its loop and its dialogs, is app/app.h. */
#ifndef ISPLIT_APP_MODEL_H
#define ISPLIT_APP_MODEL_H

#include <stdbool.h>

#include "app/evaluating.h"
#include "app/journal.h"
#include "app/live.h"
#include "app/marks.h"
#include "app/partitioning.h"
#include "app/planning.h"
#include "app/prompt.h"
#include "app/shares.h"
#include "app/shown.h"
#include "app/subsets.h"
#include "app/views.h"
#include "base/text_list.h"
#include "curve/curve.h"
#include "features/features.h"
#include "screen/canvas.h"
#include "screen/graphics.h"
#include "study/study.h"

struct adding;
struct dialog;
struct export;
struct list_pane;
struct pane;
struct racing;
struct pane_states;
struct scenarios;
struct undo;

/* How things are shown; kept from one session to the next (not pictures and mouse). */
struct settings {
    bool linear, corrected;
    enum dtype bytes;
    enum theme theme;
    bool theme_found; /* nobody chose it: by the terminal's background, or dark */
    enum glyphs_set glyphs;
    enum graphics_way pictures;
    bool mouse;
};

/* What goes from one session to the next, and what is kept until the end of this one. */
struct app_keeping {
    bool enabled;                         /* not with --no-state, not without a terminal */
    struct settings kept;                 /* settings as saved by the last session */
    struct settings began;                /* settings as adapted to this terminal and command line */
    bool settings_changed, state_changed; /* to be saved */
    char *notes;                          /* subsets and marks as in the state file (app/state.c) */
    struct text_list labels;              /* files of labels given to `open`: options point at them */
    struct store *store;                  /* where measured rows are kept; NULL: nowhere */
};

struct app_screen {
    int rows, columns;
    bool utf8;       /* glyphs other than ASCII can be shown */
    bool colour;     /* themes other than mono can be shown */
    unsigned pixels; /* ways of showing pictures that the terminal has: bits 1 << enum graphics_way */
};

/* What `open` asks for. */
enum { OPENING_CFG, OPENING_WEIGHTS, OPENING_DATA, OPENING_ROWS, OPENING_ANSWERS };

enum { PINS = 4 };

/* Which layers plots show, as positions in the list of layers. */
struct plot_state {
    int cursor;
    int first, last; /* the zoom */
    int zoom_from;   /* a zoom begun there, or -1 */
    bool placed;     /* the cursor was moved once; else a view of one cut begins at the best one */
    bool trapped;    /* trapped energy in place of CUI */
};

/* The panes of the view, and their places. */
enum { PANES_MAX = 4 };
struct app_layout {
    const struct pane *panes[PANES_MAX]; /* [n]; [0] has the focus unless moved */
    struct area areas[PANES_MAX];        /* [n] */
    int n, focus;
    int focus_of[VIEWS];     /* remembered */
    enum view before[VIEWS]; /* [before_n] the views that led here, each once */
    int before_n;
};

/* What the loop is to do. */
struct app_loop {
    bool busy;    /* slices of sums, shares or stability looks remain */
    bool redraw;  /* redraw the whole screen (Ctrl-L) */
    bool soon;    /* the next frame is worth more than a pause between two */
    bool suspend; /* Ctrl-Z */
    bool quit;
    bool hurry;      /* do not wait for a slow disk at the end */
    int64_t lost_ms; /* when the worker was lost last; 0: never */
};

struct app {
    struct options options; /* of the command line */
    struct settings settings;
    struct app_keeping keeping;
    struct app_screen screen;
    struct journal journal;

    struct study *study;          /* on the screen */
    struct study *opening;        /* asked for by `open`, takes its place when it is ready; or NULL */
    char *asked[OPENING_ANSWERS]; /* answers to the questions of `open` so far, or NULL */

    /* The study's results for the chosen classes; nothing here is set before it is ready. */
    struct shown shown;
    struct shares *shares;
    struct {
        struct shown curves[PINS];
        int n;
    } pins;             /* curves that are kept to be compared */
    long shown_version; /* version of the rows in shown and pins */
    struct adding *adding;
    struct plot_state plot;
    struct marks *marks;
    struct subsets *subsets; /* saved ones and groups */
    struct planning planning;
    struct scenarios *scenarios;       /* values of the plan under names */
    struct evaluating *evaluating;     /* what was measured after retraining; or NULL */
    struct racing *racing;             /* cuts are being retrained (app/racing.h); or NULL */
    struct live *live;                 /* both halves run, or have run; or NULL */
    struct partitioning *partitioning; /* under way or asked about; or NULL (app/partitioning.c) */

    enum view view;
    struct app_layout layout;
    struct pane_states *states; /* states of the panes */
    struct undo *undo;          /* what keys changed, to be taken back */
    const struct dialog *dialog;
    int dialog_row; /* of the open dialog: under the cursor, or the first on the screen */
    struct export *export;
    struct prompt prompt;

    struct app_loop loop;
    bool dirty; /* the screen is out of date */
};

/* ---- For panes, dialogs and prompts ---- */

/* A line in the message line and the log. */
void app_say(struct app *a, enum journal_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Asks for a line: see prompt.h. */
void app_prompt(struct app *a, enum prompt_kind kind, const char *label, const char *text,
                const char *const *words, prompt_done *done, prompt_live *live);

/* Whether table, data set and curve are ready. */
bool app_is_ready(const struct app *a);

void app_move(struct app *a, int position); /* the layer cursor; clamped, and the zoom follows */

/* For views of one cut: moves the cursor there (-1: nowhere), where nothing has moved it yet. */
void app_place(struct app *a, int position);

/* Gives the pane the focus, if the view shows it. */
void app_focus(struct app *a, const struct pane *pane);

/* Removes a pinned curve. */
void app_unpin(struct app *a, int which);
/* Pins all classes, which must not be pinned. False: they are the chosen ones. */
bool app_pin_all(struct app *a);

/* Chooses classes; `chosen` [table->classes] is copied, `name` NULL: one is generated. An empty choice is
 * refused with a message. */
void app_choose(struct app *a, const bool *chosen, const char *name);

/* Shows curves beside each other in the view that compares: pins those of all but the last of these choices,
 * and chooses the last. Each [table->classes], copied; n > 1. */
void app_compare(struct app *a, const bool *const *choices, int n);

/* Position -> layer, table row, point. */
int app_layer(const struct app *a, int position);
const struct table_row *app_row(const struct app *a, int position);
const struct curve_point *app_point(const struct app *a, int position);

/* The value that the plot shows for a point under the settings (log10 or linear, raw or size-corrected); NaN
 * where there is none. app_value_of does it for any number on the linear scale (an interval's end). */
double app_value(const struct app *a, const struct shown *s, int position);
double app_value_of(const struct app *a, int position, double cui);
/* Whether a point is a local maximum of the curve that the settings show: it has a star. */
bool app_is_peak(const struct app *a, const struct shown *s, int position);
const char *app_value_name(const struct app *a); /* "log10 CUI", "CUI", "log10 CUI*KHW", ... */

/* Likewise of trapped energy: -log10(T + 1e-9), higher is better; NaN where it is not known. */
double app_trapped_value(const struct app *a, int position);

/* The next type of numbers that bytes are told for, or the one before. */
void app_step_bytes(struct app *a, int by);

/* What the cut after a layer sends as the chosen type; and "12.3 KiB". */
int64_t app_bytes(const struct app *a, int64_t bytes_f32);

/* Of how many of these classes (NULL: of all) the data have images. */
int app_classes_n(const struct app *a, const bool *chosen);

/* Why nothing is known of these classes: "no image of the chosen classes is measured yet", or that there is
 * none. */
const char *app_unmeasured(const struct app *a, const bool *chosen);

/* The display name of a class; "?" where it has none. */
const char *app_class_name(const struct app *a, int class_index);

#endif
