#include "data/tiny_imagenet.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/folders.h"

#define TEXT_BYTES_MAX ((size_t)256 << 20)
#define ANNOTATIONS "val_annotations.txt"

static char *tiny_imagenet_full_path(const struct build *b, const char *at, const char *name)
{
    char *inner = walk_join(at, name);
    char *full = walk_join(b->d->store->bases[0], inner);
    free(inner);
    return full;
}

static bool exists(const struct build *b, const char *at, const char *name)
{
    char *full = tiny_imagenet_full_path(b, at, name);
    bool there = access(full, F_OK) == 0;
    free(full);
    return there;
}

bool tiny_imagenet_found(const struct build *b, const char *at, const struct walk_list *list)
{
    if (walk_has(list->files, list->files_n, ANNOTATIONS))
        return true;
    bool val = walk_has(list->folders, list->folders_n, "val");
    bool train = walk_has(list->folders, list->folders_n, "train");
    return (val && exists(b, at, "val/" ANNOTATIONS)) ||
           ((val || train) && walk_has(list->files, list->files_n, "wnids.txt"));
}

/* -------- val_annotations.txt: file, tab, wnid, tab, box */

struct annotation {
    const char *file, *wnid;
    int line;
};

struct annotations {
    char *path;
    char *text;
    struct annotation *rows; /* in byte order of file */
    int n;
};

static int by_file(const void *a, const void *b)
{
    const struct annotation *p = a, *q = b;
    int order = strcmp(p->file, q->file);
    return order ? order : p->line - q->line;
}

static int parse_annotations(struct annotations *a, struct error *e)
{
    int capacity = 0, number = 0;
    char *file, *rest = text_after_mark(a->text);
    while ((file = text_next_line(&rest, &number))) {
        char *wnid = strchr(file, '\t');
        if (!wnid)
            return error_at(e, a->path, number, "has no tab (expected FILE, tab, CLASS)");
        *wnid++ = '\0';
        wnid[strcspn(wnid, "\t")] = '\0';
        if (a->n == capacity) {
            capacity = capacity ? 2 * capacity : 256;
            a->rows = memory_grow(a->rows, (size_t)capacity, sizeof *a->rows);
        }
        a->rows[a->n++] = (struct annotation){file, wnid, number};
    }
    if (a->n == 0)
        return error_at(e, a->path, 0, "is empty (expected FILE, tab, CLASS in each line)");
    qsort(a->rows, (size_t)a->n, sizeof *a->rows, by_file);
    for (int i = 1; i < a->n; i++)
        if (strcmp(a->rows[i].file, a->rows[i - 1].file) == 0 &&
            strcmp(a->rows[i].wnid, a->rows[i - 1].wnid) != 0)
            return error_at(e, a->path, a->rows[i].line, "gives \"%s\" another class than line %d does",
                            a->rows[i].file, a->rows[i - 1].line);
    return 0;
}

static int read_annotations(const struct build *b, const char *val, struct annotations *a, struct error *e)
{
    size_t length;
    a->path = tiny_imagenet_full_path(b, val, ANNOTATIONS);
    a->text = file_read(a->path, TEXT_BYTES_MAX, &length, e);
    return a->text ? parse_annotations(a, e) : -1;
}

static void free_annotations(struct annotations *a)
{
    free(a->path);
    free(a->text);
    free(a->rows);
}

/* -------- the classes, in byte order */

struct wnids {
    char **names;
    int n;
};

static int tiny_imagenet_by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_unique(struct wnids *w)
{
    if (w->n)
        qsort(w->names, (size_t)w->n, sizeof *w->names, tiny_imagenet_by_name);
    int kept = 0;
    for (int i = 0; i < w->n; i++) {
        if (w->names[i][0] && (kept == 0 || strcmp(w->names[kept - 1], w->names[i]) != 0))
            w->names[kept++] = w->names[i];
        else
            free(w->names[i]);
    }
    w->n = kept;
}

static void free_wnids(struct wnids *w)
{
    for (int i = 0; i < w->n; i++)
        free(w->names[i]);
    free(w->names);
}

