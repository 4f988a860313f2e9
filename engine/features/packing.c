#include "features/packing.h"

#include <stdint.h>
#include <string.h>

#include "features/encode.h"

/* What was smallest of what was tried (tests/bench/bench_coders.py; tables in tui/manual/features.md). */
static const enum packing packing_table[DTYPES][CODERS] = {
    [DTYPE_INT6] = {PACKING_BITS, PACKING_BYTES, PACKING_BYTES},
    [DTYPE_INT5] = {PACKING_BITS, PACKING_BYTES, PACKING_BYTES},
    [DTYPE_INT4] = {PACKING_BITS, PACKING_BITS, PACKING_BITS},
    [DTYPE_INT3] = {PACKING_BITS, PACKING_BYTES, PACKING_PLANES},
    [DTYPE_INT2] = {PACKING_BITS, PACKING_BITS, PACKING_PLANES},
};

enum packing packing_of(enum dtype type, enum coder coder)
{
    return packing_table[type][coder];
}

static bool packing_is_plain(enum packing packing, enum dtype type)
{
    return packing == PACKING_BYTES || dtype_bits(type) >= 8;
}

static size_t packing_plane(size_t n)
{
    return (n + 7) / 8;
}

size_t packing_bytes(enum packing packing, enum dtype type, size_t n)
{
    size_t bits = (size_t)dtype_bits(type);
    if (packing_is_plain(packing, type))
        return n * encode_width(type);
    return packing == PACKING_PLANES ? bits * packing_plane(n) : n / 8 * bits + (n % 8 * bits + 7) / 8;
}

/* ---- Bits ------------------------------------------------------------------------------------------- */

/* Eight codes fill whole bytes: the last ones are filled up with zeros. */
static void packing_put_bits(size_t bits, const unsigned char *codes, size_t n, unsigned char *bytes)
{
    for (size_t i = 0; i < n; i += 8) {
        size_t some = n - i < 8 ? n - i : 8;
        uint64_t eight = 0;
        for (size_t k = 0; k < some; k++)
            eight |= (uint64_t)codes[i + k] << (k * bits);
        for (size_t k = 0; 8 * k < some * bits; k++)
            *bytes++ = (unsigned char)(eight >> (8 * k));
    }
}

/* Whether what stands behind the last code is 0. */
static bool packing_get_bits(size_t bits, const unsigned char *bytes, size_t n, unsigned char *codes)
{
    uint64_t eight = 0, mask = (1u << bits) - 1;
    for (size_t i = 0; i < n; i += 8) {
        size_t some = n - i < 8 ? n - i : 8;
        eight = 0;
        for (size_t k = 0; 8 * k < some * bits; k++)
            eight |= (uint64_t)*bytes++ << (8 * k);
        for (size_t k = 0; k < some; k++, eight >>= bits)
            codes[i + k] = (unsigned char)(eight & mask);
    }
    return eight == 0;
}

/* ---- Planes ----------------------------------------------------------------------------------------- */

static void packing_put_planes(size_t bits, const unsigned char *codes, size_t n, unsigned char *bytes)
{
    memset(bytes, 0, bits * packing_plane(n));
    for (size_t b = 0; b < bits; b++, bytes += packing_plane(n))
        for (size_t i = 0; i < n; i++)
            bytes[i / 8] |= (unsigned char)((codes[i] >> b & 1) << i % 8);
}

/* Whether what stands behind the last code of each plane is 0. */
static bool packing_get_planes(size_t bits, const unsigned char *bytes, size_t n, unsigned char *codes)
{
    unsigned behind = 0;
    memset(codes, 0, n);
    for (size_t b = 0; b < bits; b++, bytes += packing_plane(n)) {
        for (size_t i = 0; i < n; i++)
            codes[i] |= (unsigned char)((bytes[i / 8] >> i % 8 & 1) << b);
        behind |= n % 8 ? bytes[n / 8] >> n % 8 : 0;
    }
    return behind == 0;
}

/* ---- Any -------------------------------------------------------------------------------------------- */

void packing_put(enum packing packing, enum dtype type, const unsigned char *codes, size_t n,
                 unsigned char *bytes)
{
    size_t bits = (size_t)dtype_bits(type);
    if (packing_is_plain(packing, type))
        memcpy(bytes, codes, n * encode_width(type));
    else if (packing == PACKING_PLANES)
        packing_put_planes(bits, codes, n, bytes);
    else
        packing_put_bits(bits, codes, n, bytes);
}

static bool packing_codes_fit(size_t bits, const unsigned char *codes, size_t n)
{
    unsigned all = 0;
    for (size_t i = 0; i < n; i++)
        all |= codes[i];
    return all >> bits == 0;
}

int packing_get(enum packing packing, enum dtype type, const unsigned char *bytes, size_t n,
                unsigned char *codes)
{
    size_t bits = (size_t)dtype_bits(type);
    if (packing_is_plain(packing, type)) {
        memcpy(codes, bytes, n * encode_width(type));
        return bits >= 8 || packing_codes_fit(bits, codes, n) ? 0 : -1;
    }
    bool good = packing == PACKING_PLANES ? packing_get_planes(bits, bytes, n, codes)
                                          : packing_get_bits(bits, bytes, n, codes);
    return good ? 0 : -1;
}
