#include "app/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/memory.h"
#include "screen/keys.h"
#include "panes/plan_words.h"

/* One line of the dialog. */
struct value {
    const char *name, *help;
    const char *empty;                          /* the meaning of an empty value; NULL: it cannot be empty */
    bool file;                                  /* file names can be completed */
    bool few;                                   /* Enter takes the next of few choices; else it is typed */
    char *(*text)(const struct app *a, int of); /* the value in typed form: a new string */
    int (*set)(struct app *a, int of, const char *text, struct error *e);
    int of;                 /* number or metric; 0 for other values */
    enum action more, less; /* of + and -; NONE: it is only typed */
};

/* ---- The values -------------------------------------------------------------------------------------- */

static char *values_edge_text(const struct app *a, int of)
{
    (void)of;
    return memory_copy(a->planning.edge.typed);
}

static char *values_server_text(const struct app *a, int of)
{
    (void)of;
    return memory_copy(a->planning.server.typed);
}

static char *values_link_text(const struct app *a, int of)
{
    (void)of;
    return planning_link_text(a->planning.link);
}

static char *values_type_text(const struct app *a, int of)
{
    (void)of;
    return memory_copy(dtype_words[a->settings.bytes]);
}

static char *values_features_text(const struct app *a, int of)
{
    (void)of;
    return memory_copy(a->planning.features);
}

static char *values_coder_text(const struct app *a, int of)
{
    const struct cost_model *d = &a->planning.deployment.cost_model;
    (void)of;
    return memory_copy(d->features ? coder_words[d->coder] : "not measured");
}

static char *values_objective_text(const struct app *a, int of)
{
    (void)of;
    return memory_copy(metric_words[a->planning.deployment.objective]);
}

static char *values_number_text(const struct app *a, int of)
{
    return planning_number_text(&a->planning, (enum planning_number)of);
}

static char *values_limit_text(const struct app *a, int of)
{
    return planning_limit_text(&a->planning, (enum metric)of);
}

static int values_set_edge(struct app *a, int of, const char *text, struct error *e)
{
    (void)of;
    return planning_set_edge(a, text, e);
}

static int values_set_server(struct app *a, int of, const char *text, struct error *e)
{
    (void)of;
    return planning_set_server(a, text, e);
}

static int values_set_link(struct app *a, int of, const char *text, struct error *e)
{
    (void)of;
    return planning_set_link(a, text, e);
}

/* The word's position; -1: it is none of them. */
static int values_word(const char *text, const char *const *words, const char *what, struct error *e)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    return error_set(e, "'%.20s' is no %s", text, what);
}

static int values_set_type(struct app *a, int of, const char *text, struct error *e)
{
    (void)of;
    int type = values_word(text, dtype_words, "type of numbers", e);
    if (type < 0)
        return -1;
    a->settings.bytes = (enum dtype)type;
    a->planning.deployment.cost_model.max_drop = NAN;
    return 0;
}

/* Without features there is nothing to choose. */
static int values_set_coder(struct app *a, int of, const char *text, struct error *e)
{
    struct cost_model *d = &a->planning.deployment.cost_model;
    (void)of;
    int coder = d->features ? values_word(text, coder_words, "coder", e) : (int)d->coder;
    if (coder < 0)
        return -1;
    d->coder = (enum coder)coder;
    d->max_drop = NAN;
    return 0;
}

static int values_set_objective(struct app *a, int of, const char *text, struct error *e)
{
    (void)of;
    int metric = values_word(text, metric_words, "metric", e);
    if (metric < 0)
        return -1;
    a->planning.deployment.objective = (enum metric)metric;
    return 0;
}

static int values_set_features(struct app *a, int of, const char *text, struct error *e)
{
    (void)of;
    return planning_set_features(a, text, e);
}

static int values_set_number(struct app *a, int of, const char *text, struct error *e)
{
    return planning_set_number(a, (enum planning_number)of, text, e);
}

static int values_set_limit(struct app *a, int of, const char *text, struct error *e)
{
    return planning_set_limit(a, (enum metric)of, text, e);
}

