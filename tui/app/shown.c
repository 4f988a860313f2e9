#include "app/shown.h"

#include <math.h>
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
    s->corrected_peaks = memory_new((size_t)study->layer_list.n, sizeof *s->corrected_peaks);
    s->pick = NAN;
    shown_compute(s, study);
}

static void shown_find_peaks(struct shown *s, const struct layer_list *l)
{
    double *values = memory_new((size_t)l->n, sizeof *values);
    for (int i = 0; i < l->n; i++)
        values[i] = s->points[i].cui * l->correction[i];
    curve_peaks(values, l->n, s->corrected_peaks);
    free(values);
}

void shown_compute(struct shown *s, const struct study *study)
{
    s->best = curve_compute_summed(study->curve, s->chosen, study->layer_list.correction, s->points);
    shown_find_peaks(s, &study->layer_list);
}

long shown_images(const struct shown *s, int layers)
{
    long most = 0;
    for (int i = 0; i < layers; i++)
        most = s->points[i].images > most ? s->points[i].images : most;
    return most;
}

void shown_free(struct shown *s)
{
    free(s->name);
    free(s->chosen);
    free(s->points);
    free(s->corrected_peaks);
    *s = (struct shown){.version = s->version + 1};
}
