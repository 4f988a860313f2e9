/* What isplit features ends with: the fewest bytes that are shown to lose little accuracy. */
#ifndef ISPLIT_COMMANDS_FEATURES_CHEAPEST_H
#define ISPLIT_COMMANDS_FEATURES_CHEAPEST_H

#include "features/features.h"
#include "net/table.h"

/* Of all cuts and dtypes the one of fewest bytes that is shown to lose less than HOLDS_MAX_DROP, and why not
 * fewer bits there; or, where none is, which is nearest to it. New string. */
char *features_cheapest(const struct features *features, const struct table *table);

#endif
