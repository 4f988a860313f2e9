/* Text broken into lines at blanks. */
#ifndef ISPLIT_PANES_WRAP_H
#define ISPLIT_PANES_WRAP_H

struct wrapped {
    char **lines;
    int n;
};

/* Lines of at most `columns` columns; a newline begins a new one, a longer word is cut. Control characters
 * are shown escaped. */
struct wrapped wrap_text(const char *text, int columns);
void wrap_free(struct wrapped *w);

#endif
