#include "data/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/text_list.h"
#include "data/walk.h"

#define DEPTH_MAX 48

int build_base(struct build *b, const char *folder)
{
    struct dataset_store *store = b->d->store;
    store->bases = memory_grow(store->bases, (size_t)store->bases_n + 1, sizeof *store->bases);
    store->bases[store->bases_n] = memory_copy(folder);
    return store->bases_n++;
}

void build_add(struct build *b, char *path, int class_index, int base)
{
    struct dataset *d = b->d;
    struct dataset_store *store = d->store;
    if (d->images_n == store->capacity) {
        store->capacity = store->capacity ? 2 * store->capacity : 256;
        d->images = memory_grow(d->images, (size_t)store->capacity, sizeof *d->images);
        store->base_of = memory_grow(store->base_of, (size_t)store->capacity, 1);
    }
    store->base_of[d->images_n] = (unsigned char)base;
    d->images[d->images_n++] = (struct dataset_image){path, class_index, -1, -1};
}

/* File names may hold line feeds and worse: it stays one printable line. */
static void build_tell(char ***lines, int *n, const char *format, va_list args)
{
    char *line = memory_format_list(format, args);
    *lines = memory_grow(*lines, (size_t)*n + 1, sizeof **lines);
    (*lines)[(*n)++] = text_escape(line);
    free(line);
}

void build_warn(struct build *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    build_tell(&b->d->warnings, &b->d->warnings_n, format, args);
    va_end(args);
}

void build_note(struct build *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    build_tell(&b->d->notes, &b->d->notes_n, format, args);
    va_end(args);
}

void build_labelled(struct build *b, const char *how, long images)
{
    if (images > 0)
        text_list_append(&b->d->labelled, "%s: %ld", how, images);
}

void build_foreign(struct build *b, const char *path)
{
    if (b->foreign++ == 0)
        b->foreign_first = memory_copy(path);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct dataset_image *)a)->path, ((const struct dataset_image *)b)->path);
}

void build_sort(struct build *b)
{
    if (b->d->images_n)
        qsort(b->d->images, (size_t)b->d->images_n, sizeof *b->d->images, by_path);
}

/* -------- classes */

static void make_classes(struct build *b, int n)
{
    struct dataset *d = b->d;
    d->classes_n = n;
    d->classes = memory_new((size_t)n, sizeof *d->classes);
    for (int i = 0; i < n; i++)
        d->classes[i].index = i;
}

/* The number of output indices: the network's, else that of the longest list. */
static int known_classes(const struct build *b, int at_least)
{
    if (b->outputs > 0)
        return b->outputs;
    int n = labels_n(b->labels) ? labels_n(b->labels) : at_least;
    return labels_n(b->names) > n ? labels_n(b->names) : n;
}

static void name_and_count(struct build *b)
{
    struct dataset *d = b->d;
    for (int i = 0; i < d->classes_n; i++) {
        struct dataset_class *c = &d->classes[i];
        if (i < labels_n(b->names) && labels_names(b->names)[i][0])
            c->name = memory_copy(labels_names(b->names)[i]);
        else if (i < labels_n(b->labels) && labels_names(b->labels)[i][0])
            c->name = memory_copy(labels_names(b->labels)[i]);
        else if (c->folder)
            c->name = memory_copy(c->folder);
        else
            c->name = memory_format("%d", i);
    }
    for (long i = 0; i < d->images_n; i++)
        if (d->images[i].class_index != DATASET_NO_CLASS)
            d->classes[d->images[i].class_index].images++;
}

static int check_labels(const struct build *b, struct error *e)
{
    if (labels_n(b->labels) && labels_n(b->labels) < b->outputs)
        return error_at(e, labels_path(b->labels), 0,
                        "has %d label%s, the network %d outputs (expected as many or more)",
                        labels_n(b->labels), labels_n(b->labels) == 1 ? "" : "s", b->outputs);
    return 0;
}

int build_classes(struct build *b, int at_least, struct error *e)
{
    if (check_labels(b, e) < 0)
        return -1;
    if (b->outputs > 0 && at_least > b->outputs)
        return error_at(e, b->path, 0, "has %d classes, the network %d output%s (expected no more)", at_least,
                        b->outputs, b->outputs == 1 ? "" : "s");
    int n = known_classes(b, at_least);
    make_classes(b, n > at_least ? n : at_least);
    name_and_count(b);
    return 0;
}

