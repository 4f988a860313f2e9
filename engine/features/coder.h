/* Bytes coded without loss, and back: as they are, as one zstd frame, or as raw LZMA. Not for several threads
 * at once: each has its own. */
#ifndef ISPLIT_FEATURES_CODER_H
#define ISPLIT_FEATURES_CODER_H

#include <stddef.h>

#include "base/error.h"
#include "features/dtype.h"

/* LZMA is raw: no header, no end marker, so the number of bytes must be known to decode it. lc=2 lp=0 pb=0
 * and a window of 64 KiB were the best of what was tried on features (tui/manual/features.md), and take 2 MB.
 */
struct coder_memory;

/* `level` is zstd's, 1 to FEATURES_LEVEL_LIMIT. NULL without memory; more is allocated when it is first used,
 * and used again. */
struct coder_memory *coder_new(enum coder kind, int level, struct error *e);
void coder_free(struct coder_memory *c);

/* Room for what n bytes may become, with any coder. */
size_t coder_room(size_t n);

/* Codes bytes[n], at least 1, to coded[*coded_n], which has coder_room(n) bytes. */
int coder_encode(struct coder_memory *c, const void *bytes, size_t n, void *coded, size_t *coded_n,
                 struct error *e);

/* Decodes coded[coded_n], which may be hostile, to exactly bytes[n]: -1 where it is not that; `bytes` then
 * holds nothing of use. Never writes more than n. */
int coder_decode(struct coder_memory *c, const void *coded, size_t coded_n, void *bytes, size_t n,
                 struct error *e);

/* The version of the library that does it, as "1.5.4"; "" for none. */
const char *coder_version(enum coder kind);

#endif
