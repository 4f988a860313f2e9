/* Writes the weights of some layers of a weights file as a weights file. */
#ifndef ISPLIT_PARTITION_PARTITION_WEIGHTS_H
#define ISPLIT_PARTITION_PARTITION_WEIGHTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "net/net.h"
#include "net/weights.h"

/* Writes the numbers of layers first..last of `net` behind a header. `info` is what weights_check found in
 * the file at `path`, with the formula of batch norm that the network is computed with. -1 where it cannot be
 * read; write errors are kept by the stream, and end it early.
 *
 * For stock Darknet the header is 0.1.0 with a `seen` of 4 bytes, which the library reads alike on machines
 * of 32 and of 64 bits, and a fork's variances are folded into Darknet's formula (net/batch_norm.h). Else the
 * header stays, and so do the variances; where its version would say the other formula, it is 0.2.5 or 0.2.0.
 * A header whose version means transposed weights always stays: its `seen` has 4 bytes anyway. */
int partition_write_weights(FILE *out, const char *path, const struct weights_info *info,
                            const struct net *net, int first, int last, bool stock, struct error *e);

/* Writes a header of that version, with a `seen` as wide as it says. */
void partition_write_header(FILE *out, const int32_t version[3], uint64_t seen);

#endif