/* The output of one class folder by the label list; LABELS_NONE for a folder without images that no label
 * names (documents next to the classes), -2 on error. */
static int folder_output(struct build *b, const char *folder, long images, struct error *e)
{
    int twin;
    int output = labels_find(b->labels, folder, strlen(folder), &twin);
    if (output == LABELS_NONE && images == 0) {
        build_warn(b, "%s: folder \"%s\" passed over: no images in it and no label names it", b->path,
                   folder);
        return LABELS_NONE;
    }
    if (output == LABELS_NONE) {
        error_at(e, b->path, 0, "class folder \"%s\" is none of the %d labels of %s%s", folder,
                 labels_n(b->labels), labels_path(b->labels),
                 labels_n(b->labels) < labels_in_file(b->labels) ? " (as many as the network has outputs)"
                                                                 : "");
        return -2;
    }
    if (twin != LABELS_NONE) {
        error_at(e, labels_path(b->labels), twin + 1,
                 "label \"%s\" stands on line %d too (expected once, as class folder of %s)", folder,
                 output + 1, b->path);
        return -2;
    }
    return output;
}

/* Without labels the position counts. Where the display names hold the folder's name on another line, they
 * must be the labels. */
static int check_position(const struct build *b, const char *folder, int position, struct error *e)
{
    int twin;
    int line = labels_find(b->names, folder, strlen(folder), &twin);
    if (line == LABELS_NONE || line == position || twin == position)
        return 0;
    return error_at(e, labels_path(b->names), line + 1,
                    "\"%s\" names output %d, but that %s of %s is number %d in order (expected --labels "
                    "with this file, or labels in the .data file)",
                    folder, line, b->group, b->path, position);
}

static int folder_outputs(struct build *b, char *const *folders, int n, const long *images, int *outputs,
                          struct error *e)
{
    if (labels_n(b->labels) == 0 && b->outputs > 0 && n != b->outputs)
        return error_at(
            e, b->path, 0,
            n < b->outputs
                ? "has %d class folder%s, the network %d output%s (expected as many, or --labels FILE)"
                : "has %d class folder%s, the network %d output%s (expected as many)",
            n, n == 1 ? "" : "s", b->outputs, b->outputs == 1 ? "" : "s");
    for (int i = 0; i < n; i++) {
        outputs[i] = labels_n(b->labels) ? folder_output(b, folders[i], images[i], e) : i;
        if (outputs[i] < LABELS_NONE || (labels_n(b->labels) == 0 && check_position(b, folders[i], i, e) < 0))
            return -1;
        if (labels_n(b->labels) == 0 && images[i] == 0)
            build_warn(b, "%s: %s \"%s\" holds no images", b->path, b->group, folders[i]);
    }
    return 0;
}

/* Says where folders 0 to 11 are not in the order that their numbers suggest. */
static void warn_of_numbers(struct build *b, char *const *folders, int n)
{
    int first = -1;
    long number, before = 0;
    for (int i = 0; i < n; i++) {
        if (!folders[i][0] || folders[i][strspn(folders[i], "0123456789")] ||
            !text_to_long(folders[i], &number))
            return;
        /* In byte order a number that is lower than the one before it comes after those that should follow
         * it. */
        if (i && number < before && first < 0)
            for (first = 0; first < i && strtol(folders[first], NULL, 10) < number;)
                first++;
        before = number;
    }
    if (first >= 0)
        build_warn(
            b,
            "%s: folders are numbers, but their outputs are in byte order of the names, not in order of the "
            "numbers (first: folder \"%s\" is output %d); --labels FILE gives another order",
            b->path, folders[first], first);
}

int build_map(struct build *b, char *const *folders, int n, struct error *e)
{
    if (check_labels(b, e) < 0)
        return -1;
    struct dataset *d = b->d;
    long *images = memory_new((size_t)n, sizeof *images);
    int *outputs = memory_new((size_t)n, sizeof *outputs);
    for (long i = 0; i < d->images_n; i++)
        if (d->images[i].class_index != DATASET_NO_CLASS)
            images[d->images[i].class_index]++;
    int failed = folder_outputs(b, folders, n, images, outputs, e);
    if (!failed && labels_n(b->labels) == 0)
        warn_of_numbers(b, folders, n);
    if (!failed) {
        make_classes(b, known_classes(b, n));
        for (int i = 0; i < n; i++)
            if (outputs[i] != LABELS_NONE)
                d->classes[outputs[i]].folder = memory_copy(folders[i]);
        for (long i = 0; i < d->images_n; i++)
            if (d->images[i].class_index != DATASET_NO_CLASS)
                d->images[i].class_index = outputs[d->images[i].class_index];
        name_and_count(b);
    }
    free(images);
    free(outputs);
    return failed;
}

