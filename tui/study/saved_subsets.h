/* The subsets of classes that were saved on the screen, for -c @NAME: of one network, whose state file the
 * screen keeps (app/state.h). Only read here. */
#ifndef ISPLIT_STUDY_SAVED_SUBSETS_H
#define ISPLIT_STUDY_SAVED_SUBSETS_H

#include <stdio.h>

#include "curve/subset.h"

/* A class expression that may name those of the network whose cfg has this hash, as subset_list reads it.
 * They are read where it has an '@': NULL, too, where their file is there and cannot be. */
struct subset *saved_subsets_list(const char *expression, struct subset_names names, const char *cfg_xxh3,
                                  int *n, struct error *e);
/* The same where there is to be one: its classes, a new array [outputs]. */
bool *saved_subsets_parse(const char *expression, struct subset_names names, const char *cfg_xxh3,
                          struct error *e);

/* Their names, of every network, a line each, for completions. */
void saved_subsets_print(FILE *out);

#endif
