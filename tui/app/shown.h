/* The curve of some classes: of the chosen ones, or a pinned one. */
#ifndef ISPLIT_APP_SHOWN_H
#define ISPLIT_APP_SHOWN_H

#include <stdbool.h>

#include "study/study.h"

struct shown {
    char *name;                     /* name of the subset */
    bool *chosen;                   /* [table->classes] */
    int classes_n;                  /* how many are chosen */
    struct curve_point *points;     /* [layer_list.n] */
    bool *corrected_peaks;          /* [layer_list.n] local maxima of the size-corrected curve */
    int best;                       /* position of the best candidate, or -1 */
    struct curve_accuracy accuracy; /* of the classes, when rows were last added up */
    double pick;      /* of a pinned curve: the best's share of the resamples (NaN: not known), */
    long pick_images; /* which were of so many images */
    long version;     /* grows with every choice of classes */
};

/* Sets other classes; both arguments are copied. */
void shown_set(struct shown *s, const struct study *study, const bool *chosen, const char *name);
/* Computes the curve of the rows added up so far (curve_refresh_some). */
void shown_compute(struct shown *s, const struct study *study);
/* Images with a label of its classes, of `layers` positions. */
long shown_images(const struct shown *s, int layers);
void shown_free(struct shown *s);

#endif
