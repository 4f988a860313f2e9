#include "app/export.h"

#include <stdlib.h>
#include <string.h>

#include "app/complete.h"
#include "app/export_files.h"
#include "base/memory.h"
#include "base/text_list.h"
#include "panes/compare_legend.h"
#include "panes/rate.h"
#include "screen/keys.h"

static const struct {
    const char *name, *help;
} words[EXPORT_ITEMS] = {
    [EXPORT_CURVE] = {"curve", "a row for each layer"},
    [EXPORT_DIFFERENCE] = {"compare", "a row for each layer and pair"},
    [EXPORT_CLASSES] = {"classes", "a row for each chosen class"},
    [EXPORT_IMAGES] = {"images", "a row for each image"},
    [EXPORT_MARKS] = {"marks", "the marked splits and notes"},
    [EXPORT_PLAN] = {"plan", "a row for each cut"},
    [EXPORT_EVALUATION] = {"evaluate", "a row for each cut, as retrained"},
    [EXPORT_SCREEN] = {"screen", "this view as text"},
    [EXPORT_FIGURE] = {"figure", "the plot, for a paper"},
    [EXPORT_RATE] = {"rate", "accuracy against bytes, for a paper"},
};

struct export
{
    char *prefix;           /* of the last one, or NULL */
    unsigned off, existing; /* deselected items; items whose file exists */
};

void export_forget(struct app *a)
{
    if (!a->export)
        return;
    free(a->export->prefix);
    a->export->prefix = NULL;
}

void export_free(struct export *x)
{
    if (x)
        free(x->prefix);
    free(x);
}

static const unsigned everything = (1u << EXPORT_ITEMS) - 1;

/* Whether a pinned curve is of other classes than the chosen ones. */
static bool export_has_pair(const struct app *a)
{
    for (int i = 1; i < compare_curves(a); i++)
        if (!compare_is_twice(a, i))
            return true;
    return false;
}

/* Without marks, other curves or features their files would be empty. */
static const char *export_lacks(const struct app *a, enum export_item item)
{
    if (item == EXPORT_MARKS && marks_n(a->marks) == 0)
        return "(no split is marked)";
    if (item == EXPORT_DIFFERENCE && !export_has_pair(a))
        return "(no other is pinned)";
    if (item == EXPORT_EVALUATION && measured_known(evaluating_measured(a)) == 0)
        return "(no cut is retrained)";
    return item == EXPORT_RATE && !rate_is_known(a) ? "(needs --features)" : NULL;
}

static unsigned wanted(const struct app *a)
{
    unsigned possible = everything;
    for (int item = 0; item < EXPORT_ITEMS; item++)
        if (export_lacks(a, (enum export_item)item))
            possible &= ~(1u << item);
    return possible & ~a->export->off;
}

/* The prefix being typed, or the present one. New string. */
static char *prefix_now(const struct app *a)
{
    bool typing = a->prompt.open && a->prompt.kind == PROMPT_PATH;
    return complete_home(typing ? a->prompt.text : a->export->prefix);
}

static void export_look(struct app *a)
{
    char *prefix = prefix_now(a);
    a->export->existing = export_existing(a, prefix);
    free(prefix);
}

/* ---- Writing --------------------------------------------------------------------------------------- */

/* "./x-curve.csv, ./x-classes.csv". New string. */
static char *list_paths(const struct app *a, unsigned these)
{
    char *list = memory_copy("");
    for (int item = 0; item < EXPORT_ITEMS; item++) {
        if (!(these & 1u << item))
            continue;
        char *path = export_path(a, a->export->prefix, (enum export_item)item);
        text_list_append(&list, "%s", path);
        free(path);
    }
    return list;
}

static int export_count(unsigned these)
{
    int n = 0;
    for (int item = 0; item < EXPORT_ITEMS; item++)
        n += (these >> item & 1u) != 0;
    return n;
}

static void export_write_files(struct app *a)
{
    struct error e;
    unsigned written;
    int status = export_write(a, a->export->prefix, wanted(a), &written, &e);
    int n = export_count(written);
    if (n > 0) {
        char *list = list_paths(a, written);
        app_say(a, JOURNAL_GOOD, "wrote %d file%s: %s", n, n == 1 ? "" : "s", list);
        free(list);
    }
    if (status < 0)
        app_say(a, JOURNAL_ERROR, "%s", e.text);
}

static void overwrite_done(struct app *a, const char *text)
{
    if (text)
        export_write_files(a);
    else
        app_say(a, JOURNAL_NOTE, "nothing was written");
}

/* Names the first file in full and the others by their endings, to fit into a line. */
static void ask_to_overwrite(struct app *a, unsigned existing)
{
    char *files = memory_copy("");
    for (int item = 0; item < EXPORT_ITEMS; item++) {
        if (!(existing & 1u << item))
            continue;
        char *path = export_path(a, a->export->prefix, (enum export_item)item);
        text_list_append(&files, "%s", *files ? export_suffix((enum export_item)item) : path);
        free(path);
    }
    char *label = memory_format("overwrite %s? (y/n)", files);
    app_prompt(a, PROMPT_KEY, label, NULL, NULL, overwrite_done, NULL);
    free(files);
    free(label);
}

static void export_to(struct app *a)
{
    struct error e;
    export_look(a);
    unsigned existing = a->export->existing & wanted(a);
    if (export_check(a, a->export->prefix, wanted(a), &e) < 0)
        app_say(a, JOURNAL_ERROR, "%s", e.text);
    else if (existing)
        ask_to_overwrite(a, existing);
    else
        export_write_files(a);
}

