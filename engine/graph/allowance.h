/* How much memory the machine lets this process have. */
#ifndef ISPLIT_GRAPH_ALLOWANCE_H
#define ISPLIT_GRAPH_ALLOWANCE_H

#include <stdint.h>

/* Bytes, INT64_MAX where nothing limits them. */
struct allowance {
    int64_t available; /* what this process holds, and what more is to be had without swapping */
    int64_t group;     /* the same as far as the limits of its control groups (v1 and v2) go */
    int64_t addresses; /* what it may still map, by ulimit -v; */
    int64_t data;      /* what of that it may be able to write to, by ulimit -d */
};

/* `root` stands before /proc and /sys: "", but for tests. */
struct allowance allowance_read(const char *root);

/* Bytes of the heap that are in use now. */
int64_t allowance_heap(void);

/* Bytes of the memory without a file that this process has written to, to the page: in memory or swapped out.
 * -1 where the system does not tell. */
int64_t allowance_resident(void);

#endif
