#include "app/shown.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void shown_set(struct shown *s, const struct study *study, const bool *chosen, const char *name)
{
    size_t classes = (size_t)study->table->classes;
    bool *copy = memory_new(classes, sizeof *copy);
    memcpy(copy, chosen, classes * sizeof *copy);
    char *named = memory_copy(name);
    shown_free(s);
    s->name = named;
    s->chosen = copy;
    for (size_t c = 0; c < classes; c++)
        s->classes_n += copy[c];
    s->points = memory_new((size_t)study->layer_list.n, sizeof *s->points);
    shown_compute(s, study);
}

void shown_compute(struct shown *s, const struct study *study)
{
    s->best = curve_compute_summed(study->curve, s->chosen, study->layer_list.correction, s->points);
}

void shown_free(struct shown *s)
{
    free(s->name);
    free(s->chosen);
    free(s->points);
    *s = (struct shown){0};
}
