#include "app/actions.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "app/handlers.h"
#include "app/scenarios.h"
#include "screen/keys.h"
#include "panes/classes.h"

#define IN(view) (1u << VIEW_##view)
#define ANY ACTIONS_EVERYWHERE
#define LAYER_VIEWS                                                                                          \
    (IN(CURVE) | IN(LAYERS) | IN(CLASSES) | IN(COMPARE) | IN(MATRIX) | IN(IMAGES) | IN(DETAIL) | IN(RATE))
#define PLOTS (IN(CURVE) | IN(CLASSES) | IN(COMPARE) | IN(PLAN))
#define PANES (IN(CURVE) | IN(CLASSES) | IN(IMAGES) | IN(PLAN))
#define LISTS (IN(CURVE) | IN(LAYERS) | IN(CLASSES) | IN(MATRIX) | IN(IMAGES) | IN(LOG))
#define SORTED (IN(CURVE) | IN(LAYERS) | IN(CLASSES) | IN(MATRIX) | IN(IMAGES))
#define CHOOSING (IN(CLASSES) | IN(MATRIX))
#define VIEW_ACTION(view, key, title, word, help, place, pane)                                               \
    {ACTION_VIEW + VIEW_##view, {key}, word, help, ANY, 0, ALWAYS(handlers_view)},

/* Handlers. */
#define BY_PANES(panes) panes, NULL, false
#define BY(run) 0, run, false
#define BY_PANES_OR(panes, run) panes, run, false
#define ALWAYS(run) 0, run, true
const struct action_entry actions_table[] = {
    {ACTION_UP, {'k', KEYS_UP}, "up", "one row up", ANY, 0, BY_PANES(ANY)},
    {ACTION_DOWN, {'j', KEYS_DOWN}, "down", "one row down", ANY, 0, BY_PANES(ANY)},
    {ACTION_LEFT, {'h', KEYS_LEFT}, "left", "the layer before", ANY, 0, BY_PANES_OR(IN(PLAN), handlers_move)},
    {ACTION_RIGHT,
     {'l', KEYS_RIGHT},
     "right",
     "the layer after",
     ANY,
     0,
     BY_PANES_OR(IN(PLAN), handlers_move)},
    {ACTION_PAGE_UP, {KEYS_PAGE_UP, KEYS_CTRL('B')}, "page up", "a page up", ANY, 0, BY_PANES(ANY)},
    {ACTION_PAGE_DOWN, {KEYS_PAGE_DOWN, KEYS_CTRL('F')}, "page down", "a page down", ANY, 0, BY_PANES(ANY)},
    {ACTION_FIRST, {'g', KEYS_HOME}, "first", "the first row or layer", ANY, 0, BY_PANES(ANY)},
    {ACTION_LAST, {'G', KEYS_END}, "last", "the last row or layer", ANY, 0, BY_PANES(ANY)},
    {ACTION_NEXT_PANE, {KEYS_TAB}, "pane", "the next pane", PANES, 9, BY(handlers_focus)},
    {ACTION_PREVIOUS_PANE, {KEYS_BACK_TAB}, "pane", "the pane before", PANES, 0, BY(handlers_focus)},
    // clang-format off
    VIEWS_TABLE(VIEW_ACTION)
    // clang-format on

    {ACTION_SEARCH, {'/'}, "search", "search forward", LISTS, 5, BY_PANES(LISTS)},
    {ACTION_SEARCH_NEXT, {'n'}, "next", "the next match", LISTS, 0, BY_PANES(LISTS)},
    {ACTION_SEARCH_PREVIOUS, {'N'}, "previous", "the match before", LISTS, 0, BY_PANES(LISTS)},
    {ACTION_FILTER,
     {'\\'},
     "filter",
     "show only rows that match a glob (an empty one: all)",
     LISTS,
     6,
     BY_PANES(LISTS)},
    {ACTION_SORT_PREVIOUS, {'<'}, "sort", "sort by the column to the left", SORTED, 0, BY_PANES(SORTED)},
    {ACTION_SORT_NEXT, {'>'}, "sort", "sort by the column to the right", SORTED, 7, BY_PANES(SORTED)},
    {ACTION_SORT_REVERSE, {'r'}, "reverse", "reverse the order", SORTED, 0, BY_PANES(SORTED)},

    {ACTION_LINEAR, {'y'}, "log/linear", "log10 or linear scale", PLOTS | IN(LAYERS), 4, BY(handlers_scale)},
    {ACTION_CORRECTED,
     {'s'},
     "size",
     "raw or size-corrected curve",
     IN(CURVE) | IN(CLASSES) | IN(COMPARE) | IN(LAYERS),
     4,
     BY(handlers_scale)},
    {ACTION_TRAPPED,
     {'T'},
     "trapped",
     "the CUI curve, or trapped energy: -log10(T + 1e-9)",
     IN(CURVE) | IN(CLASSES) | IN(PLAN),
     8,
     BY(handlers_trapped)},
    {ACTION_BYTES, {'u'}, "bytes", "bytes of a cut as f32, f16 or int8", ANY, 8, BY(handlers_bytes)},
    {ACTION_AGREEMENT,
     {'a'},
     "agreement",
     "accuracy, or agreement with the whole network",
     IN(RATE),
     1,
     BY_PANES(IN(RATE))},
    {ACTION_EVALUATE,
     {'v'},
     "evaluate",
     "retrain the cut here, and show its accuracy (Esc stops it)",
     IN(CURVE) | IN(LAYERS) | IN(DETAIL),
     9,
     BY(handlers_evaluate)},
    {ACTION_EVALUATE_ALL,
     {'V'},
     "evaluate all",
     "retrain all listed cuts in a race (isplit evaluate)",
     IN(CURVE) | IN(LAYERS) | IN(DETAIL),
     0,
     BY(handlers_evaluate)},
    {ACTION_ZOOM,
     {'z'},
     "zoom",
     "zoom: once at one end of a range, once at the other",
     PLOTS,
     8,
     BY(handlers_zoom)},
    {ACTION_ZOOM_OUT, {'Z'}, "all", "all layers again", PLOTS, 0, BY(handlers_zoom)},
    {ACTION_NEXT_CANDIDATE,
     {'.'},
     "candidate",
     "the next candidate",
     LAYER_VIEWS | IN(PLAN),
     0,
     BY(handlers_candidate)},
    {ACTION_PREVIOUS_CANDIDATE,
     {','},
     "candidate",
     "the candidate before",
     LAYER_VIEWS | IN(PLAN),
     0,
     BY(handlers_candidate)},
    {ACTION_BEST, {'*'}, "best", "go to the best candidate", LAYER_VIEWS, 0, BY(handlers_best)},

    {ACTION_TOGGLE,
     {KEYS_SPACE},
     "toggle",
     "choose the class, or remove it",
     CHOOSING,
     1,
     BY_PANES(CHOOSING)},
    {ACTION_ALL, {'a'}, "all", "choose all classes", CHOOSING, 2, BY_PANES(CHOOSING)},
    {ACTION_CLEAR, {'A'}, "none", "choose no class", CHOOSING, 2, BY_PANES(CHOOSING)},
    {ACTION_INVERT, {'i'}, "invert", "choose the others", CHOOSING, 3, BY_PANES(CHOOSING)},
    {ACTION_ONLY, {'O'}, "only", "choose this class alone", CHOOSING, 3, BY_PANES(CHOOSING)},
    {ACTION_RANGE,
     {'v'},
     "range",
     "begin a range; Space or v again chooses it",
     IN(CLASSES),
     3,
     BY_PANES(IN(CLASSES))},
    {ACTION_HIDE,
     {'H'},
     "hide",
     "hide classes without images, or show them again",
     IN(CLASSES),
     0,
     BY_PANES(IN(CLASSES))},
    {ACTION_CLASSES,
     {':'},
     "expression",
     "choose by an expression as -c takes it: cat,dog,3-7,n0*,!n02",
     ANY,
     0,
     BY(classes_ask)},
    {ACTION_SAVE_SUBSET, {'w'}, "save", "save the chosen classes under a name", ANY, 0, BY(classes_ask)},
    {ACTION_LOAD_SUBSET,
     {'L'},
     "load",
     "choose a saved subset or group (Tab: next)",
     ANY,
     0,
     BY(classes_ask)},
    {ACTION_GROUPS,
     {'@'},
     "groups",
     "read groups of classes from a file: name = classes",
     ANY,
     0,
     BY(classes_ask)},

    {ACTION_PIN, {'c'}, "pin", "pin the curve of the chosen classes, to compare", ANY, 3, BY(handlers_pin)},
    {ACTION_UNPIN,
     {'C'},
     "unpin",
     "remove the last pinned curve",
     ANY,
     0,
     BY_PANES_OR(IN(COMPARE), handlers_unpin)},
    {ACTION_DIFFERENCE,
     {'d'},
     "difference",
     "curves, or the difference of two",
     IN(COMPARE),
     2,
     BY_PANES(IN(COMPARE))},

    {ACTION_ANSWERS,
     {'f'},
     "right/wrong",
     "all images, right ones, wrong ones",
     IN(IMAGES),
     1,
     BY_PANES(IN(IMAGES))},
    {ACTION_NEXT_LAYER, {']'}, "layer", "the map of the layer after", IN(IMAGES), 2, BY_PANES(IN(IMAGES))},
    {ACTION_PREVIOUS_LAYER,
     {'['},
     "layer",
     "the map of the layer before",
     IN(IMAGES),
     2,
     BY_PANES(IN(IMAGES))},
    {ACTION_OVERLAY, {'v'}, "map", "image with map, image, or map", IN(IMAGES), 3, BY_PANES(IN(IMAGES))},

    {ACTION_CUT, {KEYS_ENTER}, "cut", "cut the network here, into a folder", IN(PLAN), 1, BY_PANES(IN(PLAN))},
    {ACTION_BEST, {'*'}, "best", "go to the recommended cut", IN(PLAN), 0, BY_PANES(IN(PLAN))},
    {ACTION_VALUES,
     {'v'},
     "values",
     "all values: devices, link, sizes, J/MAC, limits, objective",
     IN(PLAN),
     1,
     BY(handlers_values)},
    {ACTION_LINK_NEXT,
     {']'},
     "link",
     "the next link: the given one, yours, presets",
     IN(PLAN),
     2,
     BY_PANES(IN(PLAN))},
    {ACTION_LINK_PREVIOUS, {'['}, "link", "the link before", IN(PLAN), 0, BY_PANES(IN(PLAN))},
    {ACTION_RATE_UP, {'+', '='}, "rate", "more bandwidth, by a quarter", IN(PLAN), 2, BY_PANES(IN(PLAN))},
    {ACTION_RATE_DOWN, {'-'}, "rate", "less bandwidth", IN(PLAN), 0, BY_PANES(IN(PLAN))},
    {ACTION_TRIP_UP,
     {')'},
     "round trip",
     "a longer round trip, by a quarter",
     IN(PLAN),
     6,
     BY_PANES(IN(PLAN))},
    {ACTION_TRIP_DOWN, {'('}, "round trip", "a shorter round trip", IN(PLAN), 0, BY_PANES(IN(PLAN))},
    {ACTION_EDGE_UP, {'d'}, "device", "a faster device, by a quarter", IN(PLAN), 3, BY_PANES(IN(PLAN))},
    {ACTION_EDGE_DOWN, {'D'}, "device", "a slower device", IN(PLAN), 0, BY_PANES(IN(PLAN))},
    {ACTION_SERVER_UP, {'s'}, "server", "a faster server, by a quarter", IN(PLAN), 3, BY_PANES(IN(PLAN))},
    {ACTION_SERVER_DOWN, {'S'}, "server", "a slower server", IN(PLAN), 0, BY_PANES(IN(PLAN))},
    {ACTION_COMPRESSED,
     {'P'},
     "coder",
     "send it compressed by another coder, or by none (needs --features)",
     IN(PLAN),
     0,
     BY_PANES(IN(PLAN))},
    {ACTION_OBJECTIVE, {'W'}, "metric", "recommend by another metric", IN(PLAN), 4, BY_PANES(IN(PLAN))},
    {ACTION_AXIS_SHORTER, {'<'}, "axis", "half as long a time axis", IN(PLAN), 5, BY_PANES(IN(PLAN))},
    {ACTION_AXIS_LONGER, {'>'}, "axis", "twice as long a time axis", IN(PLAN), 0, BY_PANES(IN(PLAN))},
    {ACTION_VALUES_RESET,
     {'r'},
     "reset",
     "the values of the command line again",
     IN(PLAN),
     6,
     BY_PANES(IN(PLAN))},

    {ACTION_SAVE_SCENARIO,
     {'w'},
     "save",
     "save all values under a name, as a scenario",
     IN(PLAN),
     0,
     BY(scenarios_ask)},
    {ACTION_LOAD_SCENARIO,
     {'L'},
     "load",
     "the values of a saved scenario (Tab: next)",
     IN(PLAN),
     0,
     BY(scenarios_ask)},

    {ACTION_RUN,
     {KEYS_ENTER},
     "run",
     "run both halves: asks for their folder and the tail's command",
     IN(RUN),
     1,
     BY_PANES(IN(RUN))},
    {ACTION_PIPELINE,
     {'a'},
     "ahead",
     "the head works ahead, or one image at a time (the next run)",
     IN(RUN),
     2,
     BY_PANES(IN(RUN))},

    {ACTION_MARK,
     {'x'},
     "mark",
     "mark this split, or remove the mark",
     LAYER_VIEWS | IN(PLAN),
     2,
     BY_PANES_OR(IN(PLAN), handlers_mark)},
    {ACTION_NOTE,
     {'X'},
     "note",
     "mark this split with a note",
     LAYER_VIEWS | IN(PLAN),
     0,
     BY_PANES_OR(IN(PLAN), handlers_note)},

    {ACTION_PAUSE, {'p'}, "pause", "pause measuring, or go on", ANY, 4, ALWAYS(handlers_pause)},
    {ACTION_RESTART,
     {'R'},
     "restart",
     "start the worker again after it was lost",
     ANY,
     0,
     ALWAYS(handlers_restart)},
    {ACTION_OPEN,
     {'o'},
     "open",
     "open another network, data set, store or CSV of rows",
     ANY,
     0,
     ALWAYS(handlers_open)},
    {ACTION_EXPORT,
     {'e'},
     "export",
     "write CSV files, the screen as text, a figure",
     ANY,
     5,
     BY(handlers_export)},
    {ACTION_THEME, {'t'}, "theme", "dark, light, or no colours", ANY, 0, ALWAYS(handlers_theme)},
    {ACTION_GLYPHS, {'b'}, "glyphs", "braille, blocks, or ASCII", ANY, 0, ALWAYS(handlers_glyphs)},
    {ACTION_MOUSE, {'m'}, "mouse", "the mouse on or off", ANY, 0, ALWAYS(handlers_mouse)},
    {ACTION_ENTER,
     {KEYS_ENTER},
     "look",
     "open what is under the cursor: a class, a layer, a curve, an image",
     ANY,
     0,
     BY_PANES_OR(IN(COMPARE) | IN(IMAGES), handlers_look)},
    {ACTION_UNDO,
     {'U'},
     "undo",
     "take back the last change of classes, marks, pins, plan values",
     ANY,
     0,
     BY(handlers_undo)},
    {ACTION_REDO, {KEYS_CTRL('R')}, "redo", "make again what U took back", ANY, 0, BY(handlers_undo)},
    {ACTION_ESCAPE,
     {KEYS_ESC},
     "back",
     "leave a prompt, a dialog, a range, a filter; then the view",
     ANY,
     0,
     ANY,
     handlers_escape,
     true},
    {ACTION_REDRAW, {KEYS_CTRL('L')}, "redraw", "redraw the screen", ANY, 0, ALWAYS(handlers_redraw)},
    {ACTION_SUSPEND,
     {KEYS_CTRL('Z')},
     "suspend",
     "back to the shell; fg returns",
     ANY,
     0,
     ALWAYS(handlers_suspend)},
    {ACTION_HELP, {'?', KEYS_F1}, "help", "this help", ANY, 1, ALWAYS(handlers_help)},
    {ACTION_LEAVE,
     {'q'},
     "leave",
     "back to the view before; from the first one, quit",
     ANY,
     1,
     ALWAYS(handlers_leave)},
    {ACTION_QUIT,
     {'Q', KEYS_CTRL('C')},
     "quit",
     "quit (measured rows stay in the store)",
     ANY,
     0,
     ALWAYS(handlers_quit)},
};
const int actions_n = sizeof actions_table / sizeof actions_table[0];

static const struct action_entry *entry_for(int key, unsigned views, bool everywhere)
{
    for (int i = 0; i < actions_n; i++) {
        const struct action_entry *entry = &actions_table[i];
        if (!(entry->views & views) || (entry->views == ANY) != everywhere)
            continue;
        for (int k = 0; k < ACTIONS_KEYS; k++)
            if (entry->keys[k] && entry->keys[k] == key)
                return entry;
    }
    return NULL;
}

const struct action_entry *actions_entry(int key, enum view view)
{
    const struct action_entry *entry = entry_for(key, 1u << view, false);
    return entry ? entry : entry_for(key, 1u << view, true);
}

enum action actions_find(int key, enum view view)
{
    const struct action_entry *entry = actions_entry(key, view);
    return entry ? entry->action : ACTION_NONE;
}

const struct action_entry *actions_of(enum action action, enum view view)
{
    for (int i = 0; i < actions_n; i++)
        if (actions_table[i].action == action && (actions_table[i].views & 1u << view))
            return &actions_table[i];
    return NULL;
}

void actions_keys(const struct action_entry *entry, char out[80])
{
    size_t used = 0;
    out[0] = '\0';
    for (int k = 0; k < ACTIONS_KEYS && entry->keys[k]; k++) {
        char name[KEYS_NAME];
        keys_name(entry->keys[k], name);
        used += (size_t)snprintf(out + used, 80 - used, "%s%s", k ? " " : "", name);
    }
}
