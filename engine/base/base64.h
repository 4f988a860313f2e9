/* Bytes as text (RFC 4648, section 4): this carries pictures in JSON strings. */
#ifndef ISPLIT_BASE_BASE64_H
#define ISPLIT_BASE_BASE64_H

#include <stddef.h>

/* A new string. Never returns NULL. */
char *base64_encode(const unsigned char *bytes, size_t n);

/* Fills bytes[n]. -1 where the text is not the encoding of exactly n bytes: there is one for any bytes, so
 * spaces, a missing '=' or bits that are left over are faults. */
int base64_decode(const char *text, unsigned char *bytes, size_t n);

#endif
