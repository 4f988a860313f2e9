/* Text broken into lines at blanks. */
#ifndef ISPLIT_PANES_WRAP_H
#define ISPLIT_PANES_WRAP_H

#include "base/text_list.h"

/* Lines of at most `columns` columns; a newline begins a new one, a longer word is cut. Control characters
 * are shown escaped. */
struct text_list wrap_text(const char *text, int columns);

#endif
