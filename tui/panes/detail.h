/* The chosen cut in words: what crosses, how large, what the head costs, and why it is or is not a candidate.
 * The text also serves screen readers (--dump of this view). */
#ifndef ISPLIT_PANES_DETAIL_H
#define ISPLIT_PANES_DETAIL_H

struct app;
struct pane;

extern const struct pane detail_pane;

/* Paragraphs of full sentences, each followed by a newline. New string. */
char *detail_text(const struct app *a);

#endif
