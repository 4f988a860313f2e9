/* From the rows of images to what isplit features tells of them. */
#ifndef ISPLIT_FEATURES_FEATURES_SUM_H
#define ISPLIT_FEATURES_FEATURES_SUM_H

#include "features/sent_row.h"

/* Of each cut in a dtype by a coder: medians over a few images, in ms; 0: not measured. */
struct sent_times {
    struct sent_time {
        float encode_ms, decode_ms;
    } * of[CODERS][DTYPES]; /* [cuts] each, or NULL */
};
enum { SENT_TIME_WORDS = sizeof(struct sent_time) / sizeof(uint32_t) };
void sent_times_free(struct sent_times *times); /* what it holds */

/* Sums up rows[n], all of which are whole (sent_row_lacks), in this order, whose classes are labels[n];
 * numbers as there. The answer is for measured_features_free; the versions of the coders are left empty. */
void features_sum(const struct features_request *r, const size_t *numbers, const struct sent_ranges *ranges,
                  const struct sent_times *times, const struct sent_row *const *rows, const int *labels,
                  long n, struct measured_features *out);

#endif
