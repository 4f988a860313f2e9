#include "panes/list.h"

#include <stdlib.h>
#include <string.h>

#include "panes/match.h"

static int list_clamp(int value, int low, int high)
{
    return value > high ? (high < low ? low : high) : value < low ? low : value;
}

bool list_act(struct list *l, enum action action, int n, int rows)
{
    int page = rows > 2 ? rows - 1 : 1; /* one row of the previous page stays */
    int last = n > 0 ? n - 1 : 0;
    switch (action) {
    case ACTION_UP:
        l->cursor--;
        break;
    case ACTION_DOWN:
        l->cursor++;
        break;
    case ACTION_PAGE_UP:
        l->cursor -= page;
        break;
    case ACTION_PAGE_DOWN:
        l->cursor += page;
        break;
    case ACTION_FIRST:
        l->cursor = 0;
        break;
    case ACTION_LAST:
        l->cursor = last;
        break;
    default:
        return false;
    }
    l->cursor = list_clamp(l->cursor, 0, last);
    return true;
}

void list_fit(struct list *l, int n, int rows)
{
    l->n = n;
    l->cursor = list_clamp(l->cursor, 0, n - 1);
    rows = rows > 1 ? rows : 1;
    if (l->first > l->cursor)
        l->first = l->cursor;
    if (l->first < l->cursor - rows + 1)
        l->first = l->cursor - rows + 1;
    l->first = list_clamp(l->first, 0, n - rows);
}

int list_nearest(const int *numbers, int n, int wanted)
{
    int nearest = 0;
    for (int row = 1; row < n; row++)
        if (abs(numbers[row] - wanted) < abs(numbers[nearest] - wanted))
            nearest = row;
    return nearest;
}

/* As much of it as fits, without a cut character at the end. */
static void list_take_text(char out[LIST_TEXT], const char *text)
{
    size_t n = strnlen(text, LIST_TEXT - 1);
    if (text[n])
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
    memmove(out, text, n);
    out[n] = '\0';
}

void list_ask(struct list *l, enum action action, int from)
{
    list_take_text(l->before, action == ACTION_FILTER ? l->filter : l->search);
    l->from = from;
}

void list_set_filter(struct list *l, const char *text)
{
    list_take_text(l->filter, text ? text : l->before);
}

void list_set_search(struct list *l, const char *text)
{
    list_take_text(l->search, text ? text : l->before);
}

bool list_escape(struct list *l)
{
    char *text = *l->filter ? l->filter : l->search;
    if (!*text)
        return false;
    *text = '\0';
    return true;
}

bool list_passes(const struct list *l, const char *text)
{
    if (!*l->filter)
        return true;
    if (strpbrk(l->filter, "*?["))
        return match_glob(text, l->filter);
    return match_holds(text, l->filter);
}

bool list_matches(const struct list *l, const char *text)
{
    return *l->search && match_holds(text, l->search);
}

static int find_from(const struct list *l, int n, int from, int direction, list_text *text, const void *data)
{
    for (int i = 0; i < n && *l->search; i++) {
        int row = ((from + direction * i) % n + n) % n;
        if (match_holds(text(data, row), l->search))
            return row;
    }
    return -1;
}

int list_count(const struct list *l, int n, int row, list_text *text, const void *data, int *which)
{
    int found = 0;
    *which = 0;
    for (int i = 0; i < n && *l->search; i++) {
        found += match_holds(text(data, i), l->search);
        if (i == row && match_holds(text(data, i), l->search))
            *which = found;
    }
    return found;
}

int list_find(const struct list *l, int n, int direction, list_text *text, const void *data)
{
    return find_from(l, n, l->cursor + direction, direction, text, data);
}

int list_seek(const struct list *l, int n, list_text *text, const void *data)
{
    return find_from(l, n, l->cursor, 1, text, data);
}
