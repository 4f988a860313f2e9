/* A dataset under construction: what the readers of the single layouts share. They add images with
 * the number of the folder they lie in; build_map turns those numbers into the network's outputs. */
#ifndef ISPLIT_DATA_BUILD_H
#define ISPLIT_DATA_BUILD_H

#include <stdbool.h>

#include "base/error.h"
#include "data/dataset.h"
#include "data/idx.h"
#include "data/labels.h"
#include "data/truth.h"

struct dataset_store {
    char **bases; /* folders that relative image paths start from; [0] unless base_of says otherwise */
    int bases_n;
    unsigned char *base_of; /* per image, or NULL */
    long capacity;          /* of images and base_of */
    struct idx_images *idx; /* the pixels of an IDX file, or NULL */
};

struct build {
    struct dataset *d;
    const char *path;              /* DATA as messages name it */
    const char *split;             /* requested, or NULL */
    int outputs;                   /* outputs of the network, or 0 */
    struct labels *labels, *names; /* NULL: none */
    struct truth *truth;           /* labels of the images; NULL: they are in paths or folders */
    const char *root;              /* where the paths of a list begin, or NULL: in its folder */
    bool listed;                   /* it is a list */
    bool unlabelled;               /* as in struct dataset_options */
    const char *group;             /* what messages call the images of a class */
    long foreign;                  /* files skipped because they are not images, and the first of them */
    char *foreign_first;
};

/* Adds a folder for relative paths and returns its number. */
int build_base(struct build *b, const char *folder);

/* Takes ownership of `path`. */
void build_add(struct build *b, char *path, int class_index, int base);

void build_warn(struct build *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void build_note(struct build *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds to the data set's account of how its labels were found; nothing where `images` is 0. */
void build_labelled(struct build *b, const char *how, long images);

/* Notes a file without an image's extension; one warning in the end counts them. */
void build_foreign(struct build *b, const char *path);

/* Sorts images by their paths, in byte order. */
void build_sort(struct build *b);

/* The images' class indices are positions in `folders` (sorted, unlike labels): turns them into
 * outputs, by the label list where there is one, and lists the classes. */
int build_map(struct build *b, char *const *folders, int n, struct error *e);

/* Lists the classes where the images' indices are outputs already; there are `at_least` of them or more. */
int build_classes(struct build *b, int at_least, struct error *e);

/* Warns of names that several classes have, when all names are final. */
void build_warn_of_names(struct build *b);

/* The images of a Tiny-ImageNet class folder and the like: all of them below base/folder; "": below the base.
 */
void build_collect(struct build *b, const char *folder, int class_index);

#endif
