/* The list of a data set's images: a copy for the writer's thread, its hash, and its form on disk: in parts
 * of IMAGE_LIST_PART images, each image 12 bytes: its file's number and its class, little-endian. */
#ifndef ISPLIT_STORE_STORE_IMAGE_LIST_H
#define ISPLIT_STORE_STORE_IMAGE_LIST_H

#include "data/content.h"
#include "data/dataset.h"
#include "store/sql.h"

enum { IMAGE_LIST_PART = 1024, IMAGE_LIST_ENTRY = 12 };

struct image_list {
    char *place, *split;
    char *about; /* the message `dataset` */
    long images_n;
    char *paths;         /* all of them, each with its NUL */
    size_t *starts;      /* [images_n + 1] */
    int *classes;        /* [images_n] */
    struct content hash; /* of the order, the paths, the classes and the split; from image_list_hash on */
};

/* NULL where the data set's place is not known: paths are meaningless then. */
struct image_list *image_list_new(const struct dataset *d);
void image_list_drop(struct image_list *l);
void image_list_hash(struct image_list *l);

struct image_list_entry {
    int64_t file;
    int class_index;
};
struct image_list_entry image_list_entry_read(const unsigned char *bytes);

/* ---- In a transaction of the caller's: 0, or -1 with why ---- */

struct image_list_ids {
    int64_t root, dataset;
    bool complete;
};

/* The data set's row; a new one is created as incomplete. */
int image_list_keep(struct sql *q, const struct image_list *l, struct image_list_ids *ids, struct error *e);

/* Writes n entries, at most IMAGE_LIST_PART, as that part of an image list. */
int image_list_write_part(struct sql *q, int64_t dataset, int64_t part,
                          const struct image_list_entry *entries, long n, struct error *e);

int image_list_mark_complete(struct sql *q, int64_t dataset, struct error *e);

/* 0 where the parts of a complete data set hold the stated number of images: checked before memory is
 * allocated. */
int image_list_check(struct sql *q, int64_t dataset, int64_t images, struct error *e);

/* Writes the next part, or marks the list complete (ids->complete) when all are written. */
int image_list_keep_part(struct sql *q, const struct image_list *l, struct image_list_ids *ids,
                         struct error *e);

/* Completes the images of a data set, of which all classes are known by now, from its `about`: 0 where that
 * is such a message, and lists the class of every image. */
int image_list_read_about(struct sql *q, int64_t dataset, const char *about, struct dataset *d,
                          struct error *e);

#endif
