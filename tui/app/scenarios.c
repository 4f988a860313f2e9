#include "app/scenarios.h"

#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/beside.h"
#include "app/values.h"
#include "base/memory.h"
#include "base/text.h"

struct scenario {
    char *name;
    json_t *values; /* {"device": "0 5GFLOP/s", ...}, as values_save has them */
};

struct scenarios {
    struct scenario *all; /* [n] in the order in which they were saved */
    int n;
    struct text_list began; /* the values of the command line */
    char *last;             /* the name that was saved or taken last; or NULL */
};

static void scenarios_forget(struct scenarios *s)
{
    for (int i = 0; i < s->n; i++) {
        free(s->all[i].name);
        json_decref(s->all[i].values);
    }
    free(s->all);
    text_list_free(&s->began);
    free(s->last);
    *s = (struct scenarios){0};
}

struct scenarios *scenarios_new(void)
{
    return memory_new(1, sizeof(struct scenarios));
}

void scenarios_free(struct scenarios *s)
{
    if (s)
        scenarios_forget(s);
    free(s);
}

void scenarios_open(struct app *a)
{
    scenarios_forget(a->scenarios);
    for (int i = 0; i < values_n(); i++)
        text_list_add(&a->scenarios->began, values_save(a, i));
}

static struct scenario *scenarios_find(const struct scenarios *s, const char *name)
{
    for (int i = 0; i < s->n; i++)
        if (strcmp(s->all[i].name, name) == 0)
            return &s->all[i];
    return NULL;
}

/* Takes the values. */
static void scenarios_set(struct scenarios *s, const char *name, json_t *values)
{
    struct scenario *old = scenarios_find(s, name);
    if (old) {
        json_decref(old->values);
        old->values = values;
        return;
    }
    s->all = memory_grow(s->all, (size_t)s->n + 1, sizeof *s->all);
    s->all[s->n++] = (struct scenario){memory_copy(name), values};
}

static void scenarios_name_last(struct scenarios *s, const char *name)
{
    char *copy = memory_copy(name);
    free(s->last);
    s->last = copy;
}

/* ---- Saving and taking --------------------------------------------------------------------------- */

static json_t *scenarios_now(const struct app *a)
{
    json_t *values = json_object();
    for (int i = 0; i < values_n(); i++) {
        char *text = values_save(a, i);
        json_object_set_new(values, values_name(i), fields_from_text(text));
        free(text);
    }
    return values;
}

/* A value that this program does not know, or that a scenario of another program lacks, stays as it is. */
static void scenarios_apply(struct app *a, const json_t *values)
{
    struct error e;
    for (int i = 0; i < values_n(); i++) {
        const char *text = json_string_value(json_object_get(values, values_name(i)));
        if (text && values_restore(a, i, text, &e) < 0)
            app_say(a, JOURNAL_WARNING, "%s stays as it is: %s", values_name(i), e.text);
    }
    planning_refresh(a);
}

static void save_scenario_done(struct app *a, const char *text)
{
    if (!text || !*text || !app_is_ready(a))
        return;
    bool known = scenarios_find(a->scenarios, text) != NULL;
    scenarios_set(a->scenarios, text, scenarios_now(a));
    scenarios_name_last(a->scenarios, text);
    a->keeping.state_changed = true;
    app_say(a, JOURNAL_GOOD, "%s the plan's values as '%s' (L takes them)", known ? "saved anew" : "saved",
            text);
}

static void take_scenario_done(struct app *a, const char *text)
{
    if (!text || !*text || !app_is_ready(a))
        return;
    const struct scenario *found = scenarios_find(a->scenarios, text);
    if (!found) {
        app_say(a, JOURNAL_ERROR, "no scenario is called '%s' (Tab shows their names)", text);
        return;
    }
    json_t *before = scenarios_now(a);
    scenarios_apply(a, found->values);
    json_t *after = scenarios_now(a);
    scenarios_name_last(a->scenarios, text);
    app_say(a, JOURNAL_GOOD, "the plan's values are those of '%s' (%s)", text,
            json_equal(before, after) ? "as they were" : "U takes that back");
    json_decref(before);
    json_decref(after);
}

static void ask_for_scenario(struct app *a, prompt_done *done)
{
    const struct scenarios *s = a->scenarios;
    if (s->n == 0) {
        app_say(a, JOURNAL_NOTE, "no scenario is saved: w saves the plan's values under a name");
        return;
    }
    const char **words = memory_new((size_t)s->n + 1, sizeof *words);
    for (int i = 0; i < s->n; i++)
        words[i] = s->all[i].name;
    app_prompt(a, PROMPT_WORD, "scenario (Tab: names): ", "", words, done, NULL);
    free(words);
}

