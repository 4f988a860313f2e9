#include "app/state.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/scenarios.h"
#include "study/state_file.h"
#include "base/file.h"
#include "base/memory.h"
#include "wire/fields.h"

/* A fault found by fields.h, without its prefix for pipe messages. */
static const char *state_fault(const struct error *e)
{
    static const char before[] = "message ";
    size_t n = sizeof before - 1;
    return strncmp(e->text, before, n) == 0 ? e->text + n : e->text;
}

/* ---- Settings ------------------------------------------------------------------------------------ */

static char *settings_path(void)
{
    return file_user_path("XDG_CONFIG_HOME", ".config", "settings.json");
}

/* As in the file: "auto" for one that nobody chose. */
static const char *const kept_themes[THEMES + 2] = {
    [THEME_DARK] = "dark", [THEME_LIGHT] = "light", [THEME_MONO] = "mono", [THEMES] = "auto"};

static int read_settings(const json_t *object, struct settings *s, struct error *e)
{
    struct fields f = fields_of(object, e, "settings");
    struct settings read = {
        .linear = fields_bool(&f, "linear"),
        .corrected = fields_bool(&f, "corrected"),
        .bytes = (enum dtype)fields_word(&f, "bytes", dtype_words),
        .glyphs = (enum glyphs_set)fields_word(&f, "glyphs", glyphs_words),
    };
    int theme = fields_word(&f, "theme", kept_themes);
    if (f.failed)
        return -1;
    read.theme_found = theme == THEMES;
    read.theme = read.theme_found ? THEME_DARK : (enum theme)theme;
    *s = read;
    return 0;
}

int state_load_settings(struct settings *s, struct error *e)
{
    struct error why;
    json_t *object = NULL;
    char *path = settings_path();
    int status = path ? state_file_read(path, "settings", &object, e) : 0;
    if (object && read_settings(object, s, &why) < 0)
        status = state_file_put_aside(path, state_fault(&why), e);
    json_decref(object);
    free(path);
    return status;
}

int state_save_settings(const struct settings *s, struct error *e)
{
    char *path = settings_path();
    if (!path)
        return 0;
    json_t *object =
        json_pack("{s:b,s:b,s:s,s:s,s:s}", "linear", s->linear, "corrected", s->corrected, "bytes",
                  dtype_words[s->bytes], "theme", kept_themes[s->theme_found ? THEMES : s->theme], "glyphs",
                  glyphs_words[s->glyphs]);
    int status = state_file_write(path, "settings", object, e);
    free(path);
    return status;
}

/* ---- Networks: writing --------------------------------------------------------------------------- */

/* NULL where the network's content is not known. */
static char *network_path(const struct app *a)
{
    return a->study->cfg_xxh3[0] ? state_file_of_network(a->study->cfg_xxh3) : NULL;
}

static json_t *subsets_object(const struct subsets *s)
{
    json_t *array = json_array();
    for (int i = 0; i < subsets_n(s); i++) {
        const struct subset_saved *one = &subsets_all(s)[i];
        if (!one->group)
            json_array_append_new(array, json_pack("{s:o,s:o}", "name", fields_from_text(one->name),
                                                   "classes", fields_from_text(one->expression)));
    }
    return array;
}

static json_t *marks_object(const struct marks *m)
{
    json_t *array = json_array();
    const struct mark *all = marks_all(m);
    for (int i = 0; i < marks_n(m); i++)
        json_array_append_new(
            array, json_pack("{s:i,s:o}", "layer", all[i].layer, "note", fields_from_text(all[i].note)));
    return array;
}

/* Class indices; null where all are chosen. Not an expression: there a name wins over an index. */
static json_t *chosen_object(const struct app *a, const struct shown *s)
{
    if (s->classes_n == a->study->table->classes)
        return json_null();
    json_t *array = json_array();
    for (int c = 0; c < a->study->table->classes; c++)
        if (s->chosen[c])
            json_array_append_new(array, json_integer(c));
    return array;
}

/* The names of the chosen classes, to see whether the indices still mean them. */
static json_t *chosen_names_object(const struct app *a)
{
    json_t *array = json_array();
    for (int c = 0; c < a->study->table->classes; c++)
        if (a->shown.chosen[c] && a->shown.classes_n < a->study->table->classes)
            json_array_append_new(array, fields_from_text(app_class_name(a, c)));
    return array;
}

static json_t *pins_object(const struct app *a)
{
    json_t *array = json_array();
    for (int i = 0; i < a->pins.n; i++)
        json_array_append_new(array, json_pack("{s:o,s:o}", "name", fields_from_text(a->pins.curves[i].name),
                                               "chosen", chosen_object(a, &a->pins.curves[i])));
    return array;
}

/* The layers at its ends; null where all are shown. */
static json_t *zoom_object(const struct app *a)
{
    if (a->plot.first == 0 && a->plot.last == a->study->layer_list.n - 1)
        return json_null();
    return json_pack("[i,i]", app_layer(a, a->plot.first), app_layer(a, a->plot.last));
}

