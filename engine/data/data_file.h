/* A Darknet .data file: `key = value` lines that name the parts of a dataset. Ours also name a cfg and
 * its weights. Values may hold spaces; relative paths are looked for in the file's own folder first,
 * then in the current directory. */
#ifndef ISPLIT_DATA_DATA_FILE_H
#define ISPLIT_DATA_DATA_FILE_H

#include <stdbool.h>

#include "base/error.h"

enum data_file_key {
    DATA_FILE_TRAIN, /* a list file, a folder or an IDX file, like the next two */
    DATA_FILE_VALID,
    DATA_FILE_TEST,
    DATA_FILE_LABELS,
    DATA_FILE_NAMES,
    DATA_FILE_CFG,
    DATA_FILE_WEIGHTS,
    DATA_FILE_PATHS,
};

struct data_file;

/* Whether name or first line look like such a file. */
bool data_file_is(const char *path);

/* Does not check that the files it names exist. NULL on error. */
struct data_file *data_file_read(const char *path, struct error *e);
void data_file_free(struct data_file *file); /* NULL is allowed */

/* What a key names, ready to open, or NULL where the file has no such key (or is NULL itself); and the key's
 * line. Borrowed, as is all that follows. */
const char *data_file_at(const struct data_file *file, enum data_file_key key);
int data_file_line(const struct data_file *file, enum data_file_key key);

const char *data_file_path(const struct data_file *file);
const char *data_file_folder(const struct data_file *file); /* that it is in */
int data_file_classes(const struct data_file *file);        /* 0: not given */
char *const *data_file_warnings(const struct data_file *file, int *n);

const char *data_file_key_name(enum data_file_key key);

#endif
