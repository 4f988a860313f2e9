/* Whether a text matches a typed filter or search, ignoring case. Fast for ASCII: a hundred thousand paths
 * between two keys. */
#ifndef ISPLIT_PANES_MATCH_H
#define ISPLIT_PANES_MATCH_H

#include <stdbool.h>

/* Whether the text contains the part, taken literally. */
bool match_holds(const char *text, const char *part);

/* Whether the whole text matches the glob (*, ?, [...], \). */
bool match_glob(const char *text, const char *glob);

#endif
