#include "data/idx.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"
#include "data/build.h"
#include "data/folders.h"
#include "data/source.h"
#include "data/splits.h"

#define IDX_BYTES_MAX ((int64_t)16 << 30)
#define IDX_SIDE_MAX 65536
#define CHUNK ((size_t)1 << 22)

struct idx_images {
    unsigned char *pixels; // [n][h][w]
    long n;
    int h, w;
    int64_t size, mtime_ns; /* of the file, before it was read; -1: unknown */
};

void idx_free(struct idx_images *images)
{
    if (images)
        free(images->pixels);
    free(images);
}

unsigned char *idx_pixels(const struct idx_images *images, long image, int *w, int *h)
{
    *w = images->w;
    *h = images->h;
    return images->pixels + (size_t)image * (size_t)images->h * (size_t)images->w;
}

void idx_stamp(const struct idx_images *images, int64_t *size, int64_t *mtime_ns)
{
    *size = images->size;
    *mtime_ns = images->mtime_ns;
}

/* -------- the format */

/* zlib reads uncompressed files as they are. */
static gzFile open_idx(const char *path, struct error *e)
{
    struct stat st; /* opening a FIFO would hang */
    gzFile file = NULL;
    if (stat(path, &st) < 0 || access(path, R_OK) < 0)
        error_at(e, path, 0, "cannot open");
    else if (!S_ISREG(st.st_mode))
        error_at(e, path, 0, "is not a regular file");
    else if (!(file = gzopen(path, "rbe")))
        error_at(e, path, 0, "cannot open");
    return file;
}

static int read_short(gzFile file, const char *path, int64_t got, int64_t expected, struct error *e)
{
    int code;
    const char *reason = gzerror(file, &code);
    if (code != Z_OK && code != Z_BUF_ERROR && code != Z_STREAM_END)
        return error_at(e, path, 0, "cannot be unpacked after %lld bytes: %s", (long long)got, reason);
    return error_at(e, path, 0, "is truncated: %lld bytes of data (expected %lld)", (long long)got,
                    (long long)expected);
}

