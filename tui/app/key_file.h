/* The user's own keys: isplit/keys in the XDG config folder, a line for each: the key as the manual has it,
 * and the one that does that instead, as in "E Ctrl-T". Lines that begin with "#" are comments, unless the
 * rest is a key: then that one does what "#" does. */
#ifndef ISPLIT_APP_KEY_FILE_H
#define ISPLIT_APP_KEY_FILE_H

#include "base/error.h"

/* Changes the table of actions as the file says, if there is one. -1: it is wrong, and nothing is changed. */
int key_file_read(struct error *e);

#endif
