#include "data/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/memory.h"

static int walk_by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void walk_append(char ***names, int *n, const char *name)
{
    if ((*n & (*n - 1)) == 0)
        *names = memory_grow(*names, *n ? memory_product((size_t)*n, 2) : 1, sizeof **names);
    (*names)[(*n)++] = memory_copy(name);
}

/* d_type saves a stat for each of what may be 100,000 files. */
static bool entry_is_folder(const char *folder, const struct dirent *entry)
{
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
        return entry->d_type == DT_DIR;
    char *path = walk_join(folder, entry->d_name);
    bool is = walk_is_folder(path);
    free(path);
    return is;
}

int walk_read(const char *folder, struct walk_list *list, struct error *e)
{
    *list = (struct walk_list){0};
    DIR *dir = opendir(folder);
    if (!dir)
        return error_at(e, folder, 0, "cannot read the folder: %s", strerror(errno));
    const struct dirent *entry;
    while (errno = 0, (entry = readdir(dir))) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "__MACOSX") == 0)
            continue;
        if (entry_is_folder(folder, entry))
            walk_append(&list->folders, &list->folders_n, entry->d_name);
        else
            walk_append(&list->files, &list->files_n, entry->d_name);
    }
    int failed = errno;
    closedir(dir);
    if (failed)
        return error_at(e, folder, 0, "cannot read the folder: %s", strerror(failed));
    if (list->folders_n)
        qsort(list->folders, (size_t)list->folders_n, sizeof *list->folders, walk_by_name);
    if (list->files_n)
        qsort(list->files, (size_t)list->files_n, sizeof *list->files, walk_by_name);
    return 0;
}

void walk_free(struct walk_list *list)
{
    for (int i = 0; i < list->folders_n; i++)
        free(list->folders[i]);
    for (int i = 0; i < list->files_n; i++)
        free(list->files[i]);
    free(list->folders);
    free(list->files);
    *list = (struct walk_list){0};
}

bool walk_has(char *const *names, int n, const char *name)
{
    return n > 0 && bsearch(&name, names, (size_t)n, sizeof *names, walk_by_name);
}

bool walk_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool walk_is_image(const char *name)
{
    static const char *const known[] = {"png", "jpg", "jpeg", "jpe", "jfif", "bmp", "pgm", "ppm", "pnm"};
    const char *dot = strrchr(name, '.');
    if (!dot)
        return false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcasecmp(dot + 1, known[i]) == 0)
            return true;
    return false;
}

int walk_images(const struct walk_list *list)
{
    int n = 0;
    for (int i = 0; i < list->files_n; i++)
        n += walk_is_image(list->files[i]);
    return n;
}

char *walk_join(const char *folder, const char *name)
{
    size_t n = strlen(folder);
    if (n == 0)
        return memory_copy(name);
    return memory_format("%s%s%s", folder, folder[n - 1] == '/' ? "" : "/", name);
}

char *walk_base_name(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    return memory_copy_n(path + start, end - start);
}

char *walk_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return memory_copy(".");
    return memory_copy_n(path, slash == path ? 1 : (size_t)(slash - path));
}
