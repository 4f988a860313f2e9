/* Time that only goes forward, for waits and rates. */
#ifndef ISPLIT_BASE_CLOCK_H
#define ISPLIT_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void); /* milliseconds since some moment */
int64_t clock_ns(void); /* nanoseconds since the same moment */

#endif
