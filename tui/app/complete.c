#include "app/complete.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <wchar.h>

#include "base/memory.h"
#include "base/text.h"

/* Candidates beyond what a line can show are only counted. */
enum { LINE_MAX_BYTES = 1000 };

char *complete_home(const char *path)
{
    const char *home = getenv("HOME");
    if (path[0] != '~' || (path[1] && path[1] != '/') || !home || !*home)
        return memory_copy(path);
    return memory_format("%s%s", home, path + 1);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool begins_with(const char *text, const char *stem)
{
    return strncmp(text, stem, strlen(stem)) == 0;
}

static bool is_folder(DIR *folder, const struct dirent *entry)
{
    struct stat st;
    if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return fstatat(dirfd(folder), entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static bool is_offered(const char *name, const char *stem)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    return begins_with(name, stem) && (name[0] != '.' || stem[0] == '.');
}

void complete_path(const char *path, struct text_list *found, int *folder)
{
    const char *slash = strrchr(path, '/');
    const char *stem = slash ? slash + 1 : path;
    *folder = (int)(stem - path);
    char *name = *folder ? memory_copy_n(path, (size_t)*folder) : memory_copy(".");
    DIR *stream = opendir(name);
    free(name);
    if (!stream)
        return;
    for (const struct dirent *entry; (entry = readdir(stream));)
        if (is_offered(entry->d_name, stem))
            text_list_add(found, memory_format("%s%s", entry->d_name, is_folder(stream, entry) ? "/" : ""));
    closedir(stream);
    if (found->n)
        qsort(found->texts, (size_t)found->n, sizeof *found->texts, by_bytes);
}

void complete_word(const char *stem, const char *const *words, struct text_list *found)
{
    for (int i = 0; words[i]; i++)
        if (begins_with(words[i], stem))
            text_list_add(found, memory_copy(words[i]));
    if (found->n)
        qsort(found->texts, (size_t)found->n, sizeof *found->texts, by_bytes);
}

char *complete_common(const struct text_list *found)
{
    if (found->n == 0)
        return memory_copy("");
    const char *first = found->texts[0];
    const char *last = found->texts[found->n - 1]; /* sorted: the others lie between */
    size_t n = 0;
    while (first[n] && first[n] == last[n])
        n++;
    size_t whole = 0;
    while (whole < n) {
        size_t length = (size_t)complete_character(first + whole);
        if (whole + length > n)
            break;
        whole += length;
    }
    return memory_copy_n(first, whole);
}

char *complete_line(const struct text_list *found)
{
    char *line = memory_copy("");
    for (int i = 0; i < found->n; i++) {
        char *shown = text_escape(found->texts[i]);
        bool full = strlen(line) > LINE_MAX_BYTES;
        char *longer = full ? memory_format("%s  and %d more", line, found->n - i)
                            : memory_format("%s%s%s", line, i ? "  " : "", shown);
        free(line);
        free(shown);
        line = longer;
        if (full)
            break;
    }
    return line;
}

/* Bytes of one code point, or 1. */
static int code_point(const char *s)
{
    unsigned char lead = (unsigned char)s[0];
    int n = lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
    if (lead > 0xf4)
        return 1;
    for (int i = 1; i < n; i++)
        if (((unsigned char)s[i] & 0xc0) != 0x80)
            return 1;
    return n;
}

static bool combines(const char *s)
{
    int ignored;
    return code_point(s) > 1 && wcwidth((wchar_t)text_decode(s, &ignored)) == 0;
}

int complete_character(const char *s)
{
    if (!*s)
        return 0;
    int n = code_point(s);
    while (s[n] && combines(s + n))
        n += code_point(s + n);
    return n;
}

int complete_character_before(const char *s, int end)
{
    int start = 0;
    int n = 0;
    while (start < end && (n = complete_character(s + start)) > 0 && start + n < end)
        start += n;
    return end - start;
}
