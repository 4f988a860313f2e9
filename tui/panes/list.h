/* A scrolled list: which row is chosen and which is the first on the screen, and what is searched for in it.
 * Panes own one and tell it how many rows there are. */
#ifndef ISPLIT_PANES_LIST_H
#define ISPLIT_PANES_LIST_H

#include <stdbool.h>

#include "panes/action.h"

enum { LIST_TEXT = 64 };

struct list {
    int cursor, first;
    int n; /* rows, as list_fit last heard */
    char search[LIST_TEXT];
    char filter[LIST_TEXT]; /* a glob; empty: all rows */

    /* How it was when a prompt for one of the two was opened: Esc brings it back. */
    char before[LIST_TEXT];
    int from; /* the cursor; where rows change places, what stood under it */
};

/* Moves by an action (up, down, page, first, last). True where it was one of them. */
bool list_act(struct list *l, enum action action, int n, int rows);

/* Clamps the cursor and scrolls so that it is seen, with `rows` rows on the screen. */
void list_fit(struct list *l, int n, int rows);

/* The row whose number is the wanted one, or the nearest to it; 0 where there are none. */
int list_nearest(const int *numbers, int n, int wanted);

/* A prompt is opened for the filter or the search (ACTION_FILTER, ACTION_SEARCH). */
void list_ask(struct list *l, enum action action, int from);

/* Take the prompt's text over; NULL: the one before the prompt. */
void list_set_filter(struct list *l, const char *text);
void list_set_search(struct list *l, const char *text);

/* Esc: the filter goes, next time what the search found. False where there is neither. */
bool list_escape(struct list *l);

/* Whether a text matches the filter: a glob without regard to case, found anywhere where it has no wildcard.
 */
bool list_passes(const struct list *l, const char *text);

/* Whether a text holds the search, ignoring case; an empty one is held by none. */
bool list_matches(const struct list *l, const char *text);

typedef const char *list_text(const void *data, int row);

/* The next row after (direction 1) or before (-1) the cursor whose text holds the search, ignoring case,
 * round the end; -1: none. */
int list_find(const struct list *l, int n, int direction, list_text *text, const void *data);

/* The same from the cursor's own row on: while the search is typed. */
int list_seek(const struct list *l, int n, list_text *text, const void *data);

#endif