/* Entries above and below the numbers and limits. */
static const struct value first_values[] = {
    {"device", "GFLOP/s, or a CSV of isplit profile", .file = true, .more = ACTION_EDGE_UP,
     .less = ACTION_EDGE_DOWN, .text = values_edge_text, .set = values_set_edge},
    {"link", "as isplit link takes it: lte,rtt=40", .more = ACTION_LINK_NEXT, .less = ACTION_LINK_PREVIOUS,
     .text = values_link_text, .set = values_set_link},
    {"server", "likewise", .file = true, .more = ACTION_SERVER_UP, .less = ACTION_SERVER_DOWN,
     .text = values_server_text, .set = values_set_server},
    {"sent as", "of the tensor that is sent", .few = true, .more = ACTION_BYTES,
     .less = ACTION_BYTES_PREVIOUS, .text = values_type_text, .set = values_set_type},
    {"features", "a CSV of isplit features", "none", .file = true, .text = values_features_text,
     .set = values_set_features},
    {"coder", "as isplit features measured it", .few = true, .more = ACTION_COMPRESSED,
     .less = ACTION_COMPRESSED_PREVIOUS, .text = values_coder_text, .set = values_set_coder},
};
static const struct value last_value = {"objective",
                                        "what the best cut is the best in",
                                        .few = true,
                                        .more = ACTION_OBJECTIVE,
                                        .less = ACTION_OBJECTIVE_PREVIOUS,
                                        .text = values_objective_text,
                                        .set = values_set_objective};
enum {
    FIRST = sizeof first_values / sizeof first_values[0],
    NUMBERS_END = FIRST + PLANNING_NUMBERS,
    LIMITS_END = NUMBERS_END + (int)METRICS,
    VALUES,
};

static struct value value_at(int line)
{
    if (line < FIRST)
        return first_values[line];
    if (line < NUMBERS_END) {
        const char *const *n = planning_numbers[line - FIRST];
        return (struct value){n[PLANNING_NAME],           n[PLANNING_HELP],         n[PLANNING_EMPTY],
                              .text = values_number_text, .set = values_set_number, .of = line - FIRST};
    }
    if (line < LIMITS_END) {
        const struct metric_entry *m = &metric_table[line - NUMBERS_END];
        return (struct value){m->label,
                              m->limit_help,
                              "none",
                              .text = values_limit_text,
                              .set = values_set_limit,
                              .of = line - NUMBERS_END};
    }
    return last_value;
}

/* How often keys made a device faster since it was typed; 0 for other values. */
static int values_steps(const struct app *a, const struct value *v)
{
    const struct planning *w = &a->planning;
    return v->text == values_edge_text ? w->edge.steps : v->text == values_server_text ? w->server.steps : 0;
}

/* The same for display: with the steps made by keys, and the meaning of an empty value. New string. */
static char *values_shown_of(const struct app *a, const struct value *v)
{
    char *text = v->text(a, v->of);
    int steps = values_steps(a, v);
    if (steps == 0 && *text)
        return text;
    char *shown = steps ? memory_format("%s %s%.3g", text, glyphs_text(a->settings.glyphs, GLYPH_TIMES),
                                        pow(PLANNING_STEP, steps))
                        : memory_copy(v->empty);
    free(text);
    return shown;
}

/* ---- Changing ---------------------------------------------------------------------------------------- */

static void values_typed(struct app *a, const char *text)
{
    struct error e;
    const struct value v = value_at(a->dialog_row);
    if (text && v.empty && strcmp(text, "none") == 0)
        text = "";
    if (!text || (!*text && !v.empty))
        return;
    if (v.set(a, v.of, text, &e) < 0)
        app_say(a, JOURNAL_ERROR, "%s", e.text);
}

/* Steps a value with few choices; asks for any other. */
static void values_change(struct app *a)
{
    const struct value v = value_at(a->dialog_row);
    if (v.few) {
        planning_act(a, v.more);
    } else {
        char *text = v.text(a, v.of);
        char *label =
            v.empty ? memory_format("%s (empty: %s): ", v.name, v.empty) : memory_format("%s: ", v.name);
        app_prompt(a, v.file ? PROMPT_PATH : PROMPT_TEXT, label, text, NULL, values_typed, NULL);
        free(label);
        free(text);
    }
}

/* + and -, as in the view. */
static void values_step(struct app *a, bool up)
{
    const struct value v = value_at(a->dialog_row);
    if (v.more)
        planning_act(a, up ? v.more : v.less);
    else
        app_say(a, JOURNAL_NOTE, "%s is typed: Enter", v.name);
}

/* ---- To be kept -------------------------------------------------------------------------------------- */

char *values_shown(const struct app *a, int value)
{
    const struct value v = value_at(value);
    return values_shown_of(a, &v);
}

