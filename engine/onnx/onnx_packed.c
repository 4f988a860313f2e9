#include "onnx/onnx_packed.h"

#include <stdlib.h>

#include "base/memory.h"

#define EVERY 64      /* numbers from mark to mark */
#define LENGTH_MAX 10 /* bytes of a number */

struct onnx_packed {
    const unsigned char *bytes;
    size_t n;
    uint32_t *marks; /* [n / EVERY + 1]: where number 0, EVERY, 2 * EVERY, ... begin */
    size_t next;     /* the number that begins at `at` */
    const unsigned char *at;
};

/* How many; -1: one is too long, or the last has no end. */
static int64_t packed_count(const unsigned char *bytes, size_t size)
{
    int64_t n = 0;
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        if (++length > LENGTH_MAX)
            return -1;
        if (bytes[i] < 0x80) {
            n++;
            length = 0;
        }
    }
    return length ? -1 : n;
}

struct onnx_packed *onnx_packed_new(const unsigned char *bytes, size_t size)
{
    int64_t n = packed_count(bytes, size);
    if (n < 0)
        return NULL;
    struct onnx_packed *p = memory_new(1, sizeof *p);
    *p = (struct onnx_packed){.bytes = bytes, .at = bytes, .n = (size_t)n};
    p->marks = memory_new(p->n / EVERY + 1, sizeof *p->marks);
    size_t number = 0;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] < 0x80 && ++number % EVERY == 0)
            p->marks[number / EVERY] = (uint32_t)(i + 1);
    return p;
}

void onnx_packed_free(struct onnx_packed *p)
{
    if (!p)
        return;
    free(p->marks);
    free(p);
}

size_t onnx_packed_count(const struct onnx_packed *p)
{
    return p->n;
}

uint64_t onnx_packed_number(struct onnx_packed *p, size_t i)
{
    uint64_t value = 0;
    unsigned shift = 0;
    if (i < p->next || i / EVERY != p->next / EVERY) {
        p->next = i / EVERY * EVERY;
        p->at = p->bytes + p->marks[i / EVERY];
    }
    for (; p->next < i; p->next++)
        while (*p->at++ & 0x80)
            ;
    do {
        value |= shift < 64 ? (uint64_t)(*p->at & 0x7f) << shift : 0;
        shift += 7;
    } while (*p->at++ & 0x80);
    p->next++;
    return value;
}
