/* What both forms of printed Markdown need: text without marks, and how wide the columns of a table are. */
#ifndef ISPLIT_CLI_MARKDOWN_PARTS_H
#define ISPLIT_CLI_MARKDOWN_PARTS_H

#include "cli/markdown.h"

enum { MARKDOWN_GAP = 2 }; /* blanks between columns */

/* What is read of a block's text: marks gone, the address of a link to elsewhere behind it. New string. */
char *markdown_plain(const char *marked);

/* Columns of a terminal that the first `bytes` bytes of a text take. */
int markdown_columns(const char *text, size_t bytes);

/* What each column gets of `width`: all it wants, or less for the widest ones; words are cut only where
 * nothing else helps. texts [rows * columns] as markdown_plain gives them; widths [columns]. */
void markdown_share(const struct markdown_block *t, char **texts, int width, int *widths);

#endif
