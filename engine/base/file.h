/* Reads and writes whole files. */
#ifndef ISPLIT_BASE_FILE_H
#define ISPLIT_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

/* The file's bytes with a NUL after them (not counted in *length); free() them. NULL on error, also
 * for a file of more than `limit` bytes or one that is not a regular file. */
char *file_read(const char *path, size_t limit, size_t *length, struct error *e);

/* A file that appears whole or not at all: bytes go to a temporary file next to it, which commit renames. A
 * device, a FIFO or a terminal is written in place, never replaced; path NULL or "-" is standard output. */
struct file_out {
    FILE *stream;
    char *named;     /* as the caller calls it; NULL: standard output */
    char *path;      /* that of the file itself, where `named` is a symbolic link */
    char *temporary; /* NULL: written in place */
    bool hasty;      /* set it before the commit: not synced, a power cut may cost the file */
};
int file_out_open(struct file_out *f, const char *path, struct error *e);
/* All bytes are on the disk by then, where several files have to be before the first is renamed. -1 with
 * errno. */
int file_out_sync(const struct file_out *f);
int file_out_commit(struct file_out *f, struct error *e); /* flushes, syncs, renames; frees */
/* The same for two files, neither of them standard output, that get their names both or neither: what the
 * first one replaced is put back (where the file system has links) if the second cannot be named. Killed at
 * any point, it leaves the two of one pair or the first alone, never one of each. */
int file_out_commit_pair(struct file_out *first, struct file_out *second, struct error *e);
/* The same as file_out_commit where nothing may be replaced: 1 where there is a file of that name by now. */
int file_out_commit_new(struct file_out *f, struct error *e);
void file_out_abandon(struct file_out *f); /* removes the temporary file; frees */

/* An existing device, FIFO or the like, written in place. */
bool file_is_device(const char *path);

/* The one name of a file that need not exist yet, as far as its folder does: two paths of one file give the
 * same. New string. */
char *file_resolve(const char *path);

/* Makes the missing parent folders of a path, private ones as the XDG specification demands. 0 or -1. */
int file_make_folders(const char *path, struct error *e);

/* NAME in the program's folder below the XDG folder that `variable` names, else below `below_home` in the
 * home folder. New string; NULL where neither is set. */
char *file_user_path(const char *variable, const char *below_home, const char *name);

/* Renames a damaged file to PATH.damaged, PATH.damaged-2, ... : the first name that is free. The new name (a
 * new string), or NULL with errno set. */
char *file_put_aside(const char *path);

/* Whether file_out_open would succeed; leaves nothing behind and opens no FIFO. 0 or -1. */
int file_out_check(const char *path, struct error *e);

#endif
