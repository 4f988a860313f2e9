/* layers: the table of the network that is open. */
#ifndef ISPLIT_WIRE_MESSAGE_TABLE_H
#define ISPLIT_WIRE_MESSAGE_TABLE_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "net/definition.h"
#include "net/table.h"

/* layers; weights_xxh3 is NULL without weights. The hashes read are texts of 16 hex digits, that of the
 * weights is empty without weights. */
json_t *message_layers(const struct table *table, uint64_t cfg_xxh3, const uint64_t *weights_xxh3);

/* The formula of batch norm that the network is computed with: added to layers, and read. HEADER stands for a
 * network without batch norm or weights; an older message that does not say it is one of Darknet's. */
void message_layers_add_epsilon(json_t *message, enum epsilon epsilon);
int message_layers_epsilon(const json_t *message, enum epsilon *epsilon, struct error *e);

struct table *message_layers_read(const json_t *message, char cfg_xxh3[17], char weights_xxh3[17],
                                  struct error *e);

#endif