/* The present values beside those of a scenario, which are taken for a moment. */
static void beside_done(struct app *a, const char *text)
{
    if (!text || !*text || !app_is_ready(a))
        return;
    const struct scenario *found = scenarios_find(a->scenarios, text);
    if (!found) {
        app_say(a, JOURNAL_ERROR, "no scenario is called '%s' (Tab shows their names)", text);
        return;
    }
    json_t *now = scenarios_now(a);
    beside_take(a, 0, "now");
    scenarios_apply(a, found->values);
    beside_take(a, 1, found->name);
    scenarios_apply(a, now);
    json_decref(now);
    beside_open(a);
}

void scenarios_ask(struct app *a, enum action action)
{
    planning_refresh(a);
    if (action == ACTION_SAVE_SCENARIO)
        app_prompt(a, PROMPT_TEXT, "save the plan's values as: ", a->scenarios->last, NULL,
                   save_scenario_done, NULL);
    else
        ask_for_scenario(a, action == ACTION_BESIDE ? beside_done : take_scenario_done);
}

/* ---- In the state file --------------------------------------------------------------------------- */

json_t *scenarios_object(const struct app *a)
{
    const struct scenarios *s = a->scenarios;
    json_t *array = json_array();
    for (int i = 0; i < s->n; i++)
        json_array_append_new(array, json_pack("{s:o,s:O}", "name", fields_from_text(s->all[i].name),
                                               "values", s->all[i].values));
    return array;
}

json_t *scenarios_changes_object(const struct app *a)
{
    const struct scenarios *s = a->scenarios;
    json_t *array = json_array();
    for (int i = 0; i < s->began.n; i++) {
        char *now = values_save(a, i);
        if (!values_is_setting(i) && strcmp(now, s->began.texts[i]) != 0)
            json_array_append_new(array, json_pack("{s:s,s:o,s:o}", "value", values_name(i), "was",
                                                   fields_from_text(s->began.texts[i]), "is",
                                                   fields_from_text(now)));
        free(now);
    }
    return array;
}

static bool all_are_texts(const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) if (!json_is_string(value)) return false;
    return json_is_object(object);
}

/* NULL: there is none, which is good. */
static bool all_are(const json_t *array, bool (*is_good)(const json_t *one))
{
    bool good = !array || json_is_array(array);
    for (size_t i = 0; good && i < json_array_size(array); i++)
        good = is_good(json_array_get(array, i));
    return good;
}

static bool is_scenario(const json_t *one)
{
    return json_is_string(json_object_get(one, "name")) && all_are_texts(json_object_get(one, "values"));
}

void scenarios_check(struct fields *f)
{
    if (!all_are(json_object_get(f->object, "scenarios"), is_scenario))
        fields_fail(f, "scenarios", "names with values");
    if (!all_are(json_object_get(f->object, "plan"), all_are_texts))
        fields_fail(f, "plan", "changes of values");
}

/* True where the value was what it is now, and so changes again. */
static bool change_again(struct app *a, const json_t *change)
{
    struct error e;
    const char *value = json_string_value(json_object_get(change, "value"));
    const char *was = json_string_value(json_object_get(change, "was"));
    const char *is = json_string_value(json_object_get(change, "is"));
    for (int i = 0; value && was && is && i < values_n(); i++)
        if (strcmp(values_name(i), value) == 0 && strcmp(a->scenarios->began.texts[i], was) == 0)
            return values_restore(a, i, is, &e) == 0;
    return false;
}

void scenarios_read(struct app *a, const json_t *state)
{
    const json_t *all = json_object_get(state, "scenarios"), *changes = json_object_get(state, "plan");
    int changed = 0;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        scenarios_set(a->scenarios, json_string_value(json_object_get(one, "name")),
                      json_incref(json_object_get(one, "values")));
    }
    for (size_t i = 0; i < json_array_size(changes); i++)
        changed += change_again(a, json_array_get(changes, i));
    if (changed > 0)
        app_say(a, JOURNAL_NOTE, "%d value%s of the plan as you left %s last time (view 9: Backspace resets)",
                changed, changed == 1 ? "" : "s", changed == 1 ? "it" : "them");
}
