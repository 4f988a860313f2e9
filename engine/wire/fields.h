/* Reading the fields of a JSON object that came from outside. The first fault is kept in the error, with its
 * place; after it every call returns a harmless value, so that a message is read field by field and `failed`
 * is checked once, at the end. */
#ifndef ISPLIT_WIRE_FIELDS_H
#define ISPLIT_WIRE_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "data/content.h"

struct fields {
    const json_t *object;
    char where[64]; /* "layers: rows[3]" */
    bool failed;
    struct error *e;
};

/* Begins to read `object`; fails if it is not an object. */
struct fields fields_of(const json_t *object, struct error *e, const char *where, ...)
    __attribute__((format(printf, 3, 4)));

/* Notes a fault: "WHERE: KEY is not PROBLEM". Always returns -1. */
int fields_fail(struct fields *f, const char *key, const char *expected);

int64_t fields_integer(struct fields *f, const char *key, int64_t min, int64_t max);
bool fields_bool(struct fields *f, const char *key);
float fields_float(struct fields *f, const char *key);

/* A string that belongs to the message; NULL only for null, where `nullable`. */
const char *fields_text(struct fields *f, const char *key, bool nullable);

/* A percent-encoded path; a new string, or NULL on a fault and for null. */
char *fields_path(struct fields *f, const char *key, bool nullable);

/* The position of a string in a NULL-terminated list. */
int fields_word(struct fields *f, const char *key, const char *const *words);

/* An array; of `length` items where that is not negative. NULL on a fault. */
const json_t *fields_array(struct fields *f, const char *key, long length);

/* Arrays of numbers: exactly n of them, or a new array of *n. */
void fields_floats(struct fields *f, const char *key, float *out, size_t n);
void fields_integers(struct fields *f, const char *key, int64_t *out, size_t n, int64_t min, int64_t max);

/* Single values: 0, or -1 where it is not such a value. */
int fields_to_integer(const json_t *value, int64_t min, int64_t max, int64_t *out);
int fields_to_float(const json_t *value, float *out);
int fields_to_content(const json_t *value, struct content *out);

/* A new array of *n integers from 0 up, such as image numbers; NULL on a fault. */
long *fields_longs(struct fields *f, const char *key, long *n);

/* A content's 32 hex digits, or null for an unknown one. */
struct content fields_content(struct fields *f, const char *key);

/* Building: a string that is valid UTF-8 (text_escape'd where the bytes are not), a percent-encoded
 * path; null for NULL. */
json_t *fields_from_text(const char *text);
json_t *fields_from_path(const char *bytes);
json_t *fields_from_longs(const long *values, long n);
json_t *fields_from_content(const struct content *content); /* null for an unknown one */

#endif