/* Reads sizes[0..dimensions-1]. */
static int idx_read_header(gzFile file, const char *path, int dimensions, uint32_t *sizes, struct error *e)
{
    unsigned char bytes[16];
    int length = 4 + 4 * dimensions;
    int got = gzread(file, bytes, (unsigned)length);
    if (got < 0)
        return read_short(file, path, 0, length, e);
    if (got < 4)
        return error_at(e, path, 0, "is no IDX file: it has only %d bytes", got);
    if (bytes[0] || bytes[1] || bytes[2] != 8 || bytes[3] != dimensions)
        return error_at(e, path, 0,
                        "begins with %02x %02x %02x %02x (expected 00 00 08 %02x: bytes in %d dimension%s)",
                        bytes[0], bytes[1], bytes[2], bytes[3], (unsigned)dimensions, dimensions,
                        dimensions == 1 ? "" : "s");
    if (got < length)
        return error_at(e, path, 0, "is truncated in its header: %d bytes (expected %d)", got, length);
    for (int i = 0; i < dimensions; i++) {
        const unsigned char *p = bytes + 4 + 4 * (size_t)i;
        sizes[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    }
    return 0;
}

/* The buffer grows with the bytes really present, so that a false header costs nothing. */
static unsigned char *read_bytes(gzFile file, const char *path, int64_t bytes, struct error *e)
{
    unsigned char *data = NULL;
    int64_t capacity = 0, got = 0;
    while (got < bytes) {
        if (got == capacity) {
            capacity = capacity ? 2 * capacity : (int64_t)CHUNK;
            capacity = capacity > bytes ? bytes : capacity;
            unsigned char *more = realloc(data, (size_t)capacity);
            if (!more) {
                error_at(e, path, 0, "no memory for %lld bytes", (long long)capacity);
                free(data);
                return NULL;
            }
            data = more;
        }
        int64_t wanted = capacity - got < (int64_t)CHUNK ? capacity - got : (int64_t)CHUNK;
        int n = gzread(file, data + got, (unsigned)wanted);
        if (n <= 0) {
            read_short(file, path, got, bytes, e);
            free(data);
            return NULL;
        }
        got += n;
    }
    char extra;
    int n = gzread(file, &extra, 1); /* also checks the checksum at the end of a gzip file */
    if (n != 0) {
        if (n < 0)
            read_short(file, path, got, bytes, e);
        else
            error_at(e, path, 0, "has more data than its header says (expected %lld bytes)",
                     (long long)bytes);
        free(data);
        return NULL;
    }
    return data;
}

static int read_images(const char *path, gzFile file, struct idx_images *images, struct error *e)
{
    uint32_t sizes[3] = {0};
    if (idx_read_header(file, path, 3, sizes, e) < 0)
        return -1;
    if (sizes[0] == 0 || sizes[1] == 0 || sizes[2] == 0 || sizes[1] > IDX_SIDE_MAX ||
        sizes[2] > IDX_SIDE_MAX || sizes[0] > IDX_BYTES_MAX / ((int64_t)sizes[1] * sizes[2]))
        return error_at(
            e, path, 0,
            "holds %u images of %u x %u (expected at least one, no side above %d, at most %lld bytes)",
            sizes[0], sizes[1], sizes[2], IDX_SIDE_MAX, (long long)IDX_BYTES_MAX);
    images->n = (long)sizes[0];
    images->h = (int)sizes[1];
    images->w = (int)sizes[2];
    images->pixels = read_bytes(file, path, (int64_t)sizes[0] * sizes[1] * sizes[2], e);
    return images->pixels ? 0 : -1;
}

static unsigned char *read_labels(const char *path, long expected, const char *images_path, struct error *e)
{
    gzFile file = open_idx(path, e);
    uint32_t n = 0;
    unsigned char *labels = NULL;
    if (file && idx_read_header(file, path, 1, &n, e) == 0) {
        if (n != expected)
            error_at(e, path, 0, "has %u labels, %s has %ld images (expected as many)", n, images_path,
                     expected);
        else
            labels = read_bytes(file, path, expected, e);
    }
    if (file)
        gzclose_r(file);
    return labels;
}

bool idx_is_file(const char *path)
{
    unsigned char magic[4] = {0};
    gzFile file = open_idx(path, NULL);
    if (!file)
        return false;
    bool is = gzread(file, magic, 4) == 4 && magic[0] == 0 && magic[1] == 0 && magic[2] >= 8 &&
              magic[2] <= 14 && magic[3] >= 1 && magic[3] <= 4;
    gzclose_r(file);
    return is;
}

/* -------- names: t10k-images-idx3-ubyte.gz with t10k-labels-idx1-ubyte.gz */

static bool replace(char *name, const char *old, const char *new)
{
    char *last = NULL;
    for (char *at = strstr(name, old); at; at = strstr(at + 1, old))
        last = at;
    if (last)
        memcpy(last, new, strlen(new)); /* of equal length: what follows stays */
    return last != NULL;
}

static bool ends_in_gz(const char *name)
{
    size_t n = strlen(name);
    return n > 3 && strcmp(name + n - 3, ".gz") == 0;
}

static bool is_images_name(const char *name)
{
    return strstr(name, "images") && strstr(name, "idx3");
}

bool idx_in_list(const struct walk_list *list)
{
    for (int i = 0; i < list->files_n; i++)
        if (is_images_name(list->files[i]))
            return true;
    return false;
}

/* The file of the pair that `path` (one of them) belongs to; either may be gzipped alone. NULL where
 * the name is not of that form; the first form where neither exists. */
static char *partner(const char *path, bool want_images)
{
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    char *same = memory_copy(path);
    bool named = want_images
                     ? replace(same + folder, "labels", "images") && replace(same + folder, "idx1", "idx3")
                     : replace(same + folder, "images", "labels") && replace(same + folder, "idx3", "idx1");
    if (!named) {
        free(same);
        return NULL;
    }
    if (access(same, F_OK) == 0)
        return same;
    char *other = ends_in_gz(same) ? memory_copy_n(same, strlen(same) - 3) : memory_format("%s.gz", same);
    if (access(other, F_OK) == 0) {
        free(same);
        return other;
    }
    free(other);
    return same;
}

/* "t10k" of t10k-images-idx3-ubyte: the split's name among the tokens before "images", or "". */
static char *split_of(const char *name)
{
    const char *end = strstr(name, "images");
    for (const char *at = name; end && at < end;) {
        size_t n = strcspn(at, "-_. ");
        char *token = memory_copy_n(at, n);
        if (splits_known(token))
            return token;
        free(token);
        at += n + (at[n] != '\0');
    }
    return memory_copy("");
}

/* -------- the layout */

static int take_labels(struct build *b, const unsigned char *labels, long n, const char *labels_path,
                       const char *shown, struct error *e)
{
    int highest = 0;
    for (long i = 0; i < n; i++) {
        if (b->outputs > 0 && labels[i] >= b->outputs)
            return error_at(e, labels_path, 0,
                            "gives image %ld label %d (expected 0..%d, the network has %d outputs)", i,
                            labels[i], b->outputs - 1, b->outputs);
        highest = labels[i] > highest ? labels[i] : highest;
        build_add(b, memory_format("%s#%ld", shown, i), labels[i], 0);
    }
    build_labelled(b, "labels file", n);
    if (build_classes(b, highest + 1, e) < 0)
        return -1;
    for (int i = 0; i <= highest; i++)
        b->d->classes[i].folder = memory_format("%d", i);
    return 0;
}

/* `shown`: the images file, as image names begin with it. */
static int open_pair(struct build *b, const char *path, const char *shown, struct error *e)
{
    free(b->d->layout);
    b->d->layout = memory_copy("IDX");
    char *labels_path = partner(path, false);
    if (!labels_path)
        return error_at(e, path, 0,
                        "holds IDX images, but the name of their labels is unknown (expected a name like "
                        "train-images-idx3-ubyte, with train-labels-idx1-ubyte beside it)");
    struct idx_images *images = memory_new(1, sizeof *images);
    b->d->store->idx = images; /* freed with the dataset */
    source_stamp_file(path, &images->size, &images->mtime_ns);
    gzFile file = open_idx(path, e);
    int failed = file ? read_images(path, file, images, e) : -1;
    if (file)
        gzclose_r(file);
    unsigned char *labels = failed ? NULL : read_labels(labels_path, images->n, path, e);
    failed = labels ? take_labels(b, labels, images->n, labels_path, shown, e) : -1;
    free(labels);
    free(labels_path);
    return failed;
}

int idx_open_file(struct build *b, const char *path, struct error *e)
{
    char *images = partner(path, true); /* DATA may be the labels file */
    const char *used = images ? images : path;
    char *name = walk_base_name(used);
    char *split = split_of(name);
    const char *const one[] = {split};
    int failed = 0;
    if (b->split && splits_choose(one, 1, b->split) < 0)
        failed = error_at(e, path, 0, "is not split \"%s\" (its name says \"%s\")", b->split, split);
    if (!failed) {
        free(b->d->split);
        b->d->split = split;
        split = NULL;
        failed = open_pair(b, used, name, e);
    }
    free(split);
    free(name);
    free(images);
    return failed;
}

/* The images files in the list with their splits; a plain file hides its gzipped copy. */
static int list_pairs(struct build *b, const struct walk_list *list, const char **files, char **splits,
                      struct error *e)
{
    int n = 0;
    for (int i = 0; i < list->files_n; i++) {
        const char *file = list->files[i];
        if (!is_images_name(file))
            continue;
        char *plain = memory_copy_n(file, strlen(file) - (ends_in_gz(file) ? 3 : 0));
        bool hidden = ends_in_gz(file) && walk_has(list->files, list->files_n, plain);
        free(plain);
        if (hidden)
            continue;
        char *split = split_of(file);
        for (int j = 0; j < n; j++)
            if (strcmp(splits[j], split) == 0) {
                error_at(e, b->path, 0,
                         "holds several IDX sets, \"%s\" and \"%s\" (expected the path of one of them)",
                         files[j], file);
                free(split);
                return -1;
            }
        files[n] = file;
        splits[n++] = split;
    }
    return n;
}

int idx_open_folder(struct build *b, const char *at, const struct walk_list *list, struct error *e)
{
    const char **files = memory_new((size_t)list->files_n, sizeof *files);
    char **splits = memory_new((size_t)list->files_n, sizeof *splits);
    int n = list_pairs(b, list, files, splits, e);
    int chosen = n == 1 && !b->split && !*splits[0] ? 0 : -1; /* one set without a split in its name */
    if (n > 0 && chosen < 0)
        chosen = folders_choose_split(b, (const char *const *)splits, n, e);
    int failed = -1;
    if (chosen >= 0) {
        char *shown = walk_join(at, files[chosen]);
        char *full = walk_join(b->d->store->bases[0], shown);
        failed = open_pair(b, full, shown, e);
        free(full);
        free(shown);
    }
    for (int i = 0; i < list->files_n; i++)
        free(splits[i]);
    free(splits);
    free(files);
    return failed;
}
