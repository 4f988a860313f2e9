/* Events so far, one line each, shown in the message line and in the log view. */
#ifndef ISPLIT_APP_JOURNAL_H
#define ISPLIT_APP_JOURNAL_H

#include <stdbool.h>
#include <time.h>

enum journal_level { JOURNAL_NOTE, JOURNAL_GOOD, JOURNAL_WARNING, JOURNAL_ERROR };

/* The last JOURNAL_LINES of them. Begins zeroed. */
enum { JOURNAL_LINES = 1000 };
struct journal {
    struct journal_line {
        enum journal_level level;
        time_t when;
        char *text;
    } * lines; /* [n] oldest first */
    int n;
    int news;      /* lines added since the message line was last cleared */
    char *passing; /* shown until then, and not kept: which match of a search it is; or NULL */
};

void journal_add(struct journal *j, enum journal_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Shows a text that is not worth a line in the log. */
void journal_pass(struct journal *j, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Clears the message line: what it showed counts as seen. */
void journal_seen(struct journal *j);
void journal_free(struct journal *j);

#endif
