/* One call of `isplit run`, from the command line to the files. */
#ifndef ISPLIT_COMMANDS_RUNNING_H
#define ISPLIT_COMMANDS_RUNNING_H

#include "commands/command.h"
#include "report/run_summary.h"

struct running {
    struct command *c;
    const char *folder;
    struct half_sheet sheet;
    const char *runtime;     /* of the head, as --runtime has it */
    struct dataset *dataset; /* or NULL: the images are words of the command line */
    char **paths;            /* [n] */
    int *labels;             /* [n] */
    long n;
    struct exchange_image *images; /* [n] */
    struct table *table;           /* of the whole network, or NULL */
    struct exchange_result result;
    struct run_summary summary;
};

/* running_images.c: finds the images, their labels and their order. The exit status. */
int running_find_images(struct running *r);

/* running_tell.c: the table on standard output, and the notes. */
void running_print(FILE *out, const struct running *r);
struct provenance *running_describe(const struct running *r, const char *state);

#endif
