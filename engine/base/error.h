/* One error: a finished sentence that says what is wrong and where, in the form
 * "FILE:LINE: what is wrong (what was expected)". Functions that can fail take a `struct error *`,
 * fill it and return a negative number; only the programs' main files print it. */
#ifndef ISPLIT_BASE_ERROR_H
#define ISPLIT_BASE_ERROR_H

struct error {
    char text[2048];
};

/* Both always return -1, so that a caller can write `return error_set(e, ...)`. `e` may be NULL. */
int error_set(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "FILE:LINE: " before the text, or "FILE: " where line is 0. The file name is escaped
 * (text_escape), so that a name full of control characters stays one line. */
int error_at(struct error *e, const char *file, long line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
