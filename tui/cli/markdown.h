/* The part of Markdown that the manual is written in: headings, paragraphs, lists, tables, code (indented by
 * four or between ``` lines), and within a line `code`, **bold**, *emphasis* and [links](URL); a backslash
 * takes the next character literally. Comments <!-- --> at the start of a line are dropped. Anything else is
 * taken as paragraph text. */
#ifndef ISPLIT_CLI_MARKDOWN_H
#define ISPLIT_CLI_MARKDOWN_H

#include <stdbool.h>
#include <stdio.h>

enum { MARKDOWN_COLUMNS = 16 }; /* maximum of a table; further cells are dropped */

enum markdown_kind {
    MARKDOWN_HEADING,
    MARKDOWN_PARAGRAPH,
    MARKDOWN_CODE, /* verbatim, its lines separated by \n */
    MARKDOWN_ITEM, /* of a list */
    MARKDOWN_TABLE,
};

struct markdown_block {
    enum markdown_kind kind;
    int level;      /* of a heading, from 1; of an item, from 0 */
    char marker[8]; /* of an item: "-", or "2." */
    char *text;     /* on one line unless it is code; NULL for a table */
    char **cells;   /* [rows][columns] of a table; the first row is its head */
    int rows, columns;
};

struct markdown;

struct markdown *markdown_read(const char *text);
void markdown_free(struct markdown *m);
const struct markdown_block *markdown_blocks(const struct markdown *m, int *n);

enum markdown_style { MARKDOWN_PLAIN, MARKDOWN_TYPED, MARKDOWN_BOLD, MARKDOWN_EMPHASIS, MARKDOWN_LINK };

/* Takes the next piece of *text, a block's, in one style: new string without marks, and the URL of a link,
 * new string; else NULL. NULL: no more. */
char *markdown_next(const char **text, enum markdown_style *style, char **url);

/* For a terminal: plain text, wrapped to `width` columns. */
void markdown_print_text(FILE *out, const struct markdown *m, int width);

/* A page in man macros. Its first heading and the paragraph after it make the section NAME. `date` as in
 * 2024-12-31. */
void markdown_print_man(FILE *out, const struct markdown *m, const char *date, const char *version);

#endif
