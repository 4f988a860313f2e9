/* Small allocations. Buffers whose size comes from the input (tensors, weights, decoded images) are
 * allocated with memory_try or memory_new_try and reported as errors; for the rest, running out of memory
 * ends the program with one line, since no caller could do better. */
#ifndef ISPLIT_BASE_MEMORY_H
#define ISPLIT_BASE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#define MEMORY_NEVER_NULL __attribute__((returns_nonnull))

/* Zeroed memory for `count` items of `size` bytes; the product is checked. */
void *memory_new(size_t count, size_t size) MEMORY_NEVER_NULL;

/* The same, or NULL where there is none: for sizes that a file or a message has asked for. */
void *memory_new_try(size_t count, size_t size);

/* Like realloc for `count` items of `size` bytes. New memory is not zeroed. */
void *memory_grow(void *old, size_t count, size_t size) MEMORY_NEVER_NULL;

/* A copy of the string, or of its first `length` bytes. */
char *memory_copy(const char *string) MEMORY_NEVER_NULL;
char *memory_copy_n(const char *string, size_t length) MEMORY_NEVER_NULL;

/* printf into a new string. */
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2))) MEMORY_NEVER_NULL;
char *memory_format_list(const char *format, va_list args)
    __attribute__((format(printf, 1, 0))) MEMORY_NEVER_NULL;

/* open_memstream; after fclose the text is the caller's. */
FILE *memory_stream(char **text, size_t *length) MEMORY_NEVER_NULL;

/* Zeroed memory for `count` items of `size` bytes, aligned to 64 bytes; the product is checked. NULL where
 * there is none. Free with free(). */
void *memory_try(size_t count, size_t size);

/* The same, but not zeroed: for what is written whole before it is read, as weights are. */
void *memory_try_unset(size_t count, size_t size);

/* A number of items that is itself a product, for the functions above: where it overflows it is SIZE_MAX, of
 * which none of them has memory. */
size_t memory_product(size_t a, size_t b);

#endif
