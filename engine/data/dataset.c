#include "data/dataset.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/build.h"
#include "data/data_file.h"
#include "data/folders.h"
#include "data/lists.h"
#include "data/splits.h"

/* -------- .data files */

static int read_lists(struct build *b, const struct data_file *file, struct error *e)
{
    const char *labels = data_file_at(file, DATA_FILE_LABELS), *names = data_file_at(file, DATA_FILE_NAMES);
    if (labels && !b->labels && !(b->labels = labels_read(labels, b->outputs, e)))
        return -1;
    if (names && !b->names && !(b->names = labels_read(names, b->outputs, e)))
        return -1;
    return 0;
}

static int choose_part(struct build *b, const struct data_file *file, struct error *e)
{
    const char *names[DATA_FILE_TEST + 1];
    int keys[DATA_FILE_TEST + 1], n = 0;
    for (int key = DATA_FILE_TRAIN; key <= DATA_FILE_TEST; key++)
        if (data_file_at(file, (enum data_file_key)key)) {
            names[n] = data_file_key_name((enum data_file_key)key);
            keys[n++] = key;
        }
    if (n == 0)
        return error_at(e, data_file_path(file), 0, "names no images (expected a key valid, test or train)");
    int chosen = folders_choose_split(b, names, n, e);
    return chosen < 0 ? -1 : keys[chosen];
}

/* Reads what `valid` or another key names: a folder, an IDX file or a list. */
static int open_part(struct build *b, const struct data_file *file, int key, struct error *e)
{
    const char *path = data_file_at(file, (enum data_file_key)key);
    struct stat st;
    if (stat(path, &st) < 0)
        return error_at(e, data_file_path(file), data_file_line(file, (enum data_file_key)key),
                        "%s: cannot open %s: %s", data_file_key_name((enum data_file_key)key), path,
                        strerror(errno));
    char *split = b->d->split;
    b->d->split = NULL;
    b->path = path;
    b->split = NULL; /* the split was used up in choosing the key */
    b->d->place = realpath(path, NULL);
    int failed = S_ISDIR(st.st_mode) ? folders_open(b, path, e)
                 : idx_is_file(path) ? idx_open_file(b, path, e)
                                     : lists_open(b, path, data_file_folder(file), e);
    free(b->d->split);
    b->d->split = split;
    return failed;
}

static int open_data_file(struct build *b, const char *path, struct error *e)
{
    const char *data = b->path;
    struct data_file *file = data_file_read(path, e);
    if (!file)
        return -1;
    int warnings_n, classes = data_file_classes(file);
    char *const *warnings = data_file_warnings(file, &warnings_n);
    for (int i = 0; i < warnings_n; i++)
        build_warn(b, "%s", warnings[i]);
    if (b->outputs > 0 && classes && classes != b->outputs)
        build_warn(b, "%s: classes = %d, but the network has %d outputs", path, classes, b->outputs);
    int failed = read_lists(b, file, e);
    int key = failed ? -1 : choose_part(b, file, e);
    failed = key < 0 ? -1 : open_part(b, file, key, e);
    free(b->d->layout);
    b->d->layout = memory_copy(".data");
    if (!failed && b->d->images_n == 0)
        failed = error_at(e, b->path, 0, "holds no images");
    b->path = data;
    data_file_free(file);
    return failed;
}

/* -------- any DATA */

static int open_path(struct build *b, const char *path, struct error *e)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return error_at(e, path, 0, "cannot open: %s", strerror(errno));
    if (S_ISDIR(st.st_mode))
        return folders_open(b, path, e);
    if (!S_ISREG(st.st_mode))
        return error_at(e, path, 0, "is neither a folder nor a regular file");
    if (st.st_size == 0)
        return error_at(e, path, 0,
                        "is empty (expected a folder, an IDX file, a .data file or a list of images)");
    if (idx_is_file(path))
        return idx_open_file(b, path, e);
    if (data_file_is(path))
        return open_data_file(b, path, e);
    if (b->split)
        return error_at(e, path, 0, "has no split \"%s\": it is a list of images", b->split);
    return lists_open(b, path, NULL, e);
}

bool dataset_is_unlabelled(const struct dataset *d)
{
    for (long i = 0; i < d->images_n; i++)
        if (d->images[i].class_index != DATASET_NO_CLASS)
            return false;
    return true;
}

static int check_found(const struct build *b, struct error *e)
{
    const struct dataset *d = b->d;
    if (d->images_n == 0)
        return error_at(e, b->path, 0,
                        "holds no images%s (expected CLASS/*.png, folders train, val or test, Tiny-ImageNet, "
                        "or IDX files)",
                        b->foreign ? " that can be read: PNG, JPEG, BMP, PGM, PPM" : "");
    if (dataset_is_unlabelled(d) && !b->unlabelled)
        return error_at(e, b->path, 0, "none of its %ld images has a label", d->images_n);
    return 0;
}

/* What was asked for must have been used. */
static int check_asked(const struct build *b, struct error *e)
{
    if (b->truth && b->d->store->idx)
        return error_at(e, b->path, 0, "is IDX with labels of its own (--truth is for folders and lists)");
    if (b->root && !b->listed)
        return error_at(e, b->path, 0, "is no list of images (--root is where the paths of a list begin)");
    return 0;
}

