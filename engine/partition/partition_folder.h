/* The output folder of a partition. Files are written under temporary names and renamed only after all
 * checks, so that whatever happens, files under the final names are complete. */
#ifndef ISPLIT_PARTITION_PARTITION_FOLDER_H
#define ISPLIT_PARTITION_PARTITION_FOLDER_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "partition/partition.h"

struct partition_folder;

/* The path of a file in a folder. New string. */
char *partition_folder_path(const char *folder, const char *name);

/* Opens the four files, or with `onnx` all six; the last component of the path need not exist. Refused: where
 * a file of a split is there already, unless `force`; always where one of them is one of the n inputs, or no
 * plain file. NULL: nothing is left to free or to remove. */
struct partition_folder *partition_folder_open(const char *path, bool onnx, bool force,
                                               const char *const *inputs, int n, struct error *e);

/* Where a file is written. */
FILE *partition_folder_stream(const struct partition_folder *p, enum partition_file file);

/* Ends writing a file, and reports a full disk. Call right after writing, while errno is valid. */
int partition_folder_wrote(struct partition_folder *p, enum partition_file file, struct error *e);

/* Path of a file before it is renamed. */
const char *partition_folder_draft(const struct partition_folder *p, enum partition_file file);

/* Renames the files; what else an earlier partition has there, as split.csv, is removed first. Frees, also
 * after -1. */
int partition_folder_commit(struct partition_folder *p, struct error *e);

/* Removes what was written, and the folder if it is new; frees. */
void partition_folder_abandon(struct partition_folder *p);

#endif
