/* Large zeroed memory directly from the system: it costs nothing before it is touched, uses huge pages where
 * available, and is returned when freed. */
#ifndef ISPLIT_GRAPH_PAGES_H
#define ISPLIT_GRAPH_PAGES_H

#include <stddef.h>

/* NULL where there is no memory. Free with as many bytes. */
void *pages_new(size_t bytes);
void pages_free(void *at, size_t bytes); /* NULL is allowed */

/* Bytes mapped now; they are not part of malloc's heap. */
size_t pages_held(void);

#endif
