#include "app/actions.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/handlers.h"
#include "app/scenarios.h"
#include "app/values.h"
#include "base/memory.h"
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
static struct action_entry table[] = {
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
    {ACTION_PAGE_UP,
     {KEYS_PAGE_UP, KEYS_CTRL('B'), KEYS_CTRL('U')},
     "page up",
     "a page up",
     ANY,
     0,
     BY_PANES(ANY)},
    {ACTION_PAGE_DOWN,
     {KEYS_PAGE_DOWN, KEYS_CTRL('F'), KEYS_CTRL('D')},
     "page down",
     "a page down",
     ANY,
     0,
     BY_PANES(ANY)},
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
     "filter: only rows that match a glob (an empty one: all)",
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
     {'%'},
     "agreement",
     "accuracy, or agreement with the whole network",
     IN(RATE),
     1,
     BY_PANES(IN(RATE))},
    {ACTION_EVALUATE,
     {'E'},
     "evaluate",
     "retrain the cut here, and show its accuracy (Esc stops it)",
     IN(CURVE) | IN(LAYERS) | IN(DETAIL),
     9,
     BY(handlers_evaluate)},
    {ACTION_EVALUATE_ALL,
     {KEYS_CTRL('E')},
     "evaluate all",
     "retrain all listed cuts in a race (isplit evaluate)",
     IN(CURVE) | IN(LAYERS) | IN(DETAIL),
     0,
     BY(handlers_evaluate)},
    {ACTION_ZOOM,
     {'z'},
     "zoom",
     "zoom in: once at one end of a range, once at the other",
     PLOTS,
     8,
     BY(handlers_zoom)},
    {ACTION_ZOOM_OUT, {'Z'}, "all", "zoom out: all layers again", PLOTS, 0, BY(handlers_zoom)},
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
    {ACTION_ALL, {'a'}, "all", "choose (select) all classes", CHOOSING, 2, BY_PANES(CHOOSING)},
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
     "choose as -c does: cat,3-7,!n02; a|b compares, a| with the rest",
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
     "unpin: remove the last pinned curve",
     ANY,
     0,
     BY_PANES_OR(IN(COMPARE), handlers_unpin)},
    {ACTION_ONLY,
     {'O'},
     "choose",
     "choose the classes of this curve",
     IN(COMPARE),
     3,
     BY_PANES_OR(IN(COMPARE), handlers_chosen_already)},
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
     "all images, wrong ones, right ones",
     IN(IMAGES),
     1,
     BY_PANES(IN(IMAGES))},
    {ACTION_CONFUSION,
     {'#'},
     "confusion",
     "which class is taken for which, as a table; Enter shows the images of a cell",
     IN(CLASSES) | IN(MATRIX) | IN(IMAGES),
     0,
     BY(handlers_confusion)},
    {ACTION_MAP_CLASS,
     {'P'},
     "whose map",
     "the map of the true class, or of the predicted one",
     IN(IMAGES),
     2,
     BY_PANES(IN(IMAGES))},
    {ACTION_OVERLAY, {'M'}, "map", "image with map, image, or map", IN(IMAGES), 3, BY_PANES(IN(IMAGES))},

    {ACTION_CUT, {KEYS_ENTER}, "cut", "cut the network here, into a folder", IN(PLAN), 1, BY_PANES(IN(PLAN))},
    {ACTION_BEST, {'*'}, "best", "go to the recommended cut", IN(PLAN), 0, BY_PANES(IN(PLAN))},
    {ACTION_FIELD_NEXT,
     {']'},
     "value",
     "the next value of the plan, for + and -: device, link, bandwidth, ...",
     IN(PLAN),
     2,
     BY_PANES(IN(PLAN))},
    {ACTION_FIELD_PREVIOUS, {'['}, "value", "the value before", IN(PLAN), 0, BY_PANES(IN(PLAN))},
    {ACTION_VALUE_UP,
     {'+', '='},
     "more",
     "more of that value, by a quarter; or the next choice",
     IN(PLAN),
     2,
     BY_PANES(IN(PLAN))},
    {ACTION_VALUE_DOWN, {'-'}, "less", "less of it; or the choice before", IN(PLAN), 3, BY_PANES(IN(PLAN))},
    {ACTION_VALUES,
     {'D'},
     "values",
     "all values of the plan, to be typed: devices, link, limits, objective",
     IN(PLAN),
     1,
     BY(handlers_values)},
    {ACTION_VALUES_LINE,
     {';'},
     "plan for",
     "plan for device, link, server, limits in a line: 0.5 lte memory=200K",
     ANY,
     0,
     BY(values_ask)},
    {ACTION_VALUES_RESET,
     {KEYS_BACKSPACE},
     "reset",
     "the values of the command line again (asks)",
     IN(PLAN),
     6,
     BY_PANES(IN(PLAN))},

    {ACTION_SCATTER,
     {'S'},
     "scatter",
     "the table, or its rows as points: importance or accuracy against a cost",
     IN(PLAN),
     3,
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
    {ACTION_BESIDE,
     {'|'},
     "beside",
     "the present values beside those of a scenario, and what each recommends",
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
     {'W'},
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
     "export (write): CSV files, the screen as text, a figure",
     ANY,
     5,
     BY(handlers_export)},
    {ACTION_THEME, {'t'}, "theme", "theme: dark, light, or no colours", ANY, 0, ALWAYS(handlers_theme)},
    {ACTION_GLYPHS, {'b'}, "glyphs", "glyphs: braille, blocks, or ASCII", ANY, 0, ALWAYS(handlers_glyphs)},
    {ACTION_PICTURES,
     {'B'},
     "pictures",
     "pictures: in pixels (kitty, sixel), as the terminal can, or blocks",
     ANY,
     0,
     ALWAYS(handlers_pictures)},
    {ACTION_MOUSE,
     {'m'},
     "mouse",
     "the mouse on or off (off: the terminal selects, to copy)",
     ANY,
     0,
     ALWAYS(handlers_mouse)},
    {ACTION_ENTER,
     {KEYS_ENTER},
     "look",
     "open what is under the cursor: a class, a layer, an image",
     ANY,
     0,
     BY_PANES_OR(IN(IMAGES), handlers_look)},
    {ACTION_UNDO,
     {'U'},
     "undo",
     "undo (take back) the last change of classes, marks, pins, values",
     ANY,
     0,
     BY(handlers_undo)},
    {ACTION_REDO, {KEYS_CTRL('R')}, "redo", "redo: make again what U took back", ANY, 0, BY(handlers_undo)},
    {ACTION_ESCAPE,
     {KEYS_ESC},
     "back",
     "leave a prompt, a dialog, a range, a filter; then the view",
     ANY,
     0,
     ANY,
     handlers_escape,
     true},
    {ACTION_REDRAW,
     {KEYS_CTRL('L')},
     "redraw",
     "redraw (refresh) the screen",
     ANY,
     0,
     ALWAYS(handlers_redraw)},
    {ACTION_SUSPEND,
     {KEYS_CTRL('Z')},
     "suspend",
     "back to the shell; fg returns",
     ANY,
     0,
     ALWAYS(handlers_suspend)},
    {ACTION_PALETTE,
     {KEYS_CTRL('P')},
     "palette",
     "find an action by its words, and do it",
     ANY,
     0,
     ALWAYS(handlers_palette)},
    {ACTION_HELP, {'?', KEYS_F1}, "help", "this help", ANY, 1, ALWAYS(handlers_help)},
    {ACTION_LEAVE,
     {'q'},
     "leave",
     "back to the view before; from the first one, quit",
     ANY,
     1,
     ALWAYS(handlers_leave)},
    {ACTION_QUIT,
     {'Q', KEYS_CTRL('C'), KEYS_F1 + 9},
     "quit",
     "quit, exit (measured rows stay in the store)",
     ANY,
     0,
     ALWAYS(handlers_quit)},
};
const struct action_entry *const actions_table = table;
const int actions_n = sizeof table / sizeof table[0];

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

