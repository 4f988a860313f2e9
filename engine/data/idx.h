/* IDX files (the format of MNIST, notMNIST, EMNIST), plain or gzipped: big-endian magic 0, 0, type,
 * dimensions; one 32-bit size a dimension; then the bytes. Images are n x height x width, grey; the labels
 * are in a second file, whose numbers are the network's outputs. */
#ifndef ISPLIT_DATA_IDX_H
#define ISPLIT_DATA_IDX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "data/walk.h"

struct build;

struct idx_images;

void idx_free(struct idx_images *images);

/* [*h][*w] of one image. */
unsigned char *idx_pixels(const struct idx_images *images, long image, int *w, int *h);

/* Of the file, before it was read; -1: unknown. */
void idx_stamp(const struct idx_images *images, int64_t *size, int64_t *mtime_ns);

bool idx_is_file(const char *path);             /* by its first bytes */
bool idx_in_list(const struct walk_list *list); /* whether one of the files is named like IDX images */

/* The images file, or the labels file, or a folder (base/at) that holds pairs of them as splits. */
int idx_open_file(struct build *b, const char *path, struct error *e);
int idx_open_folder(struct build *b, const char *at, const struct walk_list *list, struct error *e);

#endif
