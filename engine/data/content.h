/* What identifies an image whatever its name: XXH3-128 of the bytes it is decoded from. On the pipe and in
 * files 32 hex digits, for an image file as `xxhsum -H2` prints them. */
#ifndef ISPLIT_DATA_CONTENT_H
#define ISPLIT_DATA_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct content {
    uint64_t high, low;
    bool known; /* false: the bytes could not be read; then high and low are 0 */
};

#define CONTENT_TEXT_SIZE 33

/* Of an image file's bytes (n may be 0). Always known. */
struct content content_of(const void *bytes, size_t length);

/* Of grey pixels [h][w] that have no file of their own: hashed with the seed h * 2^32 + w, since the same
 * bytes can be images of several shapes. Always known. */
struct content content_of_pixels(const unsigned char *pixels, int w, int h);

/* Of two that are known. */
bool content_is_same(const struct content *a, const struct content *b);

/* 32 lower-case hex digits, or "" where it is not known. */
void content_to_text(const struct content *content, char text[CONTENT_TEXT_SIZE]);

/* Takes exactly what content_to_text makes of a known one. 0, or -1 where it is something else. */
int content_from_text(const char *text, struct content *content);

#endif
