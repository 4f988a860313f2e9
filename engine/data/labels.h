/* A file with one name a line; the position of a line (from 0) is the network's output. Blank lines
 * keep their position, except at the end. CRLF and a byte order mark are accepted. */
#ifndef ISPLIT_DATA_LABELS_H
#define ISPLIT_DATA_LABELS_H

#include <stddef.h>

#include "base/error.h"

struct labels {
    char *path;
    char **names; /* by position */
    int n;        /* 0: no file was given */
    int in_file;  /* how many lines the file has; more than n where the list was cut */
    int *sorted;  /* positions in byte order of names, for labels_find */
    char *text;   /* the file's bytes: `names` points into them */
};

#define LABELS_NONE (-1)

/* Reads at most `outputs` names (0: all). Free with labels_free, also after an error. */
int labels_read(const char *path, int outputs, struct labels *labels, struct error *e);
void labels_free(struct labels *labels);

/* The position of the label that is equal to these bytes as a whole, or LABELS_NONE. Where several lines have
 * it the first counts, and *twin is the second, else LABELS_NONE. */
int labels_find(const struct labels *labels, const char *bytes, size_t length, int *twin);

#endif
