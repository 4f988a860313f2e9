#include "base/clock.h"

#include <time.h>

int64_t clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_ms(void)
{
    return clock_ns() / 1000000;
}

void clock_date(int64_t seconds, char text[CLOCK_DATE])
{
    time_t moment = (time_t)seconds;
    struct tm utc;
    text[0] = '\0';
    if (gmtime_r(&moment, &utc))
        strftime(text, CLOCK_DATE, "%Y-%m-%dT%H:%M:%SZ", &utc);
}
