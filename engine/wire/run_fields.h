/* What the options of a run decide, in one table: which of them define a row, which choose a tuning (batch,
 * threads, algorithms), and which of them the compiled graph depends on. The one place that decides whether
 * two runs are the same in one of these respects. */
#ifndef ISPLIT_WIRE_RUN_FIELDS_H
#define ISPLIT_WIRE_RUN_FIELDS_H

#include <jansson.h>
#include <stdbool.h>

#include "curve/run_options.h"

enum {
    RUN_FIELDS_ROW = 1,    /* another value, another row */
    RUN_FIELDS_TUNING = 2, /* another value may choose another tuning */
    RUN_FIELDS_GRAPH = 4,  /* another value needs another graph; layers excepted, as a graph may have more */
};

/* The options that decide any of these, under their names in the run message: a new object. */
json_t *run_fields(const struct run_options *run, unsigned decides);

/* Whether two runs agree in all of them. */
bool run_fields_same(const struct run_options *a, const struct run_options *b, unsigned decides);

#endif
