/* The manual: the pages of the folder tui/manual, compiled into the program (tui/manual/embed). A page begins
 * with a heading such as "# isplit plan" and a summary paragraph. Places such as <!-- options --> are filled
 * by commands/docs_fill.h. */
#ifndef ISPLIT_CLI_MANUAL_H
#define ISPLIT_CLI_MANUAL_H

struct manual_page {
    const char *name;         /* the file's, without .md: "plan" */
    const char *const *lines; /* as in the file; NULL at the end */
};

extern const struct manual_page manual_pages[]; /* [manual_pages_n] by name */
extern const int manual_pages_n;
extern const char *const manual_names[]; /* NULL at the end */

/* NULL: there is none. */
const struct manual_page *manual_find(const char *name);

/* The page's Markdown; its summary on one line. New strings. */
char *manual_text(const struct manual_page *page);
char *manual_summary(const struct manual_page *page);

#endif
