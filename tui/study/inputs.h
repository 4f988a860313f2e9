/* What is to be measured, as the command line or a prompt names it: CFG WEIGHTS and data, or a .data file
 * that names all three, or in place of CFG WEIGHTS a folder that isplit retrain wrote, whose whole.cfg and
 * whole.weights they are. */
#ifndef ISPLIT_STUDY_INPUTS_H
#define ISPLIT_STUDY_INPUTS_H

#include <stdbool.h>

#include "base/error.h"
#include "data/data_file.h"

struct inputs {
    char *cfg, *weights, *data;
    char *named;            /* the argument that named them: the .data file, or the cfg */
    struct data_file *file; /* the .data file, or NULL */
    char *share; /* where the images are a share of those wanted: what the store remembers of that; or NULL */
};

/* words[n]: CFG WEIGHTS, FILE.data, or DIR; `data` is -d, or NULL. -1: bad input; -2: wrong usage. Nothing is
 * left to free after an error. */
int inputs_find(const char *const *words, int n, const char *data, struct inputs *inputs, struct error *e);
/* The same, and the network alone will do, without data. */
int inputs_find_network(const char *const *words, int n, const char *data, struct inputs *inputs,
                        struct error *e);
void inputs_free(struct inputs *inputs);
/* A copy without what was read of a .data file, and of no share. */
struct inputs inputs_copy(const struct inputs *inputs);

/* Whether it is such a folder. */
bool inputs_is_retrained(const char *path);
/* The cfg that a word names: that of such a folder or of a .data file, or the word itself. New string. */
char *inputs_cfg(const char *word);

/* The cfg's file name without its folder. */
const char *inputs_name(const struct inputs *inputs);

#endif
