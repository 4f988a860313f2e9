/* Tuning files (--tuning): the tuning of a graph as JSON. */
#ifndef ISPLIT_WORKER_TUNING_FILE_H
#define ISPLIT_WORKER_TUNING_FILE_H

#include <stdbool.h>

#include "base/error.h"
#include "graph/tuning.h"

/* 0 with *tuning NULL where there is no such file; else *tuning is new, for tuning_free. */
int tuning_file_read(const char *path, struct tuning **tuning, struct error *e);
/* Of several programs writing at once, one wins. 0: written; 1: another program's complete file exists and
 * stays; -1: error. */
int tuning_file_write(const char *path, const struct tuning *tuning, struct error *e);

#endif
