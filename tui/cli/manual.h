/* The manual: the pages of the folder tui/manual, compiled into the program (tui/manual/embed). A page begins
 * with a heading such as "# isplit plan" and a summary paragraph. Places such as <!-- options --> are filled
 * by commands/docs_fill.h. */
#ifndef ISPLIT_CLI_MANUAL_H
#define ISPLIT_CLI_MANUAL_H

/* By name, the file's without .md: "plan"; NULL at the end. */
extern const char *const manual_names[];
extern const char *const *const manual_lines[]; /* of each page, as in the file; NULL at the end */
extern const int manual_pages_n;

/* The number of a page; -1: there is none. */
int manual_find(const char *name);

/* The page's Markdown; its summary on one line. New strings. */
char *manual_text(int page);
char *manual_summary(int page);

#endif
