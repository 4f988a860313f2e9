/* The contents of a folder: real subfolders and files, each in byte order of their names. Dot files
 * (.DS_Store, ._copies) and __MACOSX are never seen. Symbolic links are followed. */
#ifndef ISPLIT_DATA_WALK_H
#define ISPLIT_DATA_WALK_H

#include <stdbool.h>

#include "base/error.h"

struct walk_list {
    char **folders;
    int folders_n;
    char *
        *files; /* everything that is not a folder, dangling links and devices too: decoding reports those */
    int files_n;
};

/* Free with walk_free, also after an error. */
int walk_read(const char *folder, struct walk_list *list, struct error *e);
void walk_free(struct walk_list *list);

/* Whether `name` is one of the `n` sorted names. */
bool walk_has(char *const *names, int n, const char *name);

bool walk_is_folder(const char *path);

/* Whether the name's extension is one of a picture we can decode, in any case. What the file really
 * holds is found out by decoding it. */
bool walk_is_image(const char *name);
int walk_images(const struct walk_list *list); /* how many of the files are */

/* folder/name in a new string; `name` alone where the folder is "". */
char *walk_join(const char *folder, const char *name);

/* The last component of the path, in a new string without the slashes after it. */
char *walk_base_name(const char *path);

/* The folder a file is in ("." where the path has none), in a new string. */
char *walk_folder_of(const char *path);

#endif
