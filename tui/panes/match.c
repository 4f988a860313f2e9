#include "panes/match.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Bytes of multi-byte characters are never ASCII: comparing bytes finds no partial character. */
static bool is_ascii(const char *text)
{
    while (*text && (unsigned char)*text < 0x80)
        text++;
    return !*text;
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool begins(const char *text, const char *part)
{
    while (*part && fold(*text) == fold(*part)) {
        text++;
        part++;
    }
    return !*part;
}

/* Uses fnmatch, which folds case beyond ASCII. */
static bool holds_any(const char *text, const char *part)
{
    char *pattern = memory_new(strlen(part) + 2, 2);
    char *p = pattern;
    *p++ = '*';
    for (; *part; part++) {
        if (strchr("*?[\\", *part))
            *p++ = '\\';
        *p++ = *part;
    }
    *p = '*';
    bool found = fnmatch(pattern, text, FNM_CASEFOLD) == 0;
    free(pattern);
    return found;
}

bool match_holds(const char *text, const char *part)
{
    if (!is_ascii(part))
        return !is_ascii(text) && holds_any(text, part);
    char first = fold(*part);
    if (!first)
        return true;
    for (; *text; text++)
        if (fold(*text) == first && begins(text + 1, part + 1))
            return true;
    return false;
}

static const char *next_character(const char *text)
{
    do
        text++;
    while (((unsigned char)*text & 0xc0) == 0x80);
    return text;
}

/* Without brackets and backslashes. A star takes more until the rest matches. */
static bool match_fits(const char *text, const char *glob)
{
    const char *star = NULL, *taken = NULL;
    while (*text) {
        if (*glob == '*') {
            star = ++glob;
            taken = text;
        } else if (*glob == '?') {
            glob++;
            text = next_character(text);
        } else if (fold(*glob) == fold(*text)) {
            glob++;
            text++;
        } else if (star) {
            glob = star;
            text = ++taken;
        } else {
            return false;
        }
    }
    return !glob[strspn(glob, "*")];
}

bool match_glob(const char *text, const char *glob)
{
    if (is_ascii(glob) && !strpbrk(glob, "[\\"))
        return match_fits(text, glob);
    return fnmatch(glob, text, FNM_CASEFOLD) == 0;
}
