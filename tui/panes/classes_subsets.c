/* Choosing classes by an expression or by a name, from every view. */
#include <stdlib.h>
#include <string.h>

#include "app/model.h"
#include "base/memory.h"
#include "base/text.h"
#include "panes/classes.h"
#include "panes/classes_choice.h"
#include "panes/states.h"

static void set_text(char **to, const char *text)
{
    char *copy = text ? memory_copy(text) : NULL;
    free(*to);
    *to = copy;
}

/* The trimmed text, or NULL where it is empty. New string. */
static char *classes_subsets_answer(const struct app *a, const char *text)
{
    if (!text || !app_is_ready(a))
        return NULL;
    char *copy = memory_copy(text);
    char *trimmed = memory_copy(text_trim(copy));
    free(copy);
    if (*trimmed)
        return trimmed;
    free(trimmed);
    return NULL;
}

static void say_choice(struct app *a)
{
    enum { WORDS = 120 };
    char *words = classes_choice_words(a, a->shown.chosen, WORDS);
    app_say(a, JOURNAL_GOOD, "%s: %d of %d classes: %s", a->shown.name, a->shown.classes_n,
            a->study->table->classes, words);
    free(words);
}

/* ---- By an expression ---------------------------------------------------------------------------- */

/* With the subsets of this session as what @NAME means; as subset_sides. */
static int classes_subsets_parse(const struct app *a, const char *expression, bool *sides[SUBSET_SIDES],
                                 struct error *e)
{
    struct subset_names names = classes_choice_names(a);
    names.saved = subsets_all(a->subsets);
    names.saved_n = subsets_n(a->subsets);
    return subset_sides(expression, &names, sides, e);
}

static void expression_done(struct app *a, const char *text)
{
    char *expression = classes_subsets_answer(a, text);
    if (!expression)
        return;
    struct error e;
    bool *sides[SUBSET_SIDES];
    int n = classes_subsets_parse(a, expression, sides, &e);
    if (n < 0)
        app_say(a, JOURNAL_ERROR, "%s", e.text);
    else if (n > 1)
        app_compare(a, (const bool *const *)sides, n);
    else
        app_choose(a, sides[0], NULL);
    if (n == 1)
        say_choice(a);
    for (int i = 0; i < n; i++)
        free(sides[i]);
    free(expression);
}

static void ask_expression(struct app *a)
{
    app_prompt(a, PROMPT_TEXT, "classes (cat,3-7,!n02; a|b compares): ", "", NULL, expression_done, NULL);
}

/* ---- Saving -------------------------------------------------------------------------------------- */

static void save(struct app *a, const char *name)
{
    struct subset_names names = classes_choice_names(a);
    char *expression = subsets_expression_among(a->shown.chosen, &names);
    subsets_set(a->subsets, name, expression, false);
    free(expression);
    app_choose(a, a->shown.chosen, name);
    a->keeping.state_changed = true;
    app_say(a, JOURNAL_GOOD, "saved %d class%s as '%s' (L loads %s)", a->shown.classes_n,
            a->shown.classes_n == 1 ? "" : "es", name, a->shown.classes_n == 1 ? "it" : "them");
}

static void classes_subsets_replace_done(struct app *a, const char *text)
{
    char *name = a->states->classes_replacing;
    a->states->classes_replacing = NULL;
    if (text && name && app_is_ready(a))
        save(a, name);
    free(name);
}

static void save_done(struct app *a, const char *text)
{
    char *name = classes_subsets_answer(a, text);
    if (!name)
        return;
    if (subsets_find(a->subsets, name)) {
        char *question = memory_format("replace '%s' (y/n)? ", name);
        set_text(&a->states->classes_replacing, name);
        app_prompt(a, PROMPT_KEY, question, "", NULL, classes_subsets_replace_done, NULL);
        free(question);
    } else {
        save(a, name);
    }
    free(name);
}

