#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEMORY_LARGE ((size_t)4 << 20) /* bytes */

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

/* The pages that lie wholly in a large block may be huge ones: a block is then there after a few page faults,
 * not after thousands. Advice only. */
static void memory_advise(void *p, size_t bytes)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = ((uintptr_t)p + page - 1) / page * page,
              end = ((uintptr_t)p + bytes) / page * page;
    if (bytes >= MEMORY_LARGE && end > first)
        madvise((void *)first, end - first, MADV_HUGEPAGE);
}

void *memory_try_unset(size_t count, size_t size)
{
    size_t bytes = memory_product(count, size);
    if (bytes > PTRDIFF_MAX)
        return NULL;
    void *p = aligned_alloc(64, bytes ? (bytes + 63) / 64 * 64 : 64);
    if (p)
        memory_advise(p, bytes);
    return p;
}

void *memory_try(size_t count, size_t size)
{
    void *p = memory_try_unset(count, size);
    if (p)
        memset(p, 0, count * size);
    return p;
}

FILE *memory_stream(char **text, size_t *length)
{
    return checked(open_memstream(text, length));
}
