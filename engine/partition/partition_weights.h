/* Writes the weights of some layers of a weights file as a weights file. */
#ifndef ISPLIT_PARTITION_PARTITION_WEIGHTS_H
#define ISPLIT_PARTITION_PARTITION_WEIGHTS_H

#include <stdio.h>

#include "base/error.h"
#include "net/net.h"
#include "net/weights.h"

/* Writes the header of the file at `path`, byte for byte (its version says how `seen` and the weights of
 * connected layers are stored), and the numbers of layers first..last of `net`. `info` is what weights_check
 * found in the file. -1 where it cannot be read; write errors are kept by the stream, and end it early. */
int partition_write_weights(FILE *out, const char *path, const struct weights_info *info,
                            const struct net *net, int first, int last, struct error *e);

#endif