/* ---- Other keys ---------------------------------------------------------------------------------- */

/* A key that two actions have in one view; 0: none. */
static int actions_shared(const struct action_entry *one, const struct action_entry *other)
{
    for (int i = 0; i < ACTIONS_KEYS && (one->views & other->views); i++)
        for (int k = 0; k < ACTIONS_KEYS; k++)
            if (one->keys[i] && one->keys[i] == other->keys[k])
                return one->keys[i];
    return 0;
}

/* Where two actions have a key in common that they had not before. */
static int actions_check(const struct action_entry *changed, struct error *e)
{
    char name[KEYS_NAME];
    for (int i = 0; i < actions_n; i++)
        for (int k = i + 1; k < actions_n; k++) {
            int key = actions_shared(&changed[i], &changed[k]);
            if (!key || actions_shared(&table[i], &table[k]))
                continue;
            keys_name(key, name);
            return error_set(e, "the key '%s' would mean '%s', and '%s'", name, changed[i].help,
                             changed[k].help);
        }
    return 0;
}

/* How many actions have the key `from`, and have `to` in `changed` now. */
static int actions_put(struct action_entry *changed, int from, int to)
{
    int n = 0;
    for (int i = 0; i < actions_n; i++)
        for (int k = 0; k < ACTIONS_KEYS; k++)
            if (table[i].keys[k] == from) {
                changed[i].keys[k] = to;
                n++;
            }
    return n;
}

int actions_change(int (*keys)[2], int n, struct error *e)
{
    char name[KEYS_NAME];
    struct action_entry *changed = memory_new((size_t)actions_n, sizeof *changed);
    memcpy(changed, table, sizeof table);
    int status = 0;
    for (int i = 0; i < n && status == 0; i++)
        if (actions_put(changed, keys[i][0], keys[i][1]) == 0) {
            keys_name(keys[i][0], name);
            status = error_set(e, "no action has the key '%s'", name);
        }
    if (status == 0)
        status = actions_check(changed, e);
    if (status == 0)
        memcpy(table, changed, sizeof table);
    free(changed);
    return status;
}
