/* Files of this program: next to it in the source tree, or where `make install` put them. */
#ifndef ISPLIT_CLI_PROGRAM_FILE_H
#define ISPLIT_CLI_PROGRAM_FILE_H

#include "base/error.h"

/* The first of `places` (NULL-terminated; relative to the program's own folder unless absolute) that can be
 * accessed in `mode` (R_OK, X_OK). New string; NULL where there is none, with *folder (new) the folder
 * searched. */
char *program_file_find(const char *const *places, int mode, char **folder);

/* isplit-half beside the program; else as above. */
char *program_file_half(char **folder);

/* The path of the running program. New string, "isplit" where that is not known. */
char *program_file_self(void);

/* The .data file of the bundled demo. New string, or NULL with the error. */
char *program_file_demo(struct error *e);

#endif
