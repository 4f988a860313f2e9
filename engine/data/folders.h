/* Folders with one subfolder a class, alone or under train, val and test, also wrapped in another folder, or
 * with a second copy inside. */
#ifndef ISPLIT_DATA_FOLDERS_H
#define ISPLIT_DATA_FOLDERS_H

#include "data/build.h"
#include "data/walk.h"

/* Finds out what the folder holds (IDX and Tiny-ImageNet too) and reads it. */
int folders_open(struct build *b, const char *path, struct error *e);

/* For layouts with splits: the chosen one of `n` names, with a note where the user named none, or -1. */
int folders_choose_split(struct build *b, const char *const *names, int n, struct error *e);

#endif
