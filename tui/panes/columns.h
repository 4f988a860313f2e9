/* A table on the screen: which of its columns fit, their places, and how its rows are sorted. Columns are
 * dropped in a given order where the area is narrow; numbers are right-aligned. Column 0 of the area is
 * reserved for the sign of the row under the cursor. */
#ifndef ISPLIT_PANES_COLUMNS_H
#define ISPLIT_PANES_COLUMNS_H

#include <stdbool.h>

#include "panes/action.h"
#include "screen/canvas.h"
#include "panes/list.h"

enum { COLUMNS_MAX = 14, COLUMNS_TITLE = 32 };

struct columns_table {
    struct columns_column {
        char title[COLUMNS_TITLE];
        const char *brief; /* the title where space is scarce, or NULL */
        int content;       /* width of the widest cell */
        int least;         /* minimum width to which text may be cut (where it is never dropped: or a quarter
                              of the area, before others are dropped for it); 0: not cut */
        bool number;       /* right-aligned */
        bool down;         /* sorting by it begins with the highest first */
        int drop;          /* order of dropping where space is scarce: 1 first, then 2, ...; 0: never */
        bool absent;       /* not shown: it has no data */

        int at, width; /* place set by columns_fit; width 0: dropped */
    } columns[COLUMNS_MAX];
    int n;
    int sort; /* sort column; never dropped */
    bool descending;
};

/* Chooses what fits into an area `width` columns wide. */
void columns_fit(struct columns_table *cs, int width);

/* Sorts by the column before or after, or reverses the order. True where the action was one of these. */
bool columns_act(struct columns_table *cs, enum action action);

/* A click on the header: sorts by the column there, or reverses its order. */
void columns_click(struct columns_table *cs, int column);

/* Sort key of a row: a text, or where that is NULL a number; NaN and "" come last either way. */
struct columns_key {
    double number;
    const char *text;
    int row;
};

/* Equal keys keep their order, in either direction. */
void columns_order(const struct columns_table *cs, struct columns_key *keys, int n);

/* The same for many rows: order[i] becomes the number, from 0 to n - 1, of the i-th one. Keys are computed
 * when needed (twice; their `row` is ignored), so that a million of them take some 40 MB for a moment, and
 * some tenth of a second. */
void columns_order_many(const struct columns_table *cs, struct columns_key (*key_of)(const void *data, int i),
                        const void *data, int n, int *order);

/* The rows of a pane by purpose; -1: no space for it, or not wanted. */
struct columns_rows {
    int title, header, status;
    int first, n; /* the list's rows */
};
struct columns_rows columns_rows(int rows, bool title, bool status);

/* A rule with a title, cut if too long. Nothing in row -1. */
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
