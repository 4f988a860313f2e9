/* Whole files in, whole files out. */
#ifndef ISPLIT_BASE_FILE_H
#define ISPLIT_BASE_FILE_H

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

/* The file's bytes with a NUL after them (not counted in *length); free() them. NULL on error, also
 * for a file of more than `limit` bytes or one that is not a regular file. */
char *file_read(const char *path, size_t limit, size_t *length, struct error *e);

/* A file that appears whole or not at all: bytes go to a temporary file beside it, which commit
 * renames. Path NULL or "-" writes to standard output. */
struct file_out {
    FILE *stream;
    char *path; /* NULL: standard output */
    char *temporary;
};
int file_out_open(struct file_out *f, const char *path, struct error *e);
int file_out_commit(struct file_out *f, struct error *e); /* flushes, syncs, renames; frees */
void file_out_abandon(struct file_out *f);                /* removes the temporary file; frees */

#endif
