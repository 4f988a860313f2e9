/* Of how many images the bytes of a cut are measured: the first of them that can be used. */
#ifndef ISPLIT_FEATURES_SAMPLING_H
#define ISPLIT_FEATURES_SAMPLING_H

#include <stddef.h>

#include "features/measured_features.h"

/* Of so many, in a dtype by a coder, where the cut sends that many numbers. */
long sampling_coded(const struct features_request *r, size_t numbers, enum dtype type, enum coder coder);
/* Of so many of them also with the range of every draw of the calibration images; 0 where no range plays a
 * part. */
long sampling_drawn(const struct features_request *r, size_t numbers, enum dtype type, enum coder coder);

#endif
