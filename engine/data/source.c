#include "data/source.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "data/build.h"
#include "data/decode.h"
#include "data/walk.h"

#define SECOND_NS INT64_C(1000000000)

char *source_path(const struct dataset *d, long image)
{
    const struct dataset_store *store = d->store;
    if (store->idx)
        return NULL;
    return walk_join(store->bases[store->base_of[image]], d->images[image].path);
}

const unsigned char *source_pixels(const struct dataset *d, long image, int *w, int *h)
{
    return idx_pixels(d->store->idx, image, w, h);
}

unsigned char *source_read(const struct dataset *d, long image, size_t *length, struct error *e)
{
    char *path = source_path(d, image);
    unsigned char *bytes = decode_read(path, length, e);
    free(path);
    return bytes;
}

int64_t source_size(const struct dataset *d, long image)
{
    char *path = source_path(d, image);
    struct stat st;
    int64_t size = path && stat(path, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : 0;
    free(path);
    return size;
}

struct content source_content(const struct dataset *d, long image)
{
    if (d->store->idx) {
        int w, h;
        const unsigned char *pixels = source_pixels(d, image, &w, &h);
        return content_of_pixels(pixels, w, h);
    }
    size_t length;
    unsigned char *bytes = source_read(d, image, &length, NULL);
    struct content content = bytes ? content_of(bytes, length) : (struct content){0};
    free(bytes);
    return content;
}

void source_stamp_file(const char *path, int64_t *size, int64_t *mtime_ns)
{
    struct stat st;
    *size = *mtime_ns = -1;
    if (stat(path, &st) < 0)
        return;
    /* Two files that swap their names, or a copy that keeps its time, show in the status change time. */
    bool later = st.st_ctim.tv_sec > st.st_mtim.tv_sec ||
                 (st.st_ctim.tv_sec == st.st_mtim.tv_sec && st.st_ctim.tv_nsec > st.st_mtim.tv_nsec);
    const struct timespec time = later ? st.st_ctim : st.st_mtim;
    /* A time beyond what 64 bits of nanoseconds hold (the years 1677 to 2262) identifies nothing. */
    int64_t seconds = time.tv_sec;
    if (seconds < INT64_MIN / SECOND_NS + 1 || seconds > INT64_MAX / SECOND_NS - 1)
        return;
    *size = st.st_size;
    *mtime_ns = seconds * SECOND_NS + time.tv_nsec;
}

void source_stamp(struct dataset *d, long first, long n)
{
    const struct idx_images *idx = d->store->idx;
    for (long i = first; i < first + n && i < d->images_n; i++) {
        struct dataset_image *image = &d->images[i];
        if (idx) {
            idx_stamp(idx, &image->size, &image->mtime_ns);
            continue;
        }
        char *path = source_path(d, i);
        source_stamp_file(path, &image->size, &image->mtime_ns);
        free(path);
    }
}
