/* The classes chosen in the picker. Besides the app's choice, which is never empty, the picker has an empty
 * one to start over from: the curve is unchanged until the first class is chosen. */
#ifndef ISPLIT_PANES_CLASSES_CHOICE_H
#define ISPLIT_PANES_CLASSES_CHOICE_H

#include "app/model.h"
#include "curve/subset.h"

/* Whether no class is chosen. */
bool classes_choice_is_empty(const struct app *a);

bool classes_choice_holds(const struct app *a, int class_index);

/* A copy, [table->classes]. */
bool *classes_choice_copy(const struct app *a);

/* Sets another choice, also an empty one. */
void classes_choice_set(struct app *a, const bool *chosen);

/* Whether the class can be chosen: it has a name or images, and is not a mere output. */
bool classes_choice_lists(const struct dataset_class *k);

struct subset_names classes_choice_names(const struct app *a);

/* "C, D, G": the names of chosen classes, cut after some `bytes`. New string. */
char *classes_choice_words(const struct app *a, const bool *chosen, size_t bytes);

#endif
