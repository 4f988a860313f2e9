/* One call of `isplit run`, from the command line to the files. */
#ifndef ISPLIT_COMMANDS_RUNNING_H
#define ISPLIT_COMMANDS_RUNNING_H

#include "commands/command.h"
#include "deploy/steer.h"
#include "deployment/run_job.h"
#include "report/run_summary.h"

struct running {
    struct command *c;
    struct run_job job;
    struct table **tables;                /* [cuts_n] of the whole network of each cut; or NULL */
    struct steer *steer;                  /* NULL: there is one cut */
    struct run_summary summary, *of_cuts; /* [cuts_n]; NULL: there is one cut */
};

/* running_cuts.c: the halves that the words name, and what the plan says of them. The exit status. */
int running_find_cuts(struct running *r);
int running_prepare_cuts(struct running *r);
void running_free_cuts(struct running *r);

/* As exchange_listener has it: `data` is a struct running. */
int running_choose(void *data, const struct exchange_image *last);

/* running_live.c: the run with a screen; as run_job_work. */
enum exchange_end running_live(struct running *r, struct error *e);

/* running_tell.c: the table on standard output, and the notes. */
void running_print(FILE *out, const struct running *r);
struct provenance *running_describe(const struct running *r, const char *state);

#endif
