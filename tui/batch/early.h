/* --until-stable in a batch run: looks as rows come in, ends the run, and says what came of it. */
#ifndef ISPLIT_BATCH_EARLY_H
#define ISPLIT_BATCH_EARLY_H

#include "batch/command.h"
#include "client/recall.h"
#include "output/report.h"

struct early {
    struct command *c;
    const struct report *report; /* of the run: its curve, order, classes and subsets */
    const bool **chosen;         /* the classes of each curve */
    struct until *until;         /* NULL: not asked for */
};

/* Before the run is asked for; the report must live as long. Nothing where the option is not given. */
void early_begin(struct early *w, struct command *c, const struct report *r);
void early_free(struct early *w);

/* Whether the pick is stable on the rows that are there; and whether it would be on rows that a store has. */
bool early_looks_stable(struct early *w);
bool early_would_be_stable(const struct early *w, const struct recall_trial *trial);

/* When the run is over, however it ended: whether the pick is stable on the rows that came. */
bool early_is_stable(struct early *w);

/* "stable at 0.95 after 120 of 400 images: ..."; the report's curve is that of the rows that are kept. */
void early_tell(const struct early *w);

#endif
