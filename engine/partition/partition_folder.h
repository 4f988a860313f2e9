/* The output folder of a partition. Files are written under temporary names and renamed only after all
 * checks, so that whatever happens, files under the final names are complete. */
#ifndef ISPLIT_PARTITION_PARTITION_FOLDER_H
#define ISPLIT_PARTITION_PARTITION_FOLDER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/file.h"
#include "partition/partition.h"

struct partition_folder {
    char *path;
    bool made; /* the folder is new; removed again on failure */
    struct file_out files[PARTITION_FILES];
};

/* The path of a file in a folder. New string. */
char *partition_folder_path(const char *folder, const char *name);

/* Opens the four files; the last component of the path need not exist. Refused: where one of the files exists
 * already, unless `force`; always where one of them is one of the n inputs, or not a plain file. After -1
 * nothing is left to free or to remove. */
int partition_folder_open(struct partition_folder *p, const char *path, bool force, const char *const *inputs,
                          int n, struct error *e);

/* Ends writing a file, and reports a full disk. Call right after writing, while errno is valid. */
int partition_folder_wrote(struct partition_folder *p, enum partition_file file, struct error *e);

/* Path of a file before it is renamed. */
const char *partition_folder_draft(const struct partition_folder *p, enum partition_file file);

/* Renames the files; split.csv of an earlier partition is removed first. Frees, also after -1. */
int partition_folder_commit(struct partition_folder *p, struct error *e);

/* Removes what was written, and the folder if it is new; frees. */
void partition_folder_abandon(struct partition_folder *p);

#endif
