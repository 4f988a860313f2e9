/* The files of an export: PREFIX-curve.csv and so on. The CSVs have the bytes that `isplit curve` writes for
 * the same rows, and the same provenance files. */
#ifndef ISPLIT_APP_EXPORT_FILES_H
#define ISPLIT_APP_EXPORT_FILES_H

#include "app/app.h"

enum export_item {
    EXPORT_CURVE,
    EXPORT_CLASSES,
    EXPORT_IMAGES,
    EXPORT_MARKS,
    EXPORT_PLAN,
    EXPORT_SCREEN,     /* the view as text */
    EXPORT_FIGURE,     /* the plot as SVG */
    EXPORT_RATE,       /* accuracy against bytes as SVG */
    EXPORT_DIFFERENCE, /* of the pinned curves and the chosen one */
    EXPORT_EVALUATION, /* what retraining measured */
    EXPORT_ITEMS,
};

/* "./letters-vgg16", after the cfg. New string. */
char *export_default_prefix(const struct app *a);

/* The path of an item; a prefix that is a folder means the default name in it. New string. */
char *export_path(const struct app *a, const char *prefix, enum export_item item);
const char *export_suffix(enum export_item item); /* "-curve.csv" */

/* Items (bits 1 << item) whose file or provenance exists already. */
unsigned export_existing(const struct app *a, const char *prefix);

/* Whether all wanted files can be written, and none over a file that was read. 0 or -1. */
int export_check(const struct app *a, const char *prefix, unsigned wanted, struct error *e);

/* Writes them one after the other; *written has those that succeeded. The screen is written without the
 * dialog, which is closed. 0, or -1 at the first failure. */
int export_write(struct app *a, const char *prefix, unsigned wanted, unsigned *written, struct error *e);

#endif
