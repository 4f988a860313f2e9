/* The parts of Markdown files that are made from the program's tables. A line
 *
 *     <!-- options -->           the options of the command that the file's first heading names
 *     <!-- keys -->              the keys of the screen
 *     <!-- columns: NAME -->     the columns of a kind of CSV
 *     <!-- commands -->          the commands
 *     <!-- pages -->             the pages of the manual
 *
 * has its table behind it, down to the line <!-- end -->. Words behind a colon that are not a NAME are
 * remarks. */
#ifndef ISPLIT_COMMANDS_DOCS_FILL_H
#define ISPLIT_COMMANDS_DOCS_FILL_H

#include <stdbool.h>
#include <stdio.h>

/* The text with all its tables made again, and <!-- end --> where it is missing. `folder`: where links find
 * the pages of the manual: "" from beside them, "tui/manual/" from the README. New string. */
char *docs_fill(const char *text, const char *folder);

/* A text within a cell: what Markdown would take for marks stays text. */
void docs_fill_text(FILE *out, const char *text);

/* The table of keys. */
void docs_fill_keys(FILE *out);

/* The columns of a kind of CSV: | column | meaning |. false: nothing is known of it, and nothing was printed.
 */
bool docs_columns(FILE *out, const char *name);

#endif
