/* Named subsets of classes: saved by the user (kept from one session to the next) or read from a file of
 * groups. Kept as class expressions (curve/subset.h), so that they survive another data set. */
#ifndef ISPLIT_APP_SUBSETS_H
#define ISPLIT_APP_SUBSETS_H

#include <stdbool.h>

#include "curve/subset.h"

/* In the order in which they were added. */
struct subsets;

struct subsets *subsets_new(void); /* none yet */
void subsets_free(struct subsets *s);
void subsets_clear(struct subsets *s);
int subsets_n(const struct subsets *s);
const struct subset_saved *subsets_all(const struct subsets *s); /* [subsets_n] */
const struct subset_saved *subsets_find(const struct subsets *s, const char *name);
void subsets_set(struct subsets *s, const char *name, const char *expression, bool group);
void subsets_remove(struct subsets *s, const char *name);

/* "0-3,7": the chosen classes as an expression of indices. New string; empty where none is chosen. */
char *subsets_expression(const bool *chosen, int classes);

/* The same, in a form that subset_parse turns back into exactly these classes even where a class is named
 * like an index or a range ("7", "4-6"), as names take precedence: such a number gets leading zeros. */
char *subsets_expression_among(const bool *chosen, const struct subset_names *names);

/* The first one with exactly these classes, or NULL: expressions are compared as they are written by the
 * function above, since parsing all of them at every key would be slow. */
const struct subset_saved *subsets_naming(const struct subsets *s, const bool *chosen,
                                          const struct subset_names *names);

#endif
