/* The yardstick in isplit features: what the pictures themselves take. */
#ifndef ISPLIT_COMMANDS_FEATURES_PICTURES_H
#define ISPLIT_COMMANDS_FEATURES_PICTURES_H

#include "commands/command.h"
#include "features/measured_features.h"
#include "features/measured_pictures.h"
#include "study/study.h"

/* Of the images that can be used, in their order. */
struct features_pictures {
    struct picture_row *rows; /* [n] */
    int *labels;              /* [n] */
    long n;
    long known; /* that were measured now or before, also where the measuring was interrupted */
};

/* Measures these images, but for those that the store (NULL: there is none) has, to *out, for
 * features_pictures_free. The exit status, after an error was shown, but for an interruption, of which
 * nothing is said; COMMAND_DONE also where the worker refuses, with no image in *out and its words in *lost,
 * which is left alone else: the cuts can be measured all the same. */
int features_pictures_measure(struct command *c, const struct study *study, struct store *store,
                              const struct study_reporter *reporter, long *images, long n,
                              struct features_pictures *out, struct error *lost);
void features_pictures_free(struct features_pictures *pictures);

/* Of the first `n` of them, or of all if there are fewer: cuts are compared with pictures of the same images,
 * also where these were interrupted. */
struct measured_pictures features_pictures_sum(const struct features_pictures *pictures, long n);

/* Notes which cuts send more than a picture on which the network is as accurate, or why that is not known;
 * nothing where no pictures were asked for. */
void features_pictures_tell(struct command *c, const struct features *features,
                            const struct measured_pictures *pictures, const struct error *lost);

/* What was measured, as it would be read from the CSV. For features_free. */
struct features features_pictures_rows(const struct measured_features *measured,
                                       const struct measured_pictures *pictures);

#endif
