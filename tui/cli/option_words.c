/* Options as a command line again: what options_parse would read. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/options.h"

static const size_t option_sizes[] = {
    [OPTION_FLAG] = sizeof(bool),
    [OPTION_TEXT] = sizeof(const char *),
    [OPTION_TEXTS] = sizeof(const char *),
    [OPTION_NUMBER] = sizeof(long),
    [OPTION_BYTES] = sizeof(long),
    [OPTION_REAL] = sizeof(double),
    [OPTION_FRACTION] = sizeof(double),
    [OPTION_SHARD] = 2 * sizeof(long),
    [OPTION_WORD] = sizeof(int),
    [OPTION_THREE] = 3 * sizeof(float),
    [OPTION_THREE_POSITIVE] = 3 * sizeof(float),
};

/* The argument as it would be typed. New string; NULL where the option takes none. */
static char *option_argument(const struct option_entry *entry, const void *field)
{
    const long *number = field;
    const float *three = field;
    switch (entry->kind) {
    case OPTION_FLAG:
        return NULL;
    case OPTION_TEXT:
    case OPTION_TEXTS:
        return memory_copy(*(const char *const *)field);
    case OPTION_NUMBER:
    case OPTION_BYTES:
        return memory_format("%ld", *number);
    case OPTION_REAL:
    case OPTION_FRACTION:
        return memory_format("%.17g", *(const double *)field);
    case OPTION_SHARD:
        return memory_format("%ld/%ld", number[0], number[1]);
    case OPTION_WORD:
        return memory_copy(entry->words[*(const int *)field]);
    case OPTION_THREE:
    case OPTION_THREE_POSITIVE:
        return memory_format("%.9g,%.9g,%.9g", (double)three[0], (double)three[1], (double)three[2]);
    }
    return NULL;
}

static void option_words_put(FILE *out, const struct option_entry *entry, const void *field)
{
    char *argument = option_argument(entry, field);
    char *word = argument ? text_shell(argument) : NULL;
    fprintf(out, " --%s", entry->name);
    if (word) /* a fraction's is taken behind a = only */
        fprintf(out, "%c%s", entry->kind == OPTION_FRACTION ? '=' : ' ', word);
    free(word);
    free(argument);
}

static bool option_is_among(const char *name, const char *const *names)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

char *options_words(const struct option_command *command, const struct options *o, const char *const *without)
{
    const struct options usual = options_default();
    size_t size;
    char *text;
    FILE *out = memory_stream(&text, &size);
    fputs(command->name, out);
    for (int i = 0; i < o->arguments_n; i++) {
        char *word = text_shell(o->arguments[i]);
        fprintf(out, " %s", word);
        free(word);
    }
    for (int i = 0; i < command->entries_n; i++) {
        const struct option_entry *entry = &command->entries[i];
        const char *field = (const char *)o + entry->offset;
        if (!option_is_among(entry->name, without) &&
            memcmp(field, (const char *)&usual + entry->offset, option_sizes[entry->kind]) != 0)
            option_words_put(out, entry, field);
        for (long k = 1; entry->kind == OPTION_TEXTS && k < entry->max && ((const char *const *)field)[k];
             k++)
            option_words_put(out, entry, (const char *const *)field + k);
    }
    fclose(out);
    return text;
}
