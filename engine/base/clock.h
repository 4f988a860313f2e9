/* Time that only goes forward, for waits and rates; and dates in words. */
#ifndef ISPLIT_BASE_CLOCK_H
#define ISPLIT_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void); /* milliseconds since some moment */
int64_t clock_ns(void); /* nanoseconds since the same moment */

/* "2026-01-31T12:00:00Z" of a moment in seconds since 1970; "" where that is no date. */
enum { CLOCK_DATE = 32 };
void clock_date(int64_t seconds, char text[CLOCK_DATE]);

#endif
