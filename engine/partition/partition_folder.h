/* The folder that a split goes to. Its files are written under other names beside their own and take these
 * only after everything about them was checked: whatever happens meanwhile, what stands under the names of a
 * split is whole. */
#ifndef ISPLIT_PARTITION_PARTITION_FOLDER_H
#define ISPLIT_PARTITION_PARTITION_FOLDER_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "partition/partition.h"

struct partition_folder;

/* The path of a file in a folder. New string. */
char *partition_folder_path(const char *folder, const char *name);

/* Opens the four files; the last component of the path need not exist. Refused: where a file of a split is
 * there already, unless `force`; always where one of them is one of the n inputs, or no plain file. NULL:
 * nothing is left to free or to remove. */
struct partition_folder *partition_folder_open(const char *path, bool force, const char *const *inputs, int n,
                                               struct error *e);

/* Where a file is written. */
FILE *partition_folder_stream(const struct partition_folder *p, enum partition_file file);

/* A file is written: this is where a full disk is told. Right after the writing, while errno says why. */
int partition_folder_wrote(struct partition_folder *p, enum partition_file file, struct error *e);

/* Where a file can be read before it has its name. */
const char *partition_folder_draft(const struct partition_folder *p, enum partition_file file);

/* Names the files; the sheet of an earlier split goes first, and is its end. Frees, also after -1. */
int partition_folder_commit(struct partition_folder *p, struct error *e);

/* Removes what was written, and the folder where it was made; frees. */
void partition_folder_abandon(struct partition_folder *p);

#endif
