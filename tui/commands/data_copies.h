/* Images of a data set that are there twice: intervals take each for an independent one. */
#ifndef ISPLIT_COMMANDS_DATA_COPIES_H
#define ISPLIT_COMMANDS_DATA_COPIES_H

#include "commands/command.h"

struct data_copies {
    struct data_copy {
        long image, first; /* of two with the same bytes the later one, and the first */
    } * all;
    long n, contradicting; /* contradicting: of another class than the first */
};

/* Has the worker read all images that can be decoded (c->skipped) once more. An exit status. */
int data_copies_find(struct command *c, struct data_copies *copies);
void data_copies_free(struct data_copies *copies);

/* "3 of 400 images are copies of others, 1 of them with another class". New string; NULL: there is none. */
char *data_copies_text(const struct command *c, const struct data_copies *copies);

/* "a/1.png: has the bytes of b/2.png". New string. */
char *data_copies_line(const struct command *c, const struct data_copy *copy);

#endif
