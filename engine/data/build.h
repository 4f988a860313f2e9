/* A dataset under construction: what the readers of the single layouts share. They add images with
 * the number of the folder they lie in; build_map turns those numbers into the network's outputs. */
#ifndef ISPLIT_DATA_BUILD_H
#define ISPLIT_DATA_BUILD_H

#include <stdbool.h>

#include "base/error.h"
#include "data/dataset.h"
#include "data/idx.h"
#include "data/labels.h"

struct dataset_store {
    char **bases; /* folders in which relative image paths stand; [0] unless base_of says otherwise */
    int bases_n;
    unsigned char *base_of; /* per image, or NULL */
    long capacity;          /* of images and base_of */
    struct idx_images *idx; /* the pixels of an IDX file, or NULL */
};

struct build {
    struct dataset *d;
    const char *path;  /* DATA as messages name it */
    const char *split; /* asked for, or NULL */
    int outputs;       /* of the network, or 0 */
    struct labels labels, names;
    long foreign; /* files passed over because they are no images, and the first of them */
    char *foreign_first;
};

/* Adds a folder for relative paths and returns its number. */
int build_base(struct build *b, const char *folder);

/* Takes ownership of `path`. */
void build_add(struct build *b, char *path, int class_index, int base);

void build_warn(struct build *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A file without an image's extension; they are told in one line in the end. */
void build_foreign(struct build *b, const char *path);

/* Puts images in byte order of their paths. */
void build_sort(struct build *b);

/* The images' class indices are positions in `folders` (sorted, unlike labels): turns them into
 * outputs, by the label list where there is one, and lists the classes. */
int build_map(struct build *b, char *const *folders, int n, struct error *e);

/* Lists the classes where the images' indices are outputs already; `at_least` of them exist. */
int build_classes(struct build *b, int at_least, struct error *e);

/* The images of a Tiny-ImageNet class folder and the like: all of them below base/folder. */
void build_collect(struct build *b, const char *folder, int class_index);

#endif
