/* Whether a text is what somebody typed to find it, ignoring case. Fast where ASCII is typed: a hundred
 * thousand paths are gone through between two keys. */
#ifndef ISPLIT_PANES_MATCH_H
#define ISPLIT_PANES_MATCH_H

#include <stdbool.h>

/* Whether the text has the part in it; nothing in the part is special. */
bool match_holds(const char *text, const char *part);

/* Whether all of the text fits the glob (*, ?, [...], \). */
bool match_glob(const char *text, const char *glob);

#endif
