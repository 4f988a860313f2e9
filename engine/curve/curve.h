/* Measured rows, and the importance curve of any subset of classes made from them (engine/README.md,
 * "Definitions"). Rows may come in any order: every sum runs over the images of a class by image number,
 * then over classes by index, so the same rows give the same bytes however they arrived. Sums are kept
 * class by class, so that another subset costs classes x layers additions, however many rows there are. */
#ifndef ISPLIT_CURVE_CURVE_H
#define ISPLIT_CURVE_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct curve_row {
    int image;
    int class_index; /* the label; of an image without one, once it is in a curve, the predicted class */
    int predicted;   /* the predicted class */
    float score;
};

struct curve_class;

struct curve {
    int layers, classes;
    long rows_n, rows_capacity;
    struct curve_row *rows;
    float *values;    /* [rows_n][layers]; NaN: that layer has no gradient of its own */
    uint32_t *row_of; /* [row_of_n] row number + 1 by image number, 0: none */
    long row_of_n;
    struct curve_class *per_class; /* [classes] */
    double *sums, *deviations;     /* [classes][layers]: sum, sum of squared deviations from the mean */
    long *zeros;                   /* [classes][layers] rows with importance 0 */
    bool unlabelled;               /* rows without labels: there is no accuracy */
};

/* The class index of a row without a label. */
#define CURVE_UNLABELLED (-1)

/* More classes than any data set has, few enough for some arrays of that length: a file of saved rows may
 * claim any number of them. */
#define CURVE_CLASSES_MAX (1 << 24)

/* NULL where there are more classes, or no memory for so many. */
struct curve *curve_new(int layers, int classes, struct error *e);
void curve_free(struct curve *c);

/* Adds a row; values[layers]. One without a label belongs to the class that is predicted, whose score it was
 * measured for (--score top). -1 where the image has a row already, a class is out of range, or a value is
 * negative or infinite: nothing is changed then. */
int curve_add(struct curve *c, const struct curve_row *row, const float *values, struct error *e);

/* Adds a row of another curve with the same numbers of layers and classes; its image must not have a row
 * yet. */
void curve_copy_row(struct curve *to, const struct curve *from, long row);

/* Each has the other's rows from now on. */
void curve_exchange(struct curve *a, struct curve *b);

/* The same as curve_copy_row for those of images[n] that have a row there. */
void curve_copy_images(struct curve *to, const struct curve *from, const long *images, long n);

/* The row of an image, or -1. */
long curve_find(const struct curve *c, long image);

/* A row of this image may be added soon: fetches what that looks up, for images that come in no order. */
void curve_fetch(const struct curve *c, long image);

/* Brings the sums up to date; curve_compute does it too. */
void curve_refresh(struct curve *c);

/* The same in slices: from class *next on, until about `rows` rows are added up. True, and *next 0, after the
 * last class: then all rows that existed when *next was 0 are included. */
bool curve_refresh_some(struct curve *c, int *next, long rows);

/* The rows of one class: their number, how many of them are in the sums, how many are right, and their
 * numbers [curve_class_images], borrowed until a row is added. */
long curve_class_images(const struct curve *c, int class_index);
long curve_class_summed(const struct curve *c, int class_index);
long curve_class_correct(const struct curve *c, int class_index);
const uint32_t *curve_class_rows(const struct curve *c, int class_index);

/* The mean of one class's rows, as far as they have been added up; NaN where it has none. */
double curve_class_mean(const struct curve *c, int class_index, int layer);

/* One layer's point on the curve of a subset. NaN stands for an empty cell. */
struct curve_point {
    long images;
    double cui;             /* NaN: no images, or no gradient of its own */
    double log10_cui;       /* NaN where cui is 0 */
    double low, high;       /* 95 % interval of cui; NaN where a class with images has fewer than 2 */
    double zero_fraction;   /* of the images, importance exactly 0 */
    double log10_corrected; /* log10(cui * correction) */
    bool local_max;         /* candidate split */
    int rank;               /* 1: highest cui; equal ones in layer order; 0: no cui */
};

/* points[layers] for the classes chosen[classes]; correction[layers] is K*H*W for the mean over channels
 * and H*W for the sum. Returns the best candidate's position in the list, or -1.
 *
 * Interval: the mean over images is the stratified mean with weights W_c = n_c / n, its variance is
 * sum W_c^2 s_c^2 / n_c, and t has Satterthwaite's effective degrees of freedom
 * (sum g_c)^2 / sum(g_c^2 / (n_c - 1)) with g_c = W_c^2 s_c^2 / n_c (Cochran, Sampling Techniques,
 * 3rd ed. 1977, section 5.4; Satterthwaite 1946). Classes without measured images are no strata. */
int curve_compute(struct curve *c, const bool *chosen, const double *correction, struct curve_point *points);

/* The same for the rows added up so far only. */
int curve_compute_summed(const struct curve *c, const bool *chosen, const double *correction,
                         struct curve_point *points);

/* Only the best candidate's position, or -1. */
int curve_pick(struct curve *c, const bool *chosen);

/* Accuracy on the rows of the chosen classes, and the accuracy expected by chance: the larger of 1/classes
 * and the agreement expected if answers did not depend on labels (as in Cohen's kappa; ignored where only one
 * class was measured, as it is meaningless then). */
struct curve_accuracy {
    bool unknown; /* the images have no labels; then only their number is */
    long images, correct;
    double chance;
    double by_chance; /* probability of that many right answers or more by chance: one-sided exact binomial
                         test */
    /* Accuracy near chance: at least 10 images, accuracy not halfway from chance to perfect, and
     * by_chance is above 0.05. */
    bool near_chance;
};
struct curve_accuracy curve_accuracy(const struct curve *c, const bool *chosen);

/* The same where nothing but the counts is known: chance is 1/classes. */
struct curve_accuracy curve_accuracy_counted(long images, long correct, int classes);

/* Local maxima: above the neighbours on both sides, a plateau once at its first layer, endpoints never.
 * Layers without a value (NaN) are skipped. */
void curve_peaks(const double *cui, int n, bool *local_max);

/* The highest local maximum, the first of equal ones; -1 where there is none. */
int curve_best(const double *cui, int n, const bool *local_max);

#endif
