/* Small allocations. Buffers whose size comes from the input (tensors, weights, decoded images) are
 * allocated with memory_try or memory_new_try and reported as errors; for the rest, running out of memory
 * ends the program with one line, since no caller could do better. */
#ifndef ISPLIT_BASE_MEMORY_H
#define ISPLIT_BASE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* Zeroed memory for `count` items of `size` bytes; the product is checked. Never returns NULL. */
void *memory_new(size_t count, size_t size);

/* The same, or NULL where there is none: for sizes that a file or a message has asked for. */
void *memory_new_try(size_t count, size_t size);

/* Like realloc for `count` items of `size` bytes. Never returns NULL; new memory is not zeroed. */
void *memory_grow(void *old, size_t count, size_t size);

/* A copy of the string, or of its first `length` bytes. Never returns NULL. */
char *memory_copy(const char *string);
char *memory_copy_n(const char *string, size_t length);

/* printf into a new string. Never returns NULL. */
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *memory_format_list(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* open_memstream. Never returns NULL; after fclose the text is the caller's. */
FILE *memory_stream(char **text, size_t *length);

/* Zeroed memory for `count` items of `size` bytes, aligned to 64 bytes; the product is checked. NULL where
 * there is none. Free with free(). */
void *memory_try(size_t count, size_t size);

/* The same, but not zeroed: for what is written whole before it is read, as weights are. */
void *memory_try_unset(size_t count, size_t size);

/* A number of items that is itself a product, for the functions above: where it overflows it is SIZE_MAX, of
 * which none of them has memory. */
size_t memory_product(size_t a, size_t b);

#endif
