/* How much memory the machine allows this process. */
#ifndef ISPLIT_GRAPH_ALLOWANCE_H
#define ISPLIT_GRAPH_ALLOWANCE_H

#include <stdint.h>

/* Bytes, INT64_MAX where nothing limits them. */
struct allowance {
    int64_t available; /* what this process holds plus what is available without swapping */
    int64_t group;     /* the same by the limits of its control groups (v1 and v2) */
    int64_t addresses; /* address space still free under ulimit -v */
    int64_t data;      /* of that, writable memory still free under ulimit -d */
};

/* `root` is put before /proc and /sys: "" except in tests. */
struct allowance allowance_read(const char *root);

/* Bytes of the heap that are in use now. */
int64_t allowance_heap(void);

/* Bytes of anonymous memory that this process has written to, in whole pages: in memory or swapped out. -1
 * where the system does not report it. */
int64_t allowance_resident(void);

#endif