static json_t *notes_object(const struct app *a)
{
    return json_pack("{s:o,s:o}", "subsets", subsets_object(a->subsets), "marks", marks_object(a->marks));
}

/* Remembers these as the file's content. */
static void remember_notes(struct app *a)
{
    json_t *notes = notes_object(a);
    free(a->keeping.notes);
    a->keeping.notes = json_dumps(notes, JSON_COMPACT);
    json_decref(notes);
}

/* Subsets and marks as they are to be written. Another program on the same network may have changed them
 * meanwhile: those that this one has not changed are left as in the file. */
static json_t *notes_to_write(const struct app *a, const char *path)
{
    json_t *notes = notes_object(a);
    char *text = json_dumps(notes, JSON_COMPACT);
    bool changed = !a->keeping.notes || !text || strcmp(text, a->keeping.notes) != 0;
    free(text);
    json_t *file = changed ? NULL : state_file_look(path, "state");
    if (file)
        json_object_update_existing(notes, file);
    json_decref(file);
    return notes;
}

int state_save_network(struct app *a, struct error *e)
{
    char *path = network_path(a);
    if (!path)
        return 0;
    json_t *object =
        json_pack("{s:o,s:s,s:i,s:o,s:o,s:o,s:o,s:o,s:o}", "network",
                  fields_from_path(inputs_name(&a->study->inputs)), "view", views_title(a->view), "layer",
                  a->plot.placed ? app_layer(a, a->plot.cursor) : -1 /* not moved */, "zoom", zoom_object(a),
                  "chosen", chosen_object(a, &a->shown), "chosen_names", chosen_names_object(a), "pins",
                  pins_object(a), "plan", scenarios_changes_object(a), "scenarios", scenarios_object(a));
    json_t *notes = notes_to_write(a, path);
    json_object_update(object, notes);
    json_decref(notes);
    int status = state_file_write(path, "state", object, e);
    if (status == 0)
        remember_notes(a);
    free(path);
    return status;
}

/* ---- Networks: reading --------------------------------------------------------------------------- */

/* A whole file, checked before any of it is used. */
struct kept {
    enum view view;
    int layer;
    bool zoomed;
    int64_t zoom[2];
    bool choice;
    bool *chosen; /* [table->classes] */
    struct subsets *subsets;
    struct marks *marks;
};

static void read_zoom(struct fields *f, struct kept *k)
{
    if (json_is_null(json_object_get(f->object, "zoom")))
        return;
    fields_integers(f, "zoom", k->zoom, 2, 0, INT_MAX);
    if (!f->failed && k->zoom[0] > k->zoom[1])
        fields_fail(f, "zoom", "the first layer before the last");
    k->zoomed = true;
}

/* Class indices into `chosen` [classes], which is cleared; null: all of them. Those beyond the classes of
 * this network are ignored. True where there is one. */
static bool read_chosen(struct fields *f, int classes, bool *chosen)
{
    bool any = false;
    if (json_is_null(json_object_get(f->object, "chosen"))) {
        memset(chosen, true, (size_t)classes * sizeof *chosen);
        return false;
    }
    memset(chosen, false, (size_t)classes * sizeof *chosen);
    const json_t *array = fields_array(f, "chosen", -1);
    for (size_t i = 0; array && i < json_array_size(array); i++) {
        int64_t c;
        if (fields_to_integer(json_array_get(array, i), 0, INT_MAX, &c) < 0)
            fields_fail(f, "chosen", "class indices");
        else if (c < classes)
            any = chosen[c] = true;
    }
    return any;
}

/* A file of an older program has none. */
static void read_pins(struct fields *f, int classes)
{
    const json_t *array = json_object_get(f->object, "pins") ? fields_array(f, "pins", -1) : NULL;
    bool *chosen = memory_new((size_t)classes, sizeof *chosen);
    for (size_t i = 0; array && i < json_array_size(array) && !f->failed; i++) {
        struct fields one = fields_of(json_array_get(array, i), f->e, "state: pins[%zu]", i);
        fields_text(&one, "name", false);
        read_chosen(&one, classes, chosen);
        f->failed = one.failed;
    }
    free(chosen);
}

static void read_subsets(struct fields *f, struct kept *k)
{
    const json_t *array = fields_array(f, "subsets", -1);
    for (size_t i = 0; array && i < json_array_size(array) && !f->failed; i++) {
        struct fields one = fields_of(json_array_get(array, i), f->e, "state: subsets[%zu]", i);
        const char *name = fields_text(&one, "name", false);
        const char *classes = fields_text(&one, "classes", false);
        if (!one.failed && (!*name || !*classes))
            fields_fail(&one, *name ? "classes" : "name", "a text that is not empty");
        if (!one.failed)
            subsets_set(k->subsets, name, classes, false);
        f->failed = one.failed;
    }
}

