#include "data/splits.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* In the order of preference (tui/manual/data.md). */
enum { GROUPS = 3, NAMES = 5, WORD_MAX = 16, NO_GROUP = -1 };
static const char *const groups[GROUPS][NAMES] = {
    {"val", "valid", "validation", "dev", "eval"},
    {"test", "testing", "t10k"},
    {"train", "training"},
};

/* What stands beside such a word, or at its end as in trainset, and says nothing. */
static const char *const fillers[] = {"set",  "data",     "dataset", "images", "image", "img",
                                      "imgs", "pictures", "photos",  "folder", "split", "seg"};

enum { FILLERS = sizeof fillers / sizeof *fillers };

static bool is_filler(const char *word)
{
    for (int i = 0; i < FILLERS; i++)
        if (strcmp(fillers[i], word) == 0)
            return true;
    return word[0] == '\0';
}

static int group_of_word(const char *word)
{
    for (int g = 0; g < GROUPS; g++)
        for (int i = 0; i < NAMES && groups[g][i]; i++)
            if (strcmp(groups[g][i], word) == 0)
                return g;
    return NO_GROUP;
}

/* Cuts the year off val2017 and the "set" off trainset. */
static void cut_ending(char *word)
{
    size_t n = strlen(word);
    while (n && isdigit((unsigned char)word[n - 1]))
        word[--n] = '\0';
    for (int i = 0; i < FILLERS; i++) {
        size_t k = strlen(fillers[i]);
        if (n <= k || strcmp(word + n - k, fillers[i]) != 0)
            continue;
        word[n - k] = '\0';
        if (group_of_word(word) != NO_GROUP)
            return;
        word[n - k] = fillers[i][0];
    }
}

/* The next word of the name in small letters, cut to WORD_MAX - 1; NULL at its end. */
static const char *splits_next_word(const char *name, char word[WORD_MAX])
{
    size_t n = 0;
    while (*name && !isalnum((unsigned char)*name))
        name++;
    if (!*name)
        return NULL;
    for (; isalnum((unsigned char)*name); name++)
        if (n < WORD_MAX - 1)
            word[n++] = (char)tolower((unsigned char)*name);
    word[n] = '\0';
    return name;
}

/* The only group that the words of the name belong to. With `strict`, all other words must say nothing. */
static int group_of(const char *name, bool strict)
{
    char word[WORD_MAX];
    int group = NO_GROUP;
    while ((name = splits_next_word(name, word))) {
        int own = group_of_word(word);
        if (own == NO_GROUP) {
            cut_ending(word);
            own = group_of_word(word);
        }
        if ((own == NO_GROUP && strict && !is_filler(word)) ||
            (own != NO_GROUP && group != NO_GROUP && own != group))
            return NO_GROUP;
        group = own == NO_GROUP ? group : own;
    }
    return group;
}

static int splits_find(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    for (int i = 0; i < n; i++)
        if (strcasecmp(names[i], name) == 0)
            return i;
    return -1;
}

/* The plainest name first. */
static int find_in_group(const char *const *names, int n, int group)
{
    for (int i = 0; i < NAMES && groups[group][i]; i++) {
        int at = splits_find(names, n, groups[group][i]);
        if (at >= 0)
            return at;
    }
    for (int strict = 1; strict >= 0; strict--)
        for (int i = 0; i < n; i++)
            if (group_of(names[i], strict) == group)
                return i;
    return -1;
}

bool splits_known(const char *name)
{
    return group_of(name, true) != NO_GROUP;
}

bool splits_same(const char *a, const char *b)
{
    int group = group_of(a, false);
    return group != NO_GROUP && group == group_of(b, false);
}

int splits_choose(const char *const *names, int n, const char *wanted)
{
    if (wanted) {
        int at = splits_find(names, n, wanted);
        int group = group_of(wanted, true);
        return at >= 0 || group == NO_GROUP ? at : find_in_group(names, n, group);
    }
    for (int g = 0; g < GROUPS; g++) {
        int at = find_in_group(names, n, g);
        if (at >= 0)
            return at;
    }
    return -1;
}
