/* What a terminal says about itself when it is asked: the colour of its background (OSC 11), how it shows
 * pictures (kitty's query, the number of colour registers, a cell's size), and, as the last answer, its kind
 * (DA1), which nearly every terminal knows. Answers come among the keys; those that were typed meanwhile are
 * kept. Nothing waits for a terminal that does not answer, but for a moment at the start.
 */
#ifndef ISPLIT_SCREEN_ANSWERS_H
#define ISPLIT_SCREEN_ANSWERS_H

#include <stdbool.h>
#include <stdint.h>

enum answers_background { ANSWERS_UNKNOWN, ANSWERS_DARK, ANSWERS_LIGHT };

struct answers {
    enum answers_background background;
    bool sixel, kitty;  /* shows such pictures */
    int registers;      /* colours that sixels may have; 0: not said */
    int cell_w, cell_h; /* pixels; 0: not said */
    bool owed;          /* the last answer has not come */
    int64_t asked;      /* when, as of clock_ms */
};

/* Whether a terminal of this kind ($TERM) may be asked: not where it could show the question. */
bool answers_may_ask(const char *term);

/* What is asked for besides the kind. */
enum answers_question {
    ANSWERS_BACKGROUND = 1,
    ANSWERS_SIXEL = 2,
    ANSWERS_KITTY = 4, /* not inside of a program that shows the question in its own line */
    ANSWERS_CELL = 8,
};

/* Asks, on standard output: a sum of enum answers_question. */
void answers_ask(struct answers *a, unsigned questions);

/* For the byte ESC that was read by get_wch: true where it began an answer, which is then read to its end and
 * noted; else what was read behind it is put back. */
bool answers_take(struct answers *a);

/* Whether an answer may still come: after some seconds it is waited for no more. */
bool answers_owed(const struct answers *a);

/* The same for an answer without its ESC: "]11;rgb:ffff/ffff/ffff", "[?62;4c", "[?1;0;256S",
 * "[6;20;10t" or "_Gi=1;OK". Others change nothing. */
void answers_note(struct answers *a, const char *text);

#endif
