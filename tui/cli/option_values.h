/* Parses an option's argument by the kind of its row into the member that the row names. */
#ifndef ISPLIT_CLI_OPTION_VALUES_H
#define ISPLIT_CLI_OPTION_VALUES_H

#include "cli/options.h"

/* `text` is NULL where the option has no argument. -1: invalid for that kind. */
int option_set(const struct option_entry *entry, const char *text, struct options *o, struct error *e);

/* The same for an OPTION_FRACTION alone; NULL: OPTIONS_UNTIL_STABLE. */
int option_set_share(const struct option_entry *entry, const char *text, double *value, struct error *e);

#endif
