#include "base/text.h"

#include <errno.h>
#include <langinfo.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Length of the valid UTF-8 sequence at s (RFC 3629), or 0. */
static size_t utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
    if (n == 0 || s[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xed && s[1] >= 0xa0;
    bool beyond = s[0] == 0xf4 && s[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : n;
}

/* Beyond ASCII: controls, and characters that turn or end a line, or that make two names look the same. */
static bool is_unseen(int code)
{
    static const int ranges[][2] = {{0x80, 0x9f},     {0x61c, 0x61c},   {0x200b, 0x200f},
                                    {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    return false;
}

/* The escape of what begins at `s`, which takes *taken bytes; "" where it may stay. */
static void escape_one(const char *s, bool ascii, char out[12], size_t *taken)
{
    size_t n = utf8_length((const unsigned char *)s);
    int length, code = n ? text_decode(s, &length) : (unsigned char)*s;
    const char *letter = *s ? strchr("\nn\tt\rr", *s) : NULL;
    *taken = n ? n : 1;
    out[0] = '\0';
    if (code < 0x20 && letter)
        snprintf(out, 12, "\\%c", letter[1]);
    else if (n == 0 || code < 0x20 || code == 0x7f)
        snprintf(out, 12, "\\x%02x", (unsigned)code);
    else if (n > 1 && (ascii || is_unseen(code)))
        snprintf(out, 12, code > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)code);
}

static char *escape_all(const char *s, bool ascii)
{
    char *out = memory_new(strlen(s) + 1, 4);
    char *o = out;
    for (size_t taken; *s; s += taken) {
        char escaped[12];
        escape_one(s, ascii, escaped, &taken);
        size_t n = *escaped ? strlen(escaped) : taken;
        memcpy(o, *escaped ? escaped : s, n);
        o += n;
    }
    return out;
}

char *text_escape(const char *s)
{
    return escape_all(s, false);
}

char *text_printable(const char *s)
{
    return escape_all(s, strcmp(nl_langinfo(CODESET), "UTF-8") != 0);
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~/", c));
}

char *text_percent_encode(const char *bytes)
{
    char *out = memory_new(strlen(bytes) + 1, 3);
    char *o = out;
    for (const unsigned char *p = (const unsigned char *)bytes; *p; p++) {
        if (is_unreserved(*p))
            *o++ = (char)*p;
        else
            o += sprintf(o, "%%%02X", *p);
    }
    *o = '\0';
    return out;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

char *text_percent_decode(const char *text)
{
    char *out = memory_new(strlen(text) + 1, 1);
    char *o = out;
    for (const char *p = text; *p; p++) {
        if (*p != '%') {
            *o++ = *p;
            continue;
        }
        int high = hex_digit(p[1]);
        int low = high < 0 ? -1 : hex_digit(p[2]);
        if (low < 0 || high * 16 + low == 0) {
            free(out);
            return NULL;
        }
        *o++ = (char)(high * 16 + low);
        p += 2;
    }
    *o = '\0';
    return out;
}

static int min3(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

/* ---- For the shell ------------------------------------------------------------------------------------ */

static bool text_is_plain(const char *word)
{
    return *word &&
           !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+@%")];
}

char *text_shell(const char *word)
{
    if (text_is_plain(word))
        return memory_copy(word);
    char *text = memory_new(memory_product(4, strlen(word) + 1), 1);
    char *o = text;
    *o++ = '\'';
    for (const char *p = word; *p; p++) {
        if (*p == '\'') {
            memcpy(o, "'\\''", 4);
            o += 4;
        } else {
            *o++ = *p;
        }
    }
    *o = '\'';
    return text;
}

int text_distance(const char *a, const char *b)
{
    size_t n = strlen(b);
    int *row = memory_new(n + 1, sizeof *row);
    for (size_t j = 0; j <= n; j++)
        row[j] = (int)j;
    for (size_t i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= n; j++) {
            int above = row[j];
            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    int distance = row[n];
    free(row);
    return distance;
}

const char *text_nearest(const char *word, const char *const *words)
{
    int limit = (int)strlen(word) / 3;
    if (limit < 1)
        limit = 1;
    const char *best = NULL;
    int best_distance = limit + 1;
    for (; *words; words++) {
        int d = text_distance(word, *words);
        if (d < best_distance) {
            best_distance = d;
            best = *words;
        }
    }
    return best;
}

static bool only_space(const char *s)
{
    return s[strspn(s, " \t\r\n\v\f")] == '\0';
}

bool text_to_long(const char *s, long *value)
{
    char *end;
    errno = 0;
    long v = strtol(s, &end, 10);
    if (end == s || errno || !only_space(end))
        return false;
    *value = v;
    return true;
}

/* Hexadecimal, inf and nan are not accepted as numbers. */
static bool is_decimal(const char *s)
{
    return s[strspn(s, " \t\r\n\v\f+-.0123456789eE")] == '\0';
}

/* strtof obeys LC_NUMERIC, but our programs set LC_CTYPE only. */
bool text_to_float(const char *s, float *value)
{
    char *end;
    float v = strtof(s, &end);
    if (!is_decimal(s) || end == s || !isfinite(v) || !only_space(end))
        return false;
    *value = v;
    return true;
}

bool text_to_double(const char *s, double *value)
{
    char *end;
    double v = strtod(s, &end);
    if (!is_decimal(s) || end == s || !isfinite(v) || !only_space(end))
        return false;
    *value = v;
    return true;
}

char *text_after_mark(char *s)
{
    static const char mark[] = "\xef\xbb\xbf";
    return strncmp(s, mark, sizeof mark - 1) == 0 ? s + sizeof mark - 1 : s;
}

char *text_next_line(char **rest, int *number)
{
    while (*rest && **rest) {
        char *line = *rest, *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        *rest = end ? end + 1 : NULL;
        *number += 1;
        line = text_trim(line);
        if (*line)
            return line;
    }
    return NULL;
}

char *text_trim(char *s)
{
    s += strspn(s, " \t\r\n\v\f");
    size_t n = strlen(s);
    while (n && strchr(" \t\r\n\v\f", s[n - 1]))
        n--;
    s[n] = '\0';
    return s;
}

int text_decode(const char *s, int *length)
{
    const unsigned char *u = (const unsigned char *)s;
    *length = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
    int code = *length == 1 ? u[0] : u[0] & (0x7f >> *length);
    for (int i = 1; i < *length; i++)
        code = code << 6 | (u[i] & 0x3f);
    return code;
}

void text_encode(int code, char out[5])
{
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    int n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (int i = n - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(lead[n] | code);
    out[n] = '\0';
}

void text_bytes(char out[16], int64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double value = (double)bytes;
    int unit = 0;
    while (value >= 1023.95 && unit < 5) {
        value /= 1024;
        unit++;
    }
    snprintf(out, 16, "%.*f %s", unit ? 1 : 0, value, units[unit]);
}
