#include "app/subsets.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct subsets {
    struct subset_saved *subsets;
    int n;
};

struct subsets *subsets_new(void)
{
    return memory_new(1, sizeof(struct subsets));
}

void subsets_free(struct subsets *s)
{
    subsets_clear(s);
    free(s);
}

int subsets_n(const struct subsets *s)
{
    return s->n;
}

const struct subset_saved *subsets_all(const struct subsets *s)
{
    return s->subsets;
}

static struct subset_saved *subsets_position(const struct subsets *s, const char *name)
{
    for (int i = 0; i < s->n; i++)
        if (strcmp(s->subsets[i].name, name) == 0)
            return &s->subsets[i];
    return NULL;
}

const struct subset_saved *subsets_find(const struct subsets *s, const char *name)
{
    return subsets_position(s, name);
}

void subsets_set(struct subsets *s, const char *name, const char *expression, bool group)
{
    struct subset_saved *old = subsets_position(s, name);
    char *copy = memory_copy(expression);
    if (old) {
        free(old->expression);
        old->expression = copy;
        old->group = group;
        return;
    }
    s->subsets = memory_grow(s->subsets, (size_t)s->n + 1, sizeof *s->subsets);
    s->subsets[s->n++] = (struct subset_saved){memory_copy(name), copy, group};
}

void subsets_remove(struct subsets *s, const char *name)
{
    struct subset_saved *gone = subsets_position(s, name);
    if (!gone)
        return;
    free(gone->name);
    free(gone->expression);
    s->n--;
    memmove(gone, gone + 1, (size_t)(s->subsets + s->n - gone) * sizeof *gone);
}

void subsets_clear(struct subsets *s)
{
    for (int i = 0; i < s->n; i++) {
        free(s->subsets[i].name);
        free(s->subsets[i].expression);
    }
    free(s->subsets);
    *s = (struct subsets){0};
}

char *subsets_expression(const bool *chosen, int classes)
{
    struct subset_names names = {.outputs = classes};
    return subsets_expression_among(chosen, &names);
}

/* Whether a class's name equals a term that we would write. */
static bool any_numbered(const struct subset_names *names)
{
    for (int i = 0; i < names->classes_n; i++) {
        const struct dataset_class *k = &names->classes[i];
        if (strspn(k->name, "0123456789") > 0 || (k->folder && strspn(k->folder, "0123456789") > 0))
            return true;
    }
    return false;
}

static bool is_name(const struct subset_names *names, const char *text)
{
    for (int i = 0; i < names->classes_n; i++) {
        const struct dataset_class *k = &names->classes[i];
        if (strcmp(k->name, text) == 0 || (k->folder && strcmp(k->folder, text) == 0))
            return true;
    }
    return false;
}

/* Classes first..last as a term that is not a class's name. */
static char *term(int first, int last, const struct subset_names *names, bool numbered)
{
    enum { DIGITS = 9 }; /* subset_parse takes no longer index */
    for (int digits = 1;; digits++) {
        char *text = first == last ? memory_format("%0*d", digits, first)
                                   : memory_format("%0*d-%d", digits, first, last);
        if (!numbered || digits == DIGITS || !is_name(names, text))
            return text;
        free(text);
    }
}

char *subsets_expression_among(const bool *chosen, const struct subset_names *names)
{
    char *out = memory_copy("");
    size_t used = 0;
    bool numbered = any_numbered(names);
    for (int i = 0; i < names->outputs; i++) {
        if (!chosen[i])
            continue;
        int first = i;
        while (i + 1 < names->outputs && chosen[i + 1])
            i++;
        char *text = term(first, i, names, numbered);
        size_t length = strlen(text);
        out = memory_grow(out, used + length + 2, 1);
        if (used)
            out[used++] = ',';
        memcpy(out + used, text, length + 1);
        used += length;
        free(text);
    }
    return out;
}

const struct subset_saved *subsets_naming(const struct subsets *s, const bool *chosen,
                                          const struct subset_names *names)
{
    const struct subset_saved *found = NULL;
    char *expression = s->n ? subsets_expression_among(chosen, names) : NULL;
    for (int i = 0; i < s->n && !found; i++)
        if (strcmp(s->subsets[i].expression, expression) == 0)
            found = &s->subsets[i];
    free(expression);
    return found;
}
