#include "data/folders.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text_list.h"
#include "data/lists.h"
#include "data/splits.h"
#include "data/tiny_imagenet.h"

#define NESTING_MAX 8

static int open_at(struct build *b, const char *at, int depth, struct error *e);

static char *folders_full_path(const struct build *b, const char *at)
{
    return walk_join(b->d->store->bases[0], at);
}

/* Reads base/at/name; a folder that cannot be read counts as empty here and is reported where it is used. */
static void read_below(const struct build *b, const char *at, const char *name, struct walk_list *list)
{
    char *below = walk_join(at, name);
    char *full = folders_full_path(b, below);
    walk_read(full, list, NULL);
    free(full);
    free(below);
}

int folders_choose_split(struct build *b, const char *const *names, int n, struct error *e)
{
    int at = splits_choose(names, n, b->split);
    if (at < 0) {
        char *there = memory_copy("");
        for (int i = 0; i < n; i++)
            text_list_append(&there, "%s", names[i]);
        error_at(e, b->path, 0, "has no split \"%s\" (there is %s)", b->split ? b->split : "val", there);
        free(there);
        return -1;
    }
    if (!b->split && n > 1) /* where there is a choice, say what was chosen */
        build_note(b, "%s: using split \"%s\" (--split chooses another)", b->path, names[at]);
    free(b->d->split);
    b->d->split = memory_copy(names[at]);
    return at;
}

/* -------- class folders */

/* Whether folder `name` is a second copy: every folder in it also exists next to it. Only a folder in which
 * its first sibling occurs is read, so that large class folders are not read twice. */
static bool is_second_copy(const struct build *b, const char *at, const struct walk_list *list,
                           const char *name)
{
    const char *sibling = NULL;
    for (int i = 0; i < list->folders_n && !sibling; i++)
        if (strcmp(list->folders[i], name) != 0)
            sibling = list->folders[i];
    if (!sibling)
        return false;
    char *below = walk_join(at, name);
    char *inner = walk_join(below, sibling);
    char *full = folders_full_path(b, inner);
    bool copy = walk_is_folder(full);
    free(full);
    free(inner);
    free(below);
    if (!copy)
        return false;
    struct walk_list nested;
    read_below(b, at, name, &nested);
    for (int i = 0; i < nested.folders_n; i++)
        copy = copy && walk_has(list->folders, list->folders_n, nested.folders[i]);
    copy = copy && walk_images(&nested) == 0;
    walk_free(&nested);
    return copy;
}

/* Removes second copies from the list. */
static void drop_copies(struct build *b, const char *at, struct walk_list *list)
{
    for (int i = 0; i < list->folders_n; i++) {
        if (!is_second_copy(b, at, list, list->folders[i]))
            continue;
        build_warn(b, "%s: folder \"%s\" passed over: a second copy of what stands beside it", b->path,
                   list->folders[i]);
        free(list->folders[i]);
        list->folders_n--;
        memmove(&list->folders[i], &list->folders[i + 1],
                (size_t)(list->folders_n - i) * sizeof *list->folders);
        i--;
    }
}

/* The sorted union of two sorted lists of names; the names are borrowed. */
static char **merge_names(const struct walk_list *a, const struct walk_list *b, int *n)
{
    char **all = memory_new((size_t)a->folders_n + (size_t)b->folders_n, sizeof *all);
    int i = 0, j = 0;
    *n = 0;
    while (i < a->folders_n || j < b->folders_n) {
        int order = i == a->folders_n ? 1 : j == b->folders_n ? -1 : strcmp(a->folders[i], b->folders[j]);
        all[(*n)++] = order <= 0 ? a->folders[i] : b->folders[j];
        i += order <= 0;
        j += order >= 0;
    }
    return all;
}

/* All images below, whose labels stand in a file. */
static int open_labelled(struct build *b, const char *at, struct error *e)
{
    build_collect(b, at, DATASET_NO_CLASS);
    build_sort(b);
    b->d->layout = memory_copy("labels in a file");
    return b->d->images_n ? truth_label_images(b, b->truth, e) : 0;
}

/* `trained` lists the class folders of the training split: a split that lacks one of them must not
 * shift the indices of the rest. */
static int open_classes(struct build *b, const char *at, struct walk_list *list,
                        const struct walk_list *trained, struct error *e)
{
    int adjacent = walk_images(list);
    if (b->truth)
        return open_labelled(b, at, e);
    if (list->folders_n == 0 && adjacent > 0)
        return lists_open_flat(b, at, list, e);
    if (adjacent > 0)
        build_warn(b, "%s: %d image%s passed over, beside the class folders", b->path, adjacent,
                   adjacent == 1 ? "" : "s");
    int n;
    char **classes = merge_names(list, trained, &n);
    for (int i = 0; i < n; i++) {
        if (!walk_has(list->folders, list->folders_n, classes[i]))
            continue;
        char *folder = walk_join(at, classes[i]);
        build_collect(b, folder, i);
        free(folder);
    }
    build_sort(b);
    b->d->layout = memory_copy("class folders");
    build_labelled(b, "class folder", b->d->images_n);
    int failed = n && b->d->images_n ? build_map(b, classes, n, e) : 0;
    free(classes);
    return failed;
}

