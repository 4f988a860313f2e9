#include "data/lists.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

#define LIST_BYTES_MAX ((size_t)1 << 30)
#define TOKENS_MAX 48

struct match {
    size_t start, end; /* in the file name */
    int label, twin;
};

/* Place of a path in a list, for messages; line 0 in a folder. */
struct place {
    const char *file;
    long line;
};

/* The list file's labels; Darknet's detection sets have only names. */
static const struct labels *label_list(const struct build *b)
{
    return b->labels.n ? &b->labels : &b->names;
}

static int two_labels(const struct labels *labels, const char *path, int first, int second, struct place at,
                      struct error *e)
{
    return error_at(e, at.file, at.line, "\"%s\" matches two labels, \"%s\" and \"%s\" (expected one)", path,
                    labels->names[first], labels->names[second]);
}

static int repeated_label(const struct labels *labels, int first, int second, struct error *e)
{
    return error_at(e, labels->path, second + 1, "label \"%s\" stands on line %d too (expected once)",
                    labels->names[second], first + 1);
}

/* Each function below sets *label to the one that matches, or leaves it; -1 where two do. */
static int match_folders(const struct labels *labels, const char *path, struct place at, int *label,
                         struct error *e)
{
    for (const char *part = path; *part;) {
        const char *slash = strchr(part, '/');
        if (!slash)
            break;
        int twin;
        int found = labels_find(labels, part, (size_t)(slash - part), &twin);
        if (found != LABELS_NONE && twin != LABELS_NONE)
            return repeated_label(labels, found, twin, e);
        if (found != LABELS_NONE && *label != LABELS_NONE && found != *label)
            return two_labels(labels, path, *label, found, at, e);
        if (found != LABELS_NONE)
            *label = found;
        part = slash + 1;
    }
    return 0;
}

static bool is_delimiter(char c)
{
    return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             (unsigned char)c >= 0x80);
}

/* Cuts the name into tokens; names of more than TOKENS_MAX keep their first ones. */
static int find_tokens(const char *name, size_t length, size_t *starts, size_t *ends)
{
    int n = 0;
    for (size_t i = 0; i < length && n < TOKENS_MAX;) {
        if (is_delimiter(name[i])) {
            i++;
            continue;
        }
        starts[n] = i;
        while (i < length && !is_delimiter(name[i]))
            i++;
        ends[n++] = i;
    }
    return n;
}

static bool within(const struct match *inner, const struct match *outer)
{
    return inner->start >= outer->start && inner->end <= outer->end &&
           inner->end - inner->start < outer->end - outer->start;
}

static int match_name(const struct labels *labels, const char *path, struct place at, int *label,
                      struct error *e)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = walk_is_image(name) ? strrchr(name, '.') : NULL;
    size_t starts[TOKENS_MAX], ends[TOKENS_MAX];
    int tokens = find_tokens(name, dot ? (size_t)(dot - name) : strlen(name), starts, ends);

    struct match matches[TOKENS_MAX]; /* for each token the longest run that begins there and is a label */
    int n = 0;
    for (int i = 0; i < tokens; i++)
        for (int j = tokens - 1; j >= i; j--) {
            struct match m = {starts[i], ends[j], LABELS_NONE, LABELS_NONE};
            m.label = labels_find(labels, name + m.start, m.end - m.start, &m.twin);
            if (m.label == LABELS_NONE)
                continue;
            matches[n++] = m;
            break;
        }
    for (int i = 0; i < n; i++) {
        bool inside = false;
        for (int j = 0; j < n; j++)
            inside = inside || within(&matches[i], &matches[j]);
        if (inside)
            continue;
        if (matches[i].twin != LABELS_NONE)
            return repeated_label(labels, matches[i].label, matches[i].twin, e);
        if (*label != LABELS_NONE && *label != matches[i].label)
            return two_labels(labels, path, *label, matches[i].label, at, e);
        *label = matches[i].label;
    }
    return 0;
}

static int match_path(const struct labels *labels, const char *path, struct place at, int *label,
                      struct error *e)
{
    *label = LABELS_NONE;
    int failed = match_folders(labels, path, at, label, e);
    if (!failed && *label == LABELS_NONE)
        failed = match_name(labels, path, at, label, e);
    return failed;
}

/* -------- counts for the user at the end */

struct tally {
    long n;
    long line;
    char *path; /* the first */
};

static void tally_add(struct tally *t, const char *path, long line)
{
    if (t->n++)
        return;
    t->path = memory_copy(path);
    t->line = line;
}

static void lists_tell(struct build *b, const struct tally *t, const char *what)
{
    if (t->n && t->line)
        build_warn(b, "%s: %ld of %ld images %s (first: line %ld, %s)", b->path, t->n, b->d->images_n, what,
                   t->line, t->path);
    else if (t->n)
        build_warn(b, "%s: %ld of %ld images %s (first: %s)", b->path, t->n, b->d->images_n, what, t->path);
}

