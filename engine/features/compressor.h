/* Bytes compressed with zstd, one frame each time, and a check that they decompress to the same. Not for
 * several threads at once: each has its own. */
#ifndef ISPLIT_FEATURES_COMPRESSOR_H
#define ISPLIT_FEATURES_COMPRESSOR_H

#include <stddef.h>

#include "base/error.h"

struct compressor;

/* For at most `most` bytes. Allocates all memory that it will need; NULL without memory. */
struct compressor *compressor_new(size_t most, int level, struct error *e);
void compressor_free(struct compressor *p);

/* Compresses bytes[n]: 0 with the frame, valid until the next call, and its size. */
int compressor_run(struct compressor *p, const void *bytes, size_t n, struct error *e);
void *compressor_frame(struct compressor *p);
size_t compressor_size(const struct compressor *p);

/* Decompresses the frame: -1 where that does not give bytes[n]. */
int compressor_check(struct compressor *p, const void *bytes, size_t n, struct error *e);

/* zstd's version, as "1.5.4". */
const char *compressor_version(void);

#endif
