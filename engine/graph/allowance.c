#include "graph/allowance.h"

#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/memory.h"

static FILE *open_below(const char *root, const char *path)
{
    char *whole = memory_format("%s%s", root, path);
    FILE *f = fopen(whole, "re");
    free(whole);
    return f;
}

/* The number after `key` in a file of lines "key number", or the only number where key is ""; -1 where there
 * is none ("max", say, or no such file). */
static int64_t number_in(const char *root, const char *folder, const char *name, const char *key)
{
    char *path = memory_format("%s/%s", folder, name), line[256];
    FILE *f = open_below(root, path);
    free(path);
    int64_t number = -1;
    size_t length = strlen(key);
    while (f && number < 0 && fgets(line, sizeof line, f))
        if (strncmp(line, key, length) != 0 || sscanf(line + length, "%" SCNd64, &number) != 1)
            number = -1;
    if (f)
        fclose(f);
    return number;
}

/* ---- Control groups --------------------------------------------------------------------------------- */

/* The files of one version of control groups. */
struct group_files {
    const char *type;              /* of the file system */
    const char *limits[2], *usage; /* either limit may be missing */
    const char *idle[2];           /* lines of memory.stat: file pages, reclaimed under memory pressure */
};

static const struct group_files versions[] = {
    {"cgroup",
     {"memory.limit_in_bytes", NULL},
     "memory.usage_in_bytes",
     {"total_inactive_file ", "total_active_file "}},
    {"cgroup2", {"memory.max", "memory.high"}, "memory.current", {"inactive_file ", "active_file "}},
};

/* How much more memory one group allows. */
static int64_t group_capacity(const char *root, const char *folder, const struct group_files *v)
{
    int64_t limit = INT64_MAX, used = number_in(root, folder, v->usage, "");
    for (int i = 0; i < 2; i++) {
        int64_t one = v->limits[i] ? number_in(root, folder, v->limits[i], "") : -1;
        limit = one >= 0 && one < limit ? one : limit;
    }
    if (limit == INT64_MAX || used < 0)
        return INT64_MAX;
    for (int i = 0; i < 2; i++) {
        int64_t idle = number_in(root, folder, "memory.stat", v->idle[i]);
        used -= idle > 0 ? idle : 0;
    }
    return used < 0 ? limit : limit > used ? limit - used : 0;
}

/* A group and all its ancestors, up to the mount point. */
static int64_t chain_capacity(const char *root, const char *mount, const char *group,
                              const struct group_files *v)
{
    char *folder = memory_format("%s%s", mount, group);
    size_t predicted = strlen(mount);
    int64_t least = INT64_MAX;
    for (;;) {
        int64_t capacity = group_capacity(root, folder, v);
        least = capacity < least ? capacity : least;
        char *slash = strrchr(folder, '/');
        if (!slash || (size_t)(slash - folder) < predicted || strlen(folder) <= predicted)
            break;
        *slash = '\0';
    }
    free(folder);
    return least;
}

/* Whether one of the words between commas is `word`. */
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; at; at = strchr(at, ','), at = at ? at + 1 : NULL)
        if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    return false;
}

/* This process's group in the hierarchy of that version: from a line "number:controllers:path" of
 * /proc/self/cgroup. New string, or NULL. */
static char *own_group(const char *root, const struct group_files *v)
{
    FILE *f = open_below(root, "/proc/self/cgroup");
    bool first = v == &versions[0];
    char *line = NULL, *found = NULL;
    size_t capacity = 0;
    while (f && !found && getline(&line, &capacity, f) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path)
            continue;
        *path++ = '\0';
        if (first ? has_word(controllers + 1, "memory") : controllers[1] == '\0')
            found = memory_copy(strcmp(path, "/") == 0 ? "" : path);
    }
    free(line);
    if (f)
        fclose(f);
    return found;
}

/* One line of /proc/self/mountinfo: "id parent device root mount options... - type source options". The
 * mounted part of the hierarchy begins at `root`: in a container that may be the process's own group. */
