/* Who works in a folder that keeps results: one program at a time, whose results another would replace. The
 * kernel holds the lock, and drops it when the process ends, however that is: none is ever left behind. */
#ifndef ISPLIT_STUDY_FOLDER_LOCK_H
#define ISPLIT_STUDY_FOLDER_LOCK_H

#include "base/error.h"

struct folder_lock;

/* Makes the folder where it does not exist. share 0: the folder is for this process alone; from 1 on: as long
 * as nobody has the whole or this share. Where the file system has no locks, or the folder cannot be written,
 * nothing is locked. NULL: another process works there, which the error names. */
struct folder_lock *folder_lock_take(const char *folder, long share, struct error *e);

/* Takes its file away, and the folder if folder_lock_take made it and it is empty. NULL is allowed. */
void folder_lock_free(struct folder_lock *l);

#endif
