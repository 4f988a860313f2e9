/* Both halves of a network on images, for `isplit run` and the screen: folders, images, and what runs them.
 */
#ifndef ISPLIT_DEPLOYMENT_RUN_JOB_H
#define ISPLIT_DEPLOYMENT_RUN_JOB_H

#include "cli/options.h"
#include "data/dataset.h"
#include "study/exchange.h"

#define RUN_PLACE "{}" /* in the command that starts a tail, where the folder is to stand */

/* Zeroed to begin with, but for the options and `pipelined`. */
struct run_job {
    const struct options *options; /* borrowed: of data, run and profile */
    bool pipelined;                /* with one cut */
    struct exchange_cut *cuts;     /* [cuts_n] */
    int cuts_n;
    struct dataset *dataset; /* or NULL: the images are words of the command line */
    char **paths;            /* [n] what the images are called */
    char **files;            /* [n] what a head opens; NULL: the same */
    char *packed;            /* a folder of ours that holds them; NULL: there is none */
    int *labels;             /* [n] */
    long n;
    struct exchange_image *images; /* [n] once it works */
    struct exchange_result result;
};

void run_job_free(struct run_job *j);

/* Reads split.csv of each folder. -1 with the reason. */
int run_job_read(struct run_job *j, const char *const *folders, int n, const char *to, struct error *e);

/* run_images.c: takes the images that words name, or those of a data set as the options choose them, in the
 * order in which they are measured. Writes files where the set has none of single images, until a signal
 * comes. -1 with the reason. */
void run_job_take_words(struct run_job *j, const char *const *words, int n);
int run_job_take_data(struct run_job *j, const char *data, const volatile sig_atomic_t *signals,
                      struct error *e);
void run_job_free_images(struct run_job *j);

/* Runs them: exchange_run, and then, unless the options say no, exchange_whole of each cut. Tells by the
 * listener whenever something has come, and at least ten times a second. */
enum exchange_end run_job_work(struct run_job *j, const struct exchange_listener *listener,
                               const volatile sig_atomic_t *signals, struct error *e);

/* The bytes of a cut's tensor, which a plan knows as a mean only where there is a coder: of the images so
 * far; 0: there is none, or no image. */
double run_job_mean_bytes(const struct run_job *j, int cut);

#endif
