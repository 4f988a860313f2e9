#include "panes/classes_choice.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "panes/states.h"

bool classes_choice_is_empty(const struct app *a)
{
    return a->states->classes_cleared == 1 + a->shown.version;
}

bool classes_choice_holds(const struct app *a, int class_index)
{
    return !classes_choice_is_empty(a) && a->shown.chosen[class_index];
}

bool *classes_choice_copy(const struct app *a)
{
    size_t n = (size_t)a->study->table->classes;
    bool *copy = memory_new(n, sizeof *copy);
    if (!classes_choice_is_empty(a))
        memcpy(copy, a->shown.chosen, n * sizeof *copy);
    return copy;
}

bool classes_choice_lists(const struct dataset_class *k)
{
    char index[16];
    snprintf(index, sizeof index, "%d", k->index);
    return k->images > 0 || k->folder || strcmp(k->name, index) != 0;
}

struct subset_names classes_choice_names(const struct app *a)
{
    const struct dataset *d = a->study->dataset;
    return (struct subset_names){
        .classes = d->classes, .classes_n = d->classes_n, .outputs = a->study->table->classes};
}

/* Removes outputs that are not shown from a choice. Returns how many classes are left; *n: how many there
 * are. */
static int keep_listed(const struct app *a, bool *chosen, int *n)
{
    const struct dataset *d = a->study->dataset;
    int classes = a->study->table->classes;
    bool *listed = memory_new((size_t)classes, sizeof *listed);
    for (int i = 0; i < d->classes_n; i++)
        if (d->classes[i].index < classes)
            listed[d->classes[i].index] = classes_choice_lists(&d->classes[i]);
    int hits = 0;
    *n = 0;
    for (int i = 0; i < classes; i++) {
        chosen[i] = chosen[i] && listed[i];
        hits += chosen[i];
        *n += listed[i];
    }
    free(listed);
    return hits;
}

void classes_choice_set(struct app *a, const bool *chosen)
{
    struct subset_names names = classes_choice_names(a);
    size_t bytes = (size_t)names.outputs * sizeof *chosen;
    bool *set = memory_new((size_t)names.outputs, sizeof *set);
    memcpy(set, chosen, bytes);
    int listed;
    int hits = keep_listed(a, set, &listed);
    if (hits == listed) /* all of them means all classes, as in the beginning */
        memset(set, true, bytes);
    if (hits > 0) {
        const struct subset_saved *saved = subsets_naming(a->subsets, set, &names);
        app_choose(a, set, saved ? saved->name : NULL);
    }
    a->states->classes_cleared = hits == 0 ? 1 + a->shown.version : 0;
    a->dirty = true;
    free(set);
}

char *classes_choice_words(const struct app *a, const bool *chosen, size_t bytes)
{
    char *text = memory_copy("");
    size_t used = 0;
    for (int i = 0; i < a->study->table->classes && used < bytes; i++) {
        if (!chosen[i])
            continue;
        const char *name = app_class_name(a, i);
        size_t length = strlen(name);
        text = memory_grow(text, used + length + 3, 1);
        used += (size_t)snprintf(text + used, length + 3, "%s%s", used ? ", " : "", name);
    }
    return text;
}
