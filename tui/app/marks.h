/* Splits that the user marked, each with a note. */
#ifndef ISPLIT_APP_MARKS_H
#define ISPLIT_APP_MARKS_H

#include "report/report.h"

/* Ascending by layer. Begins zeroed. */
struct marks {
    struct mark *marks;
    int n;
};

const struct mark *marks_find(const struct marks *m, int layer); /* NULL: not marked */
void marks_set(struct marks *m, int layer, const char *note);    /* adds it, or changes the note */
void marks_remove(struct marks *m, int layer);
void marks_free(struct marks *m);

#endif
