/* Events so far, one line each, shown in the message line and in the log view. */
#ifndef ISPLIT_APP_JOURNAL_H
#define ISPLIT_APP_JOURNAL_H

#include <stdbool.h>
#include <time.h>

enum journal_level { JOURNAL_NOTE, JOURNAL_GOOD, JOURNAL_WARNING, JOURNAL_ERROR };

struct journal_line {
    enum journal_level level;
    time_t when;
    char *text;
};

/* The last JOURNAL_LINES of them. Begins zeroed. */
enum { JOURNAL_LINES = 1000 };
struct journal {
    struct journal_line *lines; /* oldest first */
    int n;
    int news; /* lines added since the message line was last cleared */
};

void journal_add(struct journal *j, enum journal_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void journal_free(struct journal *j);

#endif
