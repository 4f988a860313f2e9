/* Strings that come from outside: made printable, carried through pipes, compared with known words. */
#ifndef ISPLIT_BASE_TEXT_H
#define ISPLIT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A new string in which nothing changes what stands around it: control characters, those that turn the
 * direction of a text or that nobody sees, and bytes that are not part of valid UTF-8 are written \n, \t, \r,
 * \xNN or \uNNNN (and a backslash before such an escape stays as it is). A text that was escaped stays the
 * same. */
char *text_escape(const char *s);

/* The same for a terminal, where all that comes from outside passes: as the locale has it, so that where its
 * encoding is not UTF-8 everything beyond ASCII is escaped too. New string. */
char *text_printable(const char *s);

/* One character of valid UTF-8 (such as text_escape makes): its code point, and in *length its bytes. */
int text_decode(const char *s, int *length);

/* A code point as UTF-8, with a NUL. */
void text_encode(int code, char out[5]);

/* Percent-encoding of bytes (RFC 3986: unreserved characters and '/' stay). File names need not be
 * UTF-8, JSON strings must be. New strings; decode returns NULL where the text is not well formed
 * or holds a NUL byte. */
char *text_percent_encode(const char *bytes);
char *text_percent_decode(const char *text);

/* The text as one word of a command of the shell: in single quotes where it needs them. New string. */
char *text_shell(const char *word);

/* Edit distance (Levenshtein, each change costs 1) of two short words. */
int text_distance(const char *a, const char *b);

/* The entry of `words` (NULL-terminated) nearest to `word`, or NULL where none is close enough for a typing
 * error (distance over a third of its length, at least 1). */
const char *text_nearest(const char *word, const char *const *words);

/* Whole string as a number: true and *value set only where all of it was read and it is in range.
 * Spaces around it are allowed; the C locale's form is used whatever the locale. */
bool text_to_long(const char *s, long *value);
bool text_to_float(const char *s, float *value);
bool text_to_double(const char *s, double *value);

/* 65536 -> "64.0 KiB". */
void text_bytes(char out[16], int64_t bytes);

/* The text after the byte order mark of UTF-8 that some editors write first. */
char *text_after_mark(char *s);

/* Cuts the next line that is not blank off *rest, in place: trimmed, and *number is its number where it began
 * at 0. NULL where there is none. */
char *text_next_line(char **rest, int *number);

/* Cuts white space (space, tab, CR, LF, VT, FF) off both ends, in place; returns the first character kept. */
char *text_trim(char *s);

#endif
