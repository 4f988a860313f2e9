/* Cutting a network in two, as far as `isplit split` and the screen do the same: which images prove the
 * halves, what the worker is asked, the sheet beside the halves, and what a person is told. */
#ifndef ISPLIT_DEPLOYMENT_PARTITION_JOB_H
#define ISPLIT_DEPLOYMENT_PARTITION_JOB_H

#include <stdbool.h>

#include "cli/options.h"
#include "study/connection.h"

/* Inputs that are compared, where nothing else is asked for. */
enum { PARTITION_JOB_INPUTS = 8 };

/* How the cut came about. Everything belongs to others. */
struct partition_job {
    const char *program; /* for the provenance */
    int argc;
    char **argv;
    const struct options *options;    /* compared, seed, and how images become inputs */
    const char *cfg, *weights, *data; /* data NULL: the inputs are made up */
    const char *folder;
    const char *chosen_by; /* "layer", "best of FILE" */
};

/* The images in the order in which they are tried: every class takes its turn, as where a curve is measured.
 * New array, *n of them; NULL where the data set of the connection holds none of a class of the network. */
long *partition_job_images(const struct connection *connection, const struct partition_job *h, long *n,
                           struct error *e);

/* Asks for the cut after a layer; images[images_n] as above, none: made-up inputs. */
int partition_job_ask(struct connection *connection, const struct partition_job *h, int layer, bool force,
                      const long *images, long images_n, struct error *e);

/* After the answer: split.csv in the folder, with its provenance. */
int partition_job_write_csv(const struct connection *connection, const struct partition_job *h,
                            struct error *e);

/* "head then tail match the whole network bit for bit on 8 images of DATA". New string. */
char *partition_job_proof(const struct connection *connection, const struct partition_job *h);

#endif
