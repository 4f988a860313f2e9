#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p)
{
    if (!p) {
        fputs("isplit: out of memory\n", stderr);
        abort();
    }
    return p;
}

void *memory_new(size_t count, size_t size)
{
    return checked(memory_new_try(count, size));
}

void *memory_new_try(size_t count, size_t size)
{
    return size && count > SIZE_MAX / size ? NULL : calloc(count ? count : 1, size ? size : 1);
}

void *memory_grow(void *old, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return checked(NULL);
    size_t bytes = count * size;
    return checked(realloc(old, bytes ? bytes : 1));
}

char *memory_copy(const char *string)
{
    return memory_copy_n(string, strlen(string));
}

char *memory_copy_n(const char *string, size_t length)
{
    char *copy = checked(malloc(length + 1));
    memcpy(copy, string, length);
    copy[length] = '\0';
    return copy;
}

char *memory_format_list(const char *format, va_list args)
{
    char *out = NULL;
    return checked(vasprintf(&out, format, args) < 0 ? NULL : out);
}

char *memory_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *out = memory_format_list(format, args);
    va_end(args);
    return out;
}

size_t memory_product(size_t a, size_t b)
{
    return b && a > SIZE_MAX / b ? SIZE_MAX : a * b;
}

void *memory_try(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    size_t bytes = count * size, rounded = (bytes + 63) / 64 * 64;
    if (rounded < bytes)
        return NULL;
    void *p = aligned_alloc(64, rounded ? rounded : 64);
    if (p)
        memset(p, 0, rounded);
    return p;
}

FILE *memory_stream(char **text, size_t *length)
{
    return checked(open_memstream(text, length));
}
