/* The subsets of classes that were saved on the screen, for -c @NAME: of one network, whose state file the
 * screen keeps (app/state.h). Only read here. */
#ifndef ISPLIT_STUDY_SAVED_SUBSETS_H
#define ISPLIT_STUDY_SAVED_SUBSETS_H

#include <stdio.h>

#include "curve/subset.h"

/* Zeroed: none. */
struct saved_subsets {
    struct subset_saved *subsets;
    int n;
};

/* Those of the network whose cfg has this hash. 0, also where none were saved, or there is no home folder;
 * -1: the file cannot be read. */
int saved_subsets_read(struct saved_subsets *s, const char *cfg_xxh3, struct error *e);
void saved_subsets_free(struct saved_subsets *s);

/* A class expression that may name them, as subset_parse reads it; they are read where it has an '@'. */
bool *saved_subsets_parse(const char *expression, struct subset_names names, const char *cfg_xxh3,
                          struct error *e);

/* Their names, of every network, a line each, for completions. */
void saved_subsets_print(FILE *out);

#endif