/* -------- train, val, test */

/* What find_splits finds out. */
struct found_splits {
    const char **names; /* of the list's folders */
    int n;
    bool alike; /* found by what is in them, not by their names */
};

/* Folders that all are labels are classes, whatever else they look like. */
static bool are_labels(const struct build *b, const struct walk_list *list)
{
    int twin;
    for (int i = 0; i < list->folders_n; i++)
        if (labels_find(b->labels, list->folders[i], strlen(list->folders[i]), &twin) == LABELS_NONE)
            return false;
    return list->folders_n > 1;
}

/* The folders with the names of splits: those with folders in them, else, where they are of different splits
 * or stand alone, those with images in them (labelled by their names, if at all). */
static void find_named(const struct build *b, const char *at, const struct walk_list *list,
                       struct found_splits *found)
{
    const char **flat = memory_new((size_t)list->folders_n, sizeof *flat);
    int flat_n = 0, filled = 0;
    bool differ = false;
    for (int i = 0; i < list->folders_n; i++) {
        struct walk_list below;
        if (!splits_known(list->folders[i]))
            continue;
        read_below(b, at, list->folders[i], &below);
        /* A flat split (an unlabelled test) can be requested, but beside others is never the default. */
        if (below.folders_n > 0 || b->split)
            found->names[found->n++] = list->folders[i];
        filled += below.folders_n > 0;
        if (below.folders_n == 0 && walk_images(&below) > 0)
            flat[flat_n++] = list->folders[i];
        walk_free(&below);
        differ = differ || (flat_n > 0 && !splits_same(flat[0], flat[flat_n - 1]));
    }
    if (filled == 0) {
        bool splits = differ || (flat_n == 1 && list->folders_n == 1 && walk_images(list) == 0);
        found->n = splits ? flat_n : 0;
        memcpy(found->names, flat, (size_t)found->n * sizeof *flat);
    }
    free(flat);
}

/* Whether all folders of one are in the other, two or more; not where each class has its own folder of
 * images. */
static bool are_alike(const struct walk_list *a, const struct walk_list *b)
{
    int both = 0;
    for (int i = 0; i < a->folders_n; i++)
        both += walk_has(b->folders, b->folders_n, a->folders[i]);
    return both > 1 && (both == a->folders_n || both == b->folders_n) &&
           !walk_has(a->folders, a->folders_n, "images");
}

/* The first folders in which the same class folders stand: splits, whatever they are called. Class folders
 * may be large; a few of them without folders inside are enough to stop looking. */
static void find_alike(const struct build *b, const char *at, const struct walk_list *list,
                       struct found_splits *found)
{
    enum { FLAT_ENOUGH = 8 };
    struct walk_list *below = memory_new((size_t)list->folders_n, sizeof *below);
    int flat = 0, read = 0;
    for (; read < list->folders_n && flat < FLAT_ENOUGH; read++) {
        read_below(b, at, list->folders[read], &below[read]);
        flat += below[read].folders_n == 0;
    }
    for (int i = 0; i < read && found->n < 2; i++) {
        found->n = 0;
        for (int j = 0; j < read; j++)
            if (i == j || are_alike(&below[i], &below[j]))
                found->names[found->n++] = list->folders[j];
    }
    found->alike = found->n > 1;
    found->n = found->alike ? found->n : 0;
    for (int i = 0; i < read; i++)
        walk_free(&below[i]);
    free(below);
}

static void find_splits(const struct build *b, const char *at, const struct walk_list *list,
                        struct found_splits *found)
{
    *found = (struct found_splits){.names = memory_new((size_t)list->folders_n, sizeof *found->names)};
    if (are_labels(b, list))
        return;
    find_named(b, at, list, found);
    if (found->n == 0 && !b->truth)
        find_alike(b, at, list, found);
}

/* The folder of a split; where it holds only another of that name, as in seg_train/seg_train, that one. */
static char *split_folder(struct build *b, const char *at, const char *name, bool tell)
{
    char *folder = walk_join(at, name);
    for (int depth = 0; depth < NESTING_MAX; depth++) {
        struct walk_list below;
        read_below(b, "", folder, &below);
        bool entered =
            below.folders_n == 1 && walk_images(&below) == 0 && splits_same(below.folders[0], name);
        if (entered) {
            char *inner = walk_join(folder, below.folders[0]);
            if (tell)
                build_note(b, "%s: folder \"%s\" entered, the only one in split \"%s\"", b->path, inner,
                           name);
            free(folder);
            folder = inner;
        }
        walk_free(&below);
        if (!entered)
            break;
    }
    return folder;
}

