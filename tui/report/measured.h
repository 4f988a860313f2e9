/* What isplit evaluate has measured, read back from its folder: the accuracy of each cut after retraining. */
#ifndef ISPLIT_REPORT_MEASURED_H
#define ISPLIT_REPORT_MEASURED_H

#include "base/error.h"
#include "net/table.h"
#include "report/evaluated.h"

/* The sheet in the folder, with a row for each cut. */
#define MEASURED_CSV "evaluate.csv"

/* Shares of the validation images that are right; NaN: not known. */
struct measured_cut {
    int layer;
    double before, untrained;   /* of the whole network, and with the bottleneck as it began */
    double accuracy, low, high; /* after retraining, with its 95 % interval */
    long floats, bytes;         /* what the bottleneck sends */
    long stages, steps;         /* trained */
    enum evaluated_state state;
    bool in_set; /* cannot be told apart from the best */
};

struct measured;

/* Every row must be a cut of this network, by number and name, none twice; at most one leads, and it has an
 * accuracy; all have the same bottleneck. `cfg` names the network in messages; without a table (both NULL)
 * the rows stand for themselves. NULL on error: "FILE:LINE: ..." where it is about a row. */
struct measured *measured_read(const char *folder, const struct table *table, const char *cfg,
                               struct error *e);
/* Of an evaluation that goes on here. */
struct measured *measured_here(const struct evaluated *v, const struct table *table);
void measured_free(struct measured *m);

/* The sheet as CSV: the bytes that were read, or what isplit evaluate would write. Borrowed. */
const char *measured_sheet(const struct measured *m);

/* The cut after the layer; NULL: it is not in the evaluation, or there is none (m NULL). */
const struct measured_cut *measured_find(const struct measured *m, int layer);
const struct measured_cut *measured_leader(const struct measured *m); /* NULL: none yet */

/* All cuts in the order of the file, and what the row calls them. */
int measured_cuts(const struct measured *m, const struct measured_cut **cuts);
const char *measured_name(const struct measured *m, int cut);

/* The layers of a cut's bottleneck (partition/bottleneck.h); NULL where there is none, or earlier versions
 * wrote the file, which do not tell it. Borrowed. */
const struct table *measured_inserted(const struct measured *m, const struct measured_cut *cut, int *encoder);
/* Whether its code is sent as int8. */
bool measured_sends_int8(const struct measured *m);

/* How many cuts have an accuracy, and how many of them are in the set. */
int measured_known(const struct measured *m);
int measured_in_set(const struct measured *m);

/* The columns that are read, NULL after the last; report/report_evaluate.c describes them. */
extern const char *const measured_columns[];

#endif
