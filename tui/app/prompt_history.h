/* What was answered before, question by question: Up brings it back. */
#ifndef ISPLIT_APP_PROMPT_HISTORY_H
#define ISPLIT_APP_PROMPT_HISTORY_H

struct prompt_history;

void prompt_history_free(struct prompt_history *h); /* NULL is allowed */

/* Keeps an answer as the newest one to a question; one that was given before moves up. *h NULL: begins. Empty
 * answers are not kept. */
void prompt_history_add(struct prompt_history **h, const char *question, const char *answer);

/* The answer `back` steps before now (1: the last one); NULL where there is none. */
const char *prompt_history_at(const struct prompt_history *h, const char *question, int back);

#endif
