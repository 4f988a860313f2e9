#include "data/data_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/walk.h"

struct data_file {
    char *path;
    char *folder;                 /* the folder it is in */
    char *paths[DATA_FILE_PATHS]; /* ready to open, or NULL where the file has no such key */
    int lines[DATA_FILE_PATHS];
    int classes; /* 0: not given */
    char **warnings;
    int warnings_n;
};

#define DATA_FILE_BYTES_MAX ((size_t)1 << 20)

static const char *const path_keys[DATA_FILE_PATHS] = {"train", "valid", "test",   "labels",
                                                       "names", "cfg",   "weights"};

/* Keys of Darknet and its forks that say nothing about measuring. */
static const char *const other_keys[] = {"backup", "eval",      "map",    "results", "top",    "leaves",
                                         "tree",   "difficult", "outdir", "prefix",  "anchors"};

enum { LOOKED_AT = 1000 }; /* lines, or pieces of them */
enum { OTHER_KEYS = sizeof other_keys / sizeof *other_keys };

const char *data_file_key_name(enum data_file_key key)
{
    return path_keys[key];
}

static int path_key(const char *key)
{
    for (int i = 0; i < DATA_FILE_PATHS; i++)
        if (strcmp(path_keys[i], key) == 0)
            return i;
    return -1;
}

static bool is_other_key(const char *key)
{
    for (int i = 0; i < OTHER_KEYS; i++)
        if (strcmp(other_keys[i], key) == 0)
            return true;
    return false;
}

static void warn(struct data_file *file, int line, const char *key, const char *what)
{
    char *text = memory_format("%s:%d: %s: %s", file->path, line, key, what);
    file->warnings = memory_grow(file->warnings, (size_t)file->warnings_n + 1, sizeof *file->warnings);
    file->warnings[file->warnings_n++] = text_escape(text);
    free(text);
}

static char *data_file_resolve(const struct data_file *file, const char *value)
{
    if (value[0] == '/')
        return memory_copy(value);
    char *adjacent = walk_join(file->folder, value);
    if (access(adjacent, F_OK) == 0 || access(value, F_OK) != 0)
        return adjacent;
    free(adjacent);
    return memory_copy(value);
}

static int unknown_key(struct data_file *file, int line, const char *key, struct error *e)
{
    const char *known[DATA_FILE_PATHS + OTHER_KEYS + 2] = {"classes"};
    memcpy(known + 1, path_keys, sizeof path_keys);
    memcpy(known + 1 + DATA_FILE_PATHS, other_keys, sizeof other_keys);
    const char *nearest = text_nearest(key, known);
    /* A misspelt key would drop the labels silently; a key of some other program does no harm. */
    if (nearest)
        return error_at(e, file->path, line, "unknown key \"%s\" (did you mean \"%s\"?)", key, nearest);
    warn(file, line, key, "unknown key, ignored");
    return 0;
}

static int data_file_take_classes(struct data_file *file, int line, const char *value, struct error *e)
{
    long classes;
    if (!text_to_long(value, &classes) || classes < 1 || classes > 10000000)
        return error_at(e, file->path, line, "classes is \"%s\" (expected a number from 1)", value);
    if (file->classes)
        warn(file, line, "classes", "given twice, the first counts");
    else
        file->classes = (int)classes;
    return 0;
}

static int data_file_take_line(struct data_file *file, int number, char *line, struct error *e)
{
    char *equals = strchr(line, '=');
    if (!equals)
        return error_at(e, file->path, number, "\"%s\" has no = (expected KEY = VALUE)", line);
    *equals = '\0';
    char *key = text_trim(line), *value = text_trim(equals + 1);
    int path = path_key(key);
    if (strcmp(key, "classes") == 0)
        return data_file_take_classes(file, number, value, e);
    if (path < 0)
        return is_other_key(key) ? 0 : unknown_key(file, number, key, e);
    if (!*value)
        return error_at(e, file->path, number, "%s has no value (expected a path)", key);
    if (file->paths[path]) {
        warn(file, number, key, "given twice, the first counts");
        return 0;
    }
    file->paths[path] = data_file_resolve(file, value);
    file->lines[path] = number;
    return 0;
}

struct data_file *data_file_read(const char *path, struct error *e)
{
    size_t length;
    char *text = file_read(path, DATA_FILE_BYTES_MAX, &length, e);
    if (!text)
        return NULL;
    struct data_file *file = memory_new(1, sizeof *file);
    file->path = memory_copy(path);
    file->folder = walk_folder_of(path);
    int failed = 0, number = 0;
    if (strlen(text) != length)
        failed = error_at(e, path, 0, "holds binary data (expected lines KEY = VALUE)");
    char *line, *rest = text_after_mark(text);
    while (!failed && (line = text_next_line(&rest, &number)))
        if (*line != '#' && *line != ';')
            failed = data_file_take_line(file, number, line, e);
    free(text);
    if (!failed)
        return file;
    data_file_free(file);
    return NULL;
}

void data_file_free(struct data_file *file)
{
    if (!file)
        return;
    for (int i = 0; i < DATA_FILE_PATHS; i++)
        free(file->paths[i]);
    for (int i = 0; i < file->warnings_n; i++)
        free(file->warnings[i]);
    free(file->warnings);
    free(file->folder);
    free(file->path);
    free(file);
}

const char *data_file_at(const struct data_file *file, enum data_file_key key)
{
    return file ? file->paths[key] : NULL;
}

int data_file_line(const struct data_file *file, enum data_file_key key)
{
    return file->lines[key];
}

const char *data_file_path(const struct data_file *file)
{
    return file->path;
}

const char *data_file_folder(const struct data_file *file)
{
    return file->folder;
}

int data_file_classes(const struct data_file *file)
{
    return file->classes;
}

char *const *data_file_warnings(const struct data_file *file, int *n)
{
    *n = file->warnings_n;
    return file->warnings;
}

/* Whether the first line that is not blank is `key = value` with a key of a .data file. It is sought in the
 * first lines only: what is given may be anything, of any size. */
static bool first_line_is(FILE *stream)
{
    char line[512];
    for (int i = 0; i < LOOKED_AT && fgets(line, sizeof line, stream); i++) {
        char *trimmed = text_trim(text_after_mark(line));
        if (!*trimmed || *trimmed == '#' || *trimmed == ';')
            continue;
        char *equals = strchr(trimmed, '=');
        if (!equals)
            return false;
        *equals = '\0';
        char *key = text_trim(trimmed);
        return strcmp(key, "classes") == 0 || path_key(key) >= 0;
    }
    return false;
}

bool data_file_is(const char *path)
{
    size_t n = strlen(path);
    if (n > 5 && strcmp(path + n - 5, ".data") == 0)
        return true;
    struct stat st;
    FILE *stream = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "re") : NULL;
    if (!stream) /* a FIFO is not waited for */
        return false;
    bool is = first_line_is(stream);
    fclose(stream);
    return is;
}
