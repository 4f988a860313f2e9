#include "screen/keys.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

static const struct {
    int key;
    const char *name;
} named[] = {
    {KEYS_TAB, "Tab"},       {KEYS_ENTER, "Enter"},         {KEYS_ESC, "Esc"},
    {KEYS_SPACE, "Space"},   {KEYS_BACKSPACE, "Backspace"}, {KEYS_UP, "Up"},
    {KEYS_DOWN, "Down"},     {KEYS_LEFT, "Left"},           {KEYS_RIGHT, "Right"},
    {KEYS_PAGE_UP, "PgUp"},  {KEYS_PAGE_DOWN, "PgDn"},      {KEYS_HOME, "Home"},
    {KEYS_END, "End"},       {KEYS_BACK_TAB, "BackTab"},    {KEYS_DELETE, "Delete"},
    {KEYS_INSERT, "Insert"},
};
enum { NAMED = sizeof named / sizeof named[0] };

void keys_name(int key, char out[KEYS_NAME])
{
    for (int i = 0; i < NAMED; i++)
        if (named[i].key == key) {
            snprintf(out, KEYS_NAME, "%s", named[i].name);
            return;
        }
    if (key >= KEYS_F1 && key <= KEYS_F12)
        snprintf(out, KEYS_NAME, "F%d", key - KEYS_F1 + 1);
    else if (key > 0 && key < 32)
        snprintf(out, KEYS_NAME, "Ctrl-%c", key | 0x40);
    else if (key > 32 && key < KEYS_UP)
        text_encode(key, out);
    else
        snprintf(out, KEYS_NAME, "?");
}

int keys_parse(const char *name)
{
    int length;
    for (int i = 0; i < NAMED; i++)
        if (strcmp(named[i].name, name) == 0)
            return named[i].key;
    if (strncmp(name, "Ctrl-", 5) == 0 && name[5] >= '@' && name[5] <= '_' && name[6] == '\0')
        return name[5] & 0x1f;
    long number;
    if (name[0] == 'F' && name[1] && text_to_long(name + 1, &number) && number >= 1 && number <= 12)
        return KEYS_F1 + (int)number - 1;
    int code = *name ? text_decode(name, &length) : -1;
    return *name && code > 32 && strlen(name) == (size_t)length ? code : -1;
}

struct script {
    int *keys;
    int n;
};

static void keys_add(struct script *s, int key)
{
    s->keys = memory_grow(s->keys, (size_t)s->n + 1, sizeof *s->keys);
    s->keys[s->n++] = key;
}

/* Quoted text from its opening quote on; NULL where it is not closed. */
static const char *take_quoted(struct script *s, const char *p)
{
    char quote = *p++;
    int length;
    for (; *p && *p != quote; p += length)
        keys_add(s, text_decode(p, &length));
    return *p ? p + 1 : NULL;
}

static const char *take_name(struct script *s, const char *p)
{
    size_t n = strcspn(p, " \t\n");
    char *name = memory_copy_n(p, n);
    int key = keys_parse(name);
    free(name);
    if (key < 0)
        return NULL;
    keys_add(s, key);
    return p + n;
}

int *keys_script(const char *script, int *n, struct error *e)
{
    struct script s = {memory_new(1, sizeof *s.keys), 0};
    const char *p = script + strspn(script, " \t\n");
    char *shown = text_escape(script);
    int status = 0;
    /* Bytes that are not UTF-8 have been escaped: they are not keys. */
    if (strcmp(shown, script) != 0 && !strpbrk(script, "\t\n"))
        status = error_set(e, "the script is not valid UTF-8");
    while (status == 0 && *p) {
        /* A lone quote is the key itself. */
        bool quoted = (*p == '"' || *p == '\'') && p[1] && !strchr(" \t\n", p[1]);
        const char *next = quoted ? take_quoted(&s, p) : take_name(&s, p);
        if (!next)
            status = error_set(e,
                               "no key is called '%.60s' (expected names as in the help, such as Down or "
                               "Ctrl-L, or \"text\" in quotes)",
                               p);
        else
            p = next + strspn(next, " \t\n");
    }
    free(shown);
    if (status < 0) {
        free(s.keys);
        return NULL;
    }
    *n = s.n;
    return s.keys;
}
