/* A file with one name a line; the position of a line (from 0) is the network's output. Blank lines
 * keep their position, except at the end. CRLF and a byte order mark are accepted. */
#ifndef ISPLIT_DATA_LABELS_H
#define ISPLIT_DATA_LABELS_H

#include <stddef.h>

#include "base/error.h"

struct labels;

#define LABELS_NONE (-1)

/* Reads at most `outputs` names (0: all), at least one. NULL on error. In all that follows NULL is allowed:
 * no file was given. */
struct labels *labels_read(const char *path, int outputs, struct error *e);
void labels_free(struct labels *labels);

/* How many there are, and how many lines the file has: more where the list was cut. */
int labels_n(const struct labels *labels);
int labels_in_file(const struct labels *labels);

/* The names by position, [labels_n]. Borrowed, as is the file's path. */
char *const *labels_names(const struct labels *labels);
const char *labels_path(const struct labels *labels);

/* The position of the label that is equal to these bytes as a whole, or LABELS_NONE. Where several lines have
 * it the first counts, and *twin is the second, else LABELS_NONE. */
int labels_find(const struct labels *labels, const char *bytes, size_t length, int *twin);

#endif
