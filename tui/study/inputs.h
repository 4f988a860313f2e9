/* What is to be measured, as the command line or a prompt names it: either CFG WEIGHTS and data, or a .data
 * file that names all three. */
#ifndef ISPLIT_STUDY_INPUTS_H
#define ISPLIT_STUDY_INPUTS_H

#include "base/error.h"
#include "data/data_file.h"

struct inputs {
    char *cfg, *weights, *data;
    char *named;           /* the argument that named them: the .data file, or the cfg */
    struct data_file file; /* the .data file, or zeroed */
};

/* words[n]: CFG WEIGHTS, or FILE.data; `data` is -d, or NULL. -1: bad input; -2: wrong usage. Nothing is left
 * to free after an error. */
int inputs_find(const char *const *words, int n, const char *data, struct inputs *inputs, struct error *e);
/* The same, and CFG WEIGHTS alone will do, without data. */
int inputs_find_network(const char *const *words, int n, const char *data, struct inputs *inputs,
                        struct error *e);
void inputs_free(struct inputs *inputs);

/* The cfg's file name without its folder. */
const char *inputs_name(const struct inputs *inputs);

#endif
