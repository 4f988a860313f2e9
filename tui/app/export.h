/* The export dialog: which files to write, where, and which exist already. */
#ifndef ISPLIT_APP_EXPORT_H
#define ISPLIT_APP_EXPORT_H

#include "app/app.h"

extern const struct dialog export_dialog;

void export_open(struct app *a);

void export_forget(struct app *a);  /* where the files of this network go */
void export_free(struct export *x); /* NULL is allowed */

#endif
