/* The views, one row each. A new one is a row here, its pane (panes/pane.h), and, where it has more than one
 * pane, their places (app/layout.h). */
#ifndef ISPLIT_APP_VIEWS_H
#define ISPLIT_APP_VIEWS_H

#include "screen/canvas.h"
#include "panes/action.h"

struct app;
struct pane;

/* Enum name; key; title, also the word in the state file; word for hints; line of help; layout function;
 * first pane. */
#define VIEWS_TABLE(X)                                                                                       \
    X(CURVE, '1', "Curve", "curve", "curve, layer table and detail", layout_curve, plot_pane)                \
    X(LAYERS, '2', "Layers", "layers", "the layer table alone", layout_whole, table_pane)                    \
    X(CLASSES, '3', "Classes", "classes", "choose classes", layout_classes, classes_pane)                    \
    X(COMPARE, '4', "Compare", "compare", "pinned curves side by side", layout_whole, compare_pane)          \
    X(MATRIX, '5', "Matrix", "matrix", "every class by every layer", layout_whole, matrix_pane)              \
    X(IMAGES, '6', "Images", "images", "the measured images with their Grad-CAM maps", layout_images,        \
      images_pane)                                                                                           \
    X(DETAIL, '7', "Detail", "detail", "the chosen cut in words", layout_whole, detail_pane)                 \
    X(LOG, '8', "Log", "log", "messages and warnings so far", layout_whole, log_pane)                        \
    X(PLAN, '9', "Plan", "plan", "what every cut costs on your devices and link", layout_plan, plan_pane)    \
    X(RATE, '0', "Rate", "rate", "accuracy against bytes: cuts and JPEG", layout_whole, rate_pane)           \
    X(RUN, '!', "Run", "run", "both halves at work, stage by stage beside the plan", layout_whole, live_pane)

#define VIEWS_ENUM(view, key, title, word, help, place, pane) VIEW_##view,
enum view { VIEWS_TABLE(VIEWS_ENUM) VIEWS };
#undef VIEWS_ENUM
_Static_assert((int)VIEWS <= (int)VIEWS_MAX, "actions have room for fewer views");

int views_key(enum view view);
const char *views_title(enum view view); /* "Curve" */
const struct pane *views_first(enum view view);

/* Puts the view's panes into a->layout for the body of the screen. */
void views_place(struct app *a, enum view view, struct area body);

#endif
