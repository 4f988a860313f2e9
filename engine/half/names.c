#include "half/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct names {
    char *const *words;
    int n, next;
    bool sent;
    char *line; /* as getdelim has it */
    size_t capacity;
};

struct names *names_new(char *const *words, int n)
{
    struct names *names = memory_new(1, sizeof *names);
    *names = (struct names){.words = words, .n = n, .sent = n == 1 && strcmp(words[0], "-") == 0};
    return names;
}

void names_free(struct names *names)
{
    if (names)
        free(names->line);
    free(names);
}

bool names_are_sent(const struct names *names)
{
    return names->sent;
}

int names_next(struct names *names, const char **name, struct error *e)
{
    if (!names->sent) {
        *name = names->next < names->n ? names->words[names->next++] : NULL;
        return *name != NULL;
    }
    errno = 0;
    ssize_t length = getdelim(&names->line, &names->capacity, '\0', stdin);
    if (length < 0)
        return ferror(stdin) ? error_set(e, "standard input: cannot read: %s", strerror(errno)) : 0;
    if (names->line[length - 1] != '\0' || length == 1)
        return error_set(e, "standard input: a name has no end (expected names ended by NUL)");
    *name = names->line;
    return 1;
}