static int64_t mount_capacity(const char *root, char *line, const char *group, const struct group_files *v)
{
    char predicted[PATH_MAX], mount[PATH_MAX], type[64], options[512];
    const char *end = strstr(line, " - ");
    if (sscanf(line, "%*s %*s %*s %4095s %4095s", predicted, mount) != 2 || !end ||
        sscanf(end, " - %63s %*s %511s", type, options) != 2 || strcmp(type, v->type) != 0 ||
        (v == &versions[0] && !has_word(options, "memory")))
        return INT64_MAX;
    size_t length = strcmp(predicted, "/") == 0 ? 0 : strlen(predicted);
    bool below = strncmp(group, predicted, length) == 0 && (group[length] == '/' || group[length] == '\0');
    return chain_capacity(root, mount, below ? group + length : "", v);
}

static int64_t version_capacity(const char *root, const struct group_files *v)
{
    char *group = own_group(root, v), *line = NULL;
    FILE *f = group ? open_below(root, "/proc/self/mountinfo") : NULL;
    int64_t least = INT64_MAX;
    size_t capacity = 0;
    while (f && getline(&line, &capacity, f) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        int64_t here = mount_capacity(root, line, group, v);
        least = here < least ? here : least;
    }
    if (f)
        fclose(f);
    free(line);
    free(group);
    return least;
}

/* ---- All of it -------------------------------------------------------------------------------------- */

static int64_t limit_capacity(int resource, int64_t used)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0 || limit.rlim_cur >= (rlim_t)INT64_MAX)
        return INT64_MAX;
    int64_t most = (int64_t)limit.rlim_cur;
    return used < 0 ? most : most > used ? most - used : 0;
}

static int64_t in_all(int64_t more, int64_t held)
{
    return more > INT64_MAX - held ? INT64_MAX : more + held;
}

static int64_t kilobytes(const char *root, const char *folder, const char *name, const char *key)
{
    int64_t n = number_in(root, folder, name, key);
    return n < 0 ? -1 : n * 1024;
}

static int64_t held_by_process(const char *root)
{
    int64_t held = kilobytes(root, "/proc/self", "status", "VmRSS:");
    return held < 0 ? 0 : held;
}

int64_t allowance_available(const char *root)
{
    int64_t available = kilobytes(root, "/proc", "meminfo", "MemAvailable:");
    return available < 0 ? INT64_MAX : in_all(available, held_by_process(root));
}

int64_t allowance_group(const char *root)
{
    int64_t group = INT64_MAX;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        int64_t capacity = version_capacity(root, &versions[i]);
        group = capacity < group ? capacity : group;
    }
    return in_all(group, held_by_process(root));
}

int64_t allowance_addresses(const char *root)
{
    return limit_capacity(RLIMIT_AS, kilobytes(root, "/proc/self", "status", "VmSize:"));
}

int64_t allowance_data(const char *root)
{
    return limit_capacity(RLIMIT_DATA, kilobytes(root, "/proc/self", "status", "VmData:"));
}

int64_t allowance_left(const char *root)
{
    int64_t held = held_by_process(root), group = allowance_group(root);
    int64_t most = allowance_available(root) / 10 * 9;
    most = most < group ? most : group;
    return most > held ? most - held : 0;
}

int64_t allowance_heap(void)
{
    malloc_trim(0);
    const struct mallinfo2 m = mallinfo2();
    return (int64_t)(m.uordblks + m.hblkhd);
}

/* The sums in status are kept for each processor and may lag; these are counted when read. */
int64_t allowance_resident(void)
{
    int64_t anonymous = kilobytes("", "/proc/self", "smaps_rollup", "Anonymous:");
    int64_t swapped = kilobytes("", "/proc/self", "smaps_rollup", "Swap:");
    return anonymous < 0 ? -1 : anonymous + (swapped > 0 ? swapped : 0);
}