static void read_marks(struct fields *f, struct kept *k)
{
    const json_t *array = fields_array(f, "marks", -1);
    for (size_t i = 0; array && i < json_array_size(array) && !f->failed; i++) {
        struct fields one = fields_of(json_array_get(array, i), f->e, "state: marks[%zu]", i);
        int layer = (int)fields_integer(&one, "layer", 0, INT_MAX);
        const char *note = fields_text(&one, "note", false);
        if (!one.failed)
            marks_set(k->marks, layer, note);
        f->failed = one.failed;
    }
}

static enum view read_view(struct fields *f)
{
    const char *titles[VIEWS + 1] = {NULL};
    for (int v = 0; v < VIEWS; v++)
        titles[v] = views_title(v);
    return (enum view)fields_word(f, "view", titles);
}

static int read_network(const json_t *object, int classes, struct kept *k, struct error *e)
{
    struct fields f = fields_of(object, e, "state");
    k->chosen = memory_new((size_t)classes, sizeof *k->chosen);
    free(fields_path(&f, "network", false)); /* for people */
    k->view = read_view(&f);
    k->layer = (int)fields_integer(&f, "layer", -1, INT_MAX);
    read_zoom(&f, k);
    k->choice = read_chosen(&f, classes, k->chosen);
    read_subsets(&f, k);
    read_marks(&f, k);
    read_pins(&f, classes);
    scenarios_check(&f);
    return f.failed ? -1 : 0;
}

/* -1: not listed. */
static int position_of(const struct layer_list *l, int64_t layer)
{
    for (int i = 0; i < l->n; i++)
        if (l->layers[i] == layer)
            return i;
    return -1;
}

/* The first class that has another name than when it was chosen; -1: none. */
static int renamed_class(const struct app *a, const bool *chosen, const json_t *names)
{
    size_t i = 0;
    for (int c = 0; c < a->study->table->classes; c++) {
        if (!chosen[c])
            continue;
        const char *name = json_string_value(json_array_get(names, i++));
        if (name && strcmp(name, app_class_name(a, c)) != 0)
            return c;
    }
    return -1;
}

/* Indices whose names have changed mean other classes: nothing is chosen by them. */
static void use_choice(struct app *a, const struct kept *k, const json_t *object)
{
    if (!k->choice || a->study->options.input.classes)
        return;
    int renamed = renamed_class(a, k->chosen, json_object_get(object, "chosen_names"));
    if (renamed < 0)
        app_choose(a, k->chosen, NULL);
    else
        app_say(a, JOURNAL_WARNING,
                "the classes chosen last time are not taken: class %d has another name now, %s", renamed,
                app_class_name(a, renamed));
}

static void use_pins(struct app *a, const json_t *object)
{
    struct error e;
    const json_t *array = json_object_get(object, "pins");
    int classes = a->study->table->classes;
    bool *chosen = memory_new((size_t)classes, sizeof *chosen);
    for (size_t i = 0; i < json_array_size(array) && a->pins.n < PINS; i++) {
        struct fields one = fields_of(json_array_get(array, i), &e, "state: pins[%zu]", i);
        bool all = json_is_null(json_object_get(one.object, "chosen"));
        if (read_chosen(&one, classes, chosen) || all)
            shown_set(&a->pins.curves[a->pins.n++], a->study, chosen, fields_text(&one, "name", false));
    }
    free(chosen);
}

static void use_network(struct app *a, const struct kept *k, const json_t *object)
{
    const struct layer_list *l = &a->study->layer_list;
    const struct mark *marks = marks_all(k->marks);
    for (int i = 0; i < subsets_n(k->subsets); i++) {
        const struct subset_saved *one = &subsets_all(k->subsets)[i];
        subsets_set(a->subsets, one->name, one->expression, false);
    }
    for (int i = 0; i < marks_n(k->marks); i++)
        if (marks[i].layer < a->study->table->rows_n)
            marks_set(a->marks, marks[i].layer, marks[i].note);
    use_choice(a, k, object);
    use_pins(a, object);
    scenarios_read(a, object);
    int first = k->zoomed ? position_of(l, k->zoom[0]) : -1;
    int last = k->zoomed ? position_of(l, k->zoom[1]) : -1;
    if (first >= 0 && last >= 0) {
        a->plot.first = first;
        a->plot.last = last;
    }
    int cursor = position_of(l, k->layer);
    if (cursor >= 0)
        app_move(a, cursor);
    app_set_view(a, k->view);
}

int state_load_network(struct app *a, struct error *e)
{
    struct error why;
    struct kept k = {.subsets = subsets_new(), .marks = marks_new()};
    json_t *object = NULL;
    char *path = network_path(a);
    int status = path ? state_file_read(path, "state", &object, e) : 0;
    if (object && read_network(object, a->study->table->classes, &k, &why) < 0)
        status = state_file_put_aside(path, state_fault(&why), e);
    else if (object)
        use_network(a, &k, object);
    remember_notes(a);
    json_decref(object);
    free(path);
    free(k.chosen);
    subsets_free(k.subsets);
    marks_free(k.marks);
    return status;
}
