/* Splits that the user marked, each with a note. */
#ifndef ISPLIT_APP_MARKS_H
#define ISPLIT_APP_MARKS_H

#include "report/report.h"

struct marks;

struct marks *marks_new(void); /* none yet */
void marks_free(struct marks *m);
void marks_clear(struct marks *m);
int marks_n(const struct marks *m);
const struct mark *marks_all(const struct marks *m);             /* [marks_n] ascending by layer */
const struct mark *marks_find(const struct marks *m, int layer); /* NULL: not marked */
void marks_set(struct marks *m, int layer, const char *note);    /* adds it, or changes the note */
void marks_remove(struct marks *m, int layer);

#endif
