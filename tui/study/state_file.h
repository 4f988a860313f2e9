/* One state file: its path, reading, writing, and renaming if it is damaged. */
#ifndef ISPLIT_STUDY_STATE_FILE_H
#define ISPLIT_STUDY_STATE_FILE_H

#include <jansson.h>

#include "base/error.h"

/* Where the screen keeps what belongs to the network with this hash of its cfg. New string; NULL where there
 * is no home folder. */
char *state_file_of_network(const char *cfg_xxh3);

/* An object of this kind ("settings", "state"), whose other fields are the caller's to check. 0 and *object
 * NULL where there is no such file; -1: the file is of a newer program, cannot be read, or was damaged and
 * renamed. */
int state_file_read(const char *path, const char *kind, json_t **object, struct error *e);

/* The same for who cannot tell what is wrong: a damaged file stays where it is. NULL: there is none of ours.
 */
json_t *state_file_look(const char *path, const char *kind);

/* Writes it, with its kind and version and the folders it needs; takes ownership of the object. A newer
 * program's file is kept (returns 0: reading it has said so). -1 also where a damaged one was renamed first.
 */
int state_file_write(const char *path, const char *kind, json_t *object, struct error *e);

/* Renames a damaged file; the error says what was wrong and where the file is now. Always -1. */
int state_file_put_aside(const char *path, const char *why, struct error *e);

#endif
