#include "data/splits.h"

#include <stddef.h>
#include <string.h>

/* In the order of preference (tui/manual/data.md). */
enum { GROUPS = 3, NAMES = 3 };
static const char *const groups[GROUPS][NAMES] = {
    {"val", "valid", "validation"},
    {"test", "testing", "t10k"},
    {"train", "training"},
};

static int group_of(const char *name)
{
    for (int g = 0; g < GROUPS; g++)
        for (int i = 0; i < NAMES && groups[g][i]; i++)
            if (strcmp(groups[g][i], name) == 0)
                return g;
    return -1;
}

static int splits_find(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static int find_in_group(const char *const *names, int n, int group)
{
    for (int i = 0; i < NAMES && groups[group][i]; i++) {
        int at = splits_find(names, n, groups[group][i]);
        if (at >= 0)
            return at;
    }
    return -1;
}

bool splits_known(const char *name)
{
    return group_of(name) >= 0;
}

int splits_choose(const char *const *names, int n, const char *wanted)
{
    if (wanted) {
        int at = splits_find(names, n, wanted);
        int group = group_of(wanted);
        return at >= 0 || group < 0 ? at : find_in_group(names, n, group);
    }
    for (int g = 0; g < GROUPS; g++) {
        int at = find_in_group(names, n, g);
        if (at >= 0)
            return at;
    }
    return -1;
}
