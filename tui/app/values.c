#include "app/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/memory.h"
#include "screen/keys.h"
#include "view/plan_words.h"

enum value {
    VALUE_EDGE,
    VALUE_LINK,
    VALUE_SERVER,
    VALUE_TYPE,
    VALUE_FEATURES,
    VALUE_PACKED,
    VALUE_NUMBER, /* in the order of enum weighing_number */
    VALUE_NUMBER_END = VALUE_NUMBER + WEIGHING_NUMBERS - 1,
    VALUE_LIMIT, /* in the order of enum choice_figure */
    VALUE_LIMIT_END = VALUE_LIMIT + CHOICE_FIGURES - 1,
    VALUE_WISH,
    VALUES
};

static bool is_limit(int value)
{
    return value >= VALUE_LIMIT && value <= VALUE_LIMIT_END;
}

static bool is_number(int value)
{
    return value >= VALUE_NUMBER && value <= VALUE_NUMBER_END;
}

/* What it means where nothing is typed; NULL: it cannot be empty. */
static const char *empty_of(int value)
{
    static const char *const numbers[WEIGHING_NUMBERS] = {"4 B a class", "its pixels", "not known"};
    if (is_number(value))
        return numbers[value - VALUE_NUMBER];
    return is_limit(value) || value == VALUE_FEATURES ? "none" : NULL;
}

/* ---- What stands there ------------------------------------------------------------------------------- */

static const char *const helps[VALUES] = {
    [VALUE_EDGE] = "GFLOP/s, or a CSV of isplit profile",
    [VALUE_LINK] = "as isplit link takes it: lte,rtt=40",
    [VALUE_SERVER] = "likewise",
    [VALUE_TYPE] = "of the tensor that is sent",
    [VALUE_FEATURES] = "a CSV of isplit features",
    [VALUE_PACKED] = "as isplit features measured it",
    [VALUE_NUMBER + WEIGHING_ANSWER] = "bytes that come back",
    [VALUE_NUMBER + WEIGHING_INPUT] = "bytes of an image sent whole",
    [VALUE_NUMBER + WEIGHING_JOULE_MAC] = "of the device, as in 5e-11",
    [VALUE_LIMIT + CHOICE_LATENCY] = "ms at most",
    [VALUE_LIMIT + CHOICE_BYTES] = "at most, as in 64K",
    [VALUE_LIMIT + CHOICE_MEMORY] = "at most, as in 2M",
    [VALUE_LIMIT + CHOICE_ENERGY] = "J at most",
    [VALUE_LIMIT + CHOICE_IMPORTANCE] = "rank by CUI, at most",
    [VALUE_LIMIT + CHOICE_ACCURACY] = "share of images, at least",
    [VALUE_WISH] = "what the best cut is the best in",
};

static const char *name_of(int value)
{
    static const char *const names[] = {"device", "link",   "server",      "sent as", "features",
                                        "zstd",   "answer", "whole input", "J/MAC"};
    if (value == VALUE_WISH)
        return "wish";
    return is_limit(value) ? plan_words_figures[value - VALUE_LIMIT] : names[value];
}

/* As it would be typed. New string. */
static char *text_of(const struct app *a, int value)
{
    const struct weighing *w = &a->weighing;
    const struct deploy *d = &w->deployment.deploy;
    switch (value) {
    case VALUE_EDGE:
        return memory_copy(w->edge);
    case VALUE_LINK:
        return weighing_link_text(w);
    case VALUE_SERVER:
        return memory_copy(w->server);
    case VALUE_TYPE:
        return memory_copy(feature_words[d->type]);
    case VALUE_FEATURES:
        return memory_copy(w->features);
    case VALUE_PACKED:
        return memory_copy(d->packed ? "yes" : d->features ? "no" : "not measured");
    case VALUE_WISH:
        return memory_copy(choice_words[w->deployment.wish]);
    default:
        if (is_number(value))
            return weighing_number_text(w, (enum weighing_number)(value - VALUE_NUMBER));
        return weighing_limit_text(w, (enum choice_figure)(value - VALUE_LIMIT));
    }
}

/* The same as it is shown: what keys did to a speed, and what stands for nothing. New string. */
static char *shown_of(const struct app *a, int value)
{
    const struct weighing *w = &a->weighing;
    char *text = text_of(a, value);
    int steps = value == VALUE_EDGE ? w->edge_steps : value == VALUE_SERVER ? w->server_steps : 0;
    if (steps == 0 && *text)
        return text;
    char *shown = steps ? memory_format("%s %s%.3g", text, glyphs_text(a->settings.glyphs, GLYPH_TIMES),
                                        pow(WEIGHING_STEP, steps))
                        : memory_copy(empty_of(value));
    free(text);
    return shown;
}

/* ---- Changing ---------------------------------------------------------------------------------------- */

