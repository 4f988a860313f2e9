/* The bytes behind the images of a data set: where they are, when they changed, and their content. */
#ifndef ISPLIT_DATA_SOURCE_H
#define ISPLIT_DATA_SOURCE_H

#include "base/error.h"
#include "data/content.h"
#include "data/dataset.h"

/* The path of the file that holds an image, as it can be opened from here. New string; NULL where the image
 * has no file of its own. */
char *source_path(const struct dataset *d, long image);

/* The grey pixels, [h][w], of an image that has none. Borrowed. */
const unsigned char *source_pixels(const struct dataset *d, long image, int *w, int *h);

/* The bytes of an image that has a file of its own; free() them. NULL with the reason alone in e. */
unsigned char *source_read(const struct dataset *d, long image, size_t *length, struct error *e);

/* Bytes of that file, 0 where it has none. */
int64_t source_size(const struct dataset *d, long image);

/* The content of any image, read only for this; unknown where it cannot be read. Thread-safe. */
struct content source_content(const struct dataset *d, long image);

/* Fills in size and mtime_ns of images first..first+n-1, up to the last image: one stat each. The images of
 * an IDX file have its own, as it was when it was read. */
void source_stamp(struct dataset *d, long first, long n);

/* Size and time of the file, or -1 for both. */
void source_stamp_file(const char *path, int64_t *size, int64_t *mtime_ns);

#endif
