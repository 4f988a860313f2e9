/* How long each layer of a network takes in a runtime, forward, with one image, and how much memory. */
#ifndef ISPLIT_DEPLOY_PROFILE_H
#define ISPLIT_DEPLOY_PROFILE_H

#include <stdint.h>

#define PROFILE_RUNS 20 /* where nobody says how many */
#define PROFILE_RUNS_LIMIT 10000
enum profile_runtime { PROFILE_DARKNET, PROFILE_ONEDNN };
extern const char *const profile_runtime_words[]; /* "darknet", "onednn", NULL */
enum profile_basis { PROFILE_CALM, PROFILE_PROCESSOR, PROFILE_ALL };
extern const char *const profile_basis_words[]; /* "undisturbed", "processor", "all", NULL */

struct profile {
    enum profile_runtime runtime;
    int threads;
    int runs;                  /* passes of the whole network, and as many layer by layer */
    char processor[80];        /* its name; empty where the system does not report it */
    enum profile_basis basis;  /* of the medians: undisturbed passes; processor time; all passes */
    float whole_ms[2];         /* of the whole forward pass: median, 95th percentile */
    float *median_ms, *p95_ms; /* [layers_n] */
    int layers_n;
    /* Memory in the runtime, in bytes: with the input, without what the worker held before. */
    int64_t loaded;   /* allocated after loading */
    int64_t peak;     /* maximum allocated in a forward pass, sampled after each layer */
    int64_t resident; /* maximum of the pages written to; -1 where the system does not report it */
};
void profile_free(struct profile *profile); /* also of a zeroed one */

#endif