static void copy_names(struct wnids *w, char *const *names, int n)
{
    w->names = memory_new((size_t)n, sizeof *w->names);
    for (w->n = 0; w->n < n; w->n++)
        w->names[w->n] = memory_copy(names[w->n]);
}

/* From wnids.txt in `root`, else from the folders of train, else from the annotations (may be NULL). */
static int read_wnids(const struct build *b, const char *root, const struct annotations *a, struct wnids *w,
                      struct error *e)
{
    *w = (struct wnids){0};
    if (exists(b, root, "wnids.txt")) {
        char *path = tiny_imagenet_full_path(b, root, "wnids.txt");
        struct labels *listed = labels_read(path, 0, e);
        if (listed)
            copy_names(w, labels_names(listed), labels_n(listed));
        free(path);
        sort_unique(w);
        bool failed = !listed;
        labels_free(listed);
        return failed ? -1 : 0;
    }
    char *train = tiny_imagenet_full_path(b, root, "train");
    struct walk_list list;
    if (walk_read(train, &list, NULL) == 0)
        copy_names(w, list.folders, list.folders_n);
    walk_free(&list);
    free(train);
    if (w->n == 0 && a) {
        w->names = memory_grow(w->names, (size_t)a->n, sizeof *w->names);
        for (w->n = 0; w->n < a->n; w->n++)
            w->names[w->n] = memory_copy(a->rows[w->n].wnid);
    }
    sort_unique(w);
    return 0;
}

static int find_wnid(const struct wnids *w, const char *name)
{
    char *const *at =
        w->n ? bsearch(&name, w->names, (size_t)w->n, sizeof *w->names, tiny_imagenet_by_name) : NULL;
    return at ? (int)(at - w->names) : -1;
}

/* -------- images */

static int file_only(const void *a, const void *b)
{
    return strcmp(((const struct annotation *)a)->file, ((const struct annotation *)b)->file);
}

/* Labels the files in val/images by the annotations. */
static int collect_annotated(struct build *b, const char *val, const struct annotations *a,
                             const struct wnids *w, struct error *e)
{
    char *images = walk_join(val, "images");
    build_collect(b, images, DATASET_NO_CLASS);
    build_sort(b);
    long unlabelled = 0;
    int failed = 0;
    size_t prefix = strlen(images) + 1;
    for (long i = 0; i < b->d->images_n && !failed; i++) {
        struct dataset_image *image = &b->d->images[i];
        struct annotation key = {image->path + prefix, NULL, 0};
        const struct annotation *row =
            a->rows ? bsearch(&key, a->rows, (size_t)a->n, sizeof *a->rows, file_only) : NULL;
        if (!row) {
            unlabelled++;
            continue;
        }
        image->class_index = find_wnid(w, row->wnid);
        if (image->class_index < 0)
            failed = error_at(e, a->path, row->line, "class \"%s\" is none of the %d of wnids.txt", row->wnid,
                              w->n);
    }
    long found = b->d->images_n - unlabelled;
    build_labelled(b, ANNOTATIONS, found);
    if (unlabelled)
        build_warn(b, "%s: %ld images have no annotation, so no label, and are never measured", b->path,
                   unlabelled);
    if (found < a->n && !failed)
        build_warn(b, "%s: %ld of %d annotated images are not there", b->path, a->n - found, a->n);
    free(images);
    return failed;
}

static void collect_folders(struct build *b, const char *split, const struct wnids *w)
{
    char *full = tiny_imagenet_full_path(b, split, "");
    struct walk_list list;
    struct error problem;
    if (walk_read(full, &list, &problem) < 0)
        build_warn(b, "%s", problem.text);
    for (int i = 0; i < list.folders_n; i++) {
        int wnid = find_wnid(w, list.folders[i]);
        char *folder = walk_join(split, list.folders[i]);
        if (wnid >= 0)
            build_collect(b, folder, wnid);
        else
            build_warn(b, "%s: folder \"%s\" passed over: it is none of the %d classes", b->path, folder,
                       w->n);
        free(folder);
    }
    walk_free(&list);
    free(full);
    build_sort(b);
    build_labelled(b, "class folder", b->d->images_n);
}

