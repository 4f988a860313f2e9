#include "data/pnm.h"

#include <stdlib.h>
#include <string.h>

#include "data/exif.h"

struct scan {
    const unsigned char *at, *end;
};

static bool is_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next decimal number, after white space and comments; -1 where there is none. */
static long scan_number(struct scan *s)
{
    while (s->at < s->end && (is_space(*s->at) || *s->at == '#')) {
        if (*s->at++ != '#')
            continue;
        while (s->at < s->end && *s->at != '\n')
            s->at++;
    }
    long value = -1;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
        value = (value < 0 ? 0 : value) * 10 + (*s->at - '0');
        if (value > 1000000000)
            return -1;
    }
    return value;
}

static unsigned char to_byte(long value, long most)
{
    if (value > most)
        value = most;
    return (unsigned char)(most == 255 ? value : (value * 255 + most / 2) / most);
}

/* Writes n values; returns how many there were. */
static size_t read_ascii(struct scan *s, unsigned char *out, size_t n, long most)
{
    for (size_t i = 0; i < n; i++) {
        long value = scan_number(s);
        if (value < 0)
            return i;
        out[i] = to_byte(value, most);
    }
    return n;
}

static size_t read_binary(const struct scan *s, unsigned char *out, size_t n, long most)
{
    size_t wide = most > 255 ? 2 : 1; /* 16-bit values have their upper byte first */
    size_t there = (size_t)(s->end - s->at) / wide;
    for (size_t i = 0; i < n && i < there; i++)
        out[i] = to_byte(wide == 2 ? s->at[2 * i] << 8 | s->at[2 * i + 1] : s->at[i], most);
    return n < there ? n : there;
}

bool pnm_is(const unsigned char *bytes, size_t length)
{
    return length > 2 && bytes[0] == 'P' && strchr("2356", bytes[1]) && bytes[1] &&
           (is_space(bytes[2]) || bytes[2] == '#');
}

struct header {
    int w, h, c;
    long most; /* the largest value */
    struct scan values;
};

static int pnm_header(const unsigned char *bytes, size_t length, struct header *header, struct error *e)
{
    struct scan s = {bytes + 2, bytes + length};
    long w = scan_number(&s), h = scan_number(&s), most = scan_number(&s);
    if (w < 0 || h < 0 || most < 1 || most > 65535)
        return error_set(e, "bad P%c header (expected width, height, largest value 1..65535)", bytes[1]);
    if (decode_check_size(w, h, e) < 0)
        return -1;
    if (s.at < s.end)
        s.at++; /* exactly one white space before binary values */
    *header = (struct header){(int)w, (int)h, bytes[1] == '2' || bytes[1] == '5' ? 1 : 3, most, s};
    return 0;
}

struct decode_picture pnm_measure(const unsigned char *bytes, size_t length)
{
    struct header header;
    if (pnm_header(bytes, length, &header, NULL) < 0)
        return (struct decode_picture){0};
    return (struct decode_picture){
        .w = header.w, .h = header.h, .c = header.c, .takes = (int64_t)header.w * header.h * header.c};
}

int pnm_decode(const unsigned char *bytes, size_t length, struct decode_picture *picture, struct error *e)
{
    struct header header;
    if (pnm_header(bytes, length, &header, e) < 0)
        return -1;
    struct scan s = header.values;
    bool ascii = bytes[1] < '4';
    long most = header.most;
    size_t n = (size_t)header.w * (size_t)header.h * (size_t)header.c;
    /* Every value takes at least one byte: a false header must not cost memory. */
    unsigned char *out = n <= (size_t)(s.end - s.at) ? malloc(n) : NULL;
    if (!out && n <= (size_t)(s.end - s.at)) {
        error_set(e, "no memory for %zu bytes", n);
        return DECODE_NO_MEMORY;
    }
    size_t got = !out    ? (size_t)(s.end - s.at)
                 : ascii ? read_ascii(&s, out, n, most)
                         : read_binary(&s, out, n, most);
    if (!out || got < n) {
        free(out);
        return error_set(e, "truncated, at most %zu values (expected %zu)", got, n);
    }
    *picture = (struct decode_picture){
        .bytes = out, .w = header.w, .h = header.h, .c = header.c, .orientation = EXIF_UPRIGHT};
    return 0;
}
