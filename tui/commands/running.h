/* One call of `isplit run`, from the command line to the files. */
#ifndef ISPLIT_COMMANDS_RUNNING_H
#define ISPLIT_COMMANDS_RUNNING_H

#include "commands/command.h"
#include "deploy/steer.h"
#include "report/run_summary.h"

/* The halves of one cut. */
struct running_cut {
    const char *folder;
    struct half_sheet sheet;
    char *to;            /* the command that starts its tail */
    const char *runtime; /* of the head, as --runtime has it */
    char *program;       /* that runs it */
    struct table *table; /* of the whole network, or NULL */
};

struct running {
    struct command *c;
    struct running_cut *cuts; /* [cuts_n] */
    int cuts_n;
    struct steer *steer;     /* NULL: there is one cut */
    struct dataset *dataset; /* or NULL: the images are words of the command line */
    char **paths;            /* [n] what the images are called */
    char **files;            /* [n] what a head opens; NULL: the same */
    char *packed;            /* a folder of ours that holds them; NULL: there is none */
    int *labels;             /* [n] */
    long n;
    struct exchange_image *images; /* [n] */
    struct exchange_result result;
    struct run_summary summary, *of_cuts; /* [cuts_n]; NULL: there is one cut */
};

/* running_cuts.c: the halves that the words name, what starts them, and what the plan says of them. The exit
 * status. */
int running_find_cuts(struct running *r);
int running_prepare_cuts(struct running *r);
void running_free_cuts(struct running *r);

/* What runs a cut's halves here, both of them or its head: isplit-half where stock Darknet has all that they
 * need, or as --runtime says. *runtime is NULL for isplit-half. New string; NULL: the program is missing. */
char *running_program(const struct running *r, const struct running_cut *cut, bool both, const char **runtime,
                      struct error *e);

/* As exchange_listener has it: `data` is a struct running. */
int running_choose(void *data, const struct exchange_image *last);

/* running_images.c: finds the images, their labels and their order. The exit status. */
int running_find_images(struct running *r);
void running_free_images(struct running *r);

/* running_tell.c: the table on standard output, and the notes. */
void running_print(FILE *out, const struct running *r);
struct provenance *running_describe(const struct running *r, const char *state);

#endif
