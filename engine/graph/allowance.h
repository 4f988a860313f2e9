/* How much memory the machine allows this process. */
#ifndef ISPLIT_GRAPH_ALLOWANCE_H
#define ISPLIT_GRAPH_ALLOWANCE_H

#include <stdint.h>

/* Bytes, INT64_MAX where nothing limits them. `root` is put before /proc and /sys: "" except in tests. */
int64_t
allowance_available(const char *root); /* what this process holds plus what is available without swapping */
int64_t allowance_group(const char *root);     /* the same by the limits of its control groups (v1 and v2) */
int64_t allowance_addresses(const char *root); /* address space still free under ulimit -v */
int64_t allowance_data(const char *root);      /* of that, writable memory still free under ulimit -d */

/* What this process may still take: most of what is available, within the limits of its groups. */
int64_t allowance_left(const char *root);

/* Bytes of the heap that are in use now. */
int64_t allowance_heap(void);

/* Bytes of anonymous memory that this process has written to, in whole pages: in memory or swapped out. -1
 * where the system does not report it. */
int64_t allowance_resident(void);

#endif