static void prefix_done(struct app *a, const char *text)
{
    if (!text) {
        export_look(a);
        return;
    }
    free(a->export->prefix);
    a->export->prefix = *text ? memory_copy(text) : export_default_prefix(a);
    export_to(a);
}

static void prefix_live(struct app *a, const char *text)
{
    (void)text;
    export_look(a);
}

/* To the place that the dialog shows, or (`asks`) to another one. */
static void export_begin(struct app *a, bool asks)
{
    if (wanted(a) == 0)
        app_say(a, JOURNAL_WARNING, "nothing is chosen (Space chooses)");
    else if (a->shown.accuracy.images == 0)
        app_say(a, JOURNAL_WARNING, "%s", app_unmeasured(a, a->shown.chosen));
    else if (!asks)
        export_to(a);
    else
        app_prompt(a, PROMPT_PATH, "files begin with: ", a->export->prefix, NULL, prefix_done, prefix_live);
}

/* ---- The dialog ------------------------------------------------------------------------------------ */

enum { NAME = 5, PATH = 14 };

/* Where an item would go, or why it cannot. New string. */
static char *export_place_text(const struct app *a, const char *prefix, enum export_item item)
{
    const char *lacks = export_lacks(a, item);
    if (lacks)
        return memory_copy(lacks);
    bool exists = wanted(a) & a->export->existing & 1u << item;
    char *path = export_path(a, prefix, item);
    char *text = memory_format("%s%s", path, exists ? "  (exists)" : "");
    free(path);
    return text;
}

/* `help` is the column of the text on the item's content. */
static void draw_item(const struct app *a, struct canvas *c, struct area line, enum export_item item,
                      const char *text, int help)
{
    bool here = (int)item == a->dialog_row;
    bool on = wanted(a) & 1u << item;
    enum role role = here ? ROLE_SELECTED : on ? ROLE_TEXT : ROLE_DIM;
    canvas_fill(c, line, here ? ROLE_SELECTED : ROLE_TEXT);
    if (here)
        canvas_glyph(c, line, 0, 1, role, GLYPH_CURSOR);
    canvas_glyph(c, line, 0, 3, role, on ? GLYPH_ON : GLYPH_OFF);
    canvas_text(c, line, 0, NAME, role, words[item].name);
    canvas_field(c, line, 0, PATH, line.columns > PATH ? line.columns - PATH : 0, role, text);
    if (help + canvas_width(words[item].help) < line.columns)
        canvas_text(c, line, 0, help, here ? role : ROLE_DIM, words[item].help);
    /* By a word; the colour is redundant. */
    const char *exists = strstr(text, "(exists)");
    int used = canvas_width(text);
    if (exists && !here && PATH + used < line.columns)
        canvas_text(c, line, 0, PATH + used - (int)strlen("(exists)"), ROLE_WARNING, "(exists)");
}

static void export_draw(const struct app *a, struct canvas *c, struct area area)
{
    char *prefix = prefix_now(a);
    char *texts[EXPORT_ITEMS];
    int widest = 0;
    for (int item = 0; item < EXPORT_ITEMS; item++) {
        texts[item] = export_place_text(a, prefix, (enum export_item)item);
        int width = canvas_width(texts[item]);
        widest = width > widest ? width : widest;
    }
    canvas_rule(c, area, 0, ROLE_TITLE, "Export: Space on or off, Enter writes, Tab asks where to");
    struct area list = area_below(area, 1);
    /* On a low screen the rows round the cursor. */
    int first = a->dialog_row >= list.rows ? a->dialog_row - list.rows + 1 : 0;
    for (int item = first; item < EXPORT_ITEMS && item - first < list.rows; item++)
        draw_item(a, c, area_above(area_below(list, item - first), 1), (enum export_item)item, texts[item],
                  PATH + widest + 2);
    canvas_field(c, list, EXPORT_ITEMS + 1, 1, list.columns - 1, ROLE_DIM,
                 "Beside every CSV stands FILE.meta.csv: how it was made.");
    canvas_cursor(c, list, a->dialog_row - first, 3);
    for (int item = 0; item < EXPORT_ITEMS; item++)
        free(texts[item]);
    free(prefix);
}

static void key(struct app *a, int pressed)
{
    enum action action = actions_find(pressed, VIEW_LOG);
    if (pressed == KEYS_SPACE)
        a->export->off ^= 1u << a->dialog_row;
    else if (pressed == KEYS_ENTER || pressed == KEYS_TAB)
        export_begin(a, pressed != KEYS_ENTER);
    else if (!app_move_in_dialog(a, action, EXPORT_ITEMS) &&
             (app_leaves_dialog(action) || action == ACTION_EXPORT))
        a->dialog = NULL;
    a->dirty = true;
}

const struct dialog export_dialog = {"Space on or off   Enter write   Tab where to   Esc leave", export_draw,
                                     key};

void export_open(struct app *a)
{
    if (!a->export)
        a->export = memory_new(1, sizeof *a->export);
    if (!a->export->prefix)
        a->export->prefix = export_default_prefix(a);
    a->dialog_row = 0;
    /* Marks of another session only on request: the user may never have looked at them. */
    a->export->off |= 1u << EXPORT_PLAN | 1u << EXPORT_RATE;
    if (a->view == VIEW_PLAN)
        a->export->off &= ~(1u << EXPORT_PLAN);
    if (a->view == VIEW_RATE)
        a->export->off &= ~(1u << EXPORT_RATE);
    a->dialog = &export_dialog;
    a->dirty = true;
    export_look(a);
}
