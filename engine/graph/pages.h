/* Large zeroed memory directly from the system: it costs nothing before it is touched, uses huge pages where
 * available, and is returned when freed. */
#ifndef ISPLIT_GRAPH_PAGES_H
#define ISPLIT_GRAPH_PAGES_H

#include <stddef.h>

struct pages {
    void *at; /* NULL where there is no memory */
    size_t bytes;
};

struct pages pages_new(size_t bytes);
void pages_free(struct pages *p); /* also zeroed ones */

/* Bytes mapped now; they are not part of malloc's heap. */
size_t pages_held(void);

#endif
