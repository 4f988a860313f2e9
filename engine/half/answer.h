/* An answer to an image, on standard output: as a message, or as a line
 * "image 0: class 3; decoded in 0.010 ms, tail 1.250 ms; scores 0.1 0.9". */
#ifndef ISPLIT_HALF_ANSWER_H
#define ISPLIT_HALF_ANSWER_H

#include <stdbool.h>

#include "half/half.h"
#include "half/talk.h"

/* `a` has the times; its class and scores_n follow from scores[half_outputs]. */
int answer_write(const struct half *half, struct talk_answer *a, uint64_t number, const float *scores,
                 bool text, struct error *e);

#endif
