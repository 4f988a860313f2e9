/* A class expression: terms separated by commas, evaluated from left to right.
 *
 *     cat          the classes of this name (display name or folder; all of them where names repeat)
 *     n0*          a glob over names and folders, as in the shell
 *     7    3-7     class indices, unless a class has exactly this name
 *     cat-dog      the classes from one to the other, by their indices, where no name is like that
 *     !TERM        removes what TERM names; as the first term it starts from all classes
 *     @FILE        the terms of a file, as if they stood here: a term a line (commas need no escape
 *                  there), blank lines and lines that begin with # are skipped
 *     @NAME        the terms of a saved subset of this name, where there is no such file
 *     \            takes the next character literally: 'tench\, Tinca tinca'
 *     "a, b"       in quotes of either kind: a name as it is, no glob
 *
 * The name of a class may hold commas: where the text goes on like such a name, that is tried before commas
 * part terms.
 *
 * Spaces around a term are ignored. */
#ifndef ISPLIT_CURVE_SUBSET_H
#define ISPLIT_CURVE_SUBSET_H

#include <stdbool.h>

#include "base/error.h"
#include "data/dataset.h"

/* The classes that terms can name: those with a name, and every index below `outputs`. */
struct subset_names {
    const struct dataset_class *classes;
    int classes_n;
    int outputs;
    const struct subset_saved {
        char *name;
        char *expression;
        bool group; /* from a file of groups: the screen keeps it for this session only */
    } * saved;      /* [saved_n] what @NAME can name */
    int saved_n;
};

/* A new array [outputs], by class index. NULL on error: a term that names nothing is named together
 * with the nearest known name, and so is an expression that leaves no class. */
bool *subset_parse(const char *expression, const struct subset_names *names, struct error *e);

/* Expressions beside each other, as in "cat|dog,fox": the classes of each, new arrays, and how many there are
 * (1 without a bar). Of several the last may be empty: the classes that no other has. -1: an error, and
 * nothing is left. */
enum { SUBSET_SIDES = 5 };
int subset_sides(const char *expression, const struct subset_names *names, bool *sides[SUBSET_SIDES],
                 struct error *e);

struct subset {
    char *name;
    bool *chosen; /* [outputs] */
};

/* The same as subsets, each called as it is written there, or "others"; none twice. For subset_free; NULL on
 * error. */
struct subset *subset_list(const char *expression, const struct subset_names *names, int *n, struct error *e);

/* A file of subsets, `name = expression` a line; blank lines and # comments as above. *n of them, in the
 * file's order; free with subset_free. Errors carry FILE:LINE. */
struct subset *subset_read(const char *path, const struct subset_names *names, int *n, struct error *e);
void subset_free(struct subset *subsets, int n);

#endif
