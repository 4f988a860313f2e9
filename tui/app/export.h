/* The export dialog: which files are to be written, where, and what stands there already. */
#ifndef ISPLIT_APP_EXPORT_H
#define ISPLIT_APP_EXPORT_H

#include "app/app.h"

extern const struct dialog export_dialog;

void export_open(struct app *a);

#endif
