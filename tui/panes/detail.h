/* The chosen cut in words: what crosses, how large, what the head costs, and why it is or is not a candidate.
 * The text also serves screen readers (--dump of this view). */
#ifndef ISPLIT_PANES_DETAIL_H
#define ISPLIT_PANES_DETAIL_H

#include <stdint.h>

struct app;
struct pane;

extern const struct pane detail_pane;

/* Paragraphs of full sentences, each followed by a newline. New string. */
char *detail_text(const struct app *a);

/* "1234", "285.1 thousand", "12.3 million". */
enum { DETAIL_COUNT = 24 };
void detail_count(char out[DETAIL_COUNT], int64_t n);

#endif