static void ask_save(struct app *a)
{
    if (classes_choice_is_empty(a)) {
        app_say(a, JOURNAL_WARNING, "no class is chosen: nothing to save");
        return;
    }
    struct subset_names names = classes_choice_names(a);
    const struct subset_saved *saved = subsets_naming(a->subsets, a->shown.chosen, &names);
    char *label =
        memory_format("save %d class%s as: ", a->shown.classes_n, a->shown.classes_n == 1 ? "" : "es");
    app_prompt(a, PROMPT_TEXT, label, saved ? saved->name : "", NULL, save_done, NULL);
    free(label);
}

/* ---- Loading ------------------------------------------------------------------------------------- */

/* The names of all, NULL at the end; free() it. */
static const char **name_list(const struct app *a)
{
    const char **words = memory_new((size_t)subsets_n(a->subsets) + 1, sizeof *words);
    for (int i = 0; i < subsets_n(a->subsets); i++)
        words[i] = subsets_all(a->subsets)[i].name;
    return words;
}

static void say_unknown(struct app *a, const char *name)
{
    const char **words = name_list(a);
    const char *nearest = text_nearest(name, words);
    if (nearest)
        app_say(a, JOURNAL_ERROR, "no subset is called '%s' (nearest: '%s')", name, nearest);
    else
        app_say(a, JOURNAL_ERROR, "no subset is called '%s' (Tab shows their names)", name);
    free(words);
}

static void load_done(struct app *a, const char *text)
{
    char *name = classes_subsets_answer(a, text);
    if (!name)
        return;
    const struct subset_saved *found = subsets_find(a->subsets, name);
    struct subset_names names = classes_choice_names(a);
    struct error e;
    bool *chosen = found ? subset_parse(found->expression, &names, &e) : NULL;
    if (chosen) {
        app_choose(a, chosen, found->name);
        say_choice(a);
    } else if (found) {
        app_say(a, JOURNAL_ERROR, "subset '%s' does not fit these classes: %s", name, e.text);
    } else {
        say_unknown(a, name);
    }
    free(chosen);
    free(name);
}

static void ask_load(struct app *a)
{
    if (subsets_n(a->subsets) == 0) {
        app_say(a, JOURNAL_NOTE,
                "no subset is saved: w saves the chosen classes, @ reads groups from a file");
        return;
    }
    const char **words = name_list(a);
    app_prompt(a, PROMPT_WORD, "load subset (Tab: names): ", "", words, load_done, NULL);
    free(words);
}

/* ---- Groups from a file -------------------------------------------------------------------------- */

/* A subset that was saved under the same name stays. */
static int add_groups(struct app *a, const struct subset *groups, int n)
{
    struct subset_names names = classes_choice_names(a);
    int added = 0;
    for (int i = 0; i < n; i++) {
        const struct subset_saved *old = subsets_find(a->subsets, groups[i].name);
        if (old && !old->group)
            continue;
        char *expression = subsets_expression_among(groups[i].chosen, &names);
        subsets_set(a->subsets, groups[i].name, expression, true);
        free(expression);
        added++;
    }
    return added;
}

static void groups_done(struct app *a, const char *text)
{
    if (!text || !*text || !app_is_ready(a))
        return;
    struct error e;
    struct subset_names names = classes_choice_names(a);
    int n = 0;
    struct subset *groups = subset_read(text, &names, &n, &e);
    if (!groups) {
        app_say(a, JOURNAL_ERROR, "%s", e.text);
        return;
    }
    int added = add_groups(a, groups, n);
    app_say(a, JOURNAL_GOOD, "%d group%s read from %s (L chooses one)", added, added == 1 ? "" : "s", text);
    if (added < n)
        app_say(a, JOURNAL_WARNING, "%d not taken: saved subsets have the same names", n - added);
    subset_free(groups, n);
}

static void ask_groups(struct app *a)
{
    app_prompt(a, PROMPT_PATH, "file of groups (name = classes): ", "", NULL, groups_done, NULL);
}

/* ---- Dispatch ------------------------------------------------------------------------------------ */

void classes_ask(struct app *a, enum action action)
{
    if (action == ACTION_CLASSES)
        ask_expression(a);
    else if (action == ACTION_SAVE_SUBSET)
        ask_save(a);
    else if (action == ACTION_LOAD_SUBSET)
        ask_load(a);
    else if (action == ACTION_GROUPS)
        ask_groups(a);
}
