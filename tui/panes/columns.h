/* A table on the screen: which of its columns fit, where they stand, and how its rows are sorted. Columns are
 * dropped in a given order where the area is narrow; numbers are right-aligned. Column 0 of the area is left
 * to the sign of the row under the cursor. */
#ifndef ISPLIT_PANES_COLUMNS_H
#define ISPLIT_PANES_COLUMNS_H

#include <stdbool.h>

#include "panes/action.h"
#include "screen/canvas.h"
#include "panes/list.h"

enum { COLUMNS_MAX = 12, COLUMNS_TITLE = 32 };

struct columns_column {
    char title[COLUMNS_TITLE];
    const char *brief; /* the title where there is little room, or NULL */
    int content;       /* columns that the widest cell takes */
    int least;         /* text may be cut down to this; 0: it is not cut */
    bool number;       /* right-aligned */
    bool down;         /* the highest first, when one begins to sort by it */
    int drop;          /* 1 is dropped first where there is no room, then 2, ...; 0: never */
    bool absent;       /* not there at all: nothing to show in it */

    int at, width; /* where columns_fit put it; width 0: dropped */
};

struct columns_table {
    struct columns_column columns[COLUMNS_MAX];
    int n;
    int sort; /* a column; it is never dropped */
    bool descending;
};

/* Chooses what fits into an area `width` columns wide. */
void columns_fit(struct columns_table *cs, int width);

/* Sorting by the column before or after, and the other way round. True where the action was one of these. */
bool columns_act(struct columns_table *cs, enum action action);

/* A click on the header: sorts by the column there, or turns its order round. */
void columns_click(struct columns_table *cs, int column);

/* What a row is sorted by: a text, or where that is NULL a number; NaN and "" come last either way. */
struct columns_key {
    double number;
    const char *text;
    int row;
};

/* Keys that are equal stay in the order in which they come, either way. */
void columns_order(const struct columns_table *cs, struct columns_key *keys, int n);

/* The same for many rows: order[i] becomes the number, from 0 to n - 1, of the one that comes i-th. Keys are
 * made when they are looked at (twice; their `row` is passed over), so that a million of them take some 40 MB
 * for a moment, and some tenth of a second. */
void columns_order_many(const struct columns_table *cs, struct columns_key (*key_of)(const void *data, int i),
                        const void *data, int n, int *order);

/* Which rows of a pane hold what; -1: there is no room for it, or it is not wanted. */
struct columns_rows {
    int title, header, status;
    int first, n; /* the list's rows */
};
struct columns_rows columns_rows(int rows, bool title, bool status);

/* A rule with a title that is cut where it is longer. Nothing in row -1. */
void columns_title(struct canvas *c, struct area area, int row, enum role role, const char *title);

/* The titles of the columns; likewise. */
void columns_header(const struct columns_table *cs, struct canvas *c, struct area area, int row);
void columns_cell(const struct columns_table *cs, struct canvas *c, struct area area, int row, int column,
                  enum role role, const char *text);

/* Column 0 of the list's rows: the row under the cursor, and whether there are more above and below. */
void columns_margin(const struct list *l, struct canvas *c, struct area area, struct columns_rows rows,
                    bool cursor_shown);

/* The margin, the shade of the row under the cursor where that is shown, and the hardware cursor. */
void columns_cursor(const struct list *l, struct canvas *c, struct area area, struct columns_rows rows,
                    bool shown, bool focused);

/* The status row of a filtered list: how many rows of the `total` it shows, and how to leave it; in the place
 * of the first row where it shows none. */
void columns_status(const struct list *l, struct canvas *c, struct area area, struct columns_rows rows,
                    int total, const char *thing, const char *things);

#endif
