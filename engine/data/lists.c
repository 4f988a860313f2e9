#include "data/lists.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/path_labels.h"
#include "data/rebase.h"

#define LIST_BYTES_MAX ((size_t)1 << 30)

/* The list file's labels; Darknet's detection sets have only names. */
static const struct labels *label_list(const struct build *b)
{
    return labels_n(b->labels) ? b->labels : b->names;
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

/* `lines`: of the images in their list, or NULL. */
static int lists_finish(struct build *b, const long *lines, struct error *e)
{
    const struct labels *labels = label_list(b);
    const struct dataset *d = b->d;
    struct tally unlabelled = {0};
    if (labels_n(labels) && path_labels_find(b, labels, lines, e) < 0)
        return -1;
    for (long i = 0; i < d->images_n; i++)
        if (d->images[i].class_index == DATASET_NO_CLASS)
            tally_add(&unlabelled, d->images[i].path, lines ? lines[i] : 0);
    int failed = 0;
    bool all = d->images_n && unlabelled.n == d->images_n;
    if (all && !b->unlabelled)
        failed =
            error_at(e, b->path, 0,
                     "none of its %ld images has a label of %s in its path (the first is \"%s\"; expected "
                     "those, or --truth FILE with the label of each)",
                     d->images_n, labels_path(labels), unlabelled.path);
    else if (!all)
        lists_tell(b, &unlabelled, "have no label in their paths and are never measured");
    free(unlabelled.path);
    if (failed || build_classes(b, labels_n(labels), e) < 0)
        return -1;
    for (int i = 0; i < d->classes_n && i < labels_n(labels); i++)
        d->classes[i].folder = memory_copy(labels_names(labels)[i]);
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
        if (store->bases[i][0] ? path[0] == '/' : b->root && path[0] != '/')
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

/* The images that a list names, with the numbers of their lines. */
struct listed {
    long *lines, capacity;
    bool *missing;
    long missing_n;
};

static void lists_take_line(struct build *b, const char *path, long line, struct listed *l)
{
    bool found;
    int base = find_base(b, path, &found);
    if (b->d->images_n == l->capacity) {
        l->capacity = l->capacity ? 2 * l->capacity : 256;
        l->lines = memory_grow(l->lines, (size_t)l->capacity, sizeof *l->lines);
        l->missing = memory_grow(l->missing, (size_t)l->capacity, sizeof *l->missing);
    }
    l->lines[b->d->images_n] = line;
    l->missing[b->d->images_n] = !found;
    l->missing_n += !found;
    build_add(b, memory_copy(path), DATASET_NO_CLASS, base);
}

/* Every line that is not blank is a path. */
static void take_lines(struct build *b, char *text, struct listed *listed)
{
    long number = 0;
    for (char *line = text_after_mark(text); line && *line;) {
        char *end = strchr(line, '\n');
        size_t n = end ? (size_t)(end - line) : strlen(line);
        while (n && line[n - 1] == '\r')
            n--;
        if (end)
            *end = '\0';
        line[n] = '\0';
        number++;
        if (line[strspn(line, " \t")])
            lists_take_line(b, line, number, listed);
        line = end ? end + 1 : NULL;
    }
}

static int find_missing(struct build *b, struct listed *listed, struct error *e)
{
    struct tally missing = {0};
    /* A list of which some images are there is one of this machine, and the others are lost. */
    bool foreign = listed->missing_n == b->d->images_n || b->root;
    if (listed->missing_n && foreign && rebase_images(b, listed->lines, listed->missing, e) < 0)
        return -1;
    for (long i = 0; i < b->d->images_n; i++)
        if (listed->missing[i])
            tally_add(&missing, b->d->images[i].path, listed->lines[i]);
    lists_tell(b, &missing,
               missing.n == b->d->images_n && !b->root
                   ? "are not there; --root DIR says where the paths begin"
                   : "are not there");
    free(missing.path);
    return 0;
}

/* `own`: what its lines say of labels; NULL: they do not. */
static int take_list(struct build *b, char *text, const struct truth *own, struct error *e)
{
    struct listed listed = {0};
    if (!own)
        take_lines(b, text, &listed);
    for (long i = 0; own && i < truth_n(own); i++)
        lists_take_line(b, truth_name(own, i), truth_line(own, i), &listed);
    int failed = find_missing(b, &listed, e);
    if (!failed && listed.lines)
        failed = b->truth ? truth_label_images(b, b->truth, e)
                 : own    ? truth_label_list(b, own, e)
                          : lists_finish(b, listed.lines, e);
    free(listed.missing);
    free(listed.lines);
    return failed;
}

static void add_bases(struct build *b, const char *path, const char *adjacent)
{
    char *folder = walk_folder_of(path);
    build_base(b, b->root ? b->root : folder);
    if (adjacent && !b->root)
        build_base(b, adjacent);
    build_base(b, "");
    free(folder);
}

int lists_open(struct build *b, const char *path, const char *adjacent, struct error *e)
{
    b->d->layout = memory_copy("list");
    b->listed = true;
    size_t length;
    char *text = file_read(path, LIST_BYTES_MAX, &length, e);
    if (!text)
        return -1;
    struct truth *own = NULL;
    int failed = 0;
    if (strlen(text) != length)
        failed = error_at(e, path, 0,
                          "holds binary data (expected a folder, an IDX file, or a list of image paths)");
    else if (!(own = truth_of_list(path, text, label_list(b))) && !b->truth && labels_n(label_list(b)) == 0 &&
             !b->unlabelled)
        failed = error_at(
            e, path, 0,
            "is taken for a list of images, and needs the labels (expected --labels FILE, or lines PATH "
            "LABEL)");
    if (!failed) {
        add_bases(b, path, adjacent);
        failed = take_list(b, text, own, e);
    }
    truth_free(own);
    free(text);
    return failed;
}

int lists_open_flat(struct build *b, const char *at, const struct walk_list *list, struct error *e)
{
    b->d->layout = memory_copy("file names");
    if (labels_n(label_list(b)) == 0 && !b->unlabelled)
        return error_at(
            e, b->path, 0,
            "%s%s%sholds %d image%s but no class folders (expected CLASS/*.png, --labels FILE with "
            "the labels that the file names hold, or --truth FILE with the label of each; without labels: "
            "isplit curve --score top)",
            at[0] ? "folder \"" : "", at, at[0] ? "\" " : "", walk_images(list),
            walk_images(list) == 1 ? "" : "s");
    for (int i = 0; i < list->files_n; i++) {
        char *path = walk_join(at, list->files[i]);
        if (walk_is_image(path)) {
            build_add(b, path, DATASET_NO_CLASS, 0);
            continue;
        }
        build_foreign(b, path);
        free(path);
    }
    return lists_finish(b, NULL, e);
}
