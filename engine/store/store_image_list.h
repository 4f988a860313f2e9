/* The list of a data set's images: a copy for the writer's thread, its hash, and its form on disk: in parts
 * of IMAGE_LIST_PART images, each image 12 bytes: its file's number and its class, little-endian. */
#ifndef ISPLIT_STORE_STORE_IMAGE_LIST_H
#define ISPLIT_STORE_STORE_IMAGE_LIST_H

#include "data/content.h"
#include "data/dataset.h"
#include "store/sql.h"

enum { IMAGE_LIST_PART = 1024, IMAGE_LIST_ENTRY = 12 };

struct image_list;

/* NULL where the data set's place is not known: paths are meaningless then. */
struct image_list *image_list_new(const struct dataset *d);
void image_list_drop(struct image_list *l);
void image_list_hash(struct image_list *l);                           /* once, before it is kept */
bool image_list_is(struct image_list *l, const void *hash, size_t n); /* whether this is its hash */
const char *image_list_path(const struct image_list *l, long image);  /* NULL: there is no such image */

/* Where the images are, which part of a tree, and how many: of the list's own memory. */
void image_list_about(const struct image_list *l, const char **place, const char **split, int64_t *images);

/* The number of an image's file; *class_index (or NULL): its class. */
int64_t image_list_entry_read(const unsigned char *bytes, int *class_index);

/* ---- In a transaction of the caller's: 0, or -1 with why ---- */

struct image_list_ids {
    int64_t root, dataset;
    bool complete;
};

/* The data set's row; a new one is created as incomplete. */
int image_list_keep(struct sql *q, const struct image_list *l, struct image_list_ids *ids, struct error *e);

/* Writes n images, at most IMAGE_LIST_PART, as that part of an image list: their files and classes. */
int image_list_write_part(struct sql *q, int64_t dataset, int64_t part, const int64_t *files,
                          const int *classes, long n, struct error *e);

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
