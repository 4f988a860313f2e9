/* A state is a list of texts, one for each thing that can be changed: its kind, a colon, and its value. Two
 * states are compared line by line, and only what differs is set. */
#include "app/undo.h"

#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/values.h"
#include "base/memory.h"
#include "panes/classes_choice.h"

enum { STEPS_MAX = 100 };

enum kind { UNDO_CLASSES, UNDO_MARKS, UNDO_PINS, UNDO_PLAN, UNDO_KINDS };
static const char *const kind_words[UNDO_KINDS] = {"the chosen classes", "a mark", "a pinned curve",
                                                   "a value of the plan"};

struct state {
    struct text_list of[UNDO_KINDS];
};

struct undo {
    struct state now;
    bool known; /* `now` is set */
    struct state past[STEPS_MAX], future[STEPS_MAX];
    int past_n, future_n;
};

static void state_free(struct state *s)
{
    for (int k = 0; k < UNDO_KINDS; k++)
        text_list_free(&s->of[k]);
    *s = (struct state){0};
}

static void forget(struct state *states, int *n)
{
    while (*n > 0)
        state_free(&states[--*n]);
}

struct undo *undo_new(void)
{
    return memory_new(1, sizeof(struct undo));
}

void undo_clear(struct undo *u)
{
    state_free(&u->now);
    u->known = false;
    forget(u->past, &u->past_n);
    forget(u->future, &u->future_n);
}

void undo_free(struct undo *u)
{
    if (u)
        undo_clear(u);
    free(u);
}

/* ---- A state ------------------------------------------------------------------------------------- */

/* The choice as digits, and the subset's name; the picker's empty choice has none. New string. */
static char *choice_text(const struct app *a, const bool *chosen, const char *name)
{
    size_t n = (size_t)a->study->table->classes;
    char *digits = memory_new(n + 1, 1);
    for (size_t c = 0; c < n; c++)
        digits[c] = chosen[c] ? '1' : '0';
    char *text = memory_format("%s %s", digits, name);
    free(digits);
    return text;
}

static bool *choice_of(const struct app *a, const char *text, const char **name)
{
    size_t n = (size_t)a->study->table->classes;
    bool *chosen = memory_new(n, sizeof *chosen);
    for (size_t c = 0; c < n; c++)
        chosen[c] = text[c] == '1';
    *name = text + n + 1;
    return chosen;
}

static struct state state_of(const struct app *a)
{
    struct state s = {0};
    bool *chosen = classes_choice_copy(a);
    text_list_add(&s.of[UNDO_CLASSES],
                  choice_text(a, chosen, classes_choice_is_empty(a) ? "" : a->shown.name));
    free(chosen);
    const struct mark *marks = marks_all(a->marks);
    for (int i = 0; i < marks_n(a->marks); i++)
        text_list_add(&s.of[UNDO_MARKS], memory_format("%d %s", marks[i].layer, marks[i].note));
    for (int i = 0; i < a->pins.n; i++)
        text_list_add(&s.of[UNDO_PINS], choice_text(a, a->pins.curves[i].chosen, a->pins.curves[i].name));
    for (int i = 0; a->planning.open && i < values_n(); i++)
        text_list_add(&s.of[UNDO_PLAN], values_save(a, i));
    return s;
}

static bool lists_are_equal(const struct text_list *a, const struct text_list *b)
{
    bool equal = a->n == b->n;
    for (int i = 0; i < a->n && equal; i++)
        equal = strcmp(a->texts[i], b->texts[i]) == 0;
    return equal;
}

/* Whether a key changed it. A plan that is opened for the first time has not been changed. */
static bool state_differs(const struct state *a, const struct state *b, enum kind k)
{
    bool opened = k == UNDO_PLAN && (a->of[k].n == 0 || b->of[k].n == 0);
    return !opened && !lists_are_equal(&a->of[k], &b->of[k]);
}