/* Reads `text`, lines of wnid, tab, name; owner[k] is the class that keys->names[k] names, or NULL. */
static void take_words(char *text, const struct wnids *keys, struct dataset_class **owner)
{
    for (char *line = text; line && *line;) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        char *tab = strchr(line, '\t');
        if (tab)
            *tab = '\0';
        int k = tab ? find_wnid(keys, text_trim(line)) : -1;
        if (k >= 0 && owner[k]) {
            free(owner[k]->name);
            owner[k]->name = memory_copy(text_trim(tab + 1));
        }
        line = end ? end + 1 : NULL;
    }
}

/* Display names from words.txt; those given by the user win. */
static void name_classes(struct build *b, const char *root)
{
    struct dataset *d = b->d;
    char *path = tiny_imagenet_full_path(b, root, "words.txt");
    size_t length;
    char *text = file_read(path, TEXT_BYTES_MAX, &length, NULL);
    struct wnids keys = {memory_new((size_t)d->classes_n, sizeof *keys.names), 0};
    struct dataset_class **owner = memory_new((size_t)d->classes_n, sizeof *owner);
    for (int i = 0; i < d->classes_n; i++)
        keys.names[keys.n++] = memory_copy(d->classes[i].folder ? d->classes[i].folder : d->classes[i].name);
    sort_unique(&keys);
    for (int i = 0; i < d->classes_n; i++) {
        int k = find_wnid(&keys, d->classes[i].folder ? d->classes[i].folder : d->classes[i].name);
        if (k >= 0 && !owner[k] && !(i < labels_n(b->names) && labels_names(b->names)[i][0]))
            owner[k] = &d->classes[i];
    }
    take_words(text, &keys, owner);
    free(owner);
    free_wnids(&keys);
    free(text);
    free(path);
}

/* -------- the layout */

/* Reads `split` (relative to base, like root). */
static int tiny_imagenet_open_split(struct build *b, const char *root, const char *split, struct error *e)
{
    bool annotated = exists(b, split, ANNOTATIONS);
    struct annotations a = {0};
    struct wnids w = {0};
    int failed = annotated ? read_annotations(b, split, &a, e) : 0;
    failed = failed ? failed : read_wnids(b, root, annotated ? &a : NULL, &w, e);
    if (!failed && annotated)
        failed = collect_annotated(b, split, &a, &w, e);
    else if (!failed)
        collect_folders(b, split, &w);
    if (!failed && b->d->images_n)
        failed = build_map(b, w.names, w.n, e);
    if (!failed && b->d->images_n)
        name_classes(b, root);
    free_wnids(&w);
    free_annotations(&a);
    return failed;
}

int tiny_imagenet_open(struct build *b, const char *at, const struct walk_list *list, struct error *e)
{
    b->d->layout = memory_copy("Tiny-ImageNet");
    if (walk_has(list->files, list->files_n, ANNOTATIONS)) {
        /* DATA is the val folder itself: the lists, if any, are one folder up. */
        char *root = walk_join(at, "..");
        b->d->split = memory_copy("val");
        int failed = b->split && strcmp(b->split, "val") != 0
                         ? error_at(e, b->path, 0,
                                    "has no split \"%s\" (it is the val folder of Tiny-ImageNet)", b->split)
                         : tiny_imagenet_open_split(b, root, at, e);
        free(root);
        return failed;
    }
    const char *names[3];
    int n = 0;
    for (int i = 0; i < list->folders_n && n < 3; i++) {
        const char *name = list->folders[i];
        if (strcmp(name, "val") == 0 || strcmp(name, "train") == 0 || (b->split && strcmp(name, "test") == 0))
            names[n++] = name; /* the unlabelled test can be requested, but is never the default */
    }
    int chosen = folders_choose_split(b, names, n, e);
    if (chosen < 0)
        return -1;
    if (strcmp(names[chosen], "test") == 0)
        return error_at(e, b->path, 0,
                        "split \"test\" of Tiny-ImageNet has no labels (expected val or train)");
    char *split = walk_join(at, names[chosen]);
    int failed = tiny_imagenet_open_split(b, at, split, e);
    free(split);
    return failed;
}