static void read_training_classes(struct build *b, const char *at, const char *const *names, int n,
                                  int chosen, struct walk_list *trained)
{
    *trained = (struct walk_list){0};
    int train = splits_choose(names, n, "train");
    if (train < 0 || train == chosen)
        return;
    char *below = split_folder(b, at, names[train], false);
    read_below(b, "", below, trained);
    drop_copies(b, below, trained);
    free(below);
}

/* Without a name that says which they are, the user must choose. */
static int check_alike(const struct build *b, const struct found_splits *found, struct error *e)
{
    if (!found->alike || splits_choose(found->names, found->n, b->split) >= 0)
        return 0;
    return error_at(
        e, b->path, 0,
        "folders of the same names are in \"%s\" and \"%s\": they are splits (expected --split NAME, or "
        "--labels FILE that names them if they are classes)",
        found->names[0], found->names[1]);
}

static bool is_split(const struct found_splits *found, const char *folder)
{
    for (int i = 0; i < found->n; i++)
        if (strcmp(found->names[i], folder) == 0)
            return true;
    return false;
}

static int folders_open_split(struct build *b, const char *at, const struct walk_list *list,
                              const struct found_splits *found, struct error *e)
{
    const char *const *names = found->names;
    int n = found->n;
    if (check_alike(b, found, e) < 0)
        return -1;
    for (int i = 0; i < list->folders_n; i++) {
        if (splits_known(list->folders[i]) || is_split(found, list->folders[i]))
            continue;
        bool copy = is_second_copy(b, at, list, list->folders[i]);
        build_warn(b, "%s: folder \"%s\" passed over: %s", b->path, list->folders[i],
                   copy ? "a second copy of what stands beside it" : "it stands beside the splits");
    }
    int chosen = folders_choose_split(b, names, n, e);
    if (chosen < 0)
        return -1;
    struct walk_list trained, inner = {0};
    read_training_classes(b, at, names, n, chosen, &trained);
    char *below = split_folder(b, at, names[chosen], true);
    char *full = folders_full_path(b, below);
    int failed = walk_read(full, &inner, e);
    if (!failed) {
        drop_copies(b, below, &inner);
        failed = open_classes(b, below, &inner, &trained, e);
    }
    walk_free(&inner);
    walk_free(&trained);
    free(full);
    free(below);
    return failed;
}

/* -------- looking */

/* Whether the only folder here is just a wrapper: it holds folders itself (but not the one folder
 * `images` that Tiny-ImageNet puts into a class) or an IDX set. */
static bool is_wrapper(const struct build *b, const char *at, const struct walk_list *list)
{
    if (list->folders_n != 1 || walk_images(list) > 0)
        return false;
    struct walk_list below;
    read_below(b, at, list->folders[0], &below);
    bool only_images = below.folders_n == 1 && strcmp(below.folders[0], "images") == 0;
    bool wrapper = (below.folders_n > 0 && !only_images) || idx_in_list(&below);
    walk_free(&below);
    return wrapper;
}

static int open_listed(struct build *b, const char *at, struct walk_list *list, int depth, struct error *e)
{
    if (idx_in_list(list))
        return idx_open_folder(b, at, list, e);
    if (!b->truth && tiny_imagenet_found(b, at, list))
        return tiny_imagenet_open(b, at, list, e);

    struct found_splits found;
    find_splits(b, at, list, &found);
    int failed = found.n ? folders_open_split(b, at, list, &found, e) : 0;
    free(found.names);
    if (found.n)
        return failed;
    if (depth < NESTING_MAX && is_wrapper(b, at, list)) {
        build_note(b, "%s: its only folder \"%s\" entered", b->path, list->folders[0]);
        char *below = walk_join(at, list->folders[0]);
        failed = open_at(b, below, depth + 1, e);
        free(below);
        return failed;
    }
    if (b->split)
        return error_at(e, b->path, 0, "has no split \"%s\" (there are no folders train, val or test in it)",
                        b->split);
    drop_copies(b, at, list);
    return open_classes(b, at, list, &(struct walk_list){0}, e);
}

static int open_at(struct build *b, const char *at, int depth, struct error *e)
{
    char *full = folders_full_path(b, at);
    struct walk_list list;
    int failed = walk_read(full, &list, e);
    if (!failed)
        failed = open_listed(b, at, &list, depth, e);
    walk_free(&list);
    free(full);
    return failed;
}

int folders_open(struct build *b, const char *path, struct error *e)
{
    build_base(b, path);
    return open_at(b, "", 0, e);
}
