#include "app/prompt_history.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { ANSWERS_MAX = 100 }; /* of all questions together */

struct answer {
    char *question, *text;
};

struct prompt_history {
    struct answer answers[ANSWERS_MAX]; /* [n] the oldest first */
    int n;
};

static void history_remove(struct prompt_history *h, int i)
{
    free(h->answers[i].question);
    free(h->answers[i].text);
    memmove(h->answers + i, h->answers + i + 1, (size_t)(h->n - i - 1) * sizeof h->answers[0]);
    h->n--;
}

void prompt_history_free(struct prompt_history *h)
{
    while (h && h->n > 0)
        history_remove(h, h->n - 1);
    free(h);
}

/* Labels may hold what changes ("save 5 classes as: "): what stands before that is the question. */
static size_t history_length(const char *label)
{
    return strcspn(label, "0123456789(:");
}

static bool history_is_of(const struct answer *a, const char *question)
{
    size_t n = history_length(question);
    return n == history_length(a->question) && strncmp(a->question, question, n) == 0;
}

void prompt_history_add(struct prompt_history **history, const char *question, const char *answer)
{
    if (!*answer)
        return;
    if (!*history)
        *history = memory_new(1, sizeof **history);
    struct prompt_history *h = *history;
    for (int i = h->n - 1; i >= 0; i--)
        if (history_is_of(&h->answers[i], question) && strcmp(h->answers[i].text, answer) == 0)
            history_remove(h, i);
    if (h->n == ANSWERS_MAX)
        history_remove(h, 0);
    h->answers[h->n++] = (struct answer){memory_copy(question), memory_copy(answer)};
}

const char *prompt_history_at(const struct prompt_history *h, const char *question, int back)
{
    for (int i = h ? h->n - 1 : -1; i >= 0 && back > 0; i--)
        if (history_is_of(&h->answers[i], question) && --back == 0)
            return h->answers[i].text;
    return NULL;
}
