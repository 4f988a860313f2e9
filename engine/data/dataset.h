/* A labelled set of images found on disk, whatever its layout (tui/manual/data.md), and the pixels of
 * one image as the network takes them. Order: byte order of names. Nothing here runs the network. */
#ifndef ISPLIT_DATA_DATASET_H
#define ISPLIT_DATA_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define DATASET_NO_CLASS (-1)

struct dataset_image {
    char *
        path; /* relative to the root as given by the user; FILE#n in an IDX file; bytes, need not be UTF-8 */
    int class_index; /* the network's output, or DATASET_NO_CLASS (unlabelled: measured only where all are) */
    int64_t size;    /* bytes of the file that holds it, and */
    int64_t mtime_ns; /* when that was changed, since 1970; both -1: unknown (data/source.h) */
};

struct dataset_class {
    int index;    /* the network's output */
    char *name;   /* display name; may repeat */
    char *folder; /* where it came from (class folder, wnid, IDX digit, list label), or NULL */
    long images;
};

struct dataset {
    char *root;     /* as the user gave it */
    char *place;    /* real absolute path of what the images' paths begin in: a folder, a list or an IDX file;
                       for a .data file, of the part it names. On the worker's machine. NULL: unknown */
    char *layout;   /* "class folders", "Tiny-ImageNet", "IDX", "list", "file names" (flat folder), ".data" */
    char *split;    /* "val", "train", ... or "" where the layout has none */
    char *labelled; /* how the labels were found, with a count each: "file name: 30, folder: 2"; NULL: unknown
                     */
    struct dataset_image *images;
    long images_n;
    struct dataset_class
        *classes; /* ascending by index; every output index where labels or names are known */
    int classes_n;
    char **warnings; /* what may be wrong, and files skipped, a line each */
    int warnings_n;
    char **notes; /* choices made where there were several, likewise */
    int notes_n;
    struct dataset_store *store; /* private: where the images are on disk (data/build.h) */
    struct dataset_paths *paths; /* private: the images' paths, where dataset_keep_path made them */
};

struct dataset_options {
    const char *split;  /* NULL: val, else test, else train, announced in notes */
    const char *labels; /* label file, a name a line (position = output index), or NULL */
    const char *names;  /* display names, a line each, or NULL */
    int outputs;        /* of the network; 0 without a network */
    const char *truth;  /* a file with the labels of the images (data/truth.h), or NULL */
    const char *root;   /* of a list: where its paths begin, or NULL: in its folder */
    bool unlabelled;    /* a flat folder or a list without any label will do */
};

/* NULL on error. Free with dataset_free. */
struct dataset *dataset_open(const char *path, const struct dataset_options *options, struct error *e);
/* Whether none of its images has a label. They can be measured by --score top alone; each then belongs to the
 * class that the network predicts. */
bool dataset_is_unlabelled(const struct dataset *d);

/* The mean size of the files of these images, where each has one of its own and its size is known; else NaN.
 */
double dataset_mean_bytes(const struct dataset *d, const long *images, long n);

/* A copy of a path that is freed with the data set, in less memory than one of its own. Where it is used all
 * paths of the images must be such copies. */
char *dataset_keep_path(struct dataset *d, const void *bytes, size_t length);

/* Also for a data set received over the pipe, whole or in part, and for a zeroed one from memory_new. */
void dataset_free(struct dataset *d);

#endif
