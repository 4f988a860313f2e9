/* Keys as numbers and as names, for the help, scripts (--script) and the man page: a character stands for
 * itself, the others are Up, PgDn, Home, Tab, BackTab, Enter, Esc, Space, F1, Ctrl-L, ... */
#ifndef ISPLIT_SCREEN_KEYS_H
#define ISPLIT_SCREEN_KEYS_H

#include "base/error.h"

/* Characters are their Unicode code; control characters too (Ctrl-L is 12). */
enum key {
    KEYS_TAB = 9,
    KEYS_ENTER = 13,
    KEYS_ESC = 27,
    KEYS_SPACE = 32,
    KEYS_BACKSPACE = 127,
    KEYS_UP = 0x110000, /* beyond Unicode */
    KEYS_DOWN,
    KEYS_LEFT,
    KEYS_RIGHT,
    KEYS_PAGE_UP,
    KEYS_PAGE_DOWN,
    KEYS_HOME,
    KEYS_END,
    KEYS_BACK_TAB,
    KEYS_DELETE,
    KEYS_INSERT,
    KEYS_F1, /* to F12 */
    KEYS_F12 = KEYS_F1 + 11,
};

#define KEYS_CTRL(letter) ((letter)&0x1f)

enum { KEYS_NAME = 16 };

/* The key's name. */
void keys_name(int key, char out[KEYS_NAME]);

/* The key with a name; -1: none. */
int keys_parse(const char *name);

/* A script: key names separated by spaces; "text" in double or single quotes gives its characters. A new
 * array of *n keys; NULL on error. */
int *keys_script(const char *script, int *n, struct error *e);

#endif