static void typed(struct app *a, const char *text)
{
    struct error e;
    int value = a->values_cursor, status = 0;
    if (text && empty_of(value) && strcmp(text, "none") == 0)
        text = "";
    if (!text || (!*text && !empty_of(value)))
        return;
    if (value == VALUE_EDGE)
        status = weighing_set_edge(a, text, &e);
    else if (value == VALUE_SERVER)
        status = weighing_set_server(a, text, &e);
    else if (value == VALUE_LINK)
        status = weighing_set_link(a, text, &e);
    else if (value == VALUE_FEATURES)
        status = weighing_set_features(a, text, &e);
    else if (is_number(value))
        status = weighing_set_number(a, (enum weighing_number)(value - VALUE_NUMBER), text, &e);
    else
        status = weighing_set_limit(a, (enum choice_figure)(value - VALUE_LIMIT), text, &e);
    if (status < 0)
        app_say(a, JOURNAL_ERROR, "%s", e.text);
}

/* What has few values takes the next one, the rest is asked for. */
static void change(struct app *a)
{
    int value = a->values_cursor;
    if (value == VALUE_TYPE) {
        app_act(a, ACTION_BYTES);
        weighing_refresh(a);
    } else if (value == VALUE_PACKED || value == VALUE_WISH) {
        weighing_act(a, value == VALUE_WISH ? ACTION_WISH : ACTION_PACKED);
    } else {
        bool file = value == VALUE_EDGE || value == VALUE_SERVER || value == VALUE_FEATURES;
        const char *empty = empty_of(value);
        char *text = text_of(a, value);
        char *label = empty ? memory_format("%s (empty: %s): ", name_of(value), empty)
                            : memory_format("%s: ", name_of(value));
        app_prompt(a, file ? PROMPT_PATH : PROMPT_TEXT, label, text, NULL, typed, NULL);
        free(label);
        free(text);
    }
}

/* ---- The dialog -------------------------------------------------------------------------------------- */

enum { NAME = 3, TEXT = 20 };

static void draw_value(const struct app *a, struct canvas *c, struct area line, int value, int help)
{
    bool here = value == a->values_cursor;
    enum role role = here ? ROLE_SELECTED : ROLE_TEXT;
    char *text = shown_of(a, value);
    canvas_fill(c, line, role);
    if (here)
        canvas_glyph(c, line, 0, 1, role, GLYPH_CURSOR);
    canvas_text(c, line, 0, NAME, role, name_of(value));
    canvas_field(c, line, 0, TEXT, line.columns > TEXT ? line.columns - TEXT : 0, role, text);
    if (help + canvas_width(helps[value]) <= line.columns)
        canvas_text(c, line, 0, help, here ? role : ROLE_DIM, helps[value]);
    free(text);
}

static int widest(const struct app *a)
{
    int most = 0;
    for (int value = 0; value < VALUES; value++) {
        char *text = shown_of(a, value);
        int width = canvas_width(text);
        most = width > most ? width : most;
        free(text);
    }
    return most;
}

static void draw(const struct app *a, struct canvas *c, struct area area)
{
    int help = TEXT + widest(a) + 2;
    canvas_rule(c, area, 0, ROLE_TITLE, "The plan's values and limits");
    struct area list = area_below(area, 1);
    bool told = list.rows > 3; /* what comes of them */
    if (told) {
        char *pick = plan_words_pick(a);
        canvas_field(c, list, list.rows - 1, 1, list.columns - 1, ROLE_BEST, pick);
        free(pick);
        list.rows -= 2;
    }
    /* On a low screen the rows round the cursor. */
    int first = a->values_cursor >= list.rows ? a->values_cursor - list.rows + 1 : 0;
    for (int value = first; value < VALUES && value - first < list.rows; value++)
        draw_value(a, c, area_above(area_below(list, value - first), 1), value, help);
    canvas_cursor(c, list, a->values_cursor - first, 1);
}

static void key(struct app *a, int pressed)
{
    enum action action = actions_find(pressed, VIEW_PLAN);
    int cursor = a->values_cursor;
    if (pressed == KEYS_SPACE || action == ACTION_CUT)
        change(a);
    else if (action == ACTION_UP || action == ACTION_DOWN)
        cursor += action == ACTION_UP ? -1 : 1;
    else if (action == ACTION_FIRST || action == ACTION_LAST)
        cursor = action == ACTION_FIRST ? 0 : VALUES - 1;
    else if (action == ACTION_ESCAPE || action == ACTION_QUIT || action == ACTION_VALUES)
        a->dialog = NULL;
    else if (action == ACTION_BYTES)
        app_act(a, action);
    else
        weighing_act(a, action); /* the keys of the view that change values */
    weighing_refresh(a);
    a->values_cursor = cursor < 0 ? 0 : cursor >= VALUES ? VALUES - 1 : cursor;
    a->dirty = true;
}

static const struct dialog values_dialog = {"Enter change   Up, Down   Esc leave", draw, key};

void values_open(struct app *a)
{
    weighing_refresh(a);
    a->values_cursor = 0;
    a->dialog = &values_dialog;
    a->dirty = true;
}