static int lists_finish(struct build *b, const struct tally *unlabelled, struct error *e)
{
    const struct labels *labels = label_list(b);
    if (b->d->images_n && unlabelled->n == b->d->images_n)
        return error_at(e, b->path, 0,
                        "none of its %ld images has a label of %s in its path (the first is \"%s\")",
                        b->d->images_n, labels->path, unlabelled->path);
    lists_tell(b, unlabelled, "have no label in their paths and are never measured");
    if (build_classes(b, labels->n, e) < 0)
        return -1;
    for (int i = 0; i < b->d->classes_n && i < labels->n; i++)
        b->d->classes[i].folder = memory_copy(labels->names[i]);
    return 0;
}

/* -------- list files */

/* The number of the base in which the path is found; the first where it is found in none. */
static int find_base(const struct build *b, const char *path, bool *found)
{
    const struct dataset_store *store = b->d->store;
    *found = true;
    for (int i = 0; i < store->bases_n; i++) {
        /* The last base is "", for the current directory and for absolute paths. */
        if (path[0] == '/' && store->bases[i][0])
            continue;
        char *full = walk_join(store->bases[i], path);
        bool there = access(full, F_OK) == 0;
        free(full);
        if (there)
            return i;
    }
    *found = false;
    return path[0] == '/' ? store->bases_n - 1 : 0;
}

static int lists_take_line(struct build *b, const char *path, struct place at, struct tally *missing,
                           struct tally *unlabelled, struct error *e)
{
    int label;
    if (match_path(label_list(b), path, at, &label, e) < 0)
        return -1;
    bool found;
    int base = find_base(b, path, &found);
    if (!found)
        tally_add(missing, path, at.line);
    if (label == LABELS_NONE)
        tally_add(unlabelled, path, at.line);
    build_add(b, memory_copy(path), label == LABELS_NONE ? DATASET_NO_CLASS : label, base);
    return 0;
}

static int take_lines(struct build *b, const char *path, char *text, struct error *e)
{
    struct tally missing = {0}, unlabelled = {0};
    struct place at = {path, 0};
    int failed = 0;
    for (char *line = text; line && *line && !failed;) {
        char *end = strchr(line, '\n');
        size_t n = end ? (size_t)(end - line) : strlen(line);
        while (n && line[n - 1] == '\r')
            n--;
        if (end)
            *end = '\0';
        line[n] = '\0';
        at.line++;
        if (line[strspn(line, " \t")])
            failed = lists_take_line(b, line, at, &missing, &unlabelled, e);
        line = end ? end + 1 : NULL;
    }
    if (!failed) {
        lists_tell(b, &missing, "are not there");
        failed = lists_finish(b, &unlabelled, e);
    }
    free(missing.path);
    free(unlabelled.path);
    return failed;
}

int lists_open(struct build *b, const char *path, const char *adjacent, struct error *e)
{
    b->d->layout = memory_copy("list");
    size_t length;
    char *text = file_read(path, LIST_BYTES_MAX, &length, e);
    if (!text)
        return -1;
    int failed = 0;
    if (strlen(text) != length)
        failed = error_at(e, path, 0,
                          "holds binary data (expected a folder, an IDX file, or a list of image paths)");
    else if (label_list(b)->n == 0)
        failed = error_at(e, path, 0,
                          "is taken for a list of images, and needs the labels (expected --labels FILE)");
    if (!failed) {
        char *folder = walk_folder_of(path);
        build_base(b, folder);
        free(folder);
        if (adjacent)
            build_base(b, adjacent);
        build_base(b, "");
        failed = take_lines(b, path, text, e);
    }
    free(text);
    return failed;
}

int lists_open_flat(struct build *b, const char *at, const struct walk_list *list, struct error *e)
{
    b->d->layout = memory_copy("file names");
    if (label_list(b)->n == 0)
        return error_at(
            e, b->path, 0,
            "holds %d images but no class folders (expected CLASS/*.png, or --labels FILE with the "
            "labels that the file names hold)",
            walk_images(list));
    struct tally unlabelled = {0};
    int failed = 0;
    for (int i = 0; i < list->files_n && !failed; i++) {
        char *path = walk_join(at, list->files[i]);
        int label = LABELS_NONE;
        if (!walk_is_image(path)) {
            build_foreign(b, path);
            free(path);
            continue;
        }
        failed = match_name(label_list(b), path, (struct place){b->path, 0}, &label, e);
        if (label == LABELS_NONE)
            tally_add(&unlabelled, path, 0);
        build_add(b, path, label == LABELS_NONE ? DATASET_NO_CLASS : label, 0);
    }
    failed = failed ? failed : lists_finish(b, &unlabelled, e);
    free(unlabelled.path);
    return failed;
}
