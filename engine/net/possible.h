/* Where a network can be cut, and why not elsewhere. */
#ifndef ISPLIT_NET_POSSIBLE_H
#define ISPLIT_NET_POSSIBLE_H

#include "base/error.h"
#include "net/table.h"

/* The layer given by the user: its number, or its name in the table. -1: there is none. */
int partition_find_layer(const struct table *table, const char *text, int *layer, struct error *e);

/* 0 where the network can be cut after the layer; else -1 with the reason: what else crosses the cut, or why
 * there is no head or no tail. */
int partition_possible(const struct table *table, int layer, struct error *e);

#endif