static int build_by_name(const void *a, const void *b)
{
    const struct dataset_class *p = *(const struct dataset_class *const *)a,
                               *q = *(const struct dataset_class *const *)b;
    int order = strcmp(p->name, q->name);
    return order ? order : p->index - q->index;
}

void build_warn_of_names(struct build *b)
{
    const struct dataset *d = b->d;
    const struct dataset_class **sorted = memory_new((size_t)d->classes_n, sizeof *sorted), *first = NULL;
    int names = 0;
    for (int i = 0; i < d->classes_n; i++)
        sorted[i] = &d->classes[i];
    if (d->classes_n)
        qsort(sorted, (size_t)d->classes_n, sizeof *sorted, build_by_name);
    int second = 0;
    for (int i = 1; i < d->classes_n; i++) {
        bool again = i > 1 && strcmp(sorted[i - 2]->name, sorted[i]->name) == 0;
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) != 0 || again)
            continue;
        if (names++ == 0) {
            first = sorted[i - 1];
            second = sorted[i]->index;
        }
    }
    if (names)
        build_warn(
            b,
            "%s: %d class name%s not unique (first: \"%s\", outputs %d and %d); a name in -c means all "
            "its classes, a number one",
            b->path, names, names == 1 ? " is" : "s are", first->name, first->index, second);
    free(sorted);
}

/* -------- images below a folder */

struct ancestors { /* the folders from the root down: a link to one of them is a loop */
    dev_t dev[DEPTH_MAX];
    ino_t ino[DEPTH_MAX];
    int n;
};

/* Whether the walk may enter the folder; if so, it is remembered until ancestors.n is set back. */
static bool enter(struct build *b, struct ancestors *up, const char *full)
{
    struct stat st;
    if (stat(full, &st) < 0)
        return true; /* walk_read gives the reason */
    for (int i = 0; i < up->n; i++)
        if (up->dev[i] == st.st_dev && up->ino[i] == st.st_ino) {
            build_warn(b, "%s: link back to a folder above it, passed over", full);
            return false;
        }
    if (up->n == DEPTH_MAX) {
        build_warn(b, "%s: nested deeper than %d folders, passed over", full, DEPTH_MAX);
        return false;
    }
    up->dev[up->n] = st.st_dev;
    up->ino[up->n++] = st.st_ino;
    return true;
}

static void collect(struct build *b, const char *folder, int class_index, struct ancestors *up)
{
    char *full = walk_join(b->d->store->bases[0], folder);
    int above = up->n;
    struct walk_list list = {0};
    struct error problem;
    if (!enter(b, up, full)) {
        free(full);
        return;
    }
    if (walk_read(full, &list, &problem) < 0)
        build_warn(b, "%s", problem.text);
    for (int i = 0; i < list.files_n; i++) {
        char *path = walk_join(folder, list.files[i]);
        if (walk_is_image(path)) {
            build_add(b, path, class_index, 0);
        } else {
            build_foreign(b, path);
            free(path);
        }
    }
    for (int i = 0; i < list.folders_n; i++) {
        char *below = walk_join(folder, list.folders[i]);
        collect(b, below, class_index, up);
        free(below);
    }
    walk_free(&list);
    up->n = above;
    free(full);
}

void build_collect(struct build *b, const char *folder, int class_index)
{
    struct ancestors up = {0};
    if (folder[0])
        enter(b, &up, b->d->store->bases[0]);
    for (const char *slash = strchr(folder, '/'); slash; slash = strchr(slash + 1, '/')) {
        char *part = memory_copy_n(folder, (size_t)(slash - folder));
        char *full = walk_join(b->d->store->bases[0], part);
        enter(b, &up, full);
        free(full);
        free(part);
    }
    collect(b, folder, class_index, &up);
}