static void tell_all(struct build *b)
{
    build_warn_of_names(b);
    if (dataset_is_unlabelled(b->d))
        build_warn(b,
                   "%s: none of its %ld images has a label: each belongs to the class that the network "
                   "predicts, and "
                   "there is no accuracy",
                   b->path, b->d->images_n);
    if (b->foreign)
        build_warn(b, "%s: %ld file%s passed over, no PNG, JPEG, BMP, PGM or PPM by name (first: %s)",
                   b->path, b->foreign, b->foreign == 1 ? "" : "s", b->foreign_first);
    if (labels_n(b->labels) < labels_in_file(b->labels))
        build_note(b, "%s: the first %d of %d labels are used, as many as the network has outputs",
                   labels_path(b->labels), labels_n(b->labels), labels_in_file(b->labels));
}

static int open_all(struct build *b, const struct dataset_options *options, struct error *e)
{
    if (options->labels && !(b->labels = labels_read(options->labels, b->outputs, e)))
        return -1;
    if (options->names && !(b->names = labels_read(options->names, b->outputs, e)))
        return -1;
    if (options->truth && !(b->truth = truth_read(options->truth, e)))
        return -1;
    if (open_path(b, b->path, e) < 0 || check_found(b, e) < 0 || check_asked(b, e) < 0)
        return -1;
    if (!b->d->place)
        b->d->place = realpath(b->path, NULL);
    tell_all(b);
    return 0;
}

/* Names of folders and labels appear in messages, which must stay one line whatever bytes they hold. */
static void make_printable(struct error *e)
{
    char *text = text_escape(e->text);
    strncpy(e->text, text, sizeof e->text - 1);
    e->text[sizeof e->text - 1] = '\0';
    free(text);
}

struct dataset *dataset_open(const char *path, const struct dataset_options *options, struct error *e)
{
    struct dataset *d = memory_new(1, sizeof *d);
    d->store = memory_new(1, sizeof *d->store);
    d->root = memory_copy(path);
    struct build b = {.d = d,
                      .path = path,
                      .split = options->split,
                      .outputs = options->outputs,
                      .root = options->root,
                      .unlabelled = options->unlabelled,
                      .group = "class folder"};
    struct error problem = {""};
    int failed = open_all(&b, options, &problem);
    labels_free(b.labels);
    labels_free(b.names);
    truth_free(b.truth);
    free(b.foreign_first);
    if (!d->split)
        d->split = memory_copy("");
    if (!failed)
        return d;
    make_printable(&problem);
    if (e)
        *e = problem;
    dataset_free(d);
    return NULL;
}

/* NULL for a data set received over the pipe: its images are on the worker's disk. */
static void dataset_store_free(struct dataset_store *s)
{
    if (!s)
        return;
    for (int i = 0; i < s->bases_n; i++)
        free(s->bases[i]);
    idx_free(s->idx);
    free(s->bases);
    free(s->base_of);
    free(s);
}

/* -------- Paths */

/* Blocks of them, the last one first. */
struct dataset_paths {
    struct dataset_paths *before;
    size_t used, size; /* bytes */
    char bytes[];
};

char *dataset_keep_path(struct dataset *d, const void *bytes, size_t length)
{
    enum { BLOCK = 65536 - sizeof(struct dataset_paths) };
    struct dataset_paths *p = d->paths;
    if (!p || p->size - p->used <= length) {
        size_t size = length < BLOCK ? BLOCK : length + 1;
        p = memory_grow(NULL, sizeof *p + size, 1);
        *p = (struct dataset_paths){.before = d->paths, .size = size};
        d->paths = p;
    }
    char *path = p->bytes + p->used;
    if (length > 0)
        memcpy(path, bytes, length);
    path[length] = '\0';
    p->used += length + 1;
    return path;
}

static void dataset_free_paths(struct dataset *d)
{
    for (long i = 0; !d->paths && i < d->images_n; i++)
        free(d->images[i].path);
    while (d->paths) {
        struct dataset_paths *before = d->paths->before;
        free(d->paths);
        d->paths = before;
    }
}

void dataset_free(struct dataset *d)
{
    if (!d)
        return;
    dataset_free_paths(d);
    for (int i = 0; i < d->classes_n; i++) {
        free(d->classes[i].name);
        free(d->classes[i].folder);
    }
    for (int i = 0; i < d->warnings_n; i++)
        free(d->warnings[i]);
    for (int i = 0; i < d->notes_n; i++)
        free(d->notes[i]);
    dataset_store_free(d->store);
    free(d->images);
    free(d->classes);
    free(d->warnings);
    free(d->notes);
    free(d->layout);
    free(d->split);
    free(d->labelled);
    free(d->place);
    free(d->root);
    free(d);
}

/* FILE#n is in an IDX file, whose size says nothing about the image. */
static bool dataset_shares_file(const char *path)
{
    const char *number = strrchr(path, '#');
    return number && number[1] && number[1 + strspn(number + 1, "0123456789")] == '\0';
}

double dataset_mean_bytes(const struct dataset *d, const long *images, long n)
{
    const long ahead = 8; /* they are scattered in memory, and so are their paths */
    double sum = 0;
    for (long i = 0; i < n; i++) {
        if (i + 2 * ahead < n)
            __builtin_prefetch(&d->images[images[i + 2 * ahead]]);
        if (i + ahead < n)
            __builtin_prefetch(d->images[images[i + ahead]].path);
        const struct dataset_image *image = &d->images[images[i]];
        if (image->size <= 0 || dataset_shares_file(image->path))
            return NAN;
        sum += (double)image->size;
    }
    return n > 0 ? sum / (double)n : NAN;
}
