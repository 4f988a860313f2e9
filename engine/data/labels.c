#include "data/labels.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

struct labels {
    char *path;
    char **names; /* by position */
    int n;        /* 0: no file was given */
    int in_file;  /* how many lines the file has; more than n where the list was cut */
    int *sorted;  /* positions in byte order of names, for labels_find */
    char *text;   /* the file's bytes: `names` points into them */
};

#define LABELS_BYTES_MAX ((size_t)64 << 20)

static int compare_bytes(const char *name, const char *bytes, size_t length)
{
    int order = strncmp(name, bytes, length);
    return order ? order : name[length] != '\0';
}

static int by_name_then_position(const void *a, const void *b, void *names_)
{
    char *const *names = names_;
    int i = *(const int *)a, j = *(const int *)b;
    int order = strcmp(names[i], names[j]);
    return order ? order : i - j;
}

static void split_lines(struct labels *labels)
{
    int capacity = 0, used = 0; /* used: up to the last line that is not blank */
    for (char *line = text_after_mark(labels->text); line && *line;) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        if (labels->in_file == capacity) {
            capacity = capacity ? 2 * capacity : 64;
            labels->names = memory_grow(labels->names, (size_t)capacity, sizeof *labels->names);
        }
        labels->names[labels->in_file++] = text_trim(line);
        if (labels->names[labels->in_file - 1][0])
            used = labels->in_file;
        line = end ? end + 1 : NULL;
    }
    labels->in_file = used;
}

struct labels *labels_read(const char *path, int outputs, struct error *e)
{
    size_t length = 0;
    char *text = file_read(path, LABELS_BYTES_MAX, &length, e);
    if (!text)
        return NULL;
    bool binary = strlen(text) != length;
    struct labels *labels = memory_new(1, sizeof *labels);
    labels->text = text;
    labels->path = memory_copy(path);
    split_lines(labels);
    if (binary || labels->in_file == 0) {
        error_at(e, path, 0,
                 binary ? "holds binary data (expected one label a line)"
                        : "is empty (expected one label a line)");
        labels_free(labels);
        return NULL;
    }
    labels->n = outputs > 0 && labels->in_file > outputs ? outputs : labels->in_file;
    labels->sorted = memory_new((size_t)labels->n, sizeof *labels->sorted);
    for (int i = 0; i < labels->n; i++)
        labels->sorted[i] = i;
    qsort_r(labels->sorted, (size_t)labels->n, sizeof *labels->sorted, by_name_then_position, labels->names);
    return labels;
}

void labels_free(struct labels *labels)
{
    if (!labels)
        return;
    free(labels->path);
    free(labels->names);
    free(labels->sorted);
    free(labels->text);
    free(labels);
}

int labels_n(const struct labels *labels)
{
    return labels ? labels->n : 0;
}

int labels_in_file(const struct labels *labels)
{
    return labels ? labels->in_file : 0;
}

char *const *labels_names(const struct labels *labels)
{
    return labels ? labels->names : NULL;
}

const char *labels_path(const struct labels *labels)
{
    return labels ? labels->path : NULL;
}

int labels_find(const struct labels *labels, const char *bytes, size_t length, int *twin)
{
    *twin = LABELS_NONE;
    if (!labels || length == 0)
        return LABELS_NONE;
    int low = 0, high = labels->n; /* the first place whose name is not below */
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (compare_bytes(labels->names[labels->sorted[middle]], bytes, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == labels->n || compare_bytes(labels->names[labels->sorted[low]], bytes, length) != 0)
        return LABELS_NONE;
    if (low + 1 < labels->n && compare_bytes(labels->names[labels->sorted[low + 1]], bytes, length) == 0)
        *twin = labels->sorted[low + 1];
    return labels->sorted[low];
}
