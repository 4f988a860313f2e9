#include "cli/option_values.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/text_list.h"

/* The present word for a former one; any other word unchanged. */
static const char *option_word_now(const struct option_entry *entry, const char *text)
{
    for (const char *const *pair = entry->words_formerly; pair && pair[0]; pair += 2)
        if (strcmp(pair[0], text) == 0)
            return pair[1];
    return text;
}

static int option_set_word(const struct option_entry *entry, const char *text, int *value, struct error *e)
{
    char *expected = NULL;
    const char *now = option_word_now(entry, text);
    for (int i = 0; entry->words[i]; i++) {
        if (strcmp(entry->words[i], now) == 0) {
            *value = i;
            free(expected);
            return 0;
        }
        text_list_append(&expected, "%s", entry->words[i]);
    }
    char *shown = text_escape(text);
    error_set(e, "--%s '%.100s' (expected one of: %s)", entry->name, shown, expected);
    free(shown);
    free(expected);
    return -1;
}

static int option_set_number(const struct option_entry *entry, const char *text, long *value, struct error *e)
{
    if (text_to_long(text, value) && *value >= entry->min && *value <= entry->max)
        return 0;
    char *shown = text_escape(text);
    if (entry->max == LONG_MAX)
        error_set(e, "--%s '%.100s' (expected a whole number, at least %ld)", entry->name, shown, entry->min);
    else
        error_set(e, "--%s '%.100s' (expected a whole number from %ld to %ld)", entry->name, shown,
                  entry->min, entry->max);
    free(shown);
    return -1;
}

/* The factor of a unit: "", "B"; "M", "MiB" for powers of 1024; "MB" for powers of 1000; as in GNU programs,
 * in either case. 0: not a unit. */
static double option_unit(const char *text)
{
    static const char prefixes[] = "kmgt";
    const char *prefix = *text ? strchr(prefixes, tolower((unsigned char)*text)) : NULL;
    const char *rest = prefix ? text + 1 : text;
    bool decimal = prefix && strcasecmp(rest, "B") == 0;
    bool known = !*rest || strcasecmp(rest, "B") == 0 || (prefix && strcasecmp(rest, "iB") == 0);
    double factor = 1;
    for (const char *p = prefixes; prefix && p <= prefix; p++)
        factor *= decimal ? 1000 : 1024;
    return known ? factor : 0;
}

bool options_to_bytes(const char *text, long *value)
{
    char *number = memory_copy_n(text, strspn(text, "0123456789."));
    const char *unit = text + strlen(number);
    double bytes = 0;
    bool good = text_to_double(number, &bytes);
    bytes = good ? bytes * option_unit(unit + strspn(unit, " ")) : 0;
    free(number);
    good = bytes >= 1 && bytes < (double)LONG_MAX;
    if (good)
        *value = (long)bytes;
    return good;
}

static int option_set_bytes(const struct option_entry *entry, const char *text, long *value, struct error *e)
{
    if (options_to_bytes(text, value))
        return 0;
    char *shown = text_escape(text);
    error_set(e, "--%s '%.100s' (expected bytes above 0, as in 900M, 0.5G or 2GiB)", entry->name, shown);
    free(shown);
    return -1;
}

static int option_set_real(const struct option_entry *entry, const char *text, double *value, struct error *e)
{
    if (text_to_double(text, value) && *value > 0 && (!entry->max || *value <= (double)entry->max))
        return 0;
    char *shown = text_escape(text);
    char most[32] = "";
    if (entry->max)
        snprintf(most, sizeof most, ", at most %ld", entry->max);
    error_set(e, "--%s '%.100s' (expected a number above 0%s)", entry->name, shown, most);
    free(shown);
    return -1;
}

int option_set_share(const struct option_entry *entry, const char *text, double *value, struct error *e)
{
    if (!text)
        *value = OPTIONS_UNTIL_STABLE;
    else if (!text_to_double(text, value))
        *value = 0;
    if (*value > 0 && *value < 1)
        return 0;
    char *shown = text_escape(text);
    error_set(e, "--%s '%.100s' (expected a number between 0 and 1, as in 0.95)", entry->name, shown);
    free(shown);
    return -1;
}

static int option_set_shard(const struct option_entry *entry, const char *text, long shard[2],
                            struct error *e)
{
    char *copy = memory_copy(text);
    char *slash = strchr(copy, '/');
    if (slash)
        *slash = '\0';
    bool good = slash && text_to_long(copy, &shard[0]) && text_to_long(slash + 1, &shard[1]) &&
                shard[0] >= 1 && shard[0] <= shard[1];
    free(copy);
    if (good)
        return 0;
    char *shown = text_escape(text);
    error_set(e, "--%s '%.100s' (expected I/N with I from 1 to N, as in 2/8)", entry->name, shown);
    free(shown);
    return -1;
}

static int option_set_three(const struct option_entry *entry, const char *text, float *value, struct error *e)
{
    char *copy = memory_copy(text);
    int n = 0;
    bool positive = entry->kind == OPTION_THREE_POSITIVE;
    bool good = true;
    for (char *next = copy; next && good; n++) {
        char *part = next;
        next = strchr(part, ',');
        if (next)
            *next++ = '\0';
        good = n < 3 && text_to_float(part, &value[n]) && (!positive || value[n] > 0);
    }
    free(copy);
    if (n == 1)
        value[1] = value[2] = value[0];
    if (good && (n == 1 || n == 3))
        return 0;
    char *shown = text_escape(text);
    error_set(e, "--%s '%.100s' (expected three numbers%s, as in 0.5,0.5,0.5)", entry->name, shown,
              positive ? " above 0" : "");
    free(shown);
    return -1;
}

static int option_add_text(const struct option_entry *entry, const char *text, const char **list,
                           struct error *e)
{
    long n = 0;
    while (n < entry->max && list[n])
        n++;
    if (n == entry->max)
        return error_set(e, "--%s is given more than %ld time%s", entry->name, entry->max,
                         entry->max == 1 ? "" : "s");
    list[n] = text;
    return 0;
}

int option_set(const struct option_entry *entry, const char *text, struct options *o, struct error *e)
{
    void *field = (char *)o + entry->offset;
    switch (entry->kind) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return 0;
    case OPTION_TEXT:
    case OPTION_TEXTS:
        if (*text == '\0')
            return error_set(e, "--%s is empty (expected %s)", entry->name, entry->argument);
        if (entry->kind == OPTION_TEXTS)
            return option_add_text(entry, text, field, e);
        *(const char **)field = text;
        return 0;
    case OPTION_NUMBER:
        return option_set_number(entry, text, field, e);
    case OPTION_BYTES:
        return option_set_bytes(entry, text, field, e);
    case OPTION_REAL:
        return option_set_real(entry, text, field, e);
    case OPTION_FRACTION:
        return option_set_share(entry, text, field, e);
    case OPTION_SHARD:
        return option_set_shard(entry, text, field, e);
    case OPTION_WORD:
        return option_set_word(entry, text ? text : entry->formerly_meant, field, e);
    case OPTION_THREE:
    case OPTION_THREE_POSITIVE:
        return option_set_three(entry, text, field, e);
    }
    return -1;
}