/* The first kind in which they differ; UNDO_KINDS: none. */
static enum kind state_difference(const struct state *a, const struct state *b)
{
    int k = 0;
    while (k < UNDO_KINDS && !state_differs(a, b, (enum kind)k))
        k++;
    return (enum kind)k;
}

/* ---- Setting one --------------------------------------------------------------------------------- */

static void set_classes(struct app *a, const struct text_list *l)
{
    const char *name;
    bool *chosen = choice_of(a, l->texts[0], &name);
    if (*name)
        app_choose(a, chosen, name);
    else
        classes_choice_set(a, chosen);
    free(chosen);
}

static void set_marks(struct app *a, const struct text_list *l)
{
    marks_clear(a->marks);
    for (int i = 0; i < l->n; i++) {
        char *note;
        long layer = strtol(l->texts[i], &note, 10);
        marks_set(a->marks, (int)layer, note + 1);
    }
}

static void set_pins(struct app *a, const struct text_list *l)
{
    while (a->pins.n > 0)
        shown_free(&a->pins.curves[--a->pins.n]);
    for (int i = 0; i < l->n; i++) {
        const char *name;
        bool *chosen = choice_of(a, l->texts[i], &name);
        shown_set(&a->pins.curves[a->pins.n++], a->study, chosen, name);
        free(chosen);
    }
}

static void set_plan(struct app *a, const struct text_list *l)
{
    struct error e;
    for (int i = 0; i < l->n; i++)
        if (values_restore(a, i, l->texts[i], &e) < 0)
            app_say(a, JOURNAL_WARNING, "%s", e.text);
    planning_refresh(a);
}

static void state_set(struct app *a, const struct state *from, const struct state *to)
{
    static void (*const set[UNDO_KINDS])(struct app * a,
                                         const struct text_list *l) = {[UNDO_CLASSES] = set_classes,
                                                                       [UNDO_MARKS] = set_marks,
                                                                       [UNDO_PINS] = set_pins,
                                                                       [UNDO_PLAN] = set_plan};
    for (int k = 0; k < UNDO_KINDS; k++)
        if (state_differs(from, to, (enum kind)k))
            set[k](a, &to->of[k]);
    a->keeping.state_changed = a->dirty = true;
}

/* ---- Steps --------------------------------------------------------------------------------------- */

/* The oldest one makes room. */
static void push(struct state *states, int *n, struct state s)
{
    if (*n == STEPS_MAX) {
        state_free(&states[0]);
        memmove(states, states + 1, (STEPS_MAX - 1) * sizeof *states);
        --*n;
    }
    states[(*n)++] = s;
}

void undo_note(struct app *a)
{
    struct undo *u = a->undo;
    if (!app_is_ready(a) || a->prompt.open)
        return;
    struct state now = state_of(a);
    if (u->known && state_difference(&u->now, &now) != UNDO_KINDS) {
        push(u->past, &u->past_n, u->now);
        forget(u->future, &u->future_n);
    } else {
        state_free(&u->now);
    }
    u->now = now;
    u->known = true;
}

void undo_step(struct app *a, bool again)
{
    struct undo *u = a->undo;
    struct state *from = again ? u->future : u->past, *to = again ? u->past : u->future;
    int *from_n = again ? &u->future_n : &u->past_n, *to_n = again ? &u->past_n : &u->future_n;
    if (*from_n == 0) {
        app_say(a, JOURNAL_NOTE, "nothing to %s", again ? "make again" : "take back");
        return;
    }
    struct state s = from[--*from_n];
    const char *what = kind_words[state_difference(&u->now, &s)];
    state_set(a, &u->now, &s);
    push(to, to_n, u->now);
    state_free(&s);
    u->now = state_of(a); /* what is said in another way now is no change of a key */
    app_say(a, JOURNAL_GOOD, "%s: %s (%d more; %s)", again ? "made again" : "taken back", what, *from_n,
            again ? "U takes it back" : "Ctrl-R makes it again");
}
