/* Shared by both output forms of Markdown: text without marks, and the column widths of tables. */
#ifndef ISPLIT_CLI_MARKDOWN_PARTS_H
#define ISPLIT_CLI_MARKDOWN_PARTS_H

#include "cli/markdown.h"

enum { MARKDOWN_GAP = 2 }; /* blanks between columns */

/* A block's text without marks; external links are followed by their address. New string. */
char *markdown_plain(const char *marked);

/* Columns of a terminal that the first `bytes` bytes of a text take. */
int markdown_columns(const char *text, size_t bytes);

/* Divides `width` among the columns: as much as each needs, or less for the widest ones; words are cut only
 * if unavoidable. texts [rows * columns] from markdown_plain; widths [columns]. */
void markdown_share(const struct markdown_block *t, char **texts, int width, int *widths);

#endif
