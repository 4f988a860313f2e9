/* The classes chosen in the picker. Beside the app's choice, which is never empty, the picker knows an empty
 * one to begin again from: the curve keeps what it showed until the first class is chosen. */
#ifndef ISPLIT_PANES_CLASSES_CHOICE_H
#define ISPLIT_PANES_CLASSES_CHOICE_H

#include "app/model.h"
#include "curve/subset.h"

/* No class is chosen. */
bool classes_choice_is_empty(const struct app *a);

bool classes_choice_holds(const struct app *a, int class_index);

/* A copy, [table->classes]. */
bool *classes_choice_copy(const struct app *a);

/* Takes another choice over, also an empty one. */
void classes_choice_set(struct app *a, const bool *chosen);

/* Whether it is a class to choose: one that has a name or images, not a mere output. */
bool classes_choice_lists(const struct dataset_class *k);

struct subset_names classes_choice_names(const struct app *a);

/* "C, D, G": the names of chosen classes, cut after some `bytes`. New string. */
char *classes_choice_words(const struct app *a, const bool *chosen, size_t bytes);

#endif
