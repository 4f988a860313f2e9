/* One run of isplit evaluate. */
#ifndef ISPLIT_COMMANDS_EVALUATE_H
#define ISPLIT_COMMANDS_EVALUATE_H

#include "commands/command.h"
#include "commands/job.h"
#include "deployment/deployment.h"
#include "report/evaluated.h"
#include "study/evaluation.h"

struct evaluate {
    struct command *c;
    struct inputs inputs;
    char *sheet, *predictors_sheet; /* in DIR */
    int *layers;                    /* [cuts_n] */
    int cuts_n;
    struct deployment deployment; /* what the limits are about; */
    bool deployed;                /* it is filled */
    bool *ours;                   /* [cuts_n] of this share */
    bool *allowed;                /* [cuts_n] so, and within the limits; */
    char **why;                   /* [cuts_n] else why not */
    double *predictors[PREDICTORS];
    struct retrain_request request;
    struct evaluation *evaluation;
    struct race_cut *cuts;
    int best;
    enum race_end end;
    struct evaluation *alone; /* of trainings of the bottleneck alone; NULL: none are made */
    double *alone_accuracy;   /* [cuts_n] NaN: not known */
    int64_t began_ms;
    int64_t shown_ms;   /* when the sheet was written while the race runs; 0: not yet */
    int64_t showing_ms; /* what that took */
    bool running, interrupted, timed_out;
};

/* evaluate_predictors.c. What can be known of the cuts without training: measured on the images that are
 * listed.
 */
int evaluate_predictors(struct evaluate *v);

/* evaluate_trapped.c. Trapped Fisher energy, in nats[cuts_n]: what DIR keeps of it, and the rest measured
 * after the rows of `j`. NaN: there is none. */
int evaluate_trapped(const struct evaluate *v, struct job *j, double *nats);

/* evaluate_limits.c. Which cuts take part: within the limits, and of this share. */
int evaluate_limits(struct evaluate *v);

/* evaluate_race.c. The race's results, and those of the bottleneck alone, as far as DIR keeps them. */
int evaluate_open(struct evaluate *v);
/* Trains until the race is over, time is up, or the user stops it. */
int evaluate_race(struct evaluate *v);
/* Then the bottleneck alone, as far as each cut went in the race. */
int evaluate_alone(struct evaluate *v);

/* command_evaluate.c. Writes the sheet of the cuts, as far as they are known. */
int evaluate_write_cuts(struct evaluate *v);

/* evaluate_compare.c. --compare: two folders side by side. The exit status. */
int evaluate_compare(struct command *c);

/* evaluate_tell.c. What came of it, on standard output. */
struct evaluated evaluate_outcome(const struct evaluate *v);
void evaluate_tell(struct evaluate *v);

#endif
