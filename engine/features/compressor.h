/* Bytes compressed with zstd, one frame each time, and the proof that they come back. Not for several threads
 * at once: each has its own. */
#ifndef ISPLIT_FEATURES_COMPRESSOR_H
#define ISPLIT_FEATURES_COMPRESSOR_H

#include <stddef.h>

#include "base/error.h"

struct compressor;

/* For at most `most` bytes. All memory that it will need is there after this. NULL where there is none. */
struct compressor *compressor_new(size_t most, int level, struct error *e);
void compressor_free(struct compressor *p);

/* Compresses bytes[n]: 0 with the frame, which stays until the next call, and its size. */
int compressor_run(struct compressor *p, const void *bytes, size_t n, struct error *e);
void *compressor_frame(struct compressor *p);
size_t compressor_size(const struct compressor *p);

/* Decompresses the frame: -1 where that does not give bytes[n] again. */
int compressor_check(struct compressor *p, const void *bytes, size_t n, struct error *e);

/* Of zstd, as "1.5.4". */
const char *compressor_version(void);

#endif
