/* A scrolled list: the chosen row, the first row on the screen, filter and search. Panes own one and pass it
 * the number of rows. */
#ifndef ISPLIT_PANES_LIST_H
#define ISPLIT_PANES_LIST_H

#include <stdbool.h>

#include "panes/action.h"

enum { LIST_TEXT = 64 };

struct list {
    int cursor, first;
    int n; /* rows, as last passed to list_fit */
    char search[LIST_TEXT];
    char filter[LIST_TEXT]; /* a glob; empty: all rows */

    /* State when a prompt for one of the two was opened, restored by Esc. */
    char before[LIST_TEXT];
    int from; /* the cursor; in lists that are reordered, the item under it */
};

/* Moves by an action (up, down, page, first, last). True where it was one of them. */
bool list_act(struct list *l, enum action action, int n, int rows);

/* Clamps the cursor and scrolls so that it is visible, with `rows` rows on the screen. */
void list_fit(struct list *l, int n, int rows);

/* The row whose number is the wanted one, or the nearest to it; 0 where there are none. */
int list_nearest(const int *numbers, int n, int wanted);

/* Call when a prompt opens for the filter or the search (ACTION_FILTER, ACTION_SEARCH). */
void list_ask(struct list *l, enum action action, int from);

/* Set the prompt's text; NULL: the one before the prompt. */
void list_set_filter(struct list *l, const char *text);
void list_set_search(struct list *l, const char *text);

/* Esc: removes the filter, next time the search. False where there is neither. */
bool list_escape(struct list *l);

/* Whether a text matches the filter: a glob without regard to case, found anywhere where it has no wildcard.
 */
bool list_passes(const struct list *l, const char *text);

/* Whether a text contains the search, ignoring case; an empty search is in none. */
bool list_matches(const struct list *l, const char *text);

typedef const char *list_text(const void *data, int row);

/* How many rows match the search, and which of them `row` is, from 1 on; 0: it does not. */
int list_count(const struct list *l, int n, int row, list_text *text, const void *data, int *which);

/* The next row after (direction 1) or before (-1) the cursor whose text holds the search, ignoring case,
 * wrapping around; -1: none. */
int list_find(const struct list *l, int n, int direction, list_text *text, const void *data);

/* The same from the cursor's own row on: while the search is typed. */
int list_seek(const struct list *l, int n, list_text *text, const void *data);

#endif
