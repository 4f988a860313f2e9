/* Partition of a network, shared by `isplit split` and the screen: the images that verify head and tail, the
 * request to the worker, split.csv, and the messages. */
#ifndef ISPLIT_DEPLOYMENT_PARTITION_JOB_H
#define ISPLIT_DEPLOYMENT_PARTITION_JOB_H

#include <stdbool.h>

#include "cli/options.h"
#include "features/frame.h"
#include "net/table.h"
#include "study/connection.h"

/* Default number of inputs compared. */
enum { PARTITION_JOB_INPUTS = 8 };

/* How the cut was chosen. All pointers are borrowed. */
struct partition_job {
    const char *program;              /* for the provenance */
    const struct options *options;    /* inputs compared, seed, and how images become inputs */
    const char *cfg, *weights, *data; /* data NULL: the inputs are made up */
    const char *folder;
    const char *chosen_by;    /* "layer", "best of FILE" */
    struct frame_format sent; /* how the tensor is to be sent */
};

/* The images in the order in which they are tried: classes take turns, as in measuring a curve. New array, *n
 * of them; NULL where the data set of the connection holds none of a class of the network. */
long *partition_job_images(const struct connection *connection, const struct partition_job *h, long *n,
                           struct error *e);

/* How the tensor of a cut is sent: --dtype, f32 unless given, --coder and --level; the range of --features.
 * The first one knows no range; the second says whether the options are complete; the last one takes the
 * range from the file: -1 where it has none for this cut, or is of other weights or of images that were
 * fitted otherwise. */
struct frame_format partition_sent_options(const struct options *o);
int partition_sent_check(const struct options *o, struct error *e);
int partition_sent(const struct options *o, const struct connection *connection, const char *cfg, int layer,
                   struct frame_format *sent, struct error *e);

/* Requests the partition after a layer; images[images_n] as above, none: made-up inputs. */
int partition_job_ask(struct connection *connection, const struct partition_job *h, int layer, bool force,
                      const long *images, long images_n, struct error *e);

/* After the answer: writes split.csv into the folder, with its provenance. */
int partition_job_write_csv(const struct connection *connection, const struct partition_job *h,
                            struct error *e);

/* "head then tail match the whole network bit for bit on 8 images of DATA". New string. */
char *partition_job_proof(const struct connection *connection, const struct partition_job *h);

#endif
