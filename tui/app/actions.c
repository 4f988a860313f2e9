#include "app/actions.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "screen/keys.h"

const char *const view_names[] = {"Curve",  "Layers", "Classes", "Compare", "Matrix",
                                  "Images", "Detail", "Log",     "Plan",    NULL};

#define IN(view) (1u << VIEW_##view)
#define ANY ACTIONS_EVERYWHERE
#define LAYER_VIEWS                                                                                          \
    (IN(CURVE) | IN(LAYERS) | IN(CLASSES) | IN(COMPARE) | IN(MATRIX) | IN(IMAGES) | IN(DETAIL))
#define PLOTS (IN(CURVE) | IN(CLASSES) | IN(COMPARE) | IN(PLAN))
#define PANES (IN(CURVE) | IN(CLASSES) | IN(IMAGES) | IN(PLAN))
#define LISTS (IN(CURVE) | IN(LAYERS) | IN(CLASSES) | IN(MATRIX) | IN(IMAGES) | IN(LOG))

const struct action_entry actions_table[] = {
    {ACTION_UP, {'k', KEYS_UP}, "up", "one row up", ANY, 0},
    {ACTION_DOWN, {'j', KEYS_DOWN}, "down", "one row down", ANY, 0},
    {ACTION_LEFT, {'h', KEYS_LEFT}, "left", "the layer before", ANY, 0},
    {ACTION_RIGHT, {'l', KEYS_RIGHT}, "right", "the layer after", ANY, 0},
    {ACTION_PAGE_UP, {KEYS_PAGE_UP, KEYS_CTRL('B')}, "page up", "a page up", ANY, 0},
    {ACTION_PAGE_DOWN, {KEYS_PAGE_DOWN, KEYS_CTRL('F')}, "page down", "a page down", ANY, 0},
    {ACTION_FIRST, {'g', KEYS_HOME}, "first", "the first row or layer", ANY, 0},
    {ACTION_LAST, {'G', KEYS_END}, "last", "the last row or layer", ANY, 0},
    {ACTION_NEXT_PANE, {KEYS_TAB}, "pane", "the next pane", PANES, 9},
    {ACTION_PREVIOUS_PANE, {KEYS_BACK_TAB}, "pane", "the pane before", PANES, 0},

    {ACTION_VIEW + VIEW_CURVE, {'1'}, "curve", "curve, layer table and detail", ANY, 0},
    {ACTION_VIEW + VIEW_LAYERS, {'2'}, "layers", "the layer table alone", ANY, 0},
    {ACTION_VIEW + VIEW_CLASSES, {'3'}, "classes", "choose classes", ANY, 0},
    {ACTION_VIEW + VIEW_COMPARE, {'4'}, "compare", "pinned curves side by side", ANY, 0},
    {ACTION_VIEW + VIEW_MATRIX, {'5'}, "matrix", "every class by every layer", ANY, 0},
    {ACTION_VIEW + VIEW_IMAGES, {'6'}, "images", "the measured images with their Grad-CAM maps", ANY, 0},
    {ACTION_VIEW + VIEW_DETAIL, {'7'}, "detail", "the chosen cut in words", ANY, 0},
    {ACTION_VIEW + VIEW_LOG, {'8'}, "log", "messages and warnings so far", ANY, 0},
    {ACTION_VIEW + VIEW_PLAN, {'9'}, "plan", "what every cut costs on your devices and link", ANY, 0},

    {ACTION_SEARCH, {'/'}, "search", "search forward", LISTS, 5},
    {ACTION_SEARCH_NEXT, {'n'}, "next", "the next match", LISTS, 0},
    {ACTION_SEARCH_PREVIOUS, {'N'}, "previous", "the match before", LISTS, 0},
    {ACTION_FILTER, {'\\'}, "filter", "show only rows that match a glob (an empty one: all)", LISTS, 6},
    {ACTION_SORT_PREVIOUS,
     {'<'},
     "sort",
     "sort by the column to the left",
     IN(CURVE) | IN(LAYERS) | IN(CLASSES) | IN(MATRIX) | IN(IMAGES),
     0},
    {ACTION_SORT_NEXT,
     {'>'},
     "sort",
     "sort by the column to the right",
     IN(CURVE) | IN(LAYERS) | IN(CLASSES) | IN(MATRIX) | IN(IMAGES),
     7},
    {ACTION_SORT_REVERSE,
     {'r'},
     "reverse",
     "turn the order round",
     IN(CURVE) | IN(LAYERS) | IN(CLASSES) | IN(MATRIX) | IN(IMAGES),
     0},

    {ACTION_LINEAR, {'y'}, "log/linear", "log10 or linear scale", PLOTS | IN(LAYERS), 4},
    {ACTION_CORRECTED,
     {'s'},
     "size",
     "raw or size-corrected curve",
     IN(CURVE) | IN(CLASSES) | IN(COMPARE) | IN(LAYERS),
     4},
    {ACTION_BYTES, {'u'}, "bytes", "bytes of a cut as f32, f16 or int8", ANY, 8},
    {ACTION_ZOOM, {'z'}, "zoom", "zoom: once at one end of a range, once at the other", PLOTS, 8},
    {ACTION_ZOOM_OUT, {'Z'}, "all", "all layers again", PLOTS, 0},
    {ACTION_NEXT_CANDIDATE, {'.'}, "candidate", "the next candidate", LAYER_VIEWS | IN(PLAN), 0},
    {ACTION_PREVIOUS_CANDIDATE, {','}, "candidate", "the candidate before", LAYER_VIEWS | IN(PLAN), 0},
    {ACTION_BEST, {'*'}, "best", "go to the best candidate", LAYER_VIEWS, 0},

    {ACTION_TOGGLE, {KEYS_SPACE}, "toggle", "choose the class, or take it away", IN(CLASSES) | IN(MATRIX), 1},
    {ACTION_ALL, {'a'}, "all", "choose all classes", IN(CLASSES) | IN(MATRIX), 2},
    {ACTION_CLEAR, {'A'}, "none", "choose no class", IN(CLASSES) | IN(MATRIX), 2},
    {ACTION_INVERT, {'i'}, "invert", "choose the others", IN(CLASSES) | IN(MATRIX), 3},
    {ACTION_RANGE, {'v'}, "range", "begin a range; Space or v again chooses it", IN(CLASSES), 3},
    {ACTION_CLASSES,
     {':'},
     "expression",
     "choose by an expression as -c takes it: cat,dog,3-7,n0*,!n02",
     ANY,
     0},
    {ACTION_SAVE_SUBSET, {'w'}, "save", "save the chosen classes under a name", ANY, 0},
    {ACTION_LOAD_SUBSET, {'L'}, "load", "choose a saved subset or group (Tab: next)", ANY, 0},
    {ACTION_GROUPS, {'@'}, "groups", "read groups of classes from a file: name = classes", ANY, 0},

    {ACTION_PIN, {'c'}, "pin", "pin the curve of the chosen classes, to compare", ANY, 3},
    {ACTION_UNPIN, {'C'}, "unpin", "take the last pinned curve away", ANY, 0},
    {ACTION_DIFFERENCE, {'d'}, "difference", "curves, or the difference of two", IN(COMPARE), 2},

    {ACTION_ANSWERS, {'f'}, "right/wrong", "all images, right ones, wrong ones", IN(IMAGES), 1},
    {ACTION_NEXT_LAYER, {']'}, "layer", "the map of the layer after", IN(IMAGES), 2},
    {ACTION_PREVIOUS_LAYER, {'['}, "layer", "the map of the layer before", IN(IMAGES), 2},
    {ACTION_OVERLAY, {'v'}, "map", "image with map, image, or map", IN(IMAGES), 3},

    {ACTION_CUT, {KEYS_ENTER}, "cut", "cut the network here, into a folder", IN(PLAN), 1},
    {ACTION_BEST, {'*'}, "best", "go to the recommended cut", IN(PLAN), 0},
    {ACTION_VALUES, {'v'}, "values", "all values: devices, link, sizes, J/MAC, limits, wish", IN(PLAN), 1},
    {ACTION_LINK_NEXT, {']'}, "link", "the next link: the given one, yours, presets", IN(PLAN), 2},
    {ACTION_LINK_PREVIOUS, {'['}, "link", "the link before", IN(PLAN), 0},
    {ACTION_RATE_UP, {'+', '='}, "rate", "more bandwidth, by a quarter", IN(PLAN), 2},
    {ACTION_RATE_DOWN, {'-'}, "rate", "less bandwidth", IN(PLAN), 0},
    {ACTION_TRIP_UP, {')'}, "round trip", "a longer round trip, by a quarter", IN(PLAN), 6},
    {ACTION_TRIP_DOWN, {'('}, "round trip", "a shorter round trip", IN(PLAN), 0},
    {ACTION_EDGE_UP, {'d'}, "device", "a faster device, by a quarter", IN(PLAN), 3},
    {ACTION_EDGE_DOWN, {'D'}, "device", "a slower device", IN(PLAN), 0},
    {ACTION_SERVER_UP, {'s'}, "server", "a faster server, by a quarter", IN(PLAN), 3},
    {ACTION_SERVER_DOWN, {'S'}, "server", "a slower server", IN(PLAN), 0},
    {ACTION_PACKED, {'P'}, "zstd", "send it compressed, or not (needs --features)", IN(PLAN), 0},
    {ACTION_WISH, {'W'}, "wish", "recommend by another figure", IN(PLAN), 4},
    {ACTION_AXIS_SHORTER, {'<'}, "axis", "half as long a time axis", IN(PLAN), 5},
    {ACTION_AXIS_LONGER, {'>'}, "axis", "twice as long a time axis", IN(PLAN), 0},
    {ACTION_VALUES_RESET, {'r'}, "reset", "the values of the command line again", IN(PLAN), 6},

    {ACTION_MARK, {'x'}, "mark", "mark this split, or take the mark away", LAYER_VIEWS | IN(PLAN), 2},
    {ACTION_NOTE, {'X'}, "note", "mark this split with a note", LAYER_VIEWS | IN(PLAN), 0},

    {ACTION_PAUSE, {'p'}, "pause", "pause measuring, or go on", ANY, 4},
    {ACTION_RESTART, {'R'}, "restart", "start the worker again after it was lost", ANY, 0},
    {ACTION_OPEN, {'o'}, "open", "open another network, data set, store or CSV of rows", ANY, 0},
    {ACTION_EXPORT, {'e'}, "export", "write CSV files, the screen as text, a figure", ANY, 5},
    {ACTION_THEME, {'t'}, "theme", "dark, light, or no colours", ANY, 0},
    {ACTION_GLYPHS, {'b'}, "glyphs", "braille, blocks, or ASCII", ANY, 0},
    {ACTION_MOUSE, {'m'}, "mouse", "the mouse on or off", ANY, 0},
    {ACTION_ENTER, {KEYS_ENTER}, "look", "look closer: class or layer, image, detail", ANY, 0},
    {ACTION_ESCAPE, {KEYS_ESC}, "back", "leave a prompt, a dialog, a range or a filter", ANY, 0},
    {ACTION_REDRAW, {KEYS_CTRL('L')}, "redraw", "draw the screen anew", ANY, 0},
    {ACTION_SUSPEND, {KEYS_CTRL('Z')}, "suspend", "back to the shell; fg returns", ANY, 0},
    {ACTION_HELP, {'?', KEYS_F1}, "help", "this help", ANY, 1},
    {ACTION_QUIT, {'q', KEYS_CTRL('C')}, "quit", "leave (measured rows stay in the store)", ANY, 1},
};
const int actions_n = sizeof actions_table / sizeof actions_table[0];

static const struct action_entry *find(int key, unsigned views, bool everywhere)
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

enum action actions_find(int key, enum view view)
{
    const struct action_entry *entry = find(key, 1u << view, false);
    if (!entry)
        entry = find(key, 1u << view, true);
    return entry ? entry->action : ACTION_NONE;
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
