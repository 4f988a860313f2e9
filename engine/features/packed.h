/* Bytes compressed with zstd, one frame each time, and the proof that they come back. Not for several threads
 * at once: each has its own. */
#ifndef ISPLIT_FEATURES_PACKED_H
#define ISPLIT_FEATURES_PACKED_H

#include <stddef.h>

#include "base/error.h"

struct packed;

/* For at most `most` bytes. All memory that it will need is there after this. NULL where there is none. */
struct packed *packed_new(size_t most, int level, struct error *e);
void packed_free(struct packed *p);

/* Compresses bytes[n]: 0 with the frame, which stays until the next call, and its size. */
int packed_make(struct packed *p, const void *bytes, size_t n, struct error *e);
void *packed_frame(struct packed *p);
size_t packed_size(const struct packed *p);

/* Decompresses the frame: -1 where that does not give bytes[n] again. */
int packed_check(struct packed *p, const void *bytes, size_t n, struct error *e);

/* Of zstd, as "1.5.4". */
const char *packed_version(void);

#endif
