#include "cli/manual.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

int manual_find(const char *name)
{
    for (int i = 0; i < manual_pages_n; i++)
        if (strcmp(manual_names[i], name) == 0)
            return i;
    return -1;
}

/* Lines from `first` up to but not including `end` (NULL: to the last one), each followed by `separator`. */
static char *manual_join(const char *const *first, const char *const *end, char separator)
{
    size_t size = 1;
    for (const char *const *line = first; line != end && *line; line++)
        size += strlen(*line) + 1;
    char *text = memory_new(size, 1);
    char *p = text;
    for (const char *const *line = first; line != end && *line; line++) {
        p = stpcpy(p, *line);
        *p++ = separator;
    }
    *p = '\0';
    return text;
}

char *manual_text(int page)
{
    return manual_join(manual_lines[page], NULL, '\n');
}

char *manual_summary(int page)
{
    const char *const *line = manual_lines[page];
    while (*line && (**line == '#' || !**line))
        line++;
    const char *const *end = line;
    while (*end && **end)
        end++;
    char *text = manual_join(line, end, ' ');
    char *summary = memory_copy(text_trim(text));
    free(text);
    return summary;
}
