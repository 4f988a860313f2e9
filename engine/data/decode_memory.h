/* The memory that images being decoded may take together, whatever the number of decoding threads: each takes
 * its share before it begins, and waits where the others leave too little. */
#ifndef ISPLIT_DATA_DECODE_MEMORY_H
#define ISPLIT_DATA_DECODE_MEMORY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct decode_memory {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    int64_t most, used; /* bytes */
    const char *by;     /* what sets the limit, in words that follow "allowed: 16 MB" */
};

/* Without a limit at first. */
void decode_memory_open(struct decode_memory *m);
void decode_memory_close(struct decode_memory *m);

/* Not while an image is being decoded. `by` is borrowed. */
void decode_memory_limit(struct decode_memory *m, int64_t most, const char *by);

/* Takes the bytes, and waits for them if need be: hold none meanwhile, or two could wait for each other.
 * false where that is more than may be taken in all. `m` may be NULL in these three: no limit. */
bool decode_memory_take(struct decode_memory *m, int64_t bytes);
/* Takes them where that is possible at once. */
bool decode_memory_try(struct decode_memory *m, int64_t bytes);
void decode_memory_give(struct decode_memory *m, int64_t bytes);

#endif
