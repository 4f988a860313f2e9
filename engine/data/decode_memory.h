/* The memory that images being decoded may take together, whatever the number of decoding threads: each takes
 * its share before it begins, and waits where the others leave too little. */
#ifndef ISPLIT_DATA_DECODE_MEMORY_H
#define ISPLIT_DATA_DECODE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

struct decode_memory;

/* Without a limit at first. */
struct decode_memory *decode_memory_new(void);
void decode_memory_free(struct decode_memory *m);

/* Not while an image is being decoded. `by`: what sets the limit, in words that follow "allowed: 16 MB"; it
 * is borrowed. */
void decode_memory_limit(struct decode_memory *m, int64_t most, const char *by);

/* The limit in bytes and, unless it is NULL, *by; and what is taken now. */
int64_t decode_memory_most(const struct decode_memory *m, const char **by);
int64_t decode_memory_used(const struct decode_memory *m);

/* Takes the bytes, and waits for them if need be: hold none meanwhile, or two could wait for each other.
 * false where that is more than may be taken in all. `m` may be NULL in these three: no limit. */
bool decode_memory_take(struct decode_memory *m, int64_t bytes);
/* Takes them where that is possible at once. */
bool decode_memory_try(struct decode_memory *m, int64_t bytes);
void decode_memory_give(struct decode_memory *m, int64_t bytes);

#endif
