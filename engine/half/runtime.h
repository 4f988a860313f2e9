/* What runs a half: libdarknet, as on a device; or isplit's own graph, which has every layer and uses all
 * processors. The program says which of them it has (half/words.h). */
#ifndef ISPLIT_HALF_RUNTIME_H
#define ISPLIT_HALF_RUNTIME_H

#include "base/error.h"
#include "net/net.h"
#include "net/weights.h"

struct half_runtime {
    const char *name; /* as --runtime has it */
    /* A network whose files are whole; both are borrowed until it is closed. NULL on error. */
    void *(*open)(const struct net *net, const char *weights, const struct weights_info *info,
                  struct error *e);
    void (*close)(void *state);
    /* The output of the last layer that is no cost, after an input [c][h][w]; borrowed until the next. NaN in
     * all of it where a number on the way was not finite and that cannot be seen in the output itself. */
    const float *(*run)(void *state, const float *x, struct error *e);
};

extern const struct half_runtime half_darknet; /* half/runtime_darknet.c */
extern const struct half_runtime half_onednn;  /* half/runtime_onednn.c, which only the worker has */

/* The layer of which a half gives the output. */
int half_runtime_output(const struct net *net);

#endif
