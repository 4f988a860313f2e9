/* What isplit retrain, isplit evaluate and the screen ask for in the same way: how is trained, on which
 * images, and which cuts can be evaluated. */
#ifndef ISPLIT_STUDY_RETRAINING_H
#define ISPLIT_STUDY_RETRAINING_H

#include "cli/options.h"
#include "csv/provenance.h"
#include "race/race.h"
#include "study/connection.h"
#include "train/retrain_request.h"

/* What the options say; one stage, no images, no files. */
void retraining_options(const struct options *o, struct retrain_request *request);

/* The images of the chosen classes (chosen[table->classes]) in the data set of the connection, in their
 * order; `most` of them, 0: all. `data` names it in messages. New array; NULL where they are too few classes,
 * or their labels are not known but needed. */
long *retraining_choose(const struct connection *n, const struct options *o, const char *data,
                        const bool *chosen, long most, long *images_n, struct error *e);

/* Divides images[n], with their contents by number, into training and validation of the request, with the
 * hash of both. */
int retraining_divide(const struct connection *connection, const struct options *o, const char *data,
                      const struct content *contents, const long *images, long n, struct retrain_request *r,
                      struct error *e);

/* Whether the cut after the layer can be retrained with the bottleneck. */
bool retraining_possible(const struct table *table, const struct bottleneck *b, int layer, struct error *why);

/* Steps of a race's first stage: as the options say, or an epoch, and as many at least as make a training. */
long retraining_first_steps(const struct options *o, const struct retrain_request *r);

/* A hash of everything that decides what a training of the request computes, whatever the layer. */
struct content retraining_key(const struct connection *n, const struct retrain_request *r);

/* Of a race of such trainings, for the provenance of what it has found. */
void retraining_describe(const struct retrain_request *r, const struct race_rules *rules,
                         struct provenance *p);

/* The rules of a race on the request's images, for so many cuts. */
struct race_rules retraining_rules(const struct options *o, const struct retrain_request *r, int cuts,
                                   const bool *allowed);

#endif
