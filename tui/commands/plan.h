/* One run of `isplit plan`, from the command line to the files. */
#ifndef ISPLIT_COMMANDS_PLAN_H
#define ISPLIT_COMMANDS_PLAN_H

#include "commands/job.h"
#include "deployment/deployment.h"
#include "report/measured.h"
#include "report/verdict.h"

struct plan {
    struct job job; /* the network and, where they are measured or read, its rows */
    struct deployment deployment;
    bool deployed; /* `deployment` is filled */

    /* plan_importance.c. The layers that are weighed, and what is known of their importance. */
    const char *state; /* of the rows (job_describe); NULL: there are none */
    char accuracy[JOB_ACCURACY];
    struct curve_file *file; /* --curve, or NULL */
    int layers_n;
    int *layers;                /* [layers_n] ascending */
    struct curve_point *points; /* [layers_n], or NULL: nothing is known */
    double *pick_share;         /* [layers_n]; likewise */
    int resamples;

    struct measured *measured; /* --evaluation, or NULL */
    struct placement *cuts;    /* [verdict.n] */
    struct verdict verdict;
};

/* Each: the exit status, after an error was shown. Where importance comes from is seen first: */
int plan_check_usage(struct plan *p);
/* Reads the network, or the file of rows. */
int plan_open(struct plan *p);
/* Measures, or reads what was measured. */
int plan_find_importance(struct plan *p);
void plan_free_importance(struct plan *p);

/* plan_meta.c. How the plan was made, with all that was assumed. */
struct provenance *plan_describe(const struct plan *p);

/* plan_table.c. For people: what was weighed, a row for every way to run the network, and why some fail. */
void plan_print(FILE *out, const struct plan *p);

#endif