int values_n(void)
{
    return VALUES;
}

const char *values_name(int value)
{
    return value_at(value).name;
}

bool values_is_setting(int value)
{
    return value_at(value).more == ACTION_BYTES;
}

bool values_is_limit(int value)
{
    return value >= NUMBERS_END && value < LIMITS_END;
}

const char *values_metric(int value)
{
    return values_is_limit(value) ? metric_words[value - NUMBERS_END] : NULL;
}

/* The steps of keys, and the value. */
char *values_save(const struct app *a, int value)
{
    const struct value v = value_at(value);
    char *text = v.text(a, v.of);
    char *saved = memory_format("%d %s", values_steps(a, &v), text);
    free(text);
    return saved;
}

int values_restore(struct app *a, int value, const char *text, struct error *e)
{
    const struct value v = value_at(value);
    char *rest;
    long steps = strtol(text, &rest, 10);
    char *now = values_save(a, value);
    bool same = strcmp(now, text) == 0;
    free(now);
    if (same)
        return 0;
    if (*rest != ' ')
        return error_set(e, "'%.60s' is no value of the plan", text);
    if (v.set(a, v.of, rest + 1, e) < 0)
        return -1;
    if (v.text == values_edge_text)
        a->planning.edge.steps = (int)steps;
    else if (v.text == values_server_text)
        a->planning.server.steps = (int)steps;
    return 0;
}

/* ---- The dialog -------------------------------------------------------------------------------------- */

enum { NAME = 3, TEXT = 20 };

static void draw_value(const struct app *a, struct canvas *c, struct area line, int number, int help)
{
    const struct value v = value_at(number);
    bool here = number == a->dialog_row;
    enum role role = here ? ROLE_SELECTED : ROLE_TEXT;
    char *text = values_shown_of(a, &v);
    canvas_fill(c, line, role);
    if (here)
        canvas_glyph(c, line, 0, 1, role, GLYPH_CURSOR);
    canvas_text(c, line, 0, NAME, role, v.name);
    canvas_field(c, line, 0, TEXT, line.columns > TEXT ? line.columns - TEXT : 0, role, text);
    if (help + canvas_width(v.help) <= line.columns)
        canvas_text(c, line, 0, help, here ? role : ROLE_DIM, v.help);
    free(text);
}

static int values_widest(const struct app *a)
{
    int most = 0;
    for (int number = 0; number < VALUES; number++) {
        const struct value v = value_at(number);
        char *text = values_shown_of(a, &v);
        int width = canvas_width(text);
        most = width > most ? width : most;
        free(text);
    }
    return most;
}

static void values_draw(const struct app *a, struct canvas *c, struct area area)
{
    int help = TEXT + values_widest(a) + 2;
    canvas_rule(c, area, 0, ROLE_TITLE, "The plan's values and limits");
    struct area list = area_below(area, 1);
    bool reported = list.rows > 3; /* the result */
    if (reported) {
        char *pick = plan_words_pick(a);
        canvas_field(c, list, list.rows - 1, 1, list.columns - 1, ROLE_BEST, pick);
        free(pick);
        list.rows -= 2;
    }
    /* On a low screen the rows round the cursor. */
    int first = a->dialog_row >= list.rows ? a->dialog_row - list.rows + 1 : 0;
    for (int value = first; value < VALUES && value - first < list.rows; value++)
        draw_value(a, c, area_above(area_below(list, value - first), 1), value, help);
    canvas_cursor(c, list, a->dialog_row - first, 1);
}

static void values_key(struct app *a, int pressed)
{
    enum action action = actions_find(pressed, VIEW_PLAN);
    if (pressed == KEYS_SPACE || action == ACTION_CUT)
        values_change(a);
    else if (app_leaves_dialog(action) || action == ACTION_VALUES)
        a->dialog = NULL;
    else if (action == ACTION_VALUE_UP || action == ACTION_VALUE_DOWN)
        values_step(a, action == ACTION_VALUE_UP);
    else if (action == ACTION_BYTES)
        app_act(a, action);
    else
        app_move_in_dialog(a, action, VALUES);
    planning_refresh(a);
    a->dirty = true;
}

static const struct dialog values_dialog = {"Enter type   + - change   Up, Down   Esc leave", values_draw,
                                            values_key};

void values_open(struct app *a)
{
    planning_refresh(a);
    a->dialog_row = 0;
    a->dialog = &values_dialog;
    a->dirty = true;
}
