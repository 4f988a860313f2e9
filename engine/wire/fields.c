#include "wire/fields.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

struct fields fields_of(const json_t *object, struct error *e, const char *where, ...)
{
    struct fields f = {.object = object, .e = e};
    va_list args;
    va_start(args, where);
    vsnprintf(f.where, sizeof f.where, where, args);
    va_end(args);
    if (!json_is_object(object)) {
        f.failed = true;
        error_set(e, "message %s: is not an object", f.where);
    }
    return f;
}

int fields_fail(struct fields *f, const char *key, const char *expected)
{
    if (!f->failed) {
        bool missing = !json_object_get(f->object, key);
        error_set(f->e, "message %s: \"%s\" is %s (expected %s)", f->where, key,
                  missing ? "missing" : "wrong", expected);
    }
    f->failed = true;
    return -1;
}

int fields_to_integer(const json_t *value, int64_t min, int64_t max, int64_t *out)
{
    if (!json_is_integer(value))
        return -1;
    int64_t v = json_integer_value(value);
    if (v < min || v > max)
        return -1;
    *out = v;
    return 0;
}

int fields_to_float(const json_t *value, float *out)
{
    if (!json_is_number(value))
        return -1;
    float v = (float)json_number_value(value);
    if (!isfinite(v))
        return -1;
    *out = v;
    return 0;
}

int64_t fields_integer(struct fields *f, const char *key, int64_t min, int64_t max)
{
    int64_t v = min;
    if (!f->failed && fields_to_integer(json_object_get(f->object, key), min, max, &v) < 0) {
        char expected[80];
        snprintf(expected, sizeof expected, "an integer from %lld to %lld", (long long)min, (long long)max);
        fields_fail(f, key, expected);
    }
    return v;
}

bool fields_bool(struct fields *f, const char *key)
{
    const json_t *value = f->failed ? NULL : json_object_get(f->object, key);
    if (!json_is_boolean(value))
        fields_fail(f, key, "true or false");
    return json_is_true(value);
}

float fields_float(struct fields *f, const char *key)
{
    float v = 0;
    if (!f->failed && fields_to_float(json_object_get(f->object, key), &v) < 0)
        fields_fail(f, key, "a number");
    return v;
}

const char *fields_text(struct fields *f, const char *key, bool nullable)
{
    const json_t *value = f->failed ? NULL : json_object_get(f->object, key);
    if (nullable && json_is_null(value))
        return NULL;
    if (!json_is_string(value)) {
        fields_fail(f, key, nullable ? "a string or null" : "a string");
        return nullable ? NULL : "";
    }
    return json_string_value(value);
}

char *fields_path(struct fields *f, const char *key, bool nullable)
{
    const char *text = fields_text(f, key, nullable);
    if (f->failed || !text)
        return NULL;
    char *path = text_percent_decode(text);
    if (!path)
        fields_fail(f, key, "a percent-encoded path");
    return path;
}

int fields_word(struct fields *f, const char *key, const char *const *words)
{
    const char *text = fields_text(f, key, false);
    char expected[160] = "one of";
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], text) == 0)
            return i;
        size_t used = strlen(expected);
        snprintf(expected + used, sizeof expected - used, "%s %s", i ? "," : "", words[i]);
    }
    fields_fail(f, key, expected);
    return 0;
}

const json_t *fields_array(struct fields *f, const char *key, long length)
{
    const json_t *value = f->failed ? NULL : json_object_get(f->object, key);
    if (json_is_array(value) && (length < 0 || json_array_size(value) == (size_t)length))
        return value;
    char expected[60] = "an array";
    if (length >= 0)
        snprintf(expected, sizeof expected, "an array of %ld", length);
    fields_fail(f, key, expected);
    return NULL;
}

void fields_floats(struct fields *f, const char *key, float *out, size_t n)
{
    const json_t *array = fields_array(f, key, (long)n);
    for (size_t i = 0; array && i < n; i++)
        if (fields_to_float(json_array_get(array, i), &out[i]) < 0)
            fields_fail(f, key, "numbers");
}

void fields_integers(struct fields *f, const char *key, int64_t *out, size_t n, int64_t min, int64_t max)
{
    const json_t *array = fields_array(f, key, (long)n);
    for (size_t i = 0; array && i < n; i++)
        if (fields_to_integer(json_array_get(array, i), min, max, &out[i]) < 0)
            fields_fail(f, key, "integers in range");
}

int fields_to_content(const json_t *value, struct content *out)
{
    *out = (struct content){0};
    if (json_is_null(value))
        return 0;
    return json_is_string(value) ? content_from_text(json_string_value(value), out) : -1;
}

struct content fields_content(struct fields *f, const char *key)
{
    struct content content = {0};
    if (!f->failed && fields_to_content(json_object_get(f->object, key), &content) < 0)
        fields_fail(f, key, "32 hex digits or null");
    return content;
}

long *fields_longs(struct fields *f, const char *key, long *n)
{
    const json_t *array = fields_array(f, key, -1);
    if (!array)
        return NULL;
    size_t length = json_array_size(array);
    long *values = memory_new(length, sizeof *values);
    for (size_t i = 0; i < length; i++) {
        int64_t value;
        if (fields_to_integer(json_array_get(array, i), 0, LONG_MAX, &value) < 0) {
            fields_fail(f, key, "whole numbers from 0 up");
            free(values);
            return NULL;
        }
        values[i] = (long)value;
    }
    *n = (long)length;
    return values;
}

json_t *fields_from_text(const char *text)
{
    if (!text)
        return json_null();
    json_t *value = json_string(text);
    if (value)
        return value;
    char *escaped = text_escape(text);
    value = json_string(escaped);
    free(escaped);
    return value;
}

json_t *fields_from_path(const char *bytes)
{
    if (!bytes)
        return json_null();
    char *encoded = text_percent_encode(bytes);
    json_t *value = json_string(encoded);
    free(encoded);
    return value;
}

json_t *fields_from_longs(const long *values, long n)
{
    json_t *array = json_array();
    for (long i = 0; i < n; i++)
        json_array_append_new(array, json_integer(values[i]));
    return array;
}

json_t *fields_from_content(const struct content *content)
{
    char text[CONTENT_TEXT_SIZE];
    content_to_text(content, text);
    return content->known ? json_string(text) : json_null();
}
